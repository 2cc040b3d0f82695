"""What tests, benchmarks and calibration use, shipped so that others can test against it too."""

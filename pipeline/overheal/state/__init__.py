"""What detectors remember: windows, series, findings, and how a scope's history is kept in order."""

"""What detectors remember: windows, series, findings; how a scope's history is kept in order."""

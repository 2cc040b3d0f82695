"""The weekly report: its document (`parts.py`), what goes into it, and how people see it."""

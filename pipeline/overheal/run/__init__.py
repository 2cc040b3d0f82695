"""The processes: wiring of pure parts to files, stores and clocks; nothing is decided here."""

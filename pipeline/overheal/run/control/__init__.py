"""Expectations and drills by command: declared, listed and ended, in a folder or for a fleet."""

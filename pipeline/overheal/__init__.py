"""Finds what successful automation hides: see `flow.py` for the order of the stages."""

__version__ = "0.1.0"

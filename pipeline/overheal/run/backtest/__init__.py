"""Replaying stored history with other settings: what would have been found, and paged."""

"""Blocks of random histories that one detector needs, a file each: its name, and `BLOCKS`."""

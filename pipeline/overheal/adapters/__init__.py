"""Foreign formats to canonical documents: one file each, and the registry."""

"""What successful automation hides: one detector a file, and the registry."""

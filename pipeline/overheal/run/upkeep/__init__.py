"""Keeping a store: what it takes, whether it is whole, backup and restore, erasing a person."""

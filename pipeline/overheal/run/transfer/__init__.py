"""Giving a store away and taking it back: export, its signed manifest, import."""

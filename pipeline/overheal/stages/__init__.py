"""The two stages of detection: what runs where a scope's events are, and what crosses scopes."""

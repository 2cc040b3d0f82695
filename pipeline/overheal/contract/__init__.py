"""The one definition of what producers send, and everything derived from it."""

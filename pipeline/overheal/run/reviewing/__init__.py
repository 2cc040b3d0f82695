"""The quarterly review and readiness: reading a store for them, and taking reviews of actions."""

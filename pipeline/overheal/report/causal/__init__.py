"""Causes as people and programs read them: text, JSON, Graphviz, a map for a browser."""

"""The quarterly review and readiness: what a span of history says about automation, purely.

`rows` is what the store answers, `settings` what a team states, each section a file of its own that
makes rows of the document; `assemble` states the order. Formulas and defaults: docs/review.md.
"""

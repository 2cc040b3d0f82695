"""`overheal fleet`: what crosses scopes, from everybody's activity and findings.

One member of the group acts at a time. `loop` is a member, `active` what the one that acts
remembers, `holding` how far everybody has come.
"""

"""Who may do what, and what a change of policy means: `codegen scopes diff`, `lint` and `explain`.

Knows: compiled policies, personas, revisions. Must not know: tokens, and how a call is made.
"""

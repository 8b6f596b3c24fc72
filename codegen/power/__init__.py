"""Who may do what, and what a change of policy means: `codegen scopes diff`, `lint` and `explain`."""

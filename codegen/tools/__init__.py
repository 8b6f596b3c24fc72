"""From inputs to the catalogue: endpoints, scopes and declarations become tools.

Knows the API and the policy. Must not know templates or the tree that is written.
"""

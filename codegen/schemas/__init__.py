"""JSON Schema: every dialect read into one form, merged, joined, checked by the gate.

Knows Schema Objects. Must not know tools, scopes or what is written.
"""

"""What a test or an operator may see and change while a sandbox runs.

Knows: switches, time, fault rules, received requests. Must not know: the API's own endpoints.
"""

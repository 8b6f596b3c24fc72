"""What a sandbox holds: documents, people, time, simulated runs.

Knows: how each is kept. Must not know: requests, endpoints.
"""

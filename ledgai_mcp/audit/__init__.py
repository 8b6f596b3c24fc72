"""What is kept of every call and every authentication, and how to see that nothing of it is missing.

Knows: records and the chain of their lines. Must not know: what a call does, nor any secret.
"""

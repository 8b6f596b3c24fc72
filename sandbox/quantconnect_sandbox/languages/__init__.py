"""What the sandbox understands of the two languages: syntax, names, naming style.

Knows: source text. Must not know: projects, requests, simulation.
"""

"""From the catalogue to the tree: rendered, formatted, listed, swapped in by one move.

Knows templates and files. Must not know how a tool came about.
"""

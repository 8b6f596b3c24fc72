"""Our description against the one that QuantConnect publishes, in terms of the product: `codegen drift`.

Knows: two documents, what differs, and what can be written of it. Must not know: who may
call what, and how anything is rendered.
"""

"""Our description against the one that QuantConnect publishes, in terms of the product: `codegen drift`."""

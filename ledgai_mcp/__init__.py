"""The server: who is calling, what they may do, and how a call reaches QuantConnect."""

"""`python -m ledgai_mcp` is `ledgai-mcp`.

Knows: the name. Must not know: anything else.
"""

from ledgai_mcp.cli import main

main(prog_name="ledgai-mcp")

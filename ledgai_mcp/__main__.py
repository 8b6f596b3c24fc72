"""`python -m ledgai_mcp` is `ledgai-mcp`."""

from ledgai_mcp.cli import main

main(prog_name="ledgai-mcp")

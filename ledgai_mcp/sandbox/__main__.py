"""`python -m ledgai_mcp.sandbox`: the sandbox's command line.

Knows: the command. Must not know: anything else.
"""

from ledgai_mcp.sandbox.command import sandbox

sandbox(prog_name="python -m ledgai_mcp.sandbox")

"""`python -m quantconnect_sandbox`: the sandbox's command line.

Knows: the command. Must not know: anything else.
"""

from quantconnect_sandbox.command import sandbox

sandbox(prog_name="python -m quantconnect_sandbox")

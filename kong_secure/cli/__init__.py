"""The command `kong-secure`: arguments in, exit code out. What the commands do lives in the packages they
call.
"""

from kong_secure.cli.arguments import main

__all__ = ["main"]

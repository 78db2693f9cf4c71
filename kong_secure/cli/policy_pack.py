"""`kong-secure policy-pack`: where the policy pack of this package is. What it decides is in `kong_secure.policy`."""

from __future__ import annotations

import argparse
import importlib.util
import sys
from pathlib import Path

_WORDS = "print the folder of this package's policy pack, for --policy-pack"
_DESCRIPTION = """\
Prints the folder of the policy pack, as `pulumi` and `kong-secure sandbox` take it:

    pulumi preview --policy-pack "$(kong-secure policy-pack)"
"""


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `policy-pack` to the commands."""
    parser = commands.add_parser(
        "policy-pack",
        help=_WORDS,
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_run)


def _run(_options: argparse.Namespace) -> int:
    if importlib.util.find_spec("pulumi_policy") is None:
        sys.stderr.write(
            "error: the policy pack needs pulumi-policy, which isn't installed: pip install 'kong-secure[policy]'\n"
        )
        return 1
    sys.stdout.write(f"{Path(__file__).parent.parent / 'policy'}\n")
    return 0

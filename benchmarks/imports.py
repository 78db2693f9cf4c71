"""What importing the package costs a program, beside what `import pulumi` costs it anyway; each in a Python of its
own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

import kong_secure

TARGET_SECONDS = 0.1
_PULUMI = "import pulumi"
STATEMENTS = {
    "the root package": "import kong_secure",
    "SharedSecretHeader": "from kong_secure import SharedSecretHeader",
    "SecuredService": "from kong_secure import SecuredService",
    "every public name": f"from kong_secure import {', '.join(kong_secure.__all__)}",
}
_TIMED = """
from time import perf_counter
start = perf_counter()
{first}
middle = perf_counter()
{then}
print(middle - start, perf_counter() - middle)
"""


def seconds_of_imports(runs: int) -> list[tuple[str, float]]:
    """The median seconds of `import pulumi`, and of each statement after it."""
    pulumis: list[float] = []
    found = []
    for name, statement in STATEMENTS.items():
        mine = []
        for _ in range(runs):
            first, then = _timed(statement)
            pulumis.append(first)
            mine.append(then)
        found.append((name, statistics.median(mine)))
    return [("pulumi itself", statistics.median(pulumis)), *found]


def table(runs: int) -> str:
    """The seconds as lines for people."""
    measured = seconds_of_imports(runs)
    pulumi = measured[0][1]
    lines = [f"{name:<20} {seconds:6.3f} s  {seconds / pulumi:5.1%}" for name, seconds in measured]
    head = f"Seconds to import after pulumi, the median of {runs}. Target: the root package under {TARGET_SECONDS} s."
    return "\n".join([head, *lines])


def _timed(statement: str) -> tuple[float, float]:
    code = _TIMED.format(first=_PULUMI, then=statement)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, then = map(float, run.stdout.split())
    return first, then

"""`kong-secure` as a newcomer runs it, with an empty home and without `pulumi`, and what it printed without what
differs from run to run. What it should print is said in the tests.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.demo import copy_of_demo
from tests.search_path import without_pulumi
from tests.specification.traffic import recording_variables

BIN = Path(sys.executable).parent
_DIFFERS_FROM_RUN_TO_RUN = (
    (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
    (r"\d+\.\d+s\b", "SECONDS"),
    (r"\b(rtb|vpc|subnet|sg)-[0-9a-f]{17}\b", r"\1-ID"),
    (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID"),
)


def settled(text: str) -> list[str]:
    """The lines of an output, without ports, durations and ids."""
    for pattern, word in _DIFFERS_FROM_RUN_TO_RUN:
        text = re.sub(pattern, word, text)
    return text.splitlines()


class Newcomer:
    """Somebody with a copy of the demo, an empty home, and a search path with `kong-secure` and without `pulumi`."""

    def __init__(self, place: Path) -> None:
        self.folder = copy_of_demo(place / "clone")
        self.home = place / "home"
        self.home.mkdir()
        self._path = f"{BIN}:{without_pulumi(place / 'links')}"

    def runs(self, line: str) -> subprocess.CompletedProcess[str]:
        """A line in a shell, which must succeed. What Konnect is asked is recorded for the tests of the
        specification.
        """
        ended = subprocess.run(
            ["bash", "-euc", line],
            cwd=self.folder,
            env={"HOME": str(self.home), "PATH": self._path, **recording_variables()},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert list(self.home.rglob("*")) == [], "something was written outside the project's folder"
        return ended

"""Records what the `pulumi` on PATH does in each case: python -m tests.sandbox.engine.conformance.record [CASE...]"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from kong_secure.sandbox.engine.pulumi_cli import PulumiCli, find_pulumi
from tests.sandbox.engine.conformance.cases import CASES
from tests.sandbox.engine.conformance.sequences import EXPECTED, play


def main(names: list[str]) -> None:
    """Write the expectations of the named cases, or of all."""
    executable = find_pulumi(os.environ.get("PATH"))
    if executable is None:
        sys.exit("there is no pulumi on PATH to record from")
    for case in CASES:
        if names and case.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            engine = PulumiCli(executable, Path(folder) / "pulumi")
            recorded = {"pulumi": engine.version, **play(case, engine, Path(folder))}
        (EXPECTED / f"{case.name}.json").write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
        print(case.name, [step["succeeded"] for step in recorded["steps"]], flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

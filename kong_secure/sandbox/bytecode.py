"""Whether the packages of this interpreter came with their bytecode. What follows from it for a process is said in
`environment`.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Final

# Nobody but the world imports it: were it one that the command imports, the first command would have compiled that.
_PROBE: Final = "uvicorn"


def is_installed() -> bool:
    """True where the installer compiled what it installed, as pip does; False where it left that to the first import,
    as uv does."""
    spec = importlib.util.find_spec(_PROBE)
    if spec is None or spec.origin is None:
        return False
    return Path(importlib.util.cache_from_source(spec.origin)).exists()

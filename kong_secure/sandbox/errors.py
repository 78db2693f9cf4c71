"""What the sandbox's command can't go on with, as one error whose text is meant for people. Konnect's own
error bodies and the engine's errors live with Konnect and with the engine.
"""

from __future__ import annotations

from pathlib import Path


class SandboxError(Exception):
    """The sandbox can't do what was asked; the text says what is wrong and how to mend it, and holds no
    secret.
    """


class OccupiedError(SandboxError):
    """Somebody else is at work in this sandbox; the text names them."""


def unreadable(path: Path, problem: str) -> str:
    """What is said of a file of the sandbox's own that can't be read; problem: why, in short."""
    return (
        f"{path} can't be read ({problem}): another version of this package may have written it; "
        "`kong-secure sandbox --fresh up` empties the sandbox and starts over"
    )


class CloudFileError(Exception):
    """The file that a cloud of the sandbox is kept in can't be read."""

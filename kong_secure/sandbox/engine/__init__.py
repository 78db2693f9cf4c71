"""A small deployment engine speaking Pulumi's protocol, and the names every engine of the sandbox shares.

Start reading at `embedded` (one operation from start to end), then `monitor`, `deployment` and `steps`. What
a value is, is in `wire`; what a state file says, in `state` and `journal`; what a person sees, in `display`.
The real `pulumi` behind the same names is in `pulumi_cli`.
"""

from __future__ import annotations

from kong_secure.sandbox.engine.embedded import EmbeddedEngine
from kong_secure.sandbox.engine.encryption import PassphraseCipher, WrongPassphrase
from kong_secure.sandbox.engine.operations import (
    Change,
    Difference,
    EngineError,
    Interrupted,
    Operation,
    Result,
    Stack,
)

__all__ = [
    "Change",
    "Difference",
    "EmbeddedEngine",
    "EngineError",
    "Interrupted",
    "Operation",
    "PassphraseCipher",
    "Result",
    "Stack",
    "WrongPassphrase",
]

"""What a stack's state holds, in clear: its outputs, and every secret. How states and their secrets are written
lives in `state` and `encryption`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kong_secure.sandbox.engine import pulumi_events, state, wire
from kong_secure.sandbox.engine.encryption import DamagedCiphertextError, PassphraseCipher
from kong_secure.sandbox.engine.operations import EngineError


def outputs_in(path: Path, cipher: PassphraseCipher) -> tuple[dict[str, Any], frozenset[str]]:
    """The outputs in the state file at `path`, and the names of the secret ones; none where there is no file."""
    document = state.read_checkpoint(path)
    latest = ((document or {}).get("checkpoint") or {}).get("latest") or {}
    for resource in latest.get("resources") or ():
        if resource["type"] == pulumi_events.STACK_TYPE:
            return pulumi_events.plain_outputs(resource.get("outputs") or {}, cipher.decrypt)
    return {}, frozenset()


def secrets_in(path: Path, cipher: PassphraseCipher) -> Iterator[str]:
    """Every secret in the state file at `path`, for those who keep them out of what is printed.

    One that can't be read is left out: whoever reads the state says so.
    """
    document = state.read_checkpoint(path)
    latest = ((document or {}).get("checkpoint") or {}).get("latest") or {}
    for each in latest.get("resources") or ():
        for value in (each.get("inputs"), each.get("outputs")):
            with contextlib.suppress(DamagedCiphertextError):
                yield from wire.secret_leaves(state.value_from_json(value, cipher.decrypt))


def recorded_outputs(path: Path, passphrase: str) -> dict[str, Any]:
    """The same for whoever has the passphrase. A state that can't be read has none: who uses it next says why."""
    try:
        document = state.read_checkpoint(path)
        salt_state = state.salt_state_of(document) if document is not None else None
        if salt_state is None:
            return {}
        return outputs_in(path, PassphraseCipher.open(passphrase, salt_state))[0]
    except (EngineError, DamagedCiphertextError):
        return {}

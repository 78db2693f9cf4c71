"""Reading what another stack of the same sandbox exports, for a program's `pulumi.StackReference`.

Names are those of Pulumi's file backend: `organization/PROJECT/STACK`, or `STACK` alone for one of the same project.
"""

from __future__ import annotations

from typing import Final

from kong_secure.sandbox.engine import state, urns, wire
from kong_secure.sandbox.engine.encryption import PassphraseCipher
from kong_secure.sandbox.engine.operations import Stack
from kong_secure.sandbox.engine.steps import StepFailedError
from kong_secure.sandbox.engine.wire import Properties, Secret, Value

_ORGANIZATION: Final = "organization"
_PARTS: Final = 3


def read(stack: Stack, name: str) -> Properties:
    """What a reference of that name holds, as Pulumi has it: `name`, `outputs` and `secretOutputNames`.

    Raises StepFailedError, in Pulumi's words, where there is no such stack.
    """
    parts = name.split("/")
    if len(parts) not in (1, 2, _PARTS):
        raise StepFailedError("a stack name may not be empty", misdeclared=True)
    if len(parts) > 1 and parts[0] != _ORGANIZATION:
        raise StepFailedError(f"organization name must be '{_ORGANIZATION}'", misdeclared=True)
    project = parts[1] if len(parts) == _PARTS else stack.project
    path = state.state_path(stack.state_directory, project, parts[-1])
    document = None if ".." in parts else state.read_checkpoint(path)
    if document is None:
        raise StepFailedError(f'unknown stack "{name}"', misdeclared=True)
    salt = state.salt_state_of(document)
    resources = (document["checkpoint"].get("latest") or {}).get("resources") or ()
    outputs: Properties = {}
    if salt is not None:
        cipher = PassphraseCipher.open(stack.passphrase, salt)
        for resource in resources:
            if resource["type"] == urns.STACK_TYPE:
                found = resource.get("outputs") or {}
                outputs = {
                    key: _sealed_anew(state.value_from_json(v, cipher.decrypt)) for key, v in found.items()
                }
    secret_names: list[Value] = [key for key, value in sorted(outputs.items()) if wire.contains_secret(value)]
    return {"name": name, "outputs": outputs, "secretOutputNames": secret_names}


def _sealed_anew(value: Value) -> Value:
    """The value without the ciphertexts of the other stack, which only its own salt opens."""
    if isinstance(value, Secret):
        return wire.secret(value.value)
    if isinstance(value, dict):
        return {key: _sealed_anew(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sealed_anew(item) for item in value]
    return value

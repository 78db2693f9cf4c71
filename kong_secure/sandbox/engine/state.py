"""What a stack's state says: resources and operations under way, in Pulumi's deployment format, version 3.

Reading and writing that format lives here, encryption of secrets included. When it is written, and how a run
that was killed is made up for, is in `journal`.

Source of the format: Pulumi's `apitype.DeploymentV3` as its file backend stores it,
`<directory>/.pulumi/stacks/<project>/<stack>.json`.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.engine.operations import EngineError
from kong_secure.sandbox.engine.wire import (
    ASSET_SIGNATURES,
    REFERENCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_TEXT,
    Properties,
    Reference,
    Secret,
    Unknown,
    Value,
    secret,
    whole,
)
from kong_secure.sandbox.errors import unreadable

FORMAT_VERSION: Final = 3
_FLOAT_SIGNATURE: Final = "8ad145fe-0d11-4827-bfd7-1abcbf086f5c"
# Pulumi checks that `magic` is the digest of this text, and reads nothing else from it
_ENGINE_VERSION: Final = "3.0.0-kong-secure-sandbox"

Encrypt = Callable[[str], str]
Decrypt = Callable[[str], str]


@dataclass(frozen=True)
class Resource:
    """One resource as recorded. Field names are those of the format, in Python's spelling.

    `other` holds fields of the format that this engine neither sets nor reads; they are written back as read.
    """

    urn: str
    type: str
    custom: bool
    id: str = ""
    inputs: Properties = field(default_factory=dict)
    outputs: Properties = field(default_factory=dict)
    parent: str = ""
    provider: str = ""
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    delete: bool = False
    external: bool = False
    pending_replacement: bool = False
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, float] = field(default_factory=dict)
    retain_on_delete: bool = False
    deleted_with: str = ""
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    created: str = ""
    modified: str = ""
    other: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def needs(self) -> frozenset[str]:
        """URNs of everything that must exist while this resource does, the parent included."""
        named = {*self.dependencies, self.deleted_with, self.parent, self.provider.rpartition("::")[0]}
        for urns in self.property_dependencies.values():
            named.update(urns)
        return frozenset(named - {""})


@dataclass(frozen=True)
class Record:
    """A resource of the state under the key that this run knows it by. Keys say nothing across runs."""

    key: int
    resource: Resource


# name in the format -> field of Resource; in the order in which they are written
_FIELDS: Final = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "external": "external",
    "dependencies": "dependencies",
    "provider": "provider",
    "propertyDependencies": "property_dependencies",
    "pendingReplacement": "pending_replacement",
    "additionalSecretOutputs": "additional_secret_outputs",
    "aliases": "aliases",
    "customTimeouts": "custom_timeouts",
    "retainOnDelete": "retain_on_delete",
    "deletedWith": "deleted_with",
    "created": "created",
    "modified": "modified",
    "ignoreChanges": "ignore_changes",
    "replaceOnChanges": "replace_on_changes",
}
_ALWAYS: Final = frozenset({"urn", "custom", "type"})
_PROPERTY_FIELDS: Final = frozenset({"inputs", "outputs"})
_LIST_FIELDS: Final = frozenset(
    {"dependencies", "additional_secret_outputs", "aliases", "ignore_changes", "replace_on_changes"}
)


def resource_to_json(resource: Resource, encrypt: Encrypt) -> dict[str, Any]:
    """The resource in the stored format; secrets that have no ciphertext yet are encrypted."""
    document: dict[str, Any] = {}
    for name, attribute in _FIELDS.items():
        value = getattr(resource, attribute)
        if not value and name not in _ALWAYS:
            continue
        if attribute in _PROPERTY_FIELDS:
            value = {key: value_to_json(item, encrypt) for key, item in sorted(value.items())}
        elif attribute == "property_dependencies":
            value = {key: list(urns) for key, urns in sorted(value.items())}
        elif attribute in _LIST_FIELDS:
            value = list(value)
        document[name] = value
    document.update(resource.other)
    return document


def resource_from_json(document: Mapping[str, Any], decrypt: Decrypt) -> Resource:
    """The resource read from the stored format."""
    fields: dict[str, Any] = {}
    other: dict[str, Any] = {}
    for name, value in document.items():
        attribute = _FIELDS.get(name)
        if attribute is None:
            other[name] = value
        elif attribute in _PROPERTY_FIELDS:
            fields[attribute] = {key: value_from_json(item, decrypt) for key, item in value.items()}
        elif attribute == "property_dependencies":
            fields[attribute] = {key: tuple(urns or ()) for key, urns in value.items()}
        elif attribute in _LIST_FIELDS:
            fields[attribute] = tuple(value)
        else:
            fields[attribute] = value
    return Resource(**fields, other=other)


def value_to_json(value: Value, encrypt: Encrypt) -> Any:
    """The value in the stored format."""
    if isinstance(value, dict):
        return {key: value_to_json(item, encrypt) for key, item in sorted(value.items())}
    if isinstance(value, list):
        return [value_to_json(item, encrypt) for item in value]
    if isinstance(value, Secret):
        return {SIGNATURE: SECRET_SIGNATURE, "ciphertext": value.ciphertext or _sealed(value.value, encrypt)}
    if isinstance(value, Reference):
        return _reference_to_json(value)
    if isinstance(value, Unknown):
        return UNKNOWN_TEXT
    return _number_to_json(value) if isinstance(value, float) else value


def _sealed(value: Value, encrypt: Encrypt) -> str:
    plain = value_to_json(value, encrypt)
    return encrypt(json.dumps(plain, separators=(",", ":"), ensure_ascii=False))


def _reference_to_json(value: Reference) -> dict[str, Any]:
    document = {SIGNATURE: REFERENCE_SIGNATURE, "urn": value.urn, "packageVersion": value.version}
    if value.id is not None:
        document["id"] = UNKNOWN_TEXT if isinstance(value.id, Unknown) else value.id
    return document


def _number_to_json(value: float) -> Any:
    if math.isfinite(value):
        return whole(value)
    return {SIGNATURE: _FLOAT_SIGNATURE, "value": struct.pack(">d", value).hex()}


def value_from_json(document: Any, decrypt: Decrypt) -> Value:
    """The value read from the stored format."""
    if isinstance(document, dict):
        return _object_from_json(document, decrypt)
    if isinstance(document, list):
        return [value_from_json(item, decrypt) for item in document]
    if isinstance(document, float):
        return whole(document)
    if document == UNKNOWN_TEXT:
        return UNKNOWN
    return document  # type: ignore[no-any-return]  # JSON's null, booleans, integers and texts


def _object_from_json(document: dict[str, Any], decrypt: Decrypt) -> Value:
    signature = document.get(SIGNATURE)
    if signature == SECRET_SIGNATURE:
        return _secret_from_json(document, decrypt)
    if signature == REFERENCE_SIGNATURE:
        identifier = document.get("id")
        known = UNKNOWN if identifier == UNKNOWN_TEXT else identifier
        return Reference(document["urn"], known, document.get("packageVersion", ""))
    if signature == _FLOAT_SIGNATURE:
        return float(struct.unpack(">d", bytes.fromhex(document["value"]))[0])
    if signature in ASSET_SIGNATURES:
        raise EngineError("this stack's state holds an asset, which the embedded engine doesn't implement")
    return {key: value_from_json(item, decrypt) for key, item in document.items()}


def _secret_from_json(document: Mapping[str, Any], decrypt: Decrypt) -> Secret:
    ciphertext = document.get("ciphertext", "")
    if not ciphertext:
        return secret(value_from_json(json.loads(document["plaintext"]), _as_is))
    # Pulumi doesn't seal a secret inside a secret again: its "ciphertext" is its plain JSON
    content = value_from_json(json.loads(decrypt(ciphertext)), _as_is)
    return Secret(secret(content).value, ciphertext)


def _as_is(text: str) -> str:
    return text


def timestamp() -> str:
    """The time now, as the format writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def state_path(state_directory: Path, project: str, stack: str) -> Path:
    """Where the file backend keeps the stack's state."""
    return state_directory / ".pulumi" / "stacks" / project / f"{stack}.json"


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """The stored document, unchecked beyond its version; None where there is none.

    Raises EngineError for a file that isn't a checkpoint of version 3.
    """
    if not path.exists():
        return None
    try:
        document: Any = json.loads(path.read_bytes())
    except ValueError:
        document = None
    if not isinstance(document, dict) or document.get("version") != FORMAT_VERSION:
        raise EngineError(unreadable(path, f"it is not a Pulumi state of version {FORMAT_VERSION}"))
    return document


def new_checkpoint(qualified_name: str, salt_state: str) -> dict[str, Any]:
    """The document of a stack without resources."""
    return with_manifest(
        {
            "version": FORMAT_VERSION,
            "checkpoint": {
                "stack": qualified_name,
                "latest": {
                    "secrets_providers": {"type": "passphrase", "state": {"salt": salt_state}},
                    "metadata": {},
                },
            },
        }
    )


def with_manifest(document: dict[str, Any]) -> dict[str, Any]:
    """The document, saying that this engine wrote it now."""
    latest = document["checkpoint"].get("latest") or {}
    magic = hashlib.sha256(_ENGINE_VERSION.encode()).hexdigest()
    manifest = {"time": timestamp(), "magic": magic, "version": _ENGINE_VERSION}
    checkpoint = {**document["checkpoint"], "latest": {"manifest": manifest, **_without_manifest(latest)}}
    return {**document, "checkpoint": checkpoint}


def _without_manifest(latest: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in latest.items() if key != "manifest"}


def salt_state_of(document: Mapping[str, Any]) -> str | None:
    """The encryption salt of a stored document; None where it holds no secrets provider.

    Raises EngineError where secrets are kept by something other than a passphrase.
    """
    provider = (document["checkpoint"].get("latest") or {}).get("secrets_providers")
    if not provider:
        return None
    if provider.get("type") != "passphrase":
        raise EngineError(
            f"this state's secrets are kept by {provider.get('type')!r}; "
            "the embedded engine knows passphrases only"
        )
    return str(provider["state"]["salt"])

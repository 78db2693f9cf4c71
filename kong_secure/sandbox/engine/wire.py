"""Values as they travel between program, engine, providers and state: secrets, unknowns, resource references.

A value is plain JSON data in which `Secret`, `UNKNOWN` and `Reference` may stand at any depth; values are
never changed in place once made. What lives here is the translation from and to protobuf's Struct and the
questions one asks of a value. How values are stored is in `state`, how they are compared in `diffs`, how
shown in `display`.

The markers are those of Pulumi's own protocol (`pulumi.runtime.rpc` of the SDK).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from google.protobuf import struct_pb2

from kong_secure.sandbox.engine import unimplemented

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (a protocol constant)
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
REFERENCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
ASSET_SIGNATURES: Final = frozenset({"c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"})
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

_EXACT_INTEGERS: Final = 2**53


class UnsupportedValueError(ValueError):
    """A value of a kind that this engine doesn't carry (assets and archives)."""


class Unknown:
    """A value that isn't known yet. There is one instance, `UNKNOWN`."""

    def __repr__(self) -> str:
        return "[unknown]"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class Secret:
    """A value to be encrypted at rest and never shown.

    `ciphertext` is the form it was read in, kept so that an unchanged secret is stored unchanged.
    """

    value: Value
    ciphertext: str | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return "[secret]"


@dataclass(frozen=True, slots=True)
class Reference:
    """A resource passed as a value: its URN, and of a custom one its id (`UNKNOWN` until there is one)."""

    urn: str
    id: str | Unknown | None = None
    version: str = ""


Value: TypeAlias = (
    "bool | int | float | str | list[Any] | dict[str, Any] | Secret | Unknown | Reference | None"
)
Properties: TypeAlias = "dict[str, Value]"


def from_struct(struct: Any) -> Properties:
    """The properties held by a protobuf Struct."""
    return {key: from_proto(value) for key, value in struct.fields.items()}


def from_proto(value: Any) -> Value:
    """The value held by a protobuf Value; whole numbers become `int`."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text: str = value.string_value
        return UNKNOWN if text == UNKNOWN_TEXT else text
    if kind == "struct_value":
        return _from_fields(value.struct_value.fields)
    if kind == "list_value":
        return [from_proto(item) for item in value.list_value.values]
    if kind == "number_value":
        return whole(value.number_value)
    if kind == "bool_value":
        return bool(value.bool_value)
    return None


def whole(number: float) -> int | float:
    """The number as `int` where that loses nothing."""
    return int(number) if number.is_integer() and abs(number) < _EXACT_INTEGERS else number


def _from_fields(fields: Any) -> Value:
    # `in` first: reading a missing key of a protobuf map would insert it
    signature = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if not signature:
        return {key: from_proto(value) for key, value in fields.items()}
    if signature == SECRET_SIGNATURE:
        return secret(from_proto(fields["value"]) if "value" in fields else None)
    if signature == OUTPUT_SIGNATURE:
        content = from_proto(fields["value"]) if "value" in fields else UNKNOWN
        is_secret = "secret" in fields and fields["secret"].bool_value
        return secret(content) if is_secret else content
    if signature == REFERENCE_SIGNATURE:
        return _reference(fields)
    if signature in ASSET_SIGNATURES:
        raise UnsupportedValueError(unimplemented.not_implemented("assets and archives"))
    return {key: from_proto(value) for key, value in fields.items()}


def _reference(fields: Any) -> Reference:
    identifier: str | Unknown | None = None
    if "id" in fields:
        text = fields["id"].string_value
        identifier = UNKNOWN if text in ("", UNKNOWN_TEXT) else text
    version = fields["packageVersion"].string_value if "packageVersion" in fields else ""
    return Reference(fields["urn"].string_value, identifier, version)


def secret(value: Value) -> Secret:
    """The value as a secret; secrets inside it are merged into the one outside."""
    return Secret(unwrap(value))


def to_struct(properties: Mapping[str, Value], *, secrets: bool, references: bool = True) -> Any:
    """A protobuf Struct of the properties.

    secrets: whether the reader understands secret markers; otherwise secrets are sent as plain values.
    references: whether it understands resource references; otherwise it gets the id, or the URN of a
    component.
    """
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _fill(struct.fields[key], value, secrets, references)
    return struct


def _fill(target: Any, value: Value, secrets: bool, references: bool) -> None:
    if isinstance(value, Secret):
        if secrets:
            fields = target.struct_value.fields
            fields[SIGNATURE].string_value = SECRET_SIGNATURE
            _fill(fields["value"], value.value, secrets, references)
        else:
            _fill(target, value.value, secrets, references)
    elif isinstance(value, Reference):
        _fill_reference(target, value, references)
    elif isinstance(value, dict):
        target.struct_value.SetInParent()
        for key, item in value.items():
            _fill(target.struct_value.fields[key], item, secrets, references)
    elif isinstance(value, list):
        target.list_value.SetInParent()
        for item in value:
            _fill(target.list_value.values.add(), item, secrets, references)
    else:
        _fill_scalar(target, value)


def _fill_scalar(target: Any, value: bool | int | float | str | Unknown | None) -> None:
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, Unknown):
        target.string_value = UNKNOWN_TEXT
    else:
        target.null_value = struct_pb2.NULL_VALUE


def _fill_reference(target: Any, value: Reference, references: bool) -> None:
    if not references:
        _fill(target, value.urn if value.id is None else value.id, secrets=False, references=False)
        return
    fields = target.struct_value.fields
    fields[SIGNATURE].string_value = REFERENCE_SIGNATURE
    fields["urn"].string_value = value.urn
    fields["packageVersion"].string_value = value.version
    if value.id is not None:
        fields["id"].string_value = UNKNOWN_TEXT if isinstance(value.id, Unknown) else value.id


def unwrap(value: Value) -> Value:
    """The value without secret markers, at any depth."""
    if isinstance(value, Secret):
        return unwrap(value.value)
    if isinstance(value, dict):
        return {key: unwrap(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unwrap(item) for item in value]
    return value


def parts(value: Value) -> Iterator[Value]:
    """The value and everything inside it, secrets entered."""
    yield value
    if isinstance(value, Secret):
        yield from parts(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from parts(item)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


def contains_unknown(value: Value) -> bool:
    """Whether anything in the value is unknown, an unknown reference id included."""
    return any(
        isinstance(part, Unknown) or (isinstance(part, Reference) and isinstance(part.id, Unknown))
        for part in parts(value)
    )


def contains_secret(value: Value) -> bool:
    """Whether anything in the value is secret."""
    return any(isinstance(part, Secret) for part in parts(value))


def secret_leaves(value: Value) -> Iterator[str]:
    """The texts and numbers inside every secret of the value, as texts."""
    for part in parts(value):
        if isinstance(part, Secret):
            for leaf in parts(part.value):
                if isinstance(leaf, str):
                    yield leaf
                elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
                    yield str(leaf)


def mark_like(outputs: Properties, inputs: Mapping[str, Value]) -> Properties:
    """Outputs in which what was secret in the input of the same name is secret again.

    For providers that don't understand secrets. As Pulumi does: objects are compared key by key, and a secret
    anywhere inside anything else makes the whole output secret.
    """
    marked = dict(outputs)
    for key, given in inputs.items():
        if key not in outputs:
            continue
        out = outputs[key]
        if isinstance(out, dict) and isinstance(given, dict):
            marked[key] = mark_like(out, given)
        elif not isinstance(out, Secret) and contains_secret(given):
            marked[key] = secret(out)
    return marked


def mark_secret(outputs: Properties, inputs: Mapping[str, Value], additional: tuple[str, ...]) -> Properties:
    """Outputs in which the `additional` names and the names of secret inputs are secret."""
    return {
        key: value
        if isinstance(value, Secret) or not (key in additional or isinstance(inputs.get(key), Secret))
        else secret(value)
        for key, value in outputs.items()
    }


def keep_ciphertexts(new: Value, old: Value) -> Value:
    """The new value, with every secret that equals the old one at its place in its old encrypted form."""
    if isinstance(new, Secret):
        return old if isinstance(old, Secret) and old == new else new
    if isinstance(new, dict) and isinstance(old, dict):
        return {key: keep_ciphertexts(item, old.get(key)) for key, item in new.items()}
    if isinstance(new, list) and isinstance(old, list) and len(new) == len(old):
        return [keep_ciphertexts(item, other) for item, other in zip(new, old, strict=True)]
    return new

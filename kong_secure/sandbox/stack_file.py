"""A stack's configuration as its file holds it, and as an engine is given it: plain texts by
`namespace:key`, and which of them are secret. Decisions only: encryption and copies live with the engines,
kept values in `directory`.

The user's own ciphertexts are never opened: the passphrase or key that made them belongs to another world.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import Default, qualified_key
from kong_secure.sandbox.yaml_source import read_section, read_verbatim

ALWAYS_REPLACED = frozenset({"konnect:token"})
"""Keys whose value in the user's file never reaches the sandbox, encrypted or not."""

Placeholder = Callable[[str], str]


@dataclass(frozen=True)
class Given:
    """What sandbox.yaml gives for one key: a value, or the order to make one once."""

    value: Any = field(default=None, repr=False)
    generate: bool = False


@dataclass(frozen=True)
class StackFile:
    """The configuration in a stack file; `values` holds texts, and lists and mappings where the file does.

    environments: whether it takes configuration from Pulumi ESC, which only Pulumi's service could answer.
    """

    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environments: bool = False


@dataclass(frozen=True)
class Configuration:
    """What the program is given: texts by `namespace:key`, the keys of those that are secret, and of those whose
    text is the JSON of a list or mapping.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    secret_keys: frozenset[str] = frozenset()
    structured_keys: frozenset[str] = frozenset()


def read_stack_file(path: Path | None) -> StackFile:
    """The stack file's configuration; an empty one where there is no file. Raises SandboxError naming the
    key.
    """
    if path is None:
        return StackFile()
    source = read_section(path)
    section = source.section("config")
    verbatim = read_verbatim(path).get("config") or {}
    values: dict[str, Any] = {}
    for key, value in section.values.items():
        name = str(key)
        if name.count(":") not in {1, 2} or "" in name.split(":"):
            raise SandboxError(
                f"{path.name}: config.{name} is no configuration key; `namespace:name` is expected"
            )
        values[qualified_key(name, "")] = value if isinstance(value, dict | list) else verbatim[name]
    return StackFile(values, environments=bool(source.values.get("environment")))


def resolve(
    stack: StackFile,
    defaults: Mapping[str, Default],
    given: Mapping[str, Given],
    placeholder: Placeholder,
) -> Configuration:
    """The configuration for the program.

    given: sandbox.yaml's values, which win over the stack file's. A key that only they name is secret.
    placeholder: answers the kept random value of a key (for one inside a list or mapping: of its dotted
    path); asked for every encrypted value that nothing is given for.
    """
    values: dict[str, str] = {}
    secrets: set[str] = set()
    structured: set[str] = set()
    for key in {**defaults, **stack.values, **given, **dict.fromkeys(ALWAYS_REPLACED & stack.values.keys())}:
        default = defaults.get(key, Default(None))
        value = stack.values.get(key, default.value)
        secret = default.secret or is_encrypted(value) or (key in given and value is None)
        if key in given:
            value = placeholder(key) if given[key].generate else given[key].value
        elif key in ALWAYS_REPLACED:
            value, secret = placeholder(key), True
        if value is None:
            continue
        values[key] = as_text(_without_ciphertexts(value, key, placeholder))
        if isinstance(value, dict | list):
            structured.add(key)
        if secret or (key in given and given[key].generate):
            secrets.add(key)
    return Configuration(values, frozenset(secrets), frozenset(structured))


def is_encrypted(value: Any) -> bool:
    """Whether a stack file's value is encrypted, or holds something that is."""
    if isinstance(value, dict):
        return _is_ciphertext(value) or any(is_encrypted(item) for item in value.values())
    return isinstance(value, list) and any(is_encrypted(item) for item in value)


def as_text(value: Any) -> str:
    """A value as Pulumi hands it to programs: texts as they are, lists and mappings as compact JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        # Dates are no JSON; as text they are what stands in the file.
        return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False, default=str)
    return str(value)


def _is_ciphertext(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _without_ciphertexts(value: Any, path: str, placeholder: Placeholder) -> Any:
    if _is_ciphertext(value):
        return placeholder(path)
    if isinstance(value, dict):
        return {key: _without_ciphertexts(item, f"{path}.{key}", placeholder) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_ciphertexts(item, f"{path}[{at}]", placeholder) for at, item in enumerate(value)]
    return value

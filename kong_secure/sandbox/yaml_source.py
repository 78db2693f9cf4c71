"""Reading people's YAML files so that every complaint names file, key, the value found and what is allowed.
What the files mean lives in `project`, `stack_file` and `sandbox_file`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kong_secure.sandbox.errors import SandboxError


@dataclass(frozen=True)
class Section:
    """A mapping in a YAML file, with the way to it.

    file: the file's name as people know it. path: the keys that lead here, dotted; empty for the whole file.
    """

    file: str
    path: str
    values: Mapping[str, Any]

    def key(self, name: str) -> str:
        """The full path of a key in this section."""
        return f"{self.path}.{name}" if self.path else name

    def complaint(self, name: str, expected: str) -> SandboxError:
        """The error for what stands under `name`: it is to be `expected`."""
        return SandboxError(
            f"{self.file}: {self.key(name)} is {described(self.values.get(name))}; {expected} is expected"
        )

    def only(self, allowed: Iterable[str]) -> Section:
        """This section, once it has no key but the allowed ones."""
        allowed = sorted(allowed)
        for name in self.values:
            if name not in allowed:
                raise SandboxError(
                    f"{self.file}: unknown key {self.key(str(name))}; allowed: {', '.join(allowed)}"
                )
        return self

    def text(self, name: str, expected: str) -> str:
        """The text under `name`, which must be there and not be empty."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value.strip():
            raise self.complaint(name, expected)
        return value

    def optional_text(self, name: str, expected: str) -> str | None:
        """The text under `name`; None where there is none."""
        return None if self.values.get(name) is None else self.text(name, expected)

    def section(self, name: str) -> Section:
        """The mapping under `name`; an empty one where there is none."""
        value = self.values.get(name)
        if value is not None and not isinstance(value, dict):
            raise self.complaint(name, "a mapping (key: value)")
        return Section(self.file, self.key(name), value or {})

    def sections(self, name: str) -> list[Section]:
        """The mappings in the list under `name`; an empty list where there is none."""
        values = self.values.get(name)
        if values is None:
            return []
        if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
            raise self.complaint(name, "a list of mappings")
        return [Section(self.file, f"{self.key(name)}[{index}]", value) for index, value in enumerate(values)]


def described(value: Any) -> str:
    """A found value in a few words, for a complaint."""
    if value is None:
        return "missing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return repr(value)


def read_section(path: Path) -> Section:
    """The mapping a YAML file holds; an empty file is an empty mapping.

    Raises SandboxError for a file that can't be read, isn't YAML or holds something else.
    """
    return Section(path.name, "", _mapping(path, yaml.safe_load(_parsed(path))))


def read_verbatim(path: Path) -> Mapping[str, Any]:
    """Like `read_section`, but every scalar is the text that stands in the file: 1.10 stays "1.10"."""
    return _mapping(path, yaml.load(_parsed(path), Loader=yaml.BaseLoader))  # noqa: S506 - builds nothing but texts


def _parsed(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        yaml.safe_load(text)
    except OSError as error:
        problem = f"can't be read: {error.strerror}"
    except UnicodeDecodeError:
        problem = "isn't UTF-8 text"
    except yaml.YAMLError as error:
        # The parser's own text quotes the line, which may hold a secret; the place is enough.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = f"isn't valid YAML{where}"
    else:
        return text
    raise SandboxError(f"{path}: the file {problem}")


def _mapping(path: Path, loaded: Any) -> Mapping[str, Any]:
    if loaded is None or loaded == "":
        return {}
    if not isinstance(loaded, dict):
        raise SandboxError(f"{path}: the file holds {described(loaded)}; a mapping (key: value) is expected")
    return {str(key): value for key, value in loaded.items()}

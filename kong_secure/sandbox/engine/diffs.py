"""Comparing two sets of properties: which properties differ, and paths into them.

Pure functions on values. Secrets are compared by what they hold; an unknown value differs from everything,
unknown values included, because it may become anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kong_secure.sandbox.engine.operations import Difference
from kong_secure.sandbox.engine.wire import Properties, Secret, Unknown, Value

_MISSING: Final = object()
_PATH_PIECE: Final = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|([^.\[\]"]+)')

Path = tuple[str | int, ...]


def differences(old: Mapping[str, Value], new: Mapping[str, Value]) -> tuple[Difference, ...]:
    """The properties in which `new` differs from `old`, named as deep as both have something."""
    found = [difference for key in sorted(old.keys() | new.keys()) for difference in _at(key, old, new)]
    return tuple(found)


def changed_keys(found: Iterable[Difference]) -> tuple[str, ...]:
    """The top-level names of the properties that differ."""
    return tuple(dict.fromkeys(str(parse_path(difference.path)[0]) for difference in found))


def _at(key: str, old: Mapping[str, Value], new: Mapping[str, Value]) -> Iterator[Difference]:
    yield from _compare(_quoted(key), old.get(key, _MISSING), new.get(key, _MISSING), hidden=False)


def _compare(path: str, old: object, new: object, *, hidden: bool) -> Iterator[Difference]:
    # what is inside a secret is secret: the markers are put back on the parts that are reported
    hidden = hidden or isinstance(old, Secret) or isinstance(new, Secret)
    old, new = _inside(old), _inside(new)
    if isinstance(old, dict) and isinstance(new, dict):
        if hidden:
            if any(True for key in old.keys() | new.keys() for _ in _at(key, old, new)):
                yield Difference(path, "update", Secret(old), Secret(new))
            return
        for key in sorted(old.keys() | new.keys()):
            yield from _compare(
                _joined(path, key), old.get(key, _MISSING), new.get(key, _MISSING), hidden=False
            )
    elif isinstance(old, list) and isinstance(new, list) and not hidden:
        for index in range(max(len(old), len(new))):
            yield from _compare(f"{path}[{index}]", _item(old, index), _item(new, index), hidden=False)
    elif not _equal(old, new):
        yield _difference(path, old, new, hidden=hidden)


def _difference(path: str, old: object, new: object, *, hidden: bool) -> Difference:
    def shown(value: object) -> object:
        return Secret(value) if hidden else value  # type: ignore[arg-type]  # a value, or it isn't reported

    if old is _MISSING:
        return Difference(path, "add", None, shown(new))
    if new is _MISSING:
        return Difference(path, "delete", shown(old), None)
    return Difference(path, "update", shown(old), shown(new))


def _inside(value: object) -> object:
    while isinstance(value, Secret):
        value = value.value
    return value


def _item(values: list[Value], index: int) -> object:
    return values[index] if index < len(values) else _MISSING


def _equal(old: object, new: object) -> bool:
    old, new = _inside(old), _inside(new)
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_equal(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_equal(a, b) for a, b in zip(old, new, strict=True))
    if isinstance(old, bool) or isinstance(new, bool):  # True == 1 in Python, not in a program's inputs
        return isinstance(old, bool) and isinstance(new, bool) and old == new
    return bool(old == new)


def equal(old: Mapping[str, Value], new: Mapping[str, Value]) -> bool:
    """Whether nothing differs, secrets compared by what they hold."""
    return not differences(old, new)


def parse_path(text: str) -> Path:
    """A property path as Pulumi writes it (`a.b[0]["c.d"]`, `[*]` or `*` for everything) as its parts."""
    pieces: list[str | int] = []
    for quoted, index, plain in _PATH_PIECE.findall(text):
        if quoted:
            pieces.append(re.sub(r"\\(.)", r"\1", quoted))
        elif index:
            pieces.append("*" if index == "*" else int(index))
        else:
            pieces.append(plain)
    return tuple(pieces)


def contains_path(outer: str, inner: str) -> bool:
    """Whether the path `outer`, which may hold wildcards, is `inner` or leads to it."""
    wanted, given = parse_path(outer), parse_path(inner)
    return len(wanted) <= len(given) and all(
        want in ("*", have) for want, have in zip(wanted, given, strict=False)
    )


def put_back(paths: Iterable[str], old: Properties, new: Properties) -> Properties:
    """The new properties with what `paths` lead to as it was in the old ones (absent where it was absent)."""
    kept: Value = new
    for path in paths:
        kept = _reset(parse_path(path), old, kept)
    return kept if isinstance(kept, dict) else new


def _reset(path: Path, old: object, new: Value) -> Value:
    if not path:
        return new if old is _MISSING else old  # type: ignore[return-value]  # a value of the old properties
    head, rest = path[0], path[1:]
    if isinstance(new, Secret) or isinstance(old, Secret):
        # inside a secret nothing can be put back on its own; the whole of it can, and stays secret
        inner = _reset(path, _inside(old), _inside(new))  # type: ignore[arg-type]  # values, unwrapped
        return Secret(inner)
    if isinstance(new, dict):
        return _reset_keys(head, rest, old if isinstance(old, dict) else {}, new)
    if isinstance(new, list) and isinstance(old, list):
        return [
            _reset(rest, _item(old, index), item) if head in ("*", index) and index < len(old) else item
            for index, item in enumerate(new)
        ]
    return new


def _reset_keys(head: str | int, rest: Path, old: Mapping[str, Value], new: Properties) -> Properties:
    keys = old.keys() | new.keys() if head == "*" else {str(head)}
    result = dict(new)
    for key in sorted(keys):
        if rest:
            if key in new:
                result[key] = _reset(rest, old.get(key, _MISSING), new[key])
        elif key in old:
            result[key] = old[key]
        else:
            result.pop(key, None)
    return result


def _quoted(key: str) -> str:
    plain = key and not set(key) & set('.[]"')
    return key if plain else '["' + key.replace("\\", "\\\\").replace('"', '\\"') + '"]'


def _joined(path: str, key: str) -> str:
    piece = _quoted(key)
    return path + piece if piece.startswith("[") else f"{path}.{piece}"

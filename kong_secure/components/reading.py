"""How the arguments of a path are read, whatever cloud it is over: the shapes that they have in common. What is
wrong with values is decided by `rules`.
"""

import re
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any

import pulumi

from kong_secure.rules.findings import Finding

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


def comes_later(value: object) -> bool:
    """Whether the value itself is known only later; what it holds is another question."""
    return isinstance(value, pulumi.Output | Awaitable)


def shown(value: object) -> str:
    """A plain value as it stands behind the name of its input; nothing for one that is known later."""
    return "" if comes_later(value) else f" {value!r}"


class Reader:
    """Reads one argument after the other and keeps what is wrong."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.wrong_ports = False

    def refuse(self, subject: str, problem: str, fix: str) -> None:
        """Keeps a problem."""
        self.findings.append(Finding(subject, problem, fix))

    def named(self, subject: str, value: Any, example: str) -> Iterator[tuple[str, Any]]:
        """The items of a mapping with plain names."""
        if value is None:
            return
        if comes_later(value):
            problem = "is an Output, and its names decide which resources there are"
            self.refuse(subject, problem, f"give a plain mapping, whose values may be Outputs, as {example}")
        elif not isinstance(value, Mapping):
            self.refuse(f"{subject} {value!r}", "is no mapping", f"give one such as {example}")
        else:
            for name, item in value.items():
                if isinstance(name, str) and all(map(_NAME.fullmatch, name.split("/", 1))):
                    yield name, item
                else:
                    fix = "use letters, digits, '.', '_' and '-', up to 63 of them"
                    self.refuse(f"{subject} name {name!r}", "can't name a resource", fix)

    def provider(self, key: str, value: Any, package: str) -> pulumi.ProviderResource | None:
        """A provider of that package, or None for the component's own."""
        if value is None:
            return None
        if isinstance(value, pulumi.ProviderResource) and value.package == package:
            return value
        is_one = isinstance(value, pulumi.ProviderResource)
        subject = f"{key}, one of {value.package}," if is_one else key + shown(value)
        fix = f"give one, as {package.replace('-', '_').join(('pulumi_', '.Provider(...)'))}, or leave it out"
        self.refuse(subject, f"is no provider of {package}", fix)
        return None

    def ports(self, value: Any) -> tuple[int, ...]:
        """Plain ports, each once."""
        if value is None:
            return ()
        if comes_later(value) or isinstance(value, str) or not isinstance(value, list | tuple):
            self.wrong_ports = True
            self.refuse("ports" + shown(value), "is no plain list", "give one such as [443]")
            return ()
        wrong = [p for p in value if isinstance(p, bool) or not isinstance(p, int) or not 1 <= p <= 65535]
        self.wrong_ports = bool(wrong)
        for port in wrong:
            self.refuse(f"port{shown(port)}", "is no plain port", "give numbers from 1 to 65535")
        return tuple(dict.fromkeys(port for port in value if port not in wrong))

    def boolean(self, key: str, value: Any) -> bool:
        """A plain truth value."""
        if not isinstance(value, bool):
            self.refuse(key + shown(value), "is neither True nor False", "give a plain bool")
        return value is not False

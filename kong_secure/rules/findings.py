"""What is wrong with values, as data, and how several findings become one message; what is wrong is decided
elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One problem: the input it is about, what is wrong (never a secret value), and what to do."""

    subject: str
    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.subject} {self.problem}: {self.fix}"


def text_findings(name: str, value: object, fix: str) -> Iterator[Finding]:
    """What is wrong with a value, never a secret one, that must be a text with something in it."""
    if value is None:
        yield Finding(name, "is missing", fix)
    elif not isinstance(value, str):
        yield Finding(f"{name} {value!r}", "is no text", fix)
    elif not value.strip():
        yield Finding(f"{name} {value!r}", "is empty", fix)


def twice_findings(values: Mapping[str, object]) -> Iterator[Finding]:
    """What is wrong with ids, by the inputs they were given for, of which each may be given once. Case doesn't count,
    as it doesn't in any cloud.
    """
    seen: dict[str, str] = {}
    for subject, value in values.items():
        first = seen.setdefault(str(value).lower(), subject)
        if first != subject:
            yield Finding(f"{subject} {value!r}", f"is {first} too", "leave out one of them")


def described(findings: Sequence[Finding | str]) -> str:
    """One text that names every problem and its fix; a single problem is one line. There must be at least
    one. A text among them is a problem that was worded elsewhere.
    """
    if len(findings) == 1:
        return str(findings[0])
    lines = "".join(f"\n  - {finding}" for finding in findings)
    return f"{len(findings)} problems with its inputs{lines}"

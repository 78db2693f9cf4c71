"""What ids of AWS's look like, and what is wrong with one as people write it; nothing is looked up here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kong_secure.rules.findings import Finding


@dataclass(frozen=True)
class IdKind:
    """A kind of thing that has ids. what: with its article, as in "a VPC"."""

    what: str
    prefix: str

    @property
    def example(self) -> str:
        """An id of this kind."""
        return f"{self.prefix}-0123456789abcdef0"

    def search(self, text: str) -> str | None:
        """An id of this kind somewhere in the text."""
        found = re.search(rf"{self.prefix}-[0-9a-f]{{8,17}}(?![0-9a-f])", text)
        return found[0] if found else None


VPC = IdKind("a VPC", "vpc")
SUBNET = IdKind("a subnet", "subnet")
ROUTE_TABLE = IdKind("a VPC's route table", "rtb")
SECURITY_GROUP = IdKind("a security group", "sg")
TRANSIT_GATEWAY = IdKind("a transit gateway", "tgw")
ATTACHMENT = IdKind("a transit gateway attachment", "tgw-attach")
TRANSIT_ROUTE_TABLE = IdKind("a transit gateway's route table", "tgw-rtb")


def id_findings(subject: str, kind: IdKind, value: object) -> Iterator[Finding]:
    """What is wrong with an id. subject: the input it was given for."""
    if isinstance(value, str) and kind.search(value) == value:
        return
    problem, fix = f"is no id of {kind.what}", f"give one such as {kind.example}"
    if isinstance(value, str) and value.startswith("arn:"):
        inside = kind.search(value.rpartition("/")[2])
        problem = "is an ARN where an id belongs"
        fix = f"give {inside}" if inside else fix
    yield Finding(f"{subject} {value!r}", problem, fix)


def account_findings(subject: str, value: object) -> Iterator[Finding]:
    """What is wrong with the number of an account."""
    if not isinstance(value, str) or not re.fullmatch(r"\d{12}", value):
        yield Finding(
            f"{subject} {value!r}", "is no account of AWS's", 'give its 12 digits, as "123456789012"'
        )


def region_of_arn(arn: str) -> str | None:
    """The region that an ARN names; None for what is no ARN or names none."""
    parts = arn.split(":")
    return parts[3] or None if len(parts) >= 6 and parts[0] == "arn" else None

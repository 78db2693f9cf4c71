"""What a resource type needs to act: clients of the right account and region, AWS's refusals in the words that
pulumi-aws prints them in, and waiting where AWS's own provider waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from botocore.exceptions import ClientError, ParamValidationError

from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.aws.provider.kinds import Properties

_POLL_SECONDS: Final = 0.2
_FIRST_LOOK_SECONDS: Final = 0.02
_SERVICES: Final = {"EC2": "ec2", "RAM": "ram", "STS": "sts"}
_T = TypeVar("_T")


class RefusedError(Exception):
    """What was refused, as pulumi-aws says it."""


@dataclass(frozen=True)
class Calls:
    """One account and region of a cloud, for one operation on one resource.

    patience: the seconds for which a refusal that may pass is waited out. stopping: whether the engine gave up.
    """

    cloud: Cloud
    account: str
    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)
    patience: float = 300.0
    stopping: Callable[[], bool] = lambda: False

    @property
    def ec2(self) -> Any:
        """The client for EC2."""
        return self.cloud.client("ec2", self.account, self.region)

    @property
    def ram(self) -> Any:
        """The client for RAM."""
        return self.cloud.client("ram", self.account, self.region)

    # --- tags ---

    def all_tags(self, inputs: Properties) -> dict[str, str]:
        """The resource's own tags over the provider's default ones."""
        return {**self.default_tags, **(inputs.get("tags") or {})}

    def specification(self, kind: str, inputs: Properties) -> list[dict[str, Any]]:
        """How EC2 takes tags at creation; nothing where there are none."""
        tags = self.all_tags(inputs)
        if not tags:
            return []
        return [{"ResourceType": kind, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}]

    def tag_outputs(self, tags: list[dict[str, str]]) -> Properties:
        """The outputs `tags` and `tagsAll` for what is on a resource."""
        found = {tag.get("Key", tag.get("key", "")): tag.get("Value", tag.get("value", "")) for tag in tags}
        own = {key: value for key, value in found.items() if self.default_tags.get(key) != value}
        return {"tags": own, "tagsAll": found}

    def retag(self, id_: str, old: Properties, new: Properties) -> None:
        """Let an EC2 resource have the new tags instead of the old."""
        before, after = old.get("tagsAll") or {}, self.all_tags(new)
        gone = [{"Key": key} for key in before if key not in after]
        put = [{"Key": key, "Value": value} for key, value in after.items() if before.get(key) != value]
        if gone:
            self.ec2.delete_tags(Resources=[id_], Tags=gone)
        if put:
            self.ec2.create_tags(Resources=[id_], Tags=put)

    # --- waiting ---

    def patiently(self, call: Callable[[], _T], *codes: str) -> _T:
        """Repeat a call while AWS refuses it with one of these codes, for as long as patience lasts."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return call()
            except ClientError as error:
                if code_of(error) not in codes or time.monotonic() >= deadline or self.stopping():
                    raise
            time.sleep(_POLL_SECONDS)

    def until(self, what: str, seen: Callable[[], bool]) -> None:
        """Look until something is as it should be, for as long as patience lasts. Raises RefusedError.

        what: how pulumi-aws calls the waiting, as in "waiting for X to be created".
        """
        deadline, pause = time.monotonic() + self.patience, _FIRST_LOOK_SECONDS
        while not seen():
            if time.monotonic() >= deadline or self.stopping():
                raise RefusedError(f"1 error occurred:\n\t* {what}: timeout while waiting for its state\n\n")
            time.sleep(pause)
            pause = min(pause * 2, _POLL_SECONDS)


def code_of(error: ClientError) -> str:
    """AWS's error code."""
    return str(error.response["Error"]["Code"])


@contextmanager
def doing(what: str) -> Iterator[None]:
    """Name what AWS refused, as pulumi-aws does. Raises RefusedError."""
    try:
        yield
    except ClientError as error:
        failure = f"{what}: {_sentence(error)}"
    except ParamValidationError as error:
        failure = f"{what}: {error}"
    else:
        return
    raise RefusedError(f"1 error occurred:\n\t* {failure}\n\n")


def _sentence(error: ClientError) -> str:
    answer = error.response
    service = "RAM" if _is_ram(error) else "EC2"
    metadata = answer.get("ResponseMetadata", {})
    return (
        f"operation error {service}: {error.operation_name}, https response error StatusCode: "
        f"{metadata.get('HTTPStatusCode', 400)}, RequestID: {metadata.get('RequestId', '')}, "
        f"api error {code_of(error)}: {answer['Error']['Message']}"
    )


def _is_ram(error: ClientError) -> bool:
    return "ResourceShare" in error.operation_name


def gone(error: ClientError, *codes: str) -> bool:
    """Whether AWS says with one of these codes that something isn't there."""
    return code_of(error) in codes


@contextmanager
def unless_gone(*codes: str) -> Iterator[None]:
    """Deleting what isn't there any more is no failure."""
    try:
        yield
    except ClientError as error:
        if not gone(error, *codes):
            raise

"""Waiting for attachments at Konnect as plain functions: for the cloud's id of one, and for many to be ready.
Nothing of Pulumi is known here, and nothing is changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from kong_secure.errors import Failed, NotFound
from kong_secure.konnect import (
    GLOBAL,
    Attachment,
    Konnect,
    NotYet,
    Session,
    Waiting,
    read_attachment,
    wait_for,
)
from kong_secure.konnect.cloud_gateways import AZURE_VNET_PEERING
from kong_secure.resources.attachment_crud import Log, live_attachment
from kong_secure.rules.azure_grants import grants_to_look_at
from kong_secure.rules.cidr_blocks import same_blocks

READY = "ready"
GONE = "gone"
_USER_ACTION = "pending-user-action"
_ACCEPTABLE = frozenset({"pending-acceptance", _USER_ACTION, READY})


@dataclass(frozen=True)
class Watched:
    """One attachment that is waited for; cidr_blocks: those it must have, None: any."""

    network_id: str
    attachment_id: str
    cidr_blocks: tuple[str, ...] | None = None


def until_acceptable(konnect: Konnect, watched: Watched, seconds: float, log: Log) -> Attachment:
    """The attachment once it has an id in AWS and can be accepted there, or already was.

    Raises Failed at once where nothing can come of it, also for one that isn't AWS's, TimedOut after so many seconds.
    """

    def ask(session: Session) -> Attachment | NotYet:
        found = live_attachment(session, konnect, watched.network_id, watched.attachment_id)
        if found.config.get("kind") == AZURE_VNET_PEERING:
            raise Failed(
                f"attachment {found.name!r} of network {watched.network_id} is a peering with an Azure VNet, which "
                "never appears in AWS: wait for it with AttachmentReady"
            )
        if found.aws_attachment_id and found.state in _ACCEPTABLE:
            return found
        return NotYet(found.state)

    what = f"attachment {watched.attachment_id} to appear in AWS"
    return wait_for(konnect, GLOBAL, Waiting(what, seconds, log.info), ask)


def until_ready(konnect: Konnect, watched: Sequence[Watched], seconds: float, log: Log) -> None:
    """Returns once all of them are ready, seen in one round.

    Raises Failed at once when one is in error, TimedOut, saying how each is, after so many seconds.
    """

    def ask(session: Session) -> bool | NotYet:
        pending = {}
        for each in watched:
            found = live_attachment(session, konnect, each.network_id, each.attachment_id)
            if found.state != READY:
                pending[found.name] = _in_words(found)
            elif each.cidr_blocks is not None and not same_blocks(found.cidr_blocks, each.cidr_blocks):
                pending[found.name] = "its cidr_blocks aren't in effect yet"
        if pending:
            return NotYet(", ".join(f"{name}: {state}" for name, state in pending.items()))
        return True

    what = f"{len(watched)} attachments to be ready" if len(watched) > 1 else "the attachment to be ready"
    wait_for(konnect, GLOBAL, Waiting(what, seconds, log.info), ask)


def _in_words(found: Attachment) -> str:
    """An attachment's state; for one that waits for people, who has to do what."""
    if found.state != _USER_ACTION or found.config.get("kind") != AZURE_VNET_PEERING:
        return found.state
    said = f" ({' '.join(found.reason.split())})" if found.reason else ""
    return f"{found.state}{said}, {grants_to_look_at(found.reason)}"


def states(konnect: Konnect, watched: Sequence[Watched], log: Log) -> list[str]:
    """How each attachment is now, in order; `gone` for one that Konnect doesn't have."""
    session = konnect.session(GLOBAL, tell=log.progress)
    return [_state(session, each) for each in watched]


def _state(session: Session, watched: Watched) -> str:
    try:
        return read_attachment(session, watched.network_id, watched.attachment_id).state
    except NotFound:
        return GONE

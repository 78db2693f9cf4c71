"""Create, read, update and delete of an attachment at Konnect as plain functions; nothing of Pulumi is known
here. Waiting for the cloud's half of it is in `attachment_waits`.

A POST twice makes two, so create looks the name up first, and again after an answer that was lost.
"""

from dataclasses import dataclass
from typing import Protocol

from kong_secure.errors import (
    AmbiguousName,
    Conflict,
    Denied,
    Failed,
    GrantMissing,
    Invalid,
    NotFound,
    QuotaExceeded,
    TimedOut,
    Unauthorized,
    Unavailable,
)
from kong_secure.konnect import (
    GLOBAL,
    Attachment,
    Konnect,
    NotYet,
    Session,
    Waiting,
    delete_attachment,
    list_attachments,
    patch_cidr_blocks,
    post_attachment,
    read_attachment,
    wait_for,
)
from kong_secure.konnect.cloud_gateways import DnsMapping
from kong_secure.konnect.session import PATIENCE_SECONDS
from kong_secure.resources.crud import Holdings
from kong_secure.resources.crud import Log as Told
from kong_secure.rules.attachments import (
    LOST,
    TRANSITIONAL,
    WantedFields,
    differing_fields,
    owned_name,
)
from kong_secure.rules.azure_grants import grants_to_look_at
from kong_secure.rules.cidr_blocks import same_blocks

_GONE = "terminated"


class Log(Told, Protocol):
    """Whom to tell of what takes long, too."""

    def info(self, message: str) -> None: ...


@dataclass(frozen=True)
class Placed:
    """Where an attachment is. seconds: how long a change or a deletion may wait for Konnect."""

    network_id: str
    attachment_id: str
    seconds: float


@dataclass(frozen=True)
class Wanted:
    """An attachment as a program asks for it.

    name: without the owner's digits. seconds: how long a change or a deletion may wait for Konnect. grants_spread:
    Konnect needs grants in the customer's cloud that take their time to take effect, so that what it refuses may
    be taken on later.
    """

    network_id: str
    name: str
    owner: str
    fields: WantedFields
    dns: tuple[DnsMapping, ...]
    seconds: float
    grants_spread: bool = False

    @property
    def sent_name(self) -> str:
        """Its name at Konnect."""
        return owned_name(self.name, self.owner)


def refresh_advice(konnect: Konnect) -> str:
    """What to run so that an attachment in error is noticed and replaced."""
    command = "kong-secure sandbox" if konnect.settings.sandboxed else "pulumi"
    return (
        f"once the cause is gone, run `{command} up --refresh`: the refresh notes the state, and an attachment "
        "in error is replaced"
    )


def create(konnect: Konnect, wanted: Wanted, log: Log, holdings: Holdings) -> Attachment:
    """Asks for the attachment and returns once Konnect has taken it on; what an interrupted create of the same
    owner made is taken over.

    Raises Conflict when what was made differs in more than its blocks, and every other KonnectError.
    """
    found = _own(konnect.session(GLOBAL, tell=log.progress), wanted)
    if found is None:
        return _asked_for(konnect, wanted, log)
    if not holdings.claim(found.id):
        raise Conflict(
            f"attachment {found.name!r} of network {wanted.network_id} belongs to another resource of this "
            "stack, which once had this one's name: give this one a name that was never used"
        )
    try:
        return _taken_over(konnect, wanted, found, log)
    except BaseException:
        holdings.release(found.id)
        raise


def update(konnect: Konnect, placed: Placed, cidr_blocks: tuple[str, ...], log: Log) -> Attachment:
    """Gives the attachment other blocks; waits before that while it is on its way from state to state.

    Raises Failed for one in error, NotFound for one that is gone, and every other KonnectError.
    """

    def ask(session: Session) -> Attachment | NotYet:
        found = live_attachment(session, konnect, placed.network_id, placed.attachment_id)
        if same_blocks(found.cidr_blocks, cidr_blocks):
            return found
        if found.state in TRANSITIONAL:
            return NotYet(found.state)
        try:
            return patch_cidr_blocks(session, placed.network_id, placed.attachment_id, cidr_blocks)
        except (Invalid, Conflict) as refusal:
            # Which of both says that it has moved on between the two calls isn't specified.
            refused = refusal
        moved = live_attachment(session, konnect, placed.network_id, placed.attachment_id)
        if moved.state not in TRANSITIONAL:
            raise refused
        return NotYet(moved.state)

    what = f"attachment {placed.attachment_id} to take other cidr_blocks"
    return wait_for(konnect, GLOBAL, Waiting(what, placed.seconds, log.info), ask)


def read(konnect: Konnect, placed: Placed, log: Log) -> Attachment | None:
    """The attachment as Konnect has it, None when it is gone."""
    session = konnect.session(GLOBAL, tell=log.progress)
    try:
        return read_attachment(session, placed.network_id, placed.attachment_id)
    except NotFound:
        return None


def delete(konnect: Konnect, placed: Placed, log: Log) -> None:
    """Deletes the attachment and waits until Konnect says that it is gone, because until then nobody can
    delete its transit gateway. One that is gone is no error.

    Raises TimedOut, with Konnect's last words, when that takes too long.
    """

    def ask(session: Session) -> bool | NotYet:
        try:
            found = read_attachment(session, placed.network_id, placed.attachment_id)
            if found.state == _GONE:
                return True
            if found.state not in TRANSITIONAL:
                delete_attachment(session, placed.network_id, placed.attachment_id)
        except NotFound:
            return True
        except Invalid as refusal:
            # It may have moved on between the two calls; which states forbid a DELETE isn't specified.
            return NotYet(refusal.message)
        return NotYet(found.state if found.state in TRANSITIONAL else "asked to go")

    what = f"attachment {placed.attachment_id} to be gone"
    wait_for(konnect, GLOBAL, Waiting(what, placed.seconds, log.info), ask)


def _own(session: Session, wanted: Wanted) -> Attachment | None:
    """What an earlier create of the same owner made."""
    try:
        found = list(list_attachments(session, wanted.network_id, wanted.sent_name))
    except NotFound as error:
        refusal = error
    else:
        there = [each for each in found if each.state != _GONE]
        if len(there) > 1:
            ids = ", ".join(each.id for each in there)
            raise AmbiguousName(
                f"network {wanted.network_id} has {len(there)} attachments named {wanted.sent_name!r}: {ids}; "
                "delete all but the one in use at Konnect, and run this again"
            )
        return there[0] if there else None
    raise refusal.rephrased(f"there is no network {wanted.network_id}: was it deleted at Konnect?")


def _asked_for(konnect: Konnect, wanted: Wanted, log: Log) -> Attachment:
    """A new attachment, or the one that a POST without an answer has made."""
    clock = konnect.timing.clock
    posted_at: float | None = None
    lost = ""

    def ask(session: Session) -> Attachment | NotYet:
        nonlocal posted_at, lost
        if posted_at is not None:
            found = _own(session, wanted)
            if found is not None:
                return found
            # Konnect may still be at it: only after a while it counts as not carried out.
            if clock() - posted_at < PATIENCE_SECONDS:
                return NotYet(f"whether Konnect has it isn't known ({lost})")
        before, posted_at = posted_at, clock()
        try:
            return _post(session, wanted)
        except (Unavailable, TimedOut) as error:
            lost = error.message.splitlines()[0]
        except Denied as refusal:
            if not _may_be_granted_later(wanted, refusal):
                raise
            posted_at = before
            return NotYet(_until_granted(refusal))
        return NotYet(lost)

    what = f"Konnect to take on attachment {wanted.sent_name!r}"
    seconds = wanted.seconds if wanted.grants_spread else konnect.settings.deadline_seconds
    return wait_for(konnect, GLOBAL, Waiting(what, seconds, log.info), ask)


def _may_be_granted_later(wanted: Wanted, refusal: Denied) -> bool:
    """Whether the same request may be taken on later. Konnect's 403 doesn't say whether it is about the token or
    about Azure; a token that is refused and a quota that is used up stay so.
    """
    return wanted.grants_spread and not isinstance(refusal, Unauthorized | QuotaExceeded)


def _until_granted(refusal: Denied) -> str:
    """What was refused, and who may have to do something while it is asked for again."""
    said = refusal.message.splitlines()[0]
    grants = f"grants take minutes to take effect in Azure: {grants_to_look_at(said)}"
    if isinstance(refusal, GrantMissing):
        return f"{said} ({grants})"
    return (
        f"{said} (Konnect doesn't say whether that is about the token or about Azure: end this if the token has no "
        f"permission to create attachments; {grants})"
    )


def _post(session: Session, wanted: Wanted) -> Attachment:
    try:
        return post_attachment(
            session,
            wanted.network_id,
            name=wanted.sent_name,
            config=wanted.fields.config,
            cidr_blocks=wanted.fields.cidr_blocks,
            dns=wanted.dns,
        )
    except Conflict as error:
        conflict = error
    # Another run of this stack may have been faster; whether names are unique isn't specified.
    found = _own(session, wanted)
    if found is not None:
        _require_same(wanted, found)
    if found is None or differing_fields(wanted.fields, found):
        raise conflict
    return found


def _taken_over(konnect: Konnect, wanted: Wanted, found: Attachment, log: Log) -> Attachment:
    placed = Placed(wanted.network_id, found.id, wanted.seconds)
    if found.state in LOST:
        delete(konnect, placed, log)
        return _asked_for(konnect, wanted, log)
    _require_same(wanted, found)
    return update(konnect, placed, wanted.fields.cidr_blocks, log)


def _require_same(wanted: Wanted, found: Attachment) -> None:
    """Raises Conflict where more differs than the blocks, which can be changed."""
    differing = [field for field in differing_fields(wanted.fields, found) if field != "cidr_blocks"]
    if differing:
        raise Conflict(
            f"network {wanted.network_id} has an attachment {found.name!r} ({found.id}) with another "
            f"{' and '.join(differing)}\n"
            "  - if an interrupted run of this stack made it, delete it at Konnect and run this again\n"
            "  - if a stack of the same organization, project and name in another backend made it, give one of "
            "the two another name"
        )


def live_attachment(session: Session, konnect: Konnect, network_id: str, attachment_id: str) -> Attachment:
    """The attachment while something can still come of it.

    Raises NotFound where it is gone, and Failed with Konnect's own reason where nothing can come of it.
    """
    try:
        found = read_attachment(session, network_id, attachment_id)
    except NotFound as error:
        gone = error
    else:
        return _still_alive(konnect, network_id, found)
    raise gone.rephrased(
        f"attachment {attachment_id} is gone from network {network_id}: {refresh_advice(konnect)}"
    )


def _still_alive(konnect: Konnect, network_id: str, found: Attachment) -> Attachment:
    """The attachment, unless nothing can come of it any more. Raises Failed with Konnect's own reason."""
    if found.state not in LOST:
        return found
    because = f": {found.reason}" if found.reason else ""
    raise Failed(
        f"attachment {found.name!r} of network {network_id} is {found.state}{because}\n"
        f"  - {refresh_advice(konnect)}"
    )

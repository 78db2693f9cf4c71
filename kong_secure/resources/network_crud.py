"""Looking up a network at Konnect as plain functions; nothing of Pulumi is known here, and nothing is changed."""

from collections.abc import Callable
from dataclasses import dataclass

from kong_secure.errors import NotFound
from kong_secure.konnect import (
    GLOBAL,
    Konnect,
    Network,
    ProviderAccount,
    Session,
    find_network,
    read_network,
    read_provider_account,
)

_GONE = "terminated"


@dataclass(frozen=True)
class Located:
    """A network and the account of Kong's that it is in."""

    network: Network
    account: ProviderAccount


def look_up(konnect: Konnect, name_or_id: str, tell: Callable[[str], None]) -> Located:
    """The network of this name or id. Raises UnknownName, AmbiguousName and every other KonnectError."""
    session = konnect.session(GLOBAL, tell=tell)
    return _located(session, find_network(session, name_or_id))


def read(konnect: Konnect, network_id: str, tell: Callable[[str], None]) -> Located | None:
    """The network as it is now, None when it is gone."""
    session = konnect.session(GLOBAL, tell=tell)
    try:
        network = read_network(session, network_id)
    except NotFound:
        return None
    return None if network.state == _GONE else _located(session, network)


def _located(session: Session, network: Network) -> Located:
    # The account that the network itself names: an organization can have several at one provider.
    return Located(network, read_provider_account(session, network.provider_account))

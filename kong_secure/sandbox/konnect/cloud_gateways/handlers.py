"""The cloud-gateways API over HTTP: requests in, answers out. What they do lives in `rules`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kong_secure.sandbox.konnect import queries
from kong_secure.sandbox.konnect.bodies import json_object
from kong_secure.sandbox.konnect.cloud_gateways import attachments, networks
from kong_secure.sandbox.konnect.cloud_gateways.rules import CloudGateways
from kong_secure.sandbox.konnect.errors import answer
from kong_secure.sandbox.konnect.queries import Filterable
from kong_secure.sandbox.konnect.refusals import BadQueryError
from kong_secure.sandbox.konnect.store import Record

DEFAULT_PAGE_SIZE = 10
MOST = 2**31 - 1

_TEXT = ("eq", "contains", "neq", "oeq", "ocontains")
_NAME = Filterable(lambda kept: kept.get("name", ""), _TEXT)


def _state(kept: Record) -> str:
    return str(kept.get("state", ""))


_NETWORKS = {"name": _NAME, "state": Filterable(_state, ("eq", "neq", "oeq"))}
_ATTACHMENTS = {"name": _NAME, "state": Filterable(_state, ("", "eq", "neq", "oeq"))}
_ACCOUNTS = {"provider": Filterable(lambda kept: kept.get("provider", ""), _TEXT)}
_ONE_STATE = frozenset(f"filter[state]{operator}" for operator in ("", "[eq]", "[neq]"))


class Handlers:
    """Handlers of the paths below /cloud-gateways."""

    def __init__(self, gateways: CloudGateways) -> None:
        self._gateways = gateways

    # --- provider accounts ---

    async def list_accounts(self, request: Request) -> Response:
        """GET /cloud-gateways/provider-accounts."""
        return _page(request, self._gateways.accounts(), _ACCOUNTS)

    async def get_account(self, request: Request) -> Response:
        """GET /cloud-gateways/provider-accounts/{providerAccountId}."""
        return answer(200, self._gateways.account(_of_path(request, "account")))

    # --- networks ---

    async def list_networks(self, request: Request) -> Response:
        """GET /cloud-gateways/networks."""
        _known_state(request, networks.STATES)
        return _page(request, self._gateways.networks(), _NETWORKS, self._gateways.network_shown)

    async def create_network(self, request: Request) -> Response:
        """POST /cloud-gateways/networks."""
        _no_query(request)
        kept = self._gateways.create_network(await _body(request))
        return answer(201, self._gateways.network_shown(kept))

    async def get_network(self, request: Request) -> Response:
        """GET /cloud-gateways/networks/{networkId}."""
        kept = self._gateways.network(_of_path(request, "network"))
        return answer(200, self._gateways.network_shown(kept))

    async def rename_network(self, request: Request) -> Response:
        """PATCH /cloud-gateways/networks/{networkId}."""
        network_id = _of_path(request, "network")
        self._gateways.network(network_id)
        kept = self._gateways.rename_network(network_id, await _body(request))
        return answer(200, self._gateways.network_shown(kept))

    async def delete_network(self, request: Request) -> Response:
        """DELETE /cloud-gateways/networks/{networkId}."""
        self._gateways.delete_network(_of_path(request, "network"))
        return Response(status_code=204)

    # --- attachments ---

    async def list_attachments(self, request: Request) -> Response:
        """GET /cloud-gateways/networks/{networkId}/transit-gateways."""
        found = self._gateways.attachments(request.path_params["network"])
        _known_state(request, attachments.STATES)
        return _page(request, found, _ATTACHMENTS, attachments.shown)

    async def attach(self, request: Request) -> Response:
        """POST /cloud-gateways/networks/{networkId}/transit-gateways."""
        network_id = _of_path(request, "network")
        self._gateways.network(network_id)
        return answer(201, attachments.shown(self._gateways.attach(network_id, await _body(request))))

    async def get_attachment(self, request: Request) -> Response:
        """GET /cloud-gateways/networks/{networkId}/transit-gateways/{transitGatewayId}."""
        return answer(200, attachments.shown(self._gateways.attachment(*_address(request))))

    async def change_attachment(self, request: Request) -> Response:
        """PATCH /cloud-gateways/networks/{networkId}/transit-gateways/{transitGatewayId}."""
        address = _address(request)
        self._gateways.attachment(*address)
        kept = self._gateways.change_attachment(*address, await _body(request))
        return answer(200, attachments.shown(kept))

    async def detach(self, request: Request) -> Response:
        """DELETE /cloud-gateways/networks/{networkId}/transit-gateways/{transitGatewayId}."""
        self._gateways.detach(*_address(request))
        return Response(status_code=204)


def _same(kept: Record) -> Record:
    return kept


def _page(
    request: Request,
    records: Sequence[Record],
    fields: Mapping[str, Filterable],
    shown: Callable[[Record], Record] = _same,
) -> Response:
    parameters = request.query_params.multi_items()
    keep = queries.filters(parameters, dict(fields))
    plain = [item for item in parameters if not queries.is_filter(item[0])]
    found = queries.known(plain, ("page[size]", "page[number]"))
    size = queries.integer(found, "page[size]", DEFAULT_PAGE_SIZE, 1, MOST)
    number = queries.integer(found, "page[number]", 1, 1, MOST)
    matching = [record for record in records if keep(record)]
    page = {"number": number, "size": size, "total": len(matching)}
    data = [shown(record) for record in matching[(number - 1) * size : number * size]]
    return answer(200, {"meta": {"page": page}, "data": data})


def _known_state(request: Request, states: Sequence[str]) -> None:
    for name, value in request.query_params.multi_items():
        if name in _ONE_STATE and value not in states:
            raise BadQueryError(name, f"'{value}' is not a state: {', '.join(states)}")


def _no_query(request: Request) -> None:
    queries.known(request.query_params.multi_items(), ())


def _of_path(request: Request, name: str) -> str:
    _no_query(request)
    return str(request.path_params[name])


def _address(request: Request) -> tuple[str, str]:
    return _of_path(request, "network"), str(request.path_params["attachment"])


async def _body(request: Request) -> dict[str, Any]:
    return json_object(await request.body(), request.headers.get("content-type"))

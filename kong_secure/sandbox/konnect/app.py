"""Konnect over HTTP: which path leads to which handler, on which host, in which dialect. The handlers live in
`control_planes`, `core_entities` and `cloud_gateways`.

Konnect has a host per region and one more, `global`, for cloud gateways; here the first part of the path
stands for the host. A path on the wrong host is unknown, as it is to the gateway in front of Konnect.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from kong_secure.sandbox.konnect import errors, rules
from kong_secure.sandbox.konnect.authentication import Token
from kong_secure.sandbox.konnect.cloud_gateways.handlers import Handlers
from kong_secure.sandbox.konnect.cloud_gateways.refusals import cloud_gateways
from kong_secure.sandbox.konnect.cloud_gateways.rules import CloudGateways
from kong_secure.sandbox.konnect.cloud_gateways.rules import uniques as cloud_uniques
from kong_secure.sandbox.konnect.control_planes import ControlPlanes
from kong_secure.sandbox.konnect.core_entities import Entities, Schemas, not_served
from kong_secure.sandbox.konnect.entities import control_plane
from kong_secure.sandbox.konnect.errors import Dialect
from kong_secure.sandbox.konnect.faults import CONFLICT_SHAPE
from kong_secure.sandbox.konnect.front import Front
from kong_secure.sandbox.konnect.refusals import ConflictError, MethodNotAllowedError, RefusalError
from kong_secure.sandbox.konnect.rules import KINDS, PLUGIN, REGIONS, ROUTE, SERVICE
from kong_secure.sandbox.konnect.store import Record, Store, Unique

Handler = Callable[[Request], Awaitable[Response]]

GLOBAL = "global"
"""The host of the cloud-gateways API (cloud-gateways: servers)."""


class Resource:
    """One path of Konnect's API: checks host, token and method, and words refusals in the path's dialect."""

    def __init__(
        self, methods: Mapping[str, Handler], dialect: Dialect, token: Token, hosts: tuple[str, ...] = REGIONS
    ) -> None:
        self._methods = methods
        self._dialect = dialect
        self._token = token
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            response = await self._respond(request)
        except RefusalError as refusal:
            if isinstance(refusal, ConflictError):
                refusal.shape = scope.get(CONFLICT_SHAPE, refusal.shape)
            response = self._dialect(refusal)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - a mistake of ours becomes Konnect's 500, in the path's dialect
            _report(error)
            response = self._dialect(RefusalError())
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.path_params["region"] not in self._hosts:
            return errors.no_route()
        self._token.require(request.headers.getlist("authorization"))
        handler = self._methods.get(request.method)
        if handler is None:
            raise MethodNotAllowedError
        return await handler(request)


def konnect(store: Store, token: Token, gateways: CloudGateways) -> ASGIApp:
    """Konnect's API over what `store` and `gateways` hold, for those who have `token`."""
    paths = [*_control_planes(store, token), *_core_entities(store, token), *_cloud_gateways(gateways, token)]
    return Front(Router(paths, redirect_slashes=False, default=_no_route))


def open_store(path: Path) -> Store:
    """The store of a Konnect in the file at `path`, created where there is none. Raises
    `store.StoreError`."""
    return Store(path, _uniques)


def _uniques(kind: str, record: Record) -> Sequence[Unique]:
    known = kind == control_plane.KIND or kind in KINDS
    return rules.uniques(kind, record) if known else cloud_uniques(kind, record)


async def _no_route(scope: Scope, receive: Receive, send: Send) -> None:
    await errors.no_route()(scope, receive, send)


def _control_planes(store: Store, token: Token) -> list[BaseRoute]:
    planes = ControlPlanes(store)
    collection = {"GET": planes.list, "POST": planes.create}
    single = {"GET": planes.get, "PATCH": planes.update, "DELETE": planes.delete}
    base = "/{region}/v2/control-planes"
    return [
        Route(base, Resource(collection, errors.problem_json, token)),
        Route(base + "/{control_plane}", Resource(single, errors.problem_json, token)),
    ]


def _core_entities(store: Store, token: Token) -> list[BaseRoute]:
    base = "/{region}/v2/control-planes/{control_plane}/core-entities"
    routes: list[BaseRoute] = []
    for kind, parent in (
        (PLUGIN, None),
        (SERVICE, None),
        (ROUTE, None),
        (PLUGIN, SERVICE),
        (PLUGIN, ROUTE),
        (ROUTE, SERVICE),
    ):
        entities = Entities(store, kind, parent)
        path = f"{base}/{parent.path}/{{parent}}/{kind.path}" if parent else f"{base}/{kind.path}"
        collection = {"GET": entities.list, "POST": entities.create}
        single = {"GET": entities.get, "PUT": entities.upsert, "DELETE": entities.delete}
        routes.append(Route(path + "/{entity}", Resource(single, errors.core_entities, token)))
        routes.append(Route(path, Resource(collection, errors.core_entities, token)))
    schemas = Schemas(store)
    every = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), not_served)
    return [
        *routes,
        Route(
            f"{base}/schemas/plugins/{{plugin}}",
            Resource({"GET": schemas.plugin}, errors.core_entities, token),
        ),
        Route(
            f"{base}/schemas/{{entity}}/validate",
            Resource({"POST": schemas.validate}, errors.core_entities, token),
        ),
        Route(f"{base}/{{rest:path}}", Resource(every, errors.core_entities, token)),
    ]


def _cloud_gateways(gateways: CloudGateways, token: Token) -> list[BaseRoute]:
    handlers = Handlers(gateways)
    networks, accounts = "/networks", "/provider-accounts"
    attachments = networks + "/{network}/transit-gateways"
    paths: dict[str, dict[str, Handler]] = {
        accounts: {"GET": handlers.list_accounts},
        accounts + "/{account}": {"GET": handlers.get_account},
        networks: {"GET": handlers.list_networks, "POST": handlers.create_network},
        networks + "/{network}": {
            "GET": handlers.get_network,
            "PATCH": handlers.rename_network,
            "DELETE": handlers.delete_network,
        },
        attachments: {"GET": handlers.list_attachments, "POST": handlers.attach},
        attachments + "/{attachment}": {
            "GET": handlers.get_attachment,
            "PATCH": handlers.change_attachment,
            "DELETE": handlers.detach,
        },
        "/{rest:path}": dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE"), not_served),
    }
    return [
        Route("/{region}/v2/cloud-gateways" + path, Resource(methods, cloud_gateways, token, (GLOBAL,)))
        for path, methods in paths.items()
    ]


def _report(error: Exception) -> None:
    """Where a mistake of ours happened, without the values: they may be secret."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    print(f"sandbox: Konnect failed with {type(error).__name__}\n{frames}", file=sys.stderr)

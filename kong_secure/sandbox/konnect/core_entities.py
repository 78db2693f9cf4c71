"""The core entities' API (control-planes-config: /control-planes/{controlPlaneId}/core-entities/…): the
same handlers for services, routes and plugins, at the top and below a parent. Their fields live in
`entities`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from kong_secure.sandbox.konnect import queries, rules
from kong_secure.sandbox.konnect.bodies import json_object
from kong_secure.sandbox.konnect.errors import answer
from kong_secure.sandbox.konnect.plugin_schemas import SCHEMAS
from kong_secure.sandbox.konnect.plugin_schemas.schema import shown
from kong_secure.sandbox.konnect.refusals import (
    BadQueryError,
    InvalidError,
    NotFoundError,
    NotServedError,
    Problem,
)
from kong_secure.sandbox.konnect.rules import KINDS, Kind
from kong_secure.sandbox.konnect.store import Record, Store

DEFAULT_PAGE_SIZE, LARGEST_PAGE = 100, 1000

_PAGE = ("size", "offset", "tags")
_NAME_FILTERS = ("filter[name][eq]", "filter[name][contains]")


class Entities:
    """Handlers for one kind of entity, below `parent` where there is one."""

    def __init__(self, store: Store, kind: Kind, parent: Kind | None) -> None:
        self._store = store
        self._kind = kind
        self._parent = parent

    async def list(self, request: Request) -> Response:
        """GET …/{entities}: pages by offset; `next` and `offset` are left out on the last page."""
        plane = plane_of(self._store, request)
        parent_id = self._parent_id(plane, request)
        allowed = _PAGE + (() if self._parent else _NAME_FILTERS)
        found = queries.known(request.query_params.multi_items(), allowed)
        size = queries.integer(found, "size", DEFAULT_PAGE_SIZE, 1, LARGEST_PAGE, may_be_empty=False)
        tagged, named = queries.tags(found.get("tags", "")), queries.names(found)

        def keep(record: Record) -> bool:
            return self._below(record, parent_id) and tagged(record) and named(record)

        try:
            page = self._store.page(self._kind.name, plane["id"], size, found.get("offset") or None, keep)
        except ValueError as error:
            reason = str(error)
        else:
            return answer(200, {"data": page.records, **_following(request, page.offset, found)})
        raise BadQueryError("offset", reason)

    async def create(self, request: Request) -> Response:
        """POST …/{entities}."""
        plane, body = await self._written(request)
        return answer(201, rules.create(self._store, plane["id"], self._kind, body))

    async def get(self, request: Request) -> Response:
        """GET …/{entities}/{id}, or the name of a service or route."""
        plane = plane_of(self._store, request)
        parent_id = self._parent_id(plane, request)
        found = queries.known(
            request.query_params.multi_items(), () if self._kind.named else ("expand_partials",)
        )
        queries.boolean(found, "expand_partials")
        record = self._found(plane, request, parent_id)
        if record is None:
            raise NotFoundError("Not Found")
        return answer(200, record)

    async def upsert(self, request: Request) -> Response:
        """PUT …/{entities}/{id}, or the name of a service or route: creates, or replaces whole."""
        plane, body = await self._written(request)
        return answer(
            200, rules.upsert(self._store, plane["id"], self._kind, request.path_params["entity"], body)
        )

    async def delete(self, request: Request) -> Response:
        """DELETE …/{entities}/{id}: 204 too for one that isn't there."""
        plane = plane_of(self._store, request)
        rules.writable(plane)
        queries.known(request.query_params.multi_items(), ())
        parent_id = self._parent_id(plane, request, must_exist=False)
        record = self._found(plane, request, parent_id)
        if record is not None:
            rules.delete(self._store, plane["id"], self._kind, record["id"])
        return Response(status_code=204)

    async def _written(self, request: Request) -> tuple[Record, dict[str, Any]]:
        """The control plane and the body of a write, its parent filled in."""
        plane = plane_of(self._store, request)
        rules.writable(plane)
        queries.known(request.query_params.multi_items(), ())
        parent_id = self._parent_id(plane, request)
        body = json_object(await request.body(), request.headers.get("content-type"))
        if self._parent is None:
            return plane, body
        reference = {"id": parent_id}
        if body.get(self._parent.name) not in (None, reference):
            raise InvalidError([Problem((self._parent.name,), "invalid", "must be the one in the path")])
        return plane, {**body, self._parent.name: reference}

    def _parent_id(self, plane: Record, request: Request, *, must_exist: bool = True) -> str | None:
        """The id of the parent in the path. Raises `BadQueryError` or `NotFoundError`."""
        if self._parent is None:
            return None
        given = request.path_params["parent"]
        if not rules.is_uuid(given):
            raise BadQueryError(self._parent.name, f"{self._parent.name}_id '{given}' is not a UUID")
        if must_exist and self._store.get(self._parent.name, plane["id"], given.lower()) is None:
            raise NotFoundError("Not Found")
        return str(given).lower()

    def _below(self, record: Record, parent_id: str | None) -> bool:
        return self._parent is None or (record[self._parent.name] or {}).get("id") == parent_id

    def _found(self, plane: Record, request: Request, parent_id: str | None) -> Record | None:
        entity: str = request.path_params["entity"]
        if not self._kind.named and not rules.is_uuid(entity):
            raise BadQueryError("id", f" '{entity}' is not a valid uuid")
        record = rules.find(self._store, plane["id"], self._kind, entity)
        return record if record is not None and self._below(record, parent_id) else None


def _following(request: Request, offset: str | None, found: dict[str, str]) -> dict[str, str]:
    if offset is None:
        return {}
    path = request.url.path.removeprefix(f"/{request.path_params['region']}")
    return {"next": f"{path}?{urlencode({**found, 'offset': offset})}", "offset": offset}


def plane_of(store: Store, request: Request) -> Record:
    """The control plane of a request. Raises `BadQueryError` or `NotFoundError`."""
    plane_id = request.path_params["control_plane"]
    if not rules.is_uuid(plane_id):
        raise BadQueryError("controlPlaneId", f" '{plane_id}' is not a valid uuid")
    return rules.get_plane(store, request.path_params["region"], plane_id)


class Schemas:
    """Handlers for the schemas of plugins, and for checking an entity without writing it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def plugin(self, request: Request) -> Response:
        """GET …/schemas/plugins/{pluginName}."""
        plane_of(self._store, request)
        queries.known(request.query_params.multi_items(), ())
        name = request.path_params["plugin"]
        if name not in SCHEMAS:
            raise NotFoundError(f"no plugin-schema for '{name}'")
        return answer(200, shown(SCHEMAS[name]))

    async def validate(self, request: Request) -> Response:
        """POST …/schemas/{entityName}/validate: an empty object, or the refusal that a write would meet."""
        plane_of(self._store, request)
        queries.known(request.query_params.multi_items(), ())
        body = json_object(await request.body(), request.headers.get("content-type"))
        name = request.path_params["entity"]
        kind = KINDS.get(name) or next((kind for kind in KINDS.values() if kind.path == name), None)
        if kind is None:
            raise NotFoundError(f"no entity named '{name}'")
        kind.record(body)
        return answer(200, {})


async def not_served(request: Request) -> Response:
    """What Konnect has and the sandbox doesn't: refused by name."""
    path = request.path_params.get("rest", "")
    raise NotServedError(
        f"the sandbox's Konnect doesn't serve '{path}': it has control planes, services, routes, "
        "plugins, plugin schemas, networks and transit gateways"
    )

"""The control planes' API (control-planes: /control-planes and /control-planes/{controlPlaneId})."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from kong_secure.sandbox.konnect import queries, rules
from kong_secure.sandbox.konnect.bodies import json_object
from kong_secure.sandbox.konnect.entities import control_plane
from kong_secure.sandbox.konnect.errors import answer
from kong_secure.sandbox.konnect.queries import Filterable
from kong_secure.sandbox.konnect.refusals import InvalidError, Problem
from kong_secure.sandbox.konnect.store import Store

DEFAULT_PAGE_SIZE = 10
MOST = 2**31 - 1

_FILTERS = {
    "id": Filterable(lambda plane: plane.get("id", ""), ("eq", "oeq")),
    "name": Filterable(lambda plane: plane.get("name", ""), ("eq", "neq", "contains")),
    "cluster_type": Filterable(
        lambda plane: plane.get("config", {}).get("cluster_type", ""), ("eq", "neq", "oeq")
    ),
    "cloud_gateway": Filterable(lambda plane: plane.get("config", {}).get("cloud_gateway", False), ("",)),
}
_PARAMETERS = ("page[size]", "page[number]", "labels", "sort")


class ControlPlanes:
    """Handlers for one region's control planes; the region is a parameter of the path."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list(self, request: Request) -> Response:
        """GET /control-planes: pages by number."""
        parameters = request.query_params.multi_items()
        keep = queries.filters(parameters, _FILTERS)
        found = queries.known([item for item in parameters if not queries.is_filter(item[0])], _PARAMETERS)
        size = queries.integer(found, "page[size]", DEFAULT_PAGE_SIZE, 1, MOST)
        number = queries.integer(found, "page[number]", 1, 1, MOST)
        labelled = queries.labels(found.get("labels", ""))
        planes = self._store.all(control_plane.KIND, request.path_params["region"])
        matching = [plane for plane in planes if keep(plane) and labelled(plane)]
        ordered = queries.in_order(matching, found.get("sort", ""), ("created_at",))
        page = {"number": number, "size": size, "total": len(matching)}
        data = ordered[(number - 1) * size : number * size]
        return answer(200, {"meta": {"page": page}, "data": data})

    async def create(self, request: Request) -> Response:
        """POST /control-planes."""
        queries.known(request.query_params.multi_items(), ())
        body = json_object(await request.body(), request.headers.get("content-type"))
        return answer(201, rules.create_plane(self._store, request.path_params["region"], body))

    async def get(self, request: Request) -> Response:
        """GET /control-planes/{controlPlaneId}."""
        return answer(200, rules.get_plane(self._store, *_address(request)))

    async def update(self, request: Request) -> Response:
        """PATCH /control-planes/{controlPlaneId}: what the body leaves out stays."""
        region, plane_id = _address(request)
        rules.get_plane(self._store, region, plane_id)
        body = json_object(await request.body(), request.headers.get("content-type"))
        return answer(200, rules.update_plane(self._store, region, plane_id, body))

    async def delete(self, request: Request) -> Response:
        """DELETE /control-planes/{controlPlaneId}: 404 for one that isn't there."""
        rules.delete_plane(self._store, *_address(request))
        return Response(status_code=204)


def _address(request: Request) -> tuple[str, str]:
    """Region and control plane id of a request."""
    queries.known(request.query_params.multi_items(), ())
    plane_id = request.path_params["control_plane"]
    if not rules.is_uuid(plane_id):
        raise InvalidError(
            [Problem(("id",), "invalid", "invalid ID format", {"rule": "is_uuid"}, source="path")]
        )
    return request.path_params["region"], plane_id

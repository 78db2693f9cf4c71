"""Control planes: regional, found by id or by name; what lives inside one is in `core_entities`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kong_secure.konnect.answers import text
from kong_secure.konnect.paging import numbered_pages
from kong_secure.konnect.session import Session

_PATH = "/v2/control-planes"


@dataclass(frozen=True)
class ControlPlane:
    """A control plane of the region that was asked (control-planes: ControlPlane)."""

    id: str
    name: str


def read_control_plane(session: Session, control_plane_id: str) -> ControlPlane:
    """One by id (control-planes: GET /control-planes/{controlPlaneId}). Raises NotFound."""
    path = f"{_PATH}/{control_plane_id}"
    return _parse(session, path, session.get(path))


def list_control_planes(session: Session, name: str | None = None) -> Iterator[ControlPlane]:
    """All of the region, or those of exactly this name (control-planes: GET /control-planes,
    `filter[name][eq]`).
    """
    query: dict[str, str | int] = {} if name is None else {"filter[name][eq]": name}
    for item in numbered_pages(session, _PATH, query):
        yield _parse(session, _PATH, item)


def _parse(session: Session, path: str, item: Mapping[str, object]) -> ControlPlane:
    return ControlPlane(text(session, path, item, "id"), text(session, path, item, "name"))

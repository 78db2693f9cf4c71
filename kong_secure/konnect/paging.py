"""Walks lists page by page, in the two styles of the lists used here; what the items mean is decided
elsewhere.

- Control planes and cloud gateways: `page[number]` and `page[size]`, the answer's `meta.page` holds the
  total.
- Core entities: `size` and `offset`, an opaque string of the last answer (control-planes-config:
  PaginationOffset).
"""

from collections.abc import Iterator, Mapping

from kong_secure.konnect.session import Session

_NUMBERED_SIZE = 100
_OFFSET_SIZE = 1000


def numbered_pages(
    session: Session, path: str, query: Mapping[str, str | int] | None = None
) -> Iterator[Mapping[str, object]]:
    """Every item of a list that is paged by number."""
    number, seen = 1, 0
    while True:
        answer = session.get(path, {**(query or {}), "page[size]": _NUMBERED_SIZE, "page[number]": number})
        items = _items(session, path, answer)
        yield from items
        seen += len(items)
        # The page after an empty one is empty too, whatever the total says: things are deleted meanwhile.
        if not items or seen >= _total(answer, seen):
            return
        number += 1


def offset_pages(
    session: Session, path: str, query: Mapping[str, str | int] | None = None
) -> Iterator[Mapping[str, object]]:
    """Every item of a list of core entities."""
    offset: str | None = None
    while True:
        place = {} if offset is None else {"offset": offset}
        answer = session.get(path, {**(query or {}), "size": _OFFSET_SIZE, **place})
        yield from _items(session, path, answer)
        following = answer.get("offset")
        if not isinstance(following, str) or not following or following == offset:
            return
        offset = following


def _items(session: Session, path: str, answer: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The objects of a page. An answer without any list says nothing of what there is, so it isn't taken for an
    empty one.
    """
    data = answer.get("data")
    if isinstance(data, list) and all(isinstance(item, Mapping) for item in data):
        return data
    raise session.malformed(path, "'data' is no list of objects")


def _total(answer: Mapping[str, object], seen: int) -> int:
    meta = answer.get("meta")
    page = meta.get("page") if isinstance(meta, Mapping) else None
    total = page.get("total") if isinstance(page, Mapping) else None
    return int(total) if isinstance(total, int | float) else seen

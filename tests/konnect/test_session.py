"""Patience, the name cache and paging."""

import threading
from collections.abc import Callable

import pytest

from kong_secure.errors import NotFound, Unavailable
from kong_secure.konnect import Konnect
from kong_secure.konnect.answers import is_id, segment
from kong_secure.konnect.names import NameCache
from kong_secure.konnect.paging import numbered_pages, offset_pages
from tests.konnect.conftest import FakeTime
from tests.konnect.scripted_server import Reply, ScriptedServer

Client = Callable[..., Konnect]


class Later:
    """Something that is there from the given time on."""

    def __init__(self, time: FakeTime, seconds: float) -> None:
        self.time, self.there_at, self.asked = time, time.seconds + seconds, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.time.seconds < self.there_at:
            raise NotFound("not yet")
        return "found"


def test_what_appears_within_ten_seconds_is_found(client: Client, time: FakeTime) -> None:
    assert client().session("us").patiently(Later(time, 9), NotFound) == "found"


def test_patience_ends_after_ten_seconds_in_all(client: Client, time: FakeTime) -> None:
    session, started = client().session("us"), time.seconds
    assert session.patiently(Later(time, 6), NotFound) == "found"
    with pytest.raises(NotFound, match="not yet"):
        session.patiently(Later(time, 100), NotFound)
    assert time.seconds - started == pytest.approx(10)


def test_patience_never_outlasts_the_deadline(client: Client, time: FakeTime) -> None:
    session, started = client(deadline_seconds=4.0).session("us"), time.seconds
    with pytest.raises(NotFound):
        session.patiently(Later(time, 100), NotFound)
    assert time.seconds - started <= 4


def test_patience_is_told_about_after_a_second_and_not_before(client: Client, time: FakeTime) -> None:
    told: list[str] = []
    session = client().session("us", tell=told.append)
    session.patiently(Later(time, 0.7), NotFound)
    assert told == []
    session.patiently(Later(time, 5), NotFound, awaited="service 'late'")
    assert told == ["waiting for Konnect to have service 'late', for 9 s at most"]


def test_what_many_operations_wait_for_is_told_once(client: Client, time: FakeTime) -> None:
    told: list[str] = []
    konnect = client()
    for name in ("x", "x", "y"):
        konnect.session("us", tell=told.append).patiently(Later(time, 5), NotFound, awaited=name)
    assert [line.partition(",")[0] for line in told] == [f"waiting for Konnect to have {n}" for n in "xy"]


def test_patience_is_only_for_what_was_named(client: Client, time: FakeTime) -> None:
    def ask() -> str:
        raise Unavailable("broken")

    with pytest.raises(Unavailable):
        client().session("us").patiently(ask, NotFound)
    assert time.slept == []


def test_threads_that_want_one_name_ask_once() -> None:
    cache, barrier = NameCache(), threading.Barrier(4)
    asked: list[int] = []
    release = threading.Event()

    def ask() -> str:
        asked.append(1)
        release.wait(5)
        return "id"

    results: list[str] = []

    def work() -> None:
        barrier.wait(5)
        results.append(cache.get("name", ask))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    release.set()
    for thread in threads:
        thread.join()
    assert results == ["id"] * 4
    assert len(asked) == 1


def test_one_name_does_not_wait_for_another() -> None:
    cache = NameCache()
    inside = cache.get("slow", lambda: cache.get("fast", lambda: "fast id"))
    assert inside == "fast id"


def test_a_failure_is_not_remembered() -> None:
    cache = NameCache()

    def fail() -> str:
        raise NotFound("not yet")

    with pytest.raises(NotFound):
        cache.get("name", fail)
    assert cache.get("name", lambda: "id") == "id"


def test_a_forgotten_name_is_asked_for_anew() -> None:
    cache = NameCache()
    assert cache.get("name", lambda: "old") == "old"
    cache.forget("name")
    assert cache.get("name", lambda: "new") == "new"


def numbered(items: list[dict[str, int]], total: int, number: int) -> Reply:
    return Reply(200, {"data": items, "meta": {"page": {"number": number, "size": 100, "total": total}}})


def test_numbered_pages_are_walked_to_the_total(server: ScriptedServer, client: Client) -> None:
    server.replies = [numbered([{"n": 1}, {"n": 2}], 3, 1), numbered([{"n": 3}], 3, 2)]
    items = list(numbered_pages(client().session("us"), "/v2/control-planes", {"filter[name][eq]": "x"}))
    assert [item["n"] for item in items] == [1, 2, 3]
    assert "page%5Bnumber%5D=2" in server.requests[1].target
    assert "filter%5Bname%5D%5Beq%5D=x" in server.requests[1].target


def test_an_empty_page_ends_a_list_whose_total_is_too_high(server: ScriptedServer, client: Client) -> None:
    server.replies = [numbered([{"n": 1}], 5, 1), numbered([], 5, 2)]
    assert len(list(numbered_pages(client().session("us"), "/v2/control-planes"))) == 1
    assert len(server.requests) == 2


def test_offsets_are_followed_to_the_end(server: ScriptedServer, client: Client) -> None:
    server.replies = [
        Reply(200, {"data": [{"n": 1}], "next": "/somewhere?offset=abc", "offset": "abc"}),
        Reply(200, {"data": [{"n": 2}], "next": None}),
    ]
    assert len(list(offset_pages(client().session("us"), "/v2/x"))) == 2
    assert "offset=abc" in server.requests[1].target


def test_an_offset_that_repeats_itself_ends_a_list(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(200, {"data": [{"n": 1}], "offset": "abc"})]
    assert len(list(offset_pages(client().session("us"), "/v2/x"))) == 2


def test_names_are_one_segment_of_a_path() -> None:
    assert segment("a/b c?d%#ü") == "a%2Fb%20c%3Fd%25%23%C3%BC"
    assert segment("..") == "%2E%2E"
    assert segment("a.b") == "a.b"


def test_a_name_of_dots_stays_a_segment_on_the_wire(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(404, {})]
    with pytest.raises(NotFound):
        client().session("us").get(f"/v2/services/{segment('..')}")
    assert server.requests[0].target == "/us/v2/services/%2E%2E"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("93dbf76f-fd5a-482b-83ab-42dd28c78815", True),
        ("93DBF76F-FD5A-482B-83AB-42DD28C78815", True),
        ("93dbf76ffd5a482b83ab42dd28c78815", False),
        ("{93dbf76f-fd5a-482b-83ab-42dd28c78815}", False),
        ("demo", False),
    ],
)
def test_ids_are_uuids_as_konnect_writes_them(given: str, expected: bool) -> None:
    assert is_id(given) is expected

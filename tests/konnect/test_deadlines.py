"""Whatever the server does, a call ends with its deadline, and the other calls of the process go on. The clock
is the real one here.
"""

import socket
import threading
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any

import pytest

from kong_secure import errors
from kong_secure.konnect import Konnect, Settings
from kong_secure.konnect.names import NameCache
from tests.konnect.scripted_server import Reply, ScriptedServer

# Not a path of Konnect's: the transport knows none, and what it sends here is no plugin.
PLUGIN = "/v2/anything/plugins/p"
OK = Reply(200, {"id": "p", "name": "x" * 200})
HEAD = OK.wire().index(b"\r\n\r\n") + 4
DEADLINE = 0.3
GRACE = 1.5

Client = Callable[..., Konnect]


@pytest.fixture
def client() -> Iterator[Client]:
    clients = []

    def make(address: str, seconds: float = DEADLINE) -> Konnect:
        clients.append(Konnect(Settings("token", "KONNECT_TOKEN", address, deadline_seconds=seconds)))
        return clients[-1]

    yield make
    for made in clients:
        made.close()


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The names looked up of a resolver that never answers."""
    asked: list[str] = []
    release = threading.Event()

    def hang(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        release.wait(20)
        raise socket.gaierror("too late")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield asked
    release.set()


def seconds_to_time_out(konnect: Konnect, path: str = PLUGIN) -> float:
    started = monotonic()
    with pytest.raises(errors.TimedOut):
        konnect.session("us").get(path)
    return monotonic() - started


@pytest.mark.parametrize("start", [0, 20, HEAD, HEAD + 20], ids=["status", "head", "body", "within the body"])
def test_an_answer_that_drips_ends_with_the_deadline(
    server: ScriptedServer, client: Client, start: int
) -> None:
    server.replies = [Reply(200, OK.body, drip=start)]
    assert seconds_to_time_out(client(server.url)) < DEADLINE + GRACE


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_server_that_takes_the_connection_and_says_nothing_ends_with_the_deadline(
    silent: int, client: Client, scheme: str
) -> None:
    assert seconds_to_time_out(client(f"{scheme}://127.0.0.1:{silent}")) < DEADLINE + GRACE


def test_a_name_that_never_resolves_ends_with_the_deadline_and_holds_one_thread(
    hanging: list[str], client: Client
) -> None:
    konnect = client("http://konnect.invalid")
    threads = threading.active_count()
    for _ in range(2):
        assert seconds_to_time_out(konnect) < DEADLINE + GRACE
    assert hanging == ["konnect.invalid"]
    assert threading.active_count() == threads + 1


@pytest.mark.parametrize("failure", [socket.gaierror("no such name"), UnicodeError("label too long")])
def test_a_name_that_cannot_be_resolved_is_unavailable(
    client: Client, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise failure

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(errors.Unavailable, match="can't be reached"):
        client("http://konnect.invalid").session("us").get(PLUGIN)


def resolving_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    original = socket.getaddrinfo

    def resolve(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        if host != "konnect.invalid":
            return original(host, port, *rest, **more)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_of_several_addresses_the_first_that_takes_a_connection_serves(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    server.replies = [OK]
    konnect = client(f"http://konnect.invalid:{server.port}", 5.0)
    assert konnect.session("us").get(PLUGIN)["id"] == "p"
    assert server.requests[0].headers["host"] == f"konnect.invalid:{server.port}"


def test_an_address_that_does_not_answer_leaves_time_for_the_next(
    server: ScriptedServer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving_to(monkeypatch, "127.0.0.2", "127.0.0.1")
    server.replies = [OK]
    with socket.create_server(("127.0.0.2", server.port), backlog=0):
        # A full queue takes no further connection and doesn't say so.
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(("127.0.0.2", server.port))
        assert client(f"http://konnect.invalid:{server.port}", 1.0).session("us").get(PLUGIN)["id"] == "p"
        for one in waiting:
            one.close()


def test_the_connection_of_a_call_that_timed_out_is_not_used_again(
    server: ScriptedServer, client: Client
) -> None:
    konnect = client(server.url)
    server.replies = [OK, Reply(200, OK.body, drip=HEAD + 5), OK]
    konnect.session("us").get(PLUGIN)
    seconds_to_time_out(konnect)
    assert konnect.session("us").get(PLUGIN) == OK.body
    assert [request.connection for request in server.requests] == [1, 1, 2]


def test_other_threads_are_served_while_one_is_held(server: ScriptedServer, client: Client) -> None:
    konnect = client(server.url, 10.0)
    arrived, release = threading.Event(), threading.Event()

    def hold() -> None:
        arrived.set()
        release.wait(10)

    server.replies = [Reply(200, OK.body, before=hold), OK]
    held: list[object] = []
    thread = threading.Thread(target=lambda: held.append(konnect.session("us").get("/v2/held")))
    thread.start()
    assert arrived.wait(5)
    for _ in range(3):
        assert konnect.session("us").get(PLUGIN) == OK.body
    assert held == []
    release.set()
    thread.join(10)
    assert held == [OK.body]


def test_all_attempts_share_one_deadline(server: ScriptedServer, client: Client) -> None:
    server.replies = [Reply(503), Reply(200, OK.body, drip=0)]
    assert seconds_to_time_out(client(server.url, 0.8)) < 0.8 + GRACE
    assert len(server.requests) == 2


def test_whoever_waits_for_the_asking_of_another_thread_ends_with_the_own_deadline() -> None:
    cache, asking, release = NameCache(), threading.Event(), threading.Event()

    def ask() -> str:
        asking.set()
        release.wait(10)
        return "id"

    thread = threading.Thread(target=cache.get, args=("name", ask))
    thread.start()
    assert asking.wait(5)
    with pytest.raises(errors.TimedOut, match="another one was still asking"):
        cache.get("name", lambda: "never asked", 0.05)
    release.set()
    thread.join(10)
    assert cache.get("name", lambda: "never asked", 0.05) == "id"

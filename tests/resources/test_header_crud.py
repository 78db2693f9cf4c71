"""The plain functions under the adapter, against answers that the sandbox's Konnect doesn't give on demand."""

from collections.abc import Callable, Iterator

import pytest

from kong_secure import errors
from kong_secure.konnect import Konnect, Scope, Settings
from kong_secure.resources import header_crud
from kong_secure.resources.process import Process
from kong_secure.rules.header_value import Header
from tests.konnect.scripted_server import Reply, ScriptedServer

SECRET = "a-fine-secret-of-some-length"
PLANE = "9524ec7d-36d9-465d-a8c5-83a3c9390458"
PLACED = header_crud.Placed("us", PLANE, Scope("service", "s"), "ours")
UNIQUE = {
    "code": 3,
    "message": "data constraint error",
    "details": [{"messages": ["(type: unique) constraint failed"]}],
}
PLANES = Reply(200, {"data": [{"id": PLANE, "name": "demo"}], "meta": {"page": {"total": 1}}})
GONE = Reply(404, {})
PUT = Reply(200, {"id": "p", "name": "request-transformer"})


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def warn(self, message: str) -> None:
        self.lines.append(message)

    def progress(self, message: str) -> None:
        self.lines.append(message)


@pytest.fixture
def konnect(server: ScriptedServer) -> Iterator[Konnect]:
    konnect = Konnect(Settings("kpat_token", "KONNECT_TOKEN", server.url + "/{region}"))
    yield konnect
    konnect.close()


def wanted(kind: str = "service") -> header_crud.Wanted:
    header = Header("X-Gateway-Secret", "", SECRET)
    scope: Callable[..., header_crud.Wanted] = header_crud.Wanted
    return scope("us", "demo", kind, "orders", header, overwrite=True, enabled=True, owner="owner")


def plugin(identity: str, name: str = "request-transformer", **scope: object) -> dict[str, object]:
    config = {"add": {"headers": ["X-Theirs:their-secret"]}}
    return {"id": identity, "name": name, "config": config, "service": {"id": "s"}, **scope}


def test_a_refusal_names_the_plugin_that_sits_exactly_there(server: ScriptedServer, konnect: Konnect) -> None:
    neighbours = [
        plugin("another-kind", name="key-auth"),
        plugin("of-a-consumer", consumer={"id": "x"}),
        plugin("of-a-group", consumer_group={"id": "x"}),
        plugin("of-a-route-too", route={"id": "r"}),
        plugin("ours"),
        plugin("theirs"),
    ]
    server.replies = [GONE, Reply(400, UNIQUE), Reply(200, {"data": neighbours})]
    with pytest.raises(errors.ScopeTaken, match="plugin theirs with add X-Theirs") as refusal:
        header_crud.update(konnect, PLACED, wanted(), Log())
    assert refusal.value.method == "PUT"


@pytest.mark.parametrize("answer", [Reply(403, {"message": "no"}), Reply(200, {"data": []})])
def test_a_conflict_whose_reason_cannot_be_seen_stays_a_conflict(
    server: ScriptedServer, konnect: Konnect, answer: Reply
) -> None:
    server.replies = [GONE, Reply(400, UNIQUE), answer]
    with pytest.raises(errors.Conflict, match="unique") as refusal:
        header_crud.update(konnect, PLACED, wanted(), Log())
    assert not isinstance(refusal.value, errors.ScopeTaken)


@pytest.mark.parametrize("protocol", ["http", "grpc", "ws"])
def test_every_plain_protocol_is_a_warning(server: ScriptedServer, konnect: Konnect, protocol: str) -> None:
    log = Log()
    server.replies = [PLANES, Reply(200, {"id": "s", "name": "orders", "protocol": protocol}), PUT]
    header_crud.create(konnect, wanted(), log, Process())
    (line,) = log.lines
    assert f"plain {protocol.upper()}" in line


@pytest.mark.parametrize("protocol", ["https", "grpcs", "wss", "tls"])
def test_an_encrypted_protocol_is_no_warning(server: ScriptedServer, konnect: Konnect, protocol: str) -> None:
    log = Log()
    server.replies = [PLANES, Reply(200, {"id": "s", "name": "orders", "protocol": protocol}), PUT]
    header_crud.create(konnect, wanted(), log, Process())
    assert log.lines == []


def test_once_the_header_is_there_nothing_makes_its_creation_fail(
    server: ScriptedServer, konnect: Konnect
) -> None:
    route = Reply(200, {"id": "r", "name": "orders", "service": {"id": "s"}})
    server.replies = [PLANES, route, PUT, Reply(403, {"message": "no"})]
    placed = header_crud.create(konnect, wanted("route"), Log(), Process())
    assert placed.scope == Scope("route", "r")
    assert len(server.requests) == 4


def test_a_second_resource_with_the_id_of_another_is_refused_before_it_overwrites(
    server: ScriptedServer, konnect: Konnect
) -> None:
    holdings = Process()
    server.replies = [PLANES, Reply(200, {"id": "s", "name": "orders", "protocol": "https"}), PUT]
    header_crud.create(konnect, wanted(), Log(), holdings)
    with pytest.raises(errors.ScopeTaken, match="another resource of this stack"):
        header_crud.create(konnect, wanted(), Log(), holdings)
    assert [request.method for request in server.requests] == ["GET", "GET", "PUT"]


def test_a_create_that_failed_may_be_tried_again_in_the_same_process(
    server: ScriptedServer, konnect: Konnect
) -> None:
    holdings = Process()
    service = Reply(200, {"id": "s", "name": "orders", "protocol": "https"})
    server.replies = [PLANES, service, Reply(403, {"message": "no"}), PUT]
    with pytest.raises(errors.Denied):
        header_crud.create(konnect, wanted(), Log(), holdings)
    assert header_crud.create(konnect, wanted(), Log(), holdings).control_plane_id == PLANE


def test_the_client_stays_until_the_configuration_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONNECT_TOKEN", "kpat_token")
    monkeypatch.delenv("KONNECT_SERVER_URL", raising=False)
    monkeypatch.delenv("KONG_SECURE_SANDBOX", raising=False)
    process = Process()
    process.configure({"konnect:timeoutSeconds": "20"})
    first = process.konnect()
    process.configure({"konnect:timeoutSeconds": "20"})
    assert process.konnect() is first
    process.configure({"konnect:timeoutSeconds": "30"})
    assert process.konnect() is not first
    assert process.konnect().settings.deadline_seconds == 30
    process.reset()

"""What a proof says and when it holds, and how the gateway's answer is watched."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kong_secure.sandbox.prober import Prober, probing
from kong_secure.sandbox.proof import Proof, Seen, Target, call, prove
from tests.processes import wait_until
from tests.sandbox.data_plane.servers import serve


class Answering:
    """An application whose answer can be changed, and the headers of what it was asked."""

    def __init__(self) -> None:
        self.status, self.headers = 200, dict[str, str]()
        self.asked: list[set[bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": (await receive())["type"] + ".complete"})
            return
        self.asked.append({name for name, _ in scope["headers"]})
        await Response(status_code=self.status, headers=self.headers)(scope, receive, send)

    def block(self, sentence: str) -> None:
        self.status, self.headers = 504, {"X-Sandbox-Blocked": sentence}

    def answer(self, status: int) -> None:
        self.status, self.headers = status, {}


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Answering, str]]:
    application = Answering()
    with serve(application) as port:
        yield application, f"http://127.0.0.1:{port}/orders"


@pytest.mark.parametrize(
    ("direct", "through", "lines", "held"),
    [
        (Seen(401), Seen(200), ("refused (401)", "passed (200)"), True),
        (Seen(200), Seen(200), ("NOT refused (200)", "passed (200)"), False),
        (Seen(403), Seen(200), ("NOT refused (403)", "passed (200)"), False),
        (Seen(401), Seen(401), ("refused (401)", "NOT passed (401)"), False),
        (Seen(401), Seen(302), ("refused (401)", "NOT passed (302)"), False),
        (Seen(None, "no connection"), Seen(200), ("NOT refused (no connection)", "passed (200)"), False),
    ],
)
def test_the_proof_holds_only_when_the_backend_refuses_and_the_gateway_passes(
    direct: Seen, through: Seen, lines: tuple[str, str], held: bool
) -> None:
    proof = Proof(direct, through)
    assert proof.held is held
    assert proof.lines() == [f"direct call: {lines[0]}", f"through the gateway: {lines[1]}"]


def test_where_nothing_listens_the_call_says_so() -> None:
    assert str(call("http://127.0.0.1:9/orders")) == "no connection"


OUTSIDE, INSIDE = "it is private", "no rule"
REFUSED, PASSED = Seen(401), Seen(200)


@pytest.mark.parametrize(
    ("outside", "direct", "lines", "held"),
    [
        (
            Seen(None, blocked=OUTSIDE),
            REFUSED,
            ["direct call from outside: unreachable (it is private)", "direct call: refused (401)"],
            True,
        ),
        (
            REFUSED,
            REFUSED,
            ["direct call from outside: REACHABLE (401)", "direct call: refused (401)"],
            False,
        ),
        (
            Seen(None, blocked=OUTSIDE),
            Seen(None, blocked=INSIDE),
            [
                "direct call from outside: unreachable (it is private)",
                "direct call: blocked by the network (no rule)",
            ],
            True,
        ),
        (
            Seen(None, blocked=OUTSIDE),
            PASSED,
            ["direct call from outside: unreachable (it is private)", "direct call: NOT refused (200)"],
            False,
        ),
    ],
)
def test_a_private_backend_is_reached_by_nobody_outside_and_refuses_a_neighbour(
    outside: Seen, direct: Seen, lines: list[str], held: bool
) -> None:
    proof = Proof(direct, PASSED, outside)
    assert proof.held is held
    assert proof.lines() == [*lines, "through the gateway: passed (200)"]
    assert not Proof(direct, Seen(504, blocked="no route"), outside).held


def test_a_call_that_is_blocked_on_its_way_is_not_made(served: tuple[Answering, str]) -> None:
    application, address = served
    application.answer(401)
    application.asked.clear()
    private = Target(address, address, private=True, outside=OUTSIDE, inside=INSIDE)
    assert prove(private).outside == Seen(None, blocked=OUTSIDE)
    assert len(application.asked) == 1
    arriving = prove(Target(address, address, private=True))
    assert (arriving.outside, arriving.direct) == (REFUSED, REFUSED)
    assert prove(Target(address, address)).outside is None


def test_each_change_is_told_with_its_moment_and_nothing_twice() -> None:
    said: list[str] = []
    now = iter((0.0, 0.2, 3.04, 4.0, 5.0, 6.0))
    prober = Prober(said.append, lambda: next(now))
    no_route, no_rule = Seen(504, blocked="no route"), Seen(504, blocked="no rule")
    for met in (no_route, no_route, no_rule, REFUSED, REFUSED, Seen(503), PASSED, PASSED):
        prober.look(met)
    assert said == [
        "probe at 0.2s: blocked (504: no route)",
        "probe at 3.0s: blocked (504: no rule)",
        "probe at 4.0s: refused (401)",
        "probe at 5.0s: NOT passed (503)",
        "probe at 6.0s: passed (200)",
    ]


def test_a_path_is_watched_until_the_block_ends_and_once_more_then(served: tuple[Answering, str]) -> None:
    application, address = served
    application.block("no route")
    application.asked.clear()
    said: list[str] = []
    with probing(address, said.append):
        wait_until(lambda: len(said) == 1)
        application.answer(401)
        wait_until(lambda: len(said) == 2)
        application.answer(200)  # most likely seen at the end alone
    assert [line.partition(": ")[2] for line in said] == [
        "blocked (504: no route)",
        "refused (401)",
        "passed (200)",
    ]
    assert all(b"x-sandbox-probe" in headers for headers in application.asked)
    assert "probe" not in {thread.name for thread in threading.enumerate()}


def test_a_path_that_is_up_is_told_in_one_line(served: tuple[Answering, str]) -> None:
    application, address = served
    application.answer(200)
    application.asked.clear()
    said: list[str] = []
    with probing(address, said.append):
        wait_until(lambda: len(application.asked) > 2)
    assert [line.partition(": ")[2] for line in said] == ["passed (200)"]


def test_what_ends_the_block_ends_the_watching(served: tuple[Answering, str]) -> None:
    _, address = served
    with pytest.raises(KeyboardInterrupt), probing(address, lambda _: None):
        raise KeyboardInterrupt
    assert "probe" not in {thread.name for thread in threading.enumerate()}

"""The gateway: an ASGI application that routes a request, transforms it, sends it to the backend and
streams the answer.

It decides nothing by itself: routes are matched in `routing`, rules applied in `request_transformer`,
headers made in `headers`, connections held in `upstream`. Its log names methods, paths and rules, never a
header's value or a query.
"""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate

import h11
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from kong_secure.sandbox.data_plane import answers, headers
from kong_secure.sandbox.data_plane.answers import Answer
from kong_secure.sandbox.data_plane.client_body import ClientBody, ClientGoneError
from kong_secure.sandbox.data_plane.entities import Entities, Service, Snapshot, Transformer, parse_snapshot
from kong_secure.sandbox.data_plane.headers import Headers, Origin, seen, tokens, values
from kong_secure.sandbox.data_plane.latency import Stopwatch
from kong_secure.sandbox.data_plane.protocol import raw_request
from kong_secure.sandbox.data_plane.request_transformer import Request, transform
from kong_secure.sandbox.data_plane.routing import Match, match
from kong_secure.sandbox.data_plane.rules import TemplateError, TransformError
from kong_secure.sandbox.data_plane.upstream import BrokenAnswerError, Call, Reply, Upstream

Resolve = Callable[[str, int], tuple[str, int] | Answer | None]

# nginx drops a header with any other character in its name (ignore_invalid_headers), without a word.
_PASSED_NAME = re.compile(rb"[A-Za-z0-9_-]+")

_log = logging.getLogger(__name__)

PROBE_HEADER = "x-sandbox-probe"
"""The sandbox's own request header: a call that is repeated to watch a path."""


def gateway(entities: Entities, resolve: Resolve) -> ASGIApp:
    """Make the data plane of one control plane, to be served by uvicorn with `server_options`.

    entities: its configuration, read again whenever `version()` changes.
    resolve: where a service's host and port are reached; Kong's answer where they can't be; None for a host
    that the sandbox doesn't know.
    An address other than the service's own is spoken to in plain HTTP, whatever the service's protocol.
    """
    return _Gateway(entities, resolve)


@dataclass(frozen=True)
class _Incoming:
    """A caller's request as it came; the path is raw and without the query, `bare` is a `?` with nothing
    after it.
    """

    method: str
    path: str
    query: str = field(repr=False)
    bare: bool
    host: str
    headers: Headers = field(repr=False)
    origin: Origin = field(repr=False)
    stopwatch: Stopwatch = field(default_factory=Stopwatch, repr=False)


class _Gateway:
    def __init__(self, entities: Entities, resolve: Resolve) -> None:
        self._entities = entities
        self._resolve = resolve
        self._upstream = Upstream()
        self._cached: tuple[int, Snapshot] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            raw = raw_request(scope)
            if raw is None:  # unchecked heads must not be proxied, whatever the caller asks for
                message = "the sandbox's data plane must be served with the options of server_options()"
                _log.error(message)
                await JSONResponse({"message": message}, 500)(scope, receive, send)
            else:
                await self._serve(_parse(scope, raw), receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] != "lifespan.shutdown":
            await send({"type": f"{message['type']}.complete"})
        await self._upstream.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _snapshot(self) -> Snapshot:
        version = self._entities.version()
        if self._cached is None or self._cached[0] != version:
            self._cached = (version, parse_snapshot(self._entities))
        return self._cached[1]

    async def _serve(self, incoming: _Incoming, receive: Receive, send: Send) -> None:
        """Proxy one request, until it is answered or the caller goes away, which ends the backend's part
        too.
        """
        body = ClientBody(receive, incoming.headers)
        exchange = asyncio.create_task(self._exchange(incoming, body, send))
        gone = asyncio.create_task(body.gone())
        try:
            await asyncio.wait({exchange, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (exchange, gone):
                task.cancel()
            outcome, _ = await asyncio.gather(exchange, gone, return_exceptions=True)
        if isinstance(outcome, Exception) and not isinstance(outcome, ClientGoneError):
            raise outcome

    async def _exchange(self, incoming: _Incoming, body: ClientBody, send: Send) -> None:
        try:
            outcome = await self._forward(incoming, body)
        except ClientGoneError:
            raise
        except Exception as problem:  # noqa: BLE001 - a mistake of ours must be a 500, and its text may hold a value
            frame = traceback.extract_tb(problem.__traceback__)[-1]
            reason = f"{type(problem).__name__} at {frame.filename}:{frame.lineno}"
            outcome = replace(answers.UNEXPECTED, reason=reason)
        if isinstance(outcome, Answer):
            _log.log(
                logging.WARNING if outcome.status >= 500 and not _is_probe(incoming) else logging.INFO,
                "%s %s answered with %d: %s",
                incoming.method,
                incoming.path,
                outcome.status,
                outcome.reason or outcome.message,
            )
            await _send_answer(outcome, incoming, send)
            return
        try:
            await _relay(outcome, incoming, send)
        finally:
            await outcome.close()

    async def _forward(self, incoming: _Incoming, body: ClientBody) -> Reply | Answer:
        """Send the request to its backend; an Answer where the gateway answers itself."""
        snapshot = self._snapshot()
        found = _route(snapshot, incoming)
        if isinstance(found, Answer):
            return found
        refused = _refused(found, incoming)
        if refused is not None:
            return refused
        origin = replace(incoming.origin, prefix=found.prefix)
        request = Request(incoming.method, found.path, incoming.query, incoming.headers, body=None)
        transformer = snapshot.transformer(found.route)
        if transformer is not None:
            transformed = await _transformed(transformer, request, body)
            if isinstance(transformed, Answer):
                return transformed
            request = transformed
        service = found.service
        if service is None:
            return answers.NO_SERVICE
        address = self._address(service, incoming)
        if isinstance(address, Answer):
            return address
        host = request.host or (incoming.host if found.route.preserve_host else "") or service.host_header
        framing, chunks = _framed(request, body)
        call = Call(
            service=service,
            address=address,
            method=request.method,
            target=f"{request.path}?{request.query}" if request.query or incoming.bare else request.path,
            host=host,
            headers=headers.to_backend(request.headers, host, origin, framing),
            body=chunks,
        )
        incoming.stopwatch.send()
        return await self._upstream.send(call)

    def _address(self, service: Service, incoming: _Incoming) -> tuple[str, int] | Answer:
        """Where a service is reached; an Answer where it isn't."""
        address = self._resolve(service.host, service.port)
        if address is None:
            return answers.unreachable(service.host)
        if isinstance(address, Answer) and address.status != answers.NAME_UNRESOLVED.status:
            incoming.stopwatch.send()  # there was an address, and Kong tried it
        return address


def _is_probe(incoming: _Incoming) -> bool:
    """Whether somebody only watches, who sees the answer and needs it in no log."""
    return any(name.lower() == PROBE_HEADER for name, _ in incoming.headers)


def _parse(scope: Scope, raw: h11.Request) -> _Incoming:
    pairs = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in raw.headers.raw_items()
        if _PASSED_NAME.fullmatch(name)
    )
    path, question_mark, query = raw.target.decode("latin-1").partition("?")
    host = next(iter(values(pairs, "host")), "")
    if not path.startswith("/"):  # the absolute form, whose host wins over the header's
        host, _, path = path.partition("://")[2].partition("/")
        path = f"/{path}"
    client = scope["client"][0] if scope.get("client") else "127.0.0.1"
    origin = Origin(
        client=client,
        host=host.rpartition(":")[0].lower() if host[-1:].isdigit() and ":" in host else host.lower(),
        port=scope["server"][1] if scope.get("server") else 80,
        path=path,
        prefix=None,
        http_version=scope["http_version"],
        request_id=uuid.uuid4().hex,
        forwarded_for=seen(pairs, "x-forwarded-for"),
        via=seen(pairs, "via"),
    )
    return _Incoming(scope["method"], path, query, bool(question_mark) and not query, host, pairs, origin)


def _route(snapshot: Snapshot, incoming: _Incoming) -> Match | Answer:
    by_name: dict[str, list[str]] = {}
    for name, value in incoming.headers:
        by_name.setdefault(name.lower(), []).append(value)
    found = match(snapshot, method=incoming.method, path=incoming.path, host=incoming.host, headers=by_name)
    return found or answers.NO_ROUTE


def _refused(found: Match, incoming: _Incoming) -> Answer | None:
    """What a route's protocols, or this data plane's, don't allow."""
    protocols = found.route.protocols
    if "https" in protocols and "http" not in protocols:
        status = found.route.https_redirect_status_code
        if status == 426:
            upgrade = (("Connection", "Upgrade"), ("Upgrade", "TLS/1.2, HTTP/1.1"))
            return Answer(426, "Please use HTTPS protocol", upgrade)
        query = f"?{incoming.query}" if incoming.query else ""
        return Answer(status, "", (("Location", f"https://{incoming.origin.host}{incoming.path}{query}"),))
    if not protocols & {"http", "https"}:
        return Answer(415, "Non-gRPC request matched gRPC route")
    if "websocket" in tokens(incoming.headers, "upgrade"):
        return Answer(
            501, "the sandbox's data plane does not support WebSocket: send the request without Upgrade"
        )
    if found.service is not None and found.service.protocol not in ("http", "https"):
        return Answer(501, f"the sandbox's data plane does not support {found.service.protocol} services")
    return None


async def _transformed(transformer: Transformer, request: Request, body: ClientBody) -> Request | Answer:
    if transformer.conditional:
        return Answer(500, "the sandbox's data plane does not support a plugin's condition")
    if transformer.configuration.reads_body:
        request = replace(request, body=await body.held())
        if request.body is None:
            _log.warning("a body larger than Kong's client_body_buffer_size is not seen by the plugin")
    try:
        return transform(transformer.configuration, request)
    except TemplateError as problem:
        return Answer(500, str(problem), reason=f"plugin {transformer.id}: not supported: {problem}")
    except TransformError as problem:
        return replace(answers.UNEXPECTED, reason=f"plugin {transformer.id}: {problem}")


def _framed(request: Request, body: ClientBody) -> tuple[Headers, AsyncIterator[bytes] | None]:
    """How the body is framed and sent: what a plugin has held or made as a whole, anything else as it
    comes.
    """
    if request.body is None:
        return body.framing(), body.chunks() if body.framing() else None
    if not request.body and not body.framing():
        return (), None
    return (("Content-Length", str(len(request.body))),), _once(request.body)


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _relay(reply: Reply, incoming: _Incoming, send: Send) -> None:
    """Stream a backend's answer to the caller, who sees it cut off where the backend broke off."""
    pairs = reply.headers
    if reply.method == "HEAD" and incoming.method != "HEAD":  # a rule changed the method: no body will follow
        pairs = tuple((name, value) for name, value in pairs if name.lower() != "content-length")
    told = headers.to_client(pairs, incoming.origin.request_id)
    await _start(send, reply.status, (*told, *incoming.stopwatch.headers()))
    try:
        async for chunk in reply.chunks():
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except BrokenAnswerError as problem:
        _log.warning("%s %s: the backend broke off (%s)", incoming.method, incoming.path, problem)
        return
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_answer(answer: Answer, incoming: _Incoming, send: Send) -> None:
    request_id = incoming.origin.request_id
    content = answer.body(request_id) if answer.message else b""
    own = (
        ("Content-Type", "application/json; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Server", answers.SERVER),
        ("X-Kong-Request-Id", request_id),
        *incoming.stopwatch.headers(),
    )
    via = (("Via", headers.VIA),) if incoming.stopwatch.forwarded else ()
    await _start(send, answer.status, (*own, *via, *answer.headers))
    await send({"type": "http.response.body", "body": content, "more_body": False})


async def _start(send: Send, status: int, pairs: Headers) -> None:
    dated = pairs if values(pairs, "date") else (*pairs, ("Date", formatdate(usegmt=True)))
    encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in dated]
    await send({"type": "http.response.start", "status": status, "headers": encoded})

"""Sends requests to Konnect: pooled connections, retries, one deadline, errors of the tree. It knows no
path and no entity.

httpx's objects stay in here: its exceptions refer to the request, and the request carries the token.
Loading httpx takes a tenth of a second, so only `session.Konnect` imports this module, when there is
something to send.
"""

import json
import ssl
from contextlib import closing
from dataclasses import dataclass, field

import httpx
import tenacity

from kong_secure import __version__
from kong_secure.errors import KonnectError, RateLimited, SettingsError, TimedOut, Unavailable
from kong_secure.konnect.calls import Request, Terms
from kong_secure.konnect.connections import Connections
from kong_secure.konnect.dialects import is_konnects, read_refusal
from kong_secure.konnect.network import ending_with
from kong_secure.konnect.retries import IDEMPOTENT, Deadline, Timing, backoff, is_transient, retry_after
from kong_secure.konnect.settings import GLOBAL, REGIONS, Settings, no_address

_CONNECT_SECONDS = 10.0
_ANSWER_SECONDS = 30.0
_MOST_BYTES = 64 * 1024 * 1024
_WORTH_TELLING_SECONDS = 1.0
_NO_JSON = object()
_JSON = {"Content-Type": "application/json"}
_FINAL_FROM_A_PROXY = ("401", "403", "407")


@dataclass(frozen=True)
class _Outcome:
    """Of one attempt: an answer, or an error with the seconds until the next attempt, None for no other."""

    answer: object = field(default=None, repr=False)
    error: KonnectError | None = None
    wait: float | None = None


@dataclass(frozen=True)
class _Received:
    """What came over the wire, with nothing of httpx's in it. content is None where it can't be read."""

    status: int
    retry_after: str | None
    content: bytes | None = field(repr=False)

    @property
    def empty(self) -> bool:
        """Whether there was no body."""
        return self.content is not None and not self.content.strip()


class Transport:
    """Shared by all threads of a process; `close()` ends its connections."""

    def __init__(self, settings: Settings, timing: Timing) -> None:
        self._settings = settings
        self._timing = timing
        self._headers = {
            "Authorization": f"Bearer {settings.token}",
            "User-Agent": f"kong-secure/{__version__}",
            "Accept": "application/json",
            # A few bytes can unpack to gigabytes, and Konnect's answers are small.
            "Accept-Encoding": "identity",
        }
        self._connections = _open(settings)

    def close(self) -> None:
        """Ends the pooled connections."""
        self._connections.close()

    def send(self, request: Request, terms: Terms) -> object:
        """The parsed JSON of the answer, None where it is empty.

        Repeats connection errors, 429, and 500, 502, 503 and 504 of idempotent methods until the deadline
        of the terms; never a 403. Raises the KonnectError of the last attempt.
        """
        attempts = _Attempts(self, request, terms, self._timing)
        outcome = attempts.next()
        if outcome.wait is not None:
            # Only now, as most requests need no second attempt and the machinery costs as much as one.
            outcome = self._repeated(attempts, outcome)
        # Raised here, where no exception of httpx is being handled that it would refer to.
        if outcome.error is not None:
            raise outcome.error
        return outcome.answer

    def _repeated(self, attempts: "_Attempts", first: _Outcome) -> _Outcome:
        pending = [first]
        loop = tenacity.Retrying(
            sleep=self._timing.sleep,
            retry=tenacity.retry_if_result(lambda outcome: outcome.wait is not None),
            wait=lambda state: _outcome(state).wait or 0.0,
        )
        return loop(lambda: pending.pop() if pending else attempts.next())

    def receive(self, request: Request, deadline: Deadline) -> _Received | httpx.HTTPError:
        """One attempt; a failure of the connection is returned, not raised. Meant for this module."""
        # Only the wait for a free connection is bounded here: the others are by `ending_with`.
        pool = min(_ANSWER_SECONDS, max(0.001, deadline.remaining()))
        timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS, pool=pool)
        content = None if request.body is None else json.dumps(request.body).encode("utf-8")
        sent = httpx.Request(
            request.method,
            self._settings.base_url(request.host) + request.path,
            params=request.query or None,
            content=content,
            headers=self._headers if content is None else {**self._headers, **_JSON},
            extensions={"timeout": timeout.as_dict()},
        )
        try:
            # Past httpx's client: it would look for cookies, redirections and credentials, none of which
            # are wanted, in a third of the time of a call.
            with ending_with(deadline), closing(self._connections.handle_request(sent)) as response:
                body = _body_of(response)
                return _Received(response.status_code, response.headers.get("retry-after"), body)
        except httpx.HTTPError as error:
            return error


class _Attempts:
    """The attempts at one request, and what follows from each."""

    def __init__(self, transport: Transport, request: Request, terms: Terms, timing: Timing) -> None:
        self._transport = transport
        self._request = request
        self._terms = terms
        self._timing = timing
        self._made = 0

    def next(self) -> _Outcome:
        """Makes one attempt."""
        if not self._terms.deadline.remaining():
            return _Outcome(
                error=self._error(TimedOut, "the deadline of the operation is over, nothing was asked")
            )
        self._made += 1
        received = self._transport.receive(self._request, self._terms.deadline)
        if not isinstance(received, _Received):
            return self._not_received(received)
        if not 200 <= received.status < 300:
            return self._refused(received)
        if received.empty:
            return _Outcome()
        answer = _parsed(received.content)
        if answer is not _NO_JSON:
            return _Outcome(answer)
        sentence = "Konnect's answer can't be read: it is cut off, too long, or no JSON"
        error = self._error(Unavailable, sentence, received.status)
        return self._again(error, self._request.method in IDEMPOTENT)

    def _not_received(self, failure: httpx.HTTPError) -> _Outcome:
        untouched = isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        repeatable = self._request.method in IDEMPOTENT or untouched
        if isinstance(failure, httpx.TimeoutException):
            return self._again(self._error(TimedOut, "Konnect didn't answer in time"), repeatable)
        if isinstance(failure, httpx.LocalProtocolError | httpx.UnsupportedProtocol):
            repeatable = False
        if _is_certificate_failure(failure):
            sentence = "Konnect's certificate can't be verified: SSL_CERT_FILE can name a proxy's authority"
            return _Outcome(error=self._error(Unavailable, sentence))
        if isinstance(failure, httpx.ProxyError) and str(failure).startswith(_FINAL_FROM_A_PROXY):
            sentence = f"the proxy of the environment refuses to connect to Konnect ({str(failure)[:3]}): "
            sentence += "HTTPS_PROXY holds its address, user and password; NO_PROXY, what goes past it"
            return _Outcome(error=self._error(Unavailable, sentence))
        # The text of httpx's error can hold the address of a proxy with its password; its class says enough.
        sentence = f"Konnect can't be reached: the connection failed ({type(failure).__name__})"
        return self._again(self._error(Unavailable, sentence), repeatable)

    def _refused(self, received: _Received) -> _Outcome:
        body = None if received.empty else _parsed(received.content)
        refusal = read_refusal(received.status, body)
        if not received.empty and not is_konnects(received.status, body):
            # Somebody else's "not found" must not pass for "the plugin is gone".
            sentence = "the answer isn't Konnect's: is KONNECT_SERVER_URL, or a proxy in between, right?"
            return _Outcome(error=self._error(Unavailable, sentence, received.status, refusal.trace_id))
        sentence = refusal.sentence()
        if 300 <= received.status < 400:
            sentence = (
                "the address answers with a redirection, which isn't followed: is KONNECT_SERVER_URL right?"
            )
        error = self._error(refusal.kind, sentence, received.status, refusal.trace_id)
        asked = (
            retry_after(received.retry_after, self._timing.now()) if received.status in (429, 503) else None
        )
        return self._again(error, is_transient(received.status, self._request.method), asked)

    def _again(self, error: KonnectError, repeatable: bool, asked: float | None = None) -> _Outcome:
        if not repeatable:
            return _Outcome(error=error)
        # A Retry-After of 0, or a date gone by, is no reason to hammer.
        wait = asked or backoff(self._made, self._timing.chance())
        deadline = self._terms.deadline
        if wait >= deadline.remaining():
            times = "once" if self._made == 1 else f"{self._made} times"
            limit = f"asked {times}; the next try would come after the deadline of {deadline.seconds:g} s"
            return _Outcome(error=error.rephrased(f"{error.message} ({limit})"))
        if wait >= _WORTH_TELLING_SECONDS:
            reason = (
                "Konnect asks to slow down"
                if isinstance(error, RateLimited)
                else "Konnect can't be reached or failed"
            )
            self._terms.tell(f"{reason}: next try in {wait:.0f} s")
        return _Outcome(error=error, wait=wait)

    def _error(
        self, kind: type[KonnectError], sentence: str, status: int | None = None, trace_id: str | None = None
    ) -> KonnectError:
        scrub = self._terms.scrub
        return kind(
            scrub(sentence),
            method=self._request.method,
            path=scrub(self._request.path),
            status=status,
            trace_id=scrub(trace_id) if trace_id else None,
        )


def _outcome(state: tenacity.RetryCallState) -> _Outcome:
    result = state.outcome.result() if state.outcome else None
    return result if isinstance(result, _Outcome) else _Outcome()


def _is_certificate_failure(failure: BaseException | None) -> bool:
    while failure is not None:
        if isinstance(failure, ssl.SSLCertVerificationError):
            return True
        failure = failure.__cause__ or failure.__context__
    return False


def _body_of(response: httpx.Response) -> bytes | None:
    """The body as it came, None where it is too long or compressed, which wasn't asked for."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return None
    received = bytearray()
    for chunk in response.iter_raw():
        received += chunk
        if len(received) > _MOST_BYTES:
            return None
    if response.status_code == 204 and response.headers.get("content-length", "0") != "0":
        # A body where there may be none isn't read, and would be taken for the next answer.
        response.extensions["network_stream"].close()
    return bytes(received)


def _parsed(content: bytes | None) -> object:
    if content is None:
        return _NO_JSON
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return _NO_JSON


def _open(settings: Settings) -> Connections:
    addresses = _addresses(settings)
    try:
        # Proxies of the environment lead to Konnect, never to this machine, whatever NO_PROXY says.
        return Connections(addresses, proxies=not settings.loopback)
    except (ValueError, ImportError, OSError, ssl.SSLError, httpx.InvalidURL):
        pass
    raise SettingsError(
        "the proxy or certificate settings of the environment can't be used: "
        "see HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE and SSL_CERT_DIR"
    )


def _addresses(settings: Settings) -> list[str]:
    addresses = [settings.base_url(host) for host in (*REGIONS, GLOBAL)]
    try:
        for url in map(httpx.URL, addresses):
            _ = url.host, url.raw_host
    except (ValueError, httpx.InvalidURL):
        pass
    else:
        return addresses
    raise no_address()

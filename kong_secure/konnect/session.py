"""The client: one `Konnect` per process, shared by its threads, and one `Session` per operation; no entity
is known here.
"""

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from kong_secure.errors import KonnectError, Unavailable
from kong_secure.konnect.calls import Request, Terms
from kong_secure.konnect.names import NameCache
from kong_secure.konnect.retries import Deadline, Timing
from kong_secure.konnect.scrubbing import Scrubber
from kong_secure.konnect.settings import Settings

if TYPE_CHECKING:
    from kong_secure.konnect.transport import Transport

Result = TypeVar("Result")

PATIENCE_SECONDS = 10.0
"""How long what isn't there yet is asked for again: the same program may have made it a moment ago."""

_FIRST_ASK_AGAIN_SECONDS = 0.25
_LONGEST_ASK_AGAIN_SECONDS = 2.0
_WORTH_TELLING_SECONDS = 1.0


class Konnect:
    """Konnect's API for one process.

    Thread-safe: the connections and the names already resolved are shared. `session()` begins an operation.
    Raises SettingsError for an address or settings of the environment that no connection can be made with.
    """

    def __init__(self, settings: Settings, timing: Timing | None = None) -> None:
        # Here, because it loads httpx, which programs and previews never need.
        from kong_secure.konnect.transport import Transport  # noqa: PLC0415

        self.settings = settings
        self.names = NameCache()
        self.timing = timing or Timing()
        self._transport = Transport(settings, self.timing)
        self._lock = threading.Lock()
        self._told: set[str] = set()

    def first_to_tell(self, what: str) -> bool:
        """Whether nobody of this process has told of it: many operations wait for one thing."""
        with self._lock:
            first = what not in self._told
            self._told.add(what)
            return first

    def session(
        self,
        region: str,
        *,
        secrets: Iterable[str] = (),
        wholes: Iterable[str] = (),
        tell: Callable[[str], None] = lambda _: None,
        most_seconds: float | None = None,
    ) -> "Session":
        """Begins an operation in a region, or on the host `GLOBAL`; its deadline runs from now.

        secrets, wholes: what no error may show, besides the token (see `Scrubber`).
        tell: called with one line when a wait gets long.
        most_seconds: a deadline that comes earlier than that of the settings.
        """
        scrub = Scrubber((self.settings.token, *secrets), wholes)
        seconds = self.settings.deadline_seconds
        deadline = Deadline(seconds if most_seconds is None else min(seconds, most_seconds), self.timing)
        return Session(self, region, Terms(deadline, scrub, tell), self._transport, self.timing)

    def close(self) -> None:
        """Ends the pooled connections."""
        self._transport.close()


class Session:
    """One operation: calls to one region, or to the global host, under one deadline. Used by one thread."""

    def __init__(
        self, konnect: Konnect, region: str, terms: Terms, transport: "Transport", timing: Timing
    ) -> None:
        self.region = region
        self._konnect = konnect
        self.names = konnect.names
        self.settings = konnect.settings
        self._terms = terms
        self._transport = transport
        self._timing = timing
        self._asking_since: float | None = None
        self._patient = True
        self._last_method = ""

    def get(self, path: str, query: Mapping[str, str | int] | None = None) -> Mapping[str, object]:
        """The JSON object at a path of the region."""
        return self._object("GET", self.region, path, query or {})

    def put(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """Replaces what is at a path of the region, and returns the JSON object that Konnect answers."""
        return self._object("PUT", self.region, path, {}, body)

    def post(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """Asks for something new, and returns the JSON object that Konnect answers.

        It is repeated only where Konnect can't have got it: after Unavailable or TimedOut it may have.
        """
        return self._object("POST", self.region, path, {}, body)

    def patch(self, path: str, body: Mapping[str, object]) -> Mapping[str, object]:
        """Changes what is at a path, and returns the JSON object that Konnect answers; repeated like `post`."""
        return self._object("PATCH", self.region, path, {}, body)

    def delete(self, path: str) -> None:
        """Deletes what is at a path of the region."""
        self._transport.send(Request("DELETE", self.region, path), self._terms)

    def patiently(
        self, ask: Callable[[], Result], *missing: type[KonnectError], awaited: str = "it"
    ) -> Result:
        """The result of `ask`, which is repeated while it raises one of `missing`. awaited: what Konnect is
        said to be waited for to have, once in a process.

        All of a session's waits of this kind together last 10 seconds, counted from the first refusal.
        """
        attempt = 0
        while True:
            try:
                return ask()
            except missing:
                if not self._patient:
                    raise
                wait = self._wait_for_it(attempt)
                if wait is None:
                    raise
            if self._asked_for() + wait >= _WORTH_TELLING_SECONDS and self._konnect.first_to_tell(awaited):
                seconds = f"{self._left_to_ask():.0f} s"
                self._terms.tell(f"waiting for Konnect to have {awaited}, for {seconds} at most")
            self._timing.sleep(wait)
            attempt += 1

    @contextmanager
    def impatient(self) -> Iterator[None]:
        """Inside, `patiently` asks once, and what isn't there is told without a list of what is."""
        self._patient = False
        try:
            yield
        finally:
            self._patient = True

    @property
    def patient(self) -> bool:
        """Whether it is worth waiting, and saying more, when something isn't there."""
        return self._patient

    def remembered(self, key: Hashable, ask: Callable[[], Result]) -> Result:
        """What the process knows under the key, else the result of `ask`; another thread that is asking for
        it already is waited for until the deadline.
        """
        return self.names.get(key, ask, self._terms.deadline.remaining())

    def malformed(self, path: str, missing: str) -> Unavailable:
        """The error for an answer to the last call that isn't what Konnect's specification says."""
        sentence = f"Konnect's answer isn't what its specification says: {missing}"
        return Unavailable(sentence, method=self._last_method, path=self._terms.scrub(path))

    def _object(
        self,
        method: str,
        host: str,
        path: str,
        query: Mapping[str, str | int],
        body: Mapping[str, object] | None = None,
    ) -> Mapping[str, object]:
        self._last_method = method
        answer = self._transport.send(Request(method, host, path, query, body), self._terms)
        if not isinstance(answer, Mapping):
            raise self.malformed(path, "no JSON object")
        return answer

    def _asked_for(self) -> float:
        return 0.0 if self._asking_since is None else self._timing.clock() - self._asking_since

    def _wait_for_it(self, attempt: int) -> float | None:
        if self._asking_since is None:
            self._asking_since = self._timing.clock()
        left = self._left_to_ask()
        if left <= 0:
            return None
        return min(left, _LONGEST_ASK_AGAIN_SECONDS, _FIRST_ASK_AGAIN_SECONDS * 2.0**attempt)

    def _left_to_ask(self) -> float:
        return min(PATIENCE_SECONDS - self._asked_for(), self._terms.deadline.remaining())

"""A stack's proof in a running world: which calls it takes there to each of its backends, and what is told of them.
How a call is made and judged lives in `proof`, watching the path in `prober`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from kong_secure.sandbox.prober import probing
from kong_secure.sandbox.proof import Target, prove
from kong_secure.sandbox.running_world import WorldControl
from kong_secure.sandbox.sandbox_file import Backend, SandboxFile, Way
from kong_secure.sandbox.sharing import FILE

Say = Callable[[str], None]


class Proving:
    """The proof of a stack: that of each of its backends. Of several, each line begins with the host of its own."""

    def __init__(
        self, file: SandboxFile, backends: Sequence[Backend], control: WorldControl, say: Say
    ) -> None:
        def of(backend: Backend) -> Say:
            return say if len(backends) == 1 else lambda line: say(f"{backend.host}: {line}")

        self._say = say
        self._backends = [BackendProving(file, each, control, of(each)) for each in backends]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """A block in which each change of the gateway's answer is told, for every private backend."""
        with ExitStack() as watching:
            for backend in self._backends:
                watching.enter_context(backend.watched())
            yield

    def prove(self, *, succeeded: bool) -> bool:
        """Make the calls, and print what they met as the last lines; whether it held for every backend. succeeded:
        whether the operation before it did.
        """
        if not succeeded and any(backend.can_be_made for backend in self._backends):
            self._say("note: the operation failed; the proof is of what stands now")
        held = [backend.prove(succeeded=succeeded) for backend in self._backends]
        return all(held)


@dataclass(frozen=True)
class BackendProving:
    """The proof of one backend."""

    file: SandboxFile
    backend: Backend
    control: WorldControl
    say: Say

    def watched(self) -> AbstractContextManager[None]:
        """A block in which each change of the gateway's answer is told, where the backend is private."""
        gateway = self._gateway()
        if self.backend.private is None or gateway is None:
            return nullcontext()
        return probing(gateway, self.say)

    @property
    def can_be_made(self) -> bool:
        """Whether there is a way through the gateway to call."""
        return self._gateway() is not None

    def prove(self, *, succeeded: bool) -> bool:
        """Make the calls, and tell what they met. succeeded: whether the operation before it did."""
        way, gateway = self._way(), self._gateway()
        if way is None or gateway is None:
            self.say(
                f"no proof: {FILE} declares no route with a plain path to a service whose host is {self.backend.host}"
            )
            return False
        proof = prove(self._target(way, gateway))
        if succeeded and proof.direct.refused and proof.through_gateway.refused:
            self.say(f"note: {self._other_header()}")
        for line in proof.lines():
            self.say(line)
        return proof.held

    def _target(self, way: Way, gateway: str) -> Target:
        direct = self.control.direct(self.backend.host, way.port)
        return Target(
            backend=direct.address + way.path,
            gateway=gateway,
            private=self.backend.private is not None,
            outside=direct.outside,
            inside=direct.inside,
        )

    def _other_header(self) -> str:
        key = self.backend.key
        form = " ".join(filter(None, (self.backend.scheme, "SECRET")))
        return (
            f"the backend {self.backend.host} demands `{self.backend.header}: {form}`, and the gateway brought "
            f"something else or nothing; for another `header_name` or `scheme` in the program set {key}.header and "
            f"{key}.scheme in {FILE}, for another secret {key}.secret"
        )

    def _way(self) -> Way | None:
        return self.file.way_to(self.backend)

    def _gateway(self) -> str | None:
        """The address that leads through the gateway to the backend."""
        way = self._way()
        if way is None:
            return None
        gateways = self.control.address.gateways
        gateway = gateways.get(way.control_plane) or gateways.get(f"{way.control_plane} ({way.region})")
        return None if gateway is None else gateway + way.path

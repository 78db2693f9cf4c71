"""Faults for as long as a command lasts, and what became of them in the user's words. What a user writes is
read in `fault_syntax`; the world applies it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.fault_syntax import FaultSpec
from kong_secure.sandbox.running_world import WorldControl


@contextlib.contextmanager
def injected(
    control: WorldControl, specs: Sequence[FaultSpec], say: Callable[[str], None], *, joined: bool
) -> Iterator[None]:
    """Have faults in effect during the block, and say at its end how often each happened.

    joined: the world is another command's, so that its users meet the faults too.
    """
    if not specs:
        yield
        return
    held = control.hold_faults([spec.as_json() for spec in specs])
    try:
        where = "in the sandbox that is up, for everybody who uses it, " if joined else ""
        say(f"faults: {len(specs)} in effect {where}until this command ends")
        try:
            yield
        finally:
            # The world may be what ended.
            with contextlib.suppress(SandboxError):
                for spec, (matched, happened) in zip(specs, held.counts(), strict=True):
                    say(f"fault {spec.text}: {outcome(spec, matched, happened)}")
    finally:
        held.close()


def outcome(spec: FaultSpec, matched: int, happened: int) -> str:
    """How often a fault happened, and why it never did."""
    if not matched:
        return "never happened: no call matched it"
    if not happened:
        return f"never happened: it lets {spec.skip} matching calls pass first, and {matched} came"
    times = "once" if happened == 1 else f"{happened} times"
    missing = spec.count is not None and happened < spec.count
    return f"happened {times}, of {spec.count} it was set for" if missing else f"happened {times}"

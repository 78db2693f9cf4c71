"""What was measured, as tables that say what each number is and which target it has."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.processes import ROLES, Costs
from benchmarks.programs import HEADER, KINDS, NOTHING, SAME_PROPERTIES

RATIO_TARGET = 1.2
CALL_TARGETS = {
    "up, creating": "2 each, 1 more per process",
    "preview, unchanged": "0",
    "up, unchanged": "none set",
    "refresh": "1",
    "destroy": "none set",
}


@dataclass(frozen=True)
class Measured:
    """One operation: seconds from its start to its end, calls to Konnect, costs of its processes."""

    seconds: float
    calls: int
    costs: Costs

    @property
    def processor(self) -> float:
        """Seconds of processors, of all processes together."""
        return sum(self.costs.processor.values())


Run = Mapping[tuple[str, str], Measured]
"""One lifecycle: what was measured by operation and kind of resource."""

EXPLANATION = f"""\
Seconds are medians over the runs; a ratio is the median of the runs' ratios, with the lowest and highest.
- header: `SharedSecretHeader`.
- nothing: a dynamic resource with one property, a secret, whose provider does nothing: the engine's own cost.
  Target for header / nothing: at most {RATIO_TARGET}.
- {SAME_PROPERTIES}: a dynamic resource with a header's properties whose provider does nothing. What a header takes
  more than this is its provider's work and Konnect's; what this takes more than nothing is the properties' price.
- processor seconds: user and system time of all processes together, which other work on the machine disturbs less.
"""
_TIMES = (
    "| operation | resources | header (s) | nothing (s) | same properties (s) | header / nothing "
    "| header / same properties | processor, header / nothing |\n" + "|---" * 8 + "|"
)
_CALLS = "| operation | resources | calls to Konnect per header | target |\n|---|---|---|---|"
_COSTS = (
    "| operation | resources | of | "
    + " | ".join(f"{role} (processor s)" for role in ROLES)
    + " | provider (MiB) |\n"
    + "|---" * (4 + len(ROLES))
    + "|"
)


def times(operations: Sequence[str], measured: Mapping[int, Sequence[Run]]) -> str:
    """How long each operation took, and how that compares."""
    rows = [_time_row(operation, count, runs) for count, runs in measured.items() for operation in operations]
    return "\n".join((_TIMES, *rows))


def calls(operations: Sequence[str], measured: Mapping[int, Sequence[Run]]) -> str:
    """How often Konnect was called."""
    rows = [
        f"| {operation} | {count} | {max(run[operation, HEADER].calls for run in runs) / count:.3f} "
        f"| {CALL_TARGETS[operation]} |"
        for count, runs in measured.items()
        for operation in operations
    ]
    return "\n".join((_CALLS, *rows))


def costs(operations: Sequence[str], measured: Mapping[int, Sequence[Run]]) -> str:
    """Where the time goes: processor seconds by process, and the peak memory of the provider process."""
    rows = [
        _cost_row(operation, count, kind, [run[operation, kind] for run in runs])
        for count, runs in measured.items()
        for operation in operations
        for kind in KINDS
    ]
    return "\n".join((_COSTS, *rows))


def _time_row(operation: str, count: int, runs: Sequence[Run]) -> str:
    seconds = [f"{median(run[operation, kind].seconds for run in runs):.2f}" for kind in (HEADER, NOTHING)]
    same = f"{median(run[operation, SAME_PROPERTIES].seconds for run in runs):.2f}"

    def ratio(kind: str, value: Callable[[Measured], float]) -> str:
        found = sorted(value(run[operation, HEADER]) / value(run[operation, kind]) for run in runs)
        return f"{median(found):.2f} ({found[0]:.2f} to {found[-1]:.2f})"

    ratios = [
        ratio(NOTHING, lambda one: one.seconds),
        ratio(SAME_PROPERTIES, lambda one: one.seconds),
        ratio(NOTHING, lambda one: one.processor),
    ]
    return f"| {operation} | {count} | {' | '.join((*seconds, same, *ratios))} |"


def _cost_row(operation: str, count: int, kind: str, found: Sequence[Measured]) -> str:
    spent = [f"{median(one.costs.processor[role] for one in found):.2f}" for role in ROLES]
    memory = max(one.costs.provider_memory for one in found)
    return f"| {operation} | {count} | {kind} | {' | '.join(spent)} | {memory:.0f} |"

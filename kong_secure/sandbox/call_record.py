"""The calls to Konnect for people: those of the world that is up, or those the last one left in `.sandbox`.
What is recorded is decided in `konnect.calls`: never a body, a query or a header.
"""

from __future__ import annotations

import contextlib
import json
from typing import Any

from kong_secure.sandbox.directory import SandboxDirectory, write_private
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.running_world import WorldControl, read_address


def keep(directory: SandboxDirectory, control: WorldControl) -> None:
    """Keep the record of a world that is about to end; one that has ended already has none."""
    with contextlib.suppress(SandboxError, OSError):
        write_private(directory.calls, json.dumps(control.calls()) + "\n")


def shown(directory: SandboxDirectory, *, as_json: bool) -> str:
    """The record as text. Raises SandboxError where there is none."""
    heading, record = _record(directory)
    if as_json:
        return json.dumps(record, indent=2) + "\n"
    calls = [_line(call) for call in record["calls"]]
    counts = [f"{count:7}  {kind}" for kind, count in record["counts"].items()]
    return "\n".join([heading, *calls, "", "calls by kind:", *counts, ""]) if calls else f"{heading} none\n"


def _record(directory: SandboxDirectory) -> tuple[str, dict[str, Any]]:
    address = read_address(directory)
    if address is not None:
        control = WorldControl(address)
        try:
            return "calls to Konnect in the sandbox that is up:", control.calls()
        except SandboxError:
            # A world that was killed leaves its address behind.
            pass
        finally:
            control.close()
    try:
        record: Any = json.loads(directory.calls.read_text())
    except (OSError, ValueError):
        record = None
    if not isinstance(record, dict):
        raise SandboxError("no calls are recorded here yet: run `kong-secure sandbox up` first")
    return "calls to Konnect in the last sandbox:", record


def _line(call: dict[str, Any]) -> str:
    answer = "-" if call["status"] is None else str(call["status"])
    seconds = call.get("seconds")
    lasted = "-" if seconds is None else f"{seconds * 1000:.1f} ms"
    fault = f"  (fault: {call['fault'].replace('_', '-')})" if call.get("fault") else ""
    return f"{call['method']:7} {call['region']:6} {answer:>4} {lasted:>11}  {call['path']}{fault}"

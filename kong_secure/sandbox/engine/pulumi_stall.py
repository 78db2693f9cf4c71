"""The one way in which pulumi never ends by itself, recognised in its event log. With `--continue-on-error` it doesn't
answer the program once a delete ahead of a replacement has failed, and waits for the program for ever (seen in
v3.260.0). What a log tells of changes is read in `pulumi_events`; ending pulumi is `pulumi_cli`'s part.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from kong_secure.sandbox.engine import pulumi_events

MESSAGE: Final = (
    "pulumi was ended: what couldn't be deleted ahead of its replacement (see above) would have kept it waiting for "
    "ever; what it had done is in the state\n"
)
_ENDS: Final = ("resOutputsEvent", "resOpFailedEvent")
_POLL_SECONDS: Final = 0.5


def is_stalled(log: Path) -> bool:
    """Whether a delete ahead of a replacement failed and no other step is under way."""
    failed = False
    under_way: set[tuple[str, str]] = set()
    for event in pulumi_events.events(log):
        for kind, content in event.items():
            if kind != "resourcePreEvent" and kind not in _ENDS:
                continue
            metadata = content["metadata"]
            step = metadata["urn"], metadata["op"]
            if kind in _ENDS:
                under_way.discard(step)
                failed |= kind == "resOpFailedEvent" and pulumi_events.is_deleted_first(metadata)
            elif _is_custom(metadata):
                under_way.add(step)
    return failed and not under_way


def _is_custom(metadata: dict[str, Any]) -> bool:
    """A component's step has no end of its own."""
    return any((metadata.get(side) or {}).get("custom") for side in ("old", "new"))


@contextmanager
def watched(log: Path, silence_seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """A block in which `end` is called, by another thread and once, when nothing new has been in the log for so long
    and it tells of a stall.
    """
    over = threading.Event()

    def watch() -> None:
        size, since = -1, time.monotonic()
        judged = False
        while not over.wait(_POLL_SECONDS):
            now = log.stat().st_size if log.exists() else 0
            if now != size:
                size, since, judged = now, time.monotonic(), False
            elif not judged and time.monotonic() - since >= silence_seconds:
                judged = True
                if is_stalled(log):
                    end()
                    return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()

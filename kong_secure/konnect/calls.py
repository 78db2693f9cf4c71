"""One call to Konnect as plain values: what is asked, and under which terms. How it is sent is `transport`'s
matter; whoever asks needs none of what sends.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kong_secure.konnect.retries import Deadline
from kong_secure.konnect.scrubbing import Scrubber


@dataclass(frozen=True)
class Request:
    """One call: host is a region or `global`, path begins with `/v2`, body is sent as JSON and may hold a
    secret.
    """

    method: str
    host: str
    path: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, object] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Terms:
    """Under which a request is made: its deadline, what errors must hide, whom to tell about waits."""

    deadline: Deadline
    scrub: Scrubber
    tell: Callable[[str], None]

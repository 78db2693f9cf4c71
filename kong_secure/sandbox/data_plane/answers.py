"""Answers that the gateway gives itself, in Kong's words and shape. What a backend answers is passed on
elsewhere.

Source: Kong's `kong/error_handlers.lua` and the default JSON template of `kong/tools/http.lua`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

SERVER = "kong/3.10.0-sandbox"
"""What Server and Via call the gateway: a Kong, and which one it isn't."""


@dataclass(frozen=True)
class Answer:
    """A status, a message for the body, and headers beside the usual ones; `reason` is for the log only."""

    status: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()
    reason: str = ""

    def body(self, request_id: str) -> bytes:
        """The JSON body: the message and the request's id."""
        return json.dumps({"message": self.message, "request_id": request_id}, indent=2).encode()


NO_ROUTE = Answer(404, "no Route matched with those values")
NO_SERVICE = Answer(503, "no Service found with those values")
BAD_REQUEST = Answer(400, "Bad request")
METHOD_NOT_ALLOWED = Answer(405, "Method not allowed")
HEADER_TOO_LARGE = Answer(400, "Request header or cookie too large")
URI_TOO_LONG = Answer(414, "URI too long")
UNKNOWN_VERSION = Answer(505, "HTTP version not supported")
UNKNOWN_CODING = Answer(501, "Not implemented")
UNEXPECTED = Answer(500, "An unexpected error occurred")
INVALID_RESPONSE = Answer(502, "An invalid response was received from the upstream server")
TIMED_OUT = Answer(504, "The upstream server is timing out")
NAME_UNRESOLVED = Answer(503, "name resolution failed")

BLOCKED_HEADER = "X-Sandbox-Blocked"
"""The sandbox's own header: what stopped a call, in one sentence. Kong has none such."""


def blocked(answer: Answer, sentence: str) -> Answer:
    """Kong's answer to a call that doesn't arrive, with what stopped it for whoever tries the sandbox."""
    plain = "".join(letter if " " <= letter <= "~" else "?" for letter in sentence)
    return replace(answer, headers=(*answer.headers, (BLOCKED_HEADER, plain)), reason=f"blocked: {plain}")


def unreachable(host: str) -> Answer:
    """For a backend whose name the sandbox doesn't know."""
    return Answer(
        502,
        f"the sandbox's data plane reaches only hosts it declares, and {host!r} is none of them: "
        f"in sandbox.yaml, add `- host: {host}` under `backends:` to let a sample backend stand in for it",
        reason="unknown host",
    )

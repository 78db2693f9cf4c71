"""Which of the three grants that Kong needs in a company's Azure to look at, by what was said of a peering that
waits for them. What the grants are called and hold is in `azure_access`.
"""

import re

_CONSENT = "the consent to Kong's application in the tenant"
_ROLE = "the role, which needs Kong's five actions"
_ASSIGNMENT = "the role's assignment to Kong's service principal on the VNet"
_ALL = (_CONSENT, _ROLE, _ASSIGNMENT)
_SIGNS = (
    (_CONSENT, re.compile(r"\bconsent|AADSTS|approved|\btenant\b.*\bapplication", re.IGNORECASE)),
    (_ASSIGNMENT, re.compile(r"\bassign(ed|ment)|AuthorizationFailed|PrincipalNotFound", re.IGNORECASE)),
    (_ROLE, re.compile(r"\brole\b(?! ?assign)|\blacks\b|AuthorizationFailed", re.IGNORECASE)),
)
_NAMED = {"consent:": _CONSENT, "role:": _ROLE, "assignment:": _ASSIGNMENT}


def grants_to_look_at(reason: str) -> str:
    """The grants that a reason speaks of, all three where it names none; "look at the consent ..."."""
    for prefix, grant in _NAMED.items():
        if reason.startswith(prefix):
            return f"look at {grant}"
    named = [grant for grant, sign in _SIGNS if sign.search(reason)]
    found = [grant for grant in _ALL if grant in named] or list(_ALL)
    *first, last = found
    return f"look at {', '.join(first)} and {last}" if first else f"look at {last}"

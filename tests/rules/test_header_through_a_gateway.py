"""What is accepted reaches the backend as it is meant: our reading of the plugin against the sandbox gateway's."""

from hypothesis import assume, example, given
from hypothesis import strategies as st

from kong_secure.rules.header_value import Header, header_findings
from kong_secure.rules.request_transformer import configuration
from kong_secure.sandbox.data_plane.request_transformer import Request, transform
from kong_secure.sandbox.data_plane.rules import parse_configuration

NAMES = st.from_regex(r"[A-Za-z0-9-]{1,20}", fullmatch=True)
SCHEMES = st.sampled_from(["", "Bearer", "Token", "x!#%&'*+.^_`|~-"])
SECRETS = st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1) | st.text(
    "a:$()[]{}%#\\\"' ,;=", min_size=1
)


def at_the_backend(header: Header, *, overwrite: bool, sent: tuple[tuple[str, str], ...]) -> list[str]:
    """The values of the header that the backend sees."""
    configured = parse_configuration(configuration(header, overwrite=overwrite))
    request = transform(configured, Request("GET", "/", headers=(("Host", "backend"), *sent)))
    return [value for name, value in request.headers if name.lower() == header.name.lower()]


@given(NAMES, SCHEMES, SECRETS)
@example("Authorization", "Bearer", "a::b$ (c)")
@example("0", "", "$")
def test_what_is_accepted_arrives_unchanged_whatever_the_caller_sends(
    name: str, scheme: str, secret: str
) -> None:
    assume(not list(header_findings(name, scheme, secret)))
    header = Header(name, scheme, secret)
    callers = ((name.upper(), "the caller's"), (name.lower(), "the caller's too"))
    assert at_the_backend(header, overwrite=True, sent=()) == [header.value]
    assert at_the_backend(header, overwrite=True, sent=callers) == [header.value]
    assert at_the_backend(header, overwrite=False, sent=()) == [header.value]
    assert header.value not in at_the_backend(header, overwrite=False, sent=callers)

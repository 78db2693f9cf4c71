"""Which headers are sent as they are meant."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kong_secure.rules.header_value import (
    Header,
    default_scheme,
    header_findings,
    name_findings,
    scheme_findings,
    secret_findings,
    secret_warnings,
)

SECRET = "a-fine-secret-of-some-length"


@pytest.mark.parametrize("name", ["Authorization", "X-Gateway-Secret", "x", "X-1", "authorization", "Apikey"])
def test_ordinary_header_names_are_right(name: object) -> None:
    assert list(name_findings(name)) == []


@pytest.mark.parametrize(
    "name", ["X_Secret", "X Secret", "X:Secret", "Ünï", "X\n", "X\r\nY", "", None, 5, "X.Y", "X/Y", "$(x)"]
)
def test_names_outside_letters_digits_and_dashes_are_refused(name: object) -> None:
    assert len(list(name_findings(name))) == 1


def test_an_underscore_is_refused_with_its_reason_and_the_dashed_name() -> None:
    (finding,) = name_findings("X_Gateway_Secret")
    assert "suppress" in str(finding)
    assert "'-'" in finding.fix


def test_what_may_hold_the_secret_by_mistake_is_not_shown() -> None:
    found = [*name_findings("Authorization: Bearer my-secret"), *scheme_findings("Bearer my-secret")]
    assert len(found) == 2
    assert "my-secret" not in "".join(map(str, found))


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "HOST",
        "Connection",
        "Keep-Alive",
        "proxy-connection",
        "Proxy-Authorization",
        "Proxy-Authenticate",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Content-Length",
        "Expect",
    ],
)
def test_host_hop_by_hop_and_framing_headers_are_refused(name: str) -> None:
    (finding,) = name_findings(name)
    assert name in str(finding)


@pytest.mark.parametrize(
    "name",
    [
        "Proxy",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Path",
        "X-Forwarded-Port",
        "X-Forwarded-Prefix",
        "x-forwarded-proto",
        "X-Kong-Request-Id",
        "X-Real-IP",
    ],
)
def test_headers_that_the_gateway_writes_itself_are_refused(name: str) -> None:
    (finding,) = name_findings(name)
    assert "set by the gateway itself" in str(finding)


def test_a_name_as_long_as_a_random_secret_is_not_shown() -> None:
    secret = "Zm9yIHRlc3Rz_IGFuZCBub3RoaW5nIGVsc2UgYXQ-x1"
    assert len(secret) == 43
    (finding,) = name_findings(secret)
    assert secret not in str(finding)


def test_an_underscored_framing_header_is_refused_for_both_reasons() -> None:
    assert len(list(name_findings("content_length"))) == 2


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_authorization_in_any_case_gets_bearer(name: str) -> None:
    assert default_scheme(name) == "Bearer"


def test_other_headers_get_no_scheme() -> None:
    assert default_scheme("X-Gateway-Secret") == ""


@pytest.mark.parametrize("scheme", [None, "", "Bearer", "Token", "ApiKey"])
def test_one_word_or_none_is_a_scheme(scheme: str | None) -> None:
    assert list(scheme_findings(scheme)) == []


@pytest.mark.parametrize("scheme", ["Bearer ", "two words", "x:y", "$(x)", "ü", 5, "a\n"])
def test_anything_else_is_no_scheme(scheme: object) -> None:
    assert len(list(scheme_findings(scheme))) == 1


@pytest.mark.parametrize(
    "secret", [SECRET, "with space inside", "a:b", "a$b", "a(b)", "$", "(", '"quoted"', "{vault://x/y}"]
)
def test_ordinary_secrets_are_right(secret: str) -> None:
    assert list(secret_findings(secret, "Bearer")) == []


@pytest.mark.parametrize(
    ("secret", "word"),
    [
        ("", "empty"),
        (None, "no text"),
        (5, "no text"),
        ("line\nbreak", "line break"),
        ("carriage\rreturn", "line break"),
        ("tab\tinside", "control characters"),
        ("nul\0", "control characters"),
        ("del\x7f", "control characters"),
        ("ünicode", "ASCII"),
        ("next\x85line", "ASCII"),
        (" leading", "space"),
        ("trailing ", "space"),
        (":colon", "colon"),
        ("a$(b)c", "template"),
        ("a$(b", "template"),
    ],
)
def test_secrets_that_kong_would_change_or_refuse_are_refused(secret: object, word: str) -> None:
    assert any(word in str(finding) for finding in secret_findings(secret))


@pytest.mark.parametrize("secret", ["Bearer abc", "bearer abc", "BEARER  abc", "Bearer"])
def test_a_value_that_starts_with_the_scheme_is_refused(secret: str) -> None:
    (finding,) = secret_findings(secret, "Bearer")
    assert "scheme" in str(finding)


@pytest.mark.parametrize("scheme", ["", "Token"])
def test_a_value_that_starts_with_another_word_is_right(scheme: str) -> None:
    assert list(secret_findings("Bearer abc", scheme)) == []


def test_a_random_value_that_happens_to_begin_like_the_scheme_is_right() -> None:
    assert list(secret_findings("BearerOfARandomValue", "Bearer")) == []


@pytest.mark.parametrize("name", ["a_secret-value", "A_SECRET-VALUE", "a-secret-value"])
def test_a_secret_given_as_the_name_too_is_refused_without_showing_it(name: str) -> None:
    secret = name.lower()
    (finding,) = header_findings(name, None, secret)
    assert "is the secret itself" in str(finding)
    assert secret not in str(finding).lower()


def test_every_problem_of_a_header_is_found_at_once() -> None:
    assert len(list(header_findings("X_Y", "two words", ":$(\n"))) == 5


def test_a_left_out_scheme_counts_as_the_default_of_the_name() -> None:
    assert len(list(header_findings("authorization", None, "bearer abc"))) == 1
    assert list(header_findings("X-Other", None, "bearer abc")) == []
    assert list(header_findings("Authorization", "", "Bearer abc")) == []


@given(st.text(min_size=4), st.sampled_from(["", "Bearer"]))
def test_no_finding_shows_the_secret(secret: str, scheme: str) -> None:
    text = "".join(str(finding) for finding in secret_findings(secret + "\n\x07é", scheme))
    assert text
    assert secret not in text or secret in "".join(str(f) for f in secret_findings("\n\x07é", scheme))


@given(st.text(alphabet=st.characters(codec="ascii"), min_size=1), st.sampled_from(["", "Bearer"]))
def test_what_is_accepted_reaches_the_backend_unchanged_by_kongs_split(secret: str, scheme: str) -> None:
    if not list(secret_findings(secret, scheme)):
        name, _, rest = Header("X-A", scheme, secret).entry.partition(":")
        assert name == "X-A"
        assert rest.lstrip(":") == rest == rest.strip()
        assert "$(" not in rest
        assert rest.isprintable()


def test_the_entry_has_no_space_after_the_colon() -> None:
    assert Header("Authorization", "Bearer", SECRET).entry == f"Authorization:Bearer {SECRET}"
    assert Header("X-A", "", SECRET).entry == f"X-A:{SECRET}"


def test_a_header_does_not_show_its_secret() -> None:
    assert SECRET not in repr(Header("X-A", "", SECRET))


def test_short_secrets_are_a_warning_from_fifteen_characters_down() -> None:
    assert list(secret_warnings("x" * 16)) == []
    (warning,) = secret_warnings("q" * 15)
    assert "16" in warning
    assert "q" * 15 not in warning


def test_a_secret_too_long_for_many_backends_is_a_warning() -> None:
    assert list(secret_warnings("x" * 4000)) == []
    (warning,) = secret_warnings("q" * 4001)
    assert "4000" in warning
    assert "qqq" not in warning


def test_a_vault_reference_is_a_warning() -> None:
    assert "vault" in next(secret_warnings("{vault://store/key}"))

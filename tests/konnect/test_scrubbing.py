"""Secrets in texts from outside."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kong_secure.konnect.scrubbing import MASK, Scrubber

SECRET = 'qu"ote\\s+/ü&=%#9'
LOWERED = re.compile("%[0-9A-F]{2}")


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        quote(SECRET),
        quote(SECRET, safe=""),
        LOWERED.sub(lambda match: match.group().lower(), quote(SECRET, safe="")),
        LOWERED.sub(lambda match: match.group().lower(), quote(SECRET)),
        quote_plus(SECRET),
        LOWERED.sub(lambda match: match.group().lower(), quote_plus(SECRET)),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_goes_in_every_form(form: str) -> None:
    text = Scrubber([SECRET])(f"invalid value: {form}!")
    # Of base64 a last character may stay: it holds a part of a byte.
    assert re.fullmatch(r"invalid value: \[secret\](\w?=+)?!", text)


@pytest.mark.parametrize("cut", range(8, 30))
def test_a_cut_off_form_leaves_nothing_of_itself_whichever_form_it_is(cut: int) -> None:
    for form in (quote(SECRET), quote(SECRET, safe=""), quote_plus(SECRET), json.dumps(SECRET)[1:-1]):
        assert Scrubber([SECRET])(f"got {form[:cut]}") == f"got {MASK}"


def test_what_is_left_of_a_cut_off_secret_goes_too() -> None:
    assert Scrubber(["0123456789abcdef"])("invalid value: 0123456789ab") == f"invalid value: {MASK}"


def test_a_whole_entry_goes_without_leaving_its_scheme() -> None:
    assert Scrubber(["token-value"], ["Bearer token-value"])("got Bearer token-value.") == f"got {MASK}."


def test_ordinary_words_stay_beside_a_whole_entry() -> None:
    scrub = Scrubber(["token-value"], ["Authorization:Bearer token-value"])
    assert scrub("Authorization is not a valid header") == "Authorization is not a valid header"


def test_nothing_to_hide_changes_nothing() -> None:
    assert Scrubber(["", ""])("a text") == "a text"


@given(st.text(min_size=8, max_size=40), st.binary(max_size=5), st.binary(max_size=5))
def test_no_secret_survives_inside_encoded_text(secret: str, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + secret.encode("utf-8", "surrogatepass") + after).decode()
    for part in Scrubber([secret])(encoded).replace("=", "").split(MASK):
        for shift in range(4):
            text = "A" * shift + part
            decoded = base64.b64decode(text[: len(text) // 4 * 4])
            assert secret.encode("utf-8", "surrogatepass") not in decoded


# NUL stands for the mask below, so no secret may hold it.
@given(
    st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=40),
    st.text(max_size=20),
    st.text(max_size=20),
)
def test_no_secret_survives_in_plain_text(secret: str, before: str, after: str) -> None:
    scrubbed = Scrubber([secret])(before + secret + after)
    assert secret not in scrubbed.replace(MASK, "\0")


def test_of_two_secrets_that_begin_alike_the_longer_goes_whole() -> None:
    assert Scrubber(["0123456789", "0123456789-and-more"])("got 0123456789-and-more!") == f"got {MASK}!"


def test_both_alphabets_of_base64_are_known() -> None:
    raw = b"a?>?>~~~b?>?>~~~c"
    for encoded in (base64.b64encode(raw), base64.urlsafe_b64encode(raw)):
        assert re.fullmatch(r"got \[secret\]\w?=*!", Scrubber([raw.decode()])(f"got {encoded.decode()}!"))
    assert base64.b64encode(raw) != base64.urlsafe_b64encode(raw)

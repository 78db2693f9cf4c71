"""What is printed: masking, values, plans and provider errors in a person's words."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from kong_secure.sandbox.engine import Change, Difference, Operation, display
from kong_secure.sandbox.engine.masking import Masker
from kong_secure.sandbox.engine.plugins import clear_message
from kong_secure.sandbox.engine.registration import seconds
from kong_secure.sandbox.engine.wire import UNKNOWN, Secret

URN = "urn:pulumi:dev::p::pulumi-python:dynamic/kong-secure:SharedSecretHeader::orders"
WORD = 'pass"word\\ with ünusual/chars'


@pytest.mark.parametrize(
    "form",
    [
        WORD,
        json.dumps(WORD),
        json.dumps(WORD, ensure_ascii=False),
        repr(WORD),
        "cGFzcyJ3b3JkXCB3aXRoIMO8bnVzdWFsL2NoYXJz",
        WORD.encode().hex(),
        "pass%22word%5C%20with%20%C3%BCnusual%2Fchars",
    ],
)
def test_a_secret_is_masked_in_every_usual_form(form: str) -> None:
    assert Masker([WORD])(f"before {form} after").replace('"', "").replace("'", "") == "before [secret] after"


def test_lines_of_a_secret_are_masked_one_by_one() -> None:
    masker = Masker(["-----BEGIN KEY-----\nabcdefghijklmnop\nxyz"])
    assert masker("line: abcdefghijklmnop") == "line: [secret]"


def test_a_longer_secret_is_masked_before_a_shorter_one_inside_it() -> None:
    assert Masker(["secret", "secret-and-more"])("a secret-and-more") == "a [secret]"


def test_secrets_too_short_to_mask_are_left_alone() -> None:
    assert Masker(["abc", ""])("abc") == "abc"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Secret("x"), "[secret]"),
        (UNKNOWN, "[not known yet]"),
        ({"a": Secret("x"), "b": [UNKNOWN, 1, "t"]}, '{"a": [secret], "b": [[not known yet], 1, "t"]}'),
        ("x" * 400, '"' + "x" * 299 + "... (402 characters)"),
    ],
)
def test_a_value_is_shown_as_a_person_may_see_it(value: Any, shown: str) -> None:
    assert display.show(value) == shown


def printed(operation: Operation, *changes: Change, not_simulated: Any = None) -> str:
    out = io.StringIO()
    report = display.Report(out, operation, Masker())
    for change in changes:
        report.change(change)
    report.summary(changes, not_simulated or {})
    return out.getvalue()


def test_a_plan_names_resource_and_properties_but_not_the_machinery() -> None:
    change = Change(
        URN,
        "update",
        (
            Difference("__provider", "update", "x", "y"),
            Difference("header_name", "update", "Authorization", "X-Key"),
            Difference("shared_secret", "update", Secret("a"), Secret("b")),
            Difference("tags[0]", "add", None, "t"),
        ),
    )
    assert printed(Operation.PREVIEW, change) == (
        " ~ kong-secure:SharedSecretHeader orders to update\n"
        '      ~ header_name: "Authorization" => "X-Key"\n'
        "      ~ shared_secret: [secret] => [secret]\n"
        '      + tags[0]: "t"\n'
        "Resources: ~ 1 to update\n"
    )


def test_what_a_provider_notes_for_itself_is_not_shown() -> None:
    found = display.as_additions({"__createBeforeDelete": True, "location": "eastus"})
    assert display.describe_differences(Change(URN, "create", found)) == ['+ location: "eastus"']


def test_a_replacement_says_why_and_in_which_order() -> None:
    change = Change(URN, "replace", replace_keys=("region",), delete_first=True)
    text = printed(Operation.PREVIEW, change)
    assert "+- kong-secure:SharedSecretHeader orders to replace (deleted first: region changed)" in text


def test_what_happened_is_told_with_its_time() -> None:
    text = printed(Operation.UP, Change(URN, "create", seconds=0.34), Change(URN, "same"))
    assert text == (
        " + kong-secure:SharedSecretHeader orders created (0.3s)\nResources: + 1 created, 1 unchanged\n"
    )


def test_a_failure_is_told_and_counted() -> None:
    text = printed(
        Operation.UP,
        Change(URN, "create", error="no room"),
        Change(URN, "create", error="x", attempted=False),
    )
    assert "! kong-secure:SharedSecretHeader orders could not be created: no room" in text
    assert "not attempted: x" in text
    assert text.endswith("Resources: 1 failed, 1 not attempted\n")


def test_default_providers_are_nobodys_business() -> None:
    urn = "urn:pulumi:dev::p::pulumi:providers:pulumi-python::default"
    assert (
        printed(Operation.UP, Change(urn, "create"), Change(URN, "same"))
        == "No changes: 1 resource unchanged\n"
    )


def test_the_same_error_is_printed_once() -> None:
    out = io.StringIO()
    report = display.Report(out, Operation.UP, Masker())
    report.error("too loud")
    report.error("too loud")
    assert out.getvalue() == "error: too loud\n"
    assert report.failed


TRACEBACK = """Traceback (most recent call last):
  File "/x/site-packages/pulumi/dynamic/__main__.py", line 92, in wrapper
    return fn(self, request, context)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/home/me/provider.py", line 3, in create
    raise ValueError("first line\\nsecond line")
ValueError: first line
second line
"""


def test_a_provider_traceback_is_turned_round_and_cut_to_the_users_lines() -> None:
    message = clear_message(TRACEBACK)
    assert message.startswith("ValueError: first line\nsecond line\nTraceback")
    assert "provider.py" in message
    assert "dynamic/__main__" not in message


def test_a_message_that_is_no_traceback_stays_as_it_is() -> None:
    assert clear_message("just this\n") == "just this"


@pytest.mark.parametrize(("text", "value"), [("30s", 30), ("1h30m", 5400), ("1.5m", 90), ("250ms", 0.25)])
def test_durations_are_read(text: str, value: float | None) -> None:
    assert seconds(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "5m!", "-5m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        seconds(text)

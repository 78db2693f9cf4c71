"""What `--fault` accepts, what it makes of it, and how it refuses the rest."""

from __future__ import annotations

import pytest

from kong_secure.cli.sandbox import FAULT_HELP
from kong_secure.sandbox.fault_injection import outcome
from kong_secure.sandbox.fault_syntax import KINDS, FaultSyntaxError, parse_fault
from kong_secure.sandbox.konnect.bodies import parse
from kong_secure.sandbox.konnect.faults import Fault

DATE = "Wed, 21 Oct 2015 07:28:00 GMT"


def test_a_status_alone_fails_the_next_call_of_any_kind() -> None:
    spec = parse_fault("503")
    assert (spec.kind, spec.status, spec.method, spec.path) == ("answer", 503, "*", "*")
    assert (spec.skip, spec.count) == (0, 1)


def test_every_name_is_read_into_its_field() -> None:
    spec = parse_fault("429:method=put, path=*/plugins/*, region=eu, skip=2, count=3, retry_after=7")
    assert (spec.method, spec.path, spec.region) == ("PUT", "*/plugins/*", "eu")
    assert (spec.skip, spec.count, spec.retry_after) == (2, 3, 7)


def test_always_has_no_count() -> None:
    assert parse_fault("cut-before:count=always").count is None


@pytest.mark.parametrize("given", ["+5", DATE])
def test_retry_after_can_be_a_date_with_its_comma(given: str) -> None:
    spec = parse_fault(f"429:retry_after={given},count=2")
    assert (spec.retry_after, spec.count) == (given, 2)


def test_slow_takes_parts_of_a_second() -> None:
    assert parse_fault("slow:seconds=0.25").seconds == 0.25


@pytest.mark.parametrize("kind", ["429", "500", *KINDS])
def test_the_world_takes_every_kind_as_it_is_read(kind: str) -> None:
    spec = parse_fault(f"{kind}:method=GET,path=/v2/*,region=us,skip=1,count=2")
    fault = parse(Fault, spec.as_json())
    assert (fault.kind, fault.method, fault.skip, fault.count) == (spec.kind, "GET", 1, 2)


@pytest.mark.parametrize("kind", KINDS)
def test_the_help_names_every_kind(kind: str) -> None:
    assert kind in FAULT_HELP


@pytest.mark.parametrize(
    ("text", "wrong", "allowed"),
    [
        ("", "''", "cut-after"),
        ("200", "'200'", "from 400 to 599"),
        ("600:count=1", "'600'", "from 400 to 599"),
        ("explode", "'explode'", "truncated"),
        ("429:method", "'method'", "NAME=VALUE"),
        ("429:metod=PUT", "'metod=PUT'", "method, path, region, skip, count, retry_after"),
        ("429:seconds=1", "'seconds=1'", "retry_after"),
        ("slow:retry_after=1", "'retry_after=1'", "seconds"),
        ("429:method=FETCH", "'FETCH'", "GET, POST, PUT, PATCH, DELETE"),
        ("429:path=plugins", "'plugins'", "begins with / or *"),
        ("429:region=mars", "'mars'", "us, eu"),
        ("429:count=0", "'0'", "from 1 on, or always"),
        ("429:count=2.5", "'2.5'", "whole number"),
        ("429:skip=-1", "'-1'", "from 0 on"),
        ("429:retry_after=soon", "'soon'", "seconds, +seconds, or a date"),
        ("slow:seconds=4000", "'4000'", "from 0 to 3600"),
        ("slow:seconds=nan", "'nan'", "number of seconds"),
        ("429:count=1,count=2", "count", "twice"),
    ],
)
def test_a_text_that_is_no_fault_is_refused_by_option_part_and_what_is_allowed(
    text: str, wrong: str, allowed: str
) -> None:
    with pytest.raises(FaultSyntaxError) as refusal:
        parse_fault(text)
    said = str(refusal.value)
    assert said.startswith(f"--fault {text!r}: ")
    assert wrong in said
    assert allowed in said


@pytest.mark.parametrize(
    ("text", "matched", "happened", "said"),
    [
        ("500", 0, 0, "never happened: no call matched it"),
        ("500:skip=3", 2, 0, "never happened: it lets 3 matching calls pass first, and 2 came"),
        ("500", 4, 1, "happened once"),
        ("500:count=3", 3, 3, "happened 3 times"),
        ("500:count=3", 1, 1, "happened once, of 3 it was set for"),
        ("500:count=always", 9, 9, "happened 9 times"),
    ],
)
def test_what_became_of_a_fault_is_told(text: str, matched: int, happened: int, said: str) -> None:
    assert outcome(parse_fault(text), matched, happened) == said

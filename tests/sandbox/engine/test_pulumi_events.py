"""What is read from pulumi's event log. The events were written by pulumi v3.260.0, shortened to what is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kong_secure.sandbox.engine import pulumi_events, wire
from kong_secure.sandbox.engine.operations import Change

STACK = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev"
PAIR = "urn:pulumi:dev::shop::things:index:Pair::pair"
ORDERS = "urn:pulumi:dev::shop::pulumi-python:dynamic:T::orders"


def step(kind: str, operation: str, urn: str = ORDERS, *, custom: bool = True) -> dict[str, Any]:
    resource = {"urn": urn, **({"custom": True} if custom else {})}  # pulumi leaves out what is false
    old = resource if operation != "create" else None
    new = resource if operation != "delete" else None
    metadata = {"op": operation, "urn": urn, "old": old, "new": new}
    return {"sequence": 1, "timestamp": 1, kind: {"metadata": metadata}}


def done(operation: str, urn: str = ORDERS) -> list[dict[str, Any]]:
    return [step("resourcePreEvent", operation, urn), step("resOutputsEvent", operation, urn)]


def said(message: str, urn: str = ORDERS, severity: str = "error") -> dict[str, Any]:
    return {"diagnosticEvent": {"urn": urn, "message": f"{message}\n", "severity": severity}}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "events.json"


def changes(log: Path, *events: Mapping[str, Any]) -> tuple[Change, ...]:
    log.write_text("".join(json.dumps(event) + "\n" for event in events))
    return pulumi_events.changes(log)


@pytest.mark.parametrize("operation", ["same", "create", "update", "delete", "replace"])
def test_an_operation_that_was_done_is_a_change(log: Path, operation: str) -> None:
    assert changes(log, *done(operation)) == (Change(ORDERS, operation),)


@pytest.mark.parametrize(
    "steps",
    [
        ("delete-replaced", "replace", "create-replacement"),
        ("create-replacement", "replace", "delete-replaced"),
    ],
)
def test_the_steps_of_a_replacement_are_one_change(log: Path, steps: tuple[str, ...]) -> None:
    events = [event for operation in steps for event in done(operation)]
    assert changes(log, *events) == (Change(ORDERS, "replace"),)


def test_a_replacement_that_ended_after_the_delete_was_not_done(log: Path) -> None:
    """As with a dependent of what could be deleted first, but not created again."""
    [change] = changes(log, *done("delete-replaced"))
    assert (change.operation, change.attempted) == ("replace", False)
    assert change.error == "it was deleted to be replaced, and not created again"


def test_the_end_of_a_replacement_that_a_former_run_began_is_a_change(log: Path) -> None:
    ended = step("resOutputsEvent", "delete-replaced")
    ended["resOutputsEvent"]["metadata"]["old"]["delete"] = True
    assert changes(log, ended) == (Change(ORDERS, "replace"),)


def test_a_replaced_resource_that_was_found_by_an_alias_is_one_change(log: Path) -> None:
    """Its old self is deleted under the old URN."""
    created = step("resourcePreEvent", "create-replacement")
    created["resourcePreEvent"]["metadata"]["old"] = {"urn": f"{ORDERS}-before"}
    events = [
        *done("delete-replaced", f"{ORDERS}-before"),
        created,
        step("resOutputsEvent", "create-replacement"),
    ]
    assert changes(log, *events) == (Change(ORDERS, "replace"),)


def test_a_failed_step_tells_why(log: Path) -> None:
    events = (
        step("resourcePreEvent", "create"),
        said("no service 'ordres'"),
        step("resOpFailedEvent", "create"),
    )
    assert changes(log, *events) == (Change(ORDERS, "create", error="no service 'ordres'"),)


def test_a_failed_step_without_a_word_has_failed(log: Path) -> None:
    [change] = changes(log, step("resourcePreEvent", "delete"), step("resOpFailedEvent", "delete"))
    assert change == Change(ORDERS, "delete", error="it failed")


def test_refused_inputs_are_a_failure_of_the_resource(log: Path) -> None:
    """No step is told of a resource whose check failed."""
    reason = "resource 'orders' has a problem: it is bad"
    assert changes(log, said(reason)) == (Change(ORDERS, "create", error=reason),)


def test_a_warning_is_no_failure(log: Path) -> None:
    events = [*done("create"), said("reached over plain HTTP", severity="warning")]
    assert changes(log, *events) == (Change(ORDERS, "create"),)


def test_a_step_that_was_begun_and_never_ended_is_no_change(log: Path) -> None:
    assert changes(log, *done("create", STACK), step("resourcePreEvent", "create")) == (
        Change(STACK, "create"),
    )


@pytest.mark.parametrize("operation", ["same", "create", "update"])
def test_a_component_that_registers_no_outputs_is_a_change(log: Path, operation: str) -> None:
    """An update doesn't tell of the end of such a step; a preview does."""
    begun = step("resourcePreEvent", operation, PAIR, custom=False)
    assert changes(log, begun) == (Change(PAIR, operation),)


def test_a_component_whose_deletion_never_ended_is_no_change(log: Path) -> None:
    assert changes(log, step("resourcePreEvent", "delete", PAIR, custom=False)) == ()


def test_changes_come_in_the_order_in_which_they_were_begun(log: Path) -> None:
    events = [step("resourcePreEvent", "create", STACK), *done("create"), *done("create", STACK)]
    assert [change.urn for change in changes(log, *events)] == [STACK, ORDERS]


def test_a_log_that_breaks_off_tells_what_it_holds(log: Path) -> None:
    whole = "".join(json.dumps(event) + "\n" for event in done("create"))
    log.write_text(whole + '{"resourcePreEvent": {"meta')
    assert pulumi_events.changes(log) == (Change(ORDERS, "create"),)


def test_no_log_is_no_change(log: Path) -> None:
    assert pulumi_events.changes(log) == ()


def test_an_operation_not_known_here_keeps_its_name(log: Path) -> None:
    assert changes(log, *done("import")) == (Change(ORDERS, "import"),)


def test_outputs_come_in_clear_with_the_names_of_the_secret_ones() -> None:
    sealed = {wire.SIGNATURE: wire.SECRET_SIGNATURE, "ciphertext": "v1:sealed"}
    outputs, secret = pulumi_events.plain_outputs(
        {"url": "https://x", "key": sealed, "deep": {"keys": [sealed]}}, lambda _text: '"opened"'
    )
    assert outputs == {"url": "https://x", "key": "opened", "deep": {"keys": ["opened"]}}
    assert secret == {"key", "deep"}

"""A generated secret: made once, another one on rotation, kept in the state alone. Konnect isn't asked, so that
nothing here has a token.
"""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.output import Unknown

from kong_secure.errors import KongSecureError
from kong_secure.resources.process import PROCESS
from kong_secure.resources.shared_secret import SharedSecretProvider

PROVIDER = SharedSecretProvider()


@pytest.fixture(autouse=True)
def no_konnect(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process in which asking for Konnect's client fails."""

    def asked() -> None:
        raise AssertionError("Konnect was asked")

    monkeypatch.setattr(PROCESS, "konnect", asked)


def rotated(object_id: str, outs: dict[str, Any], **inputs: object) -> dict[str, Any]:
    return dict(PROVIDER.update(object_id, outs, inputs).outs or {})


def unknown() -> Unknown:
    return Unknown()  # type: ignore[no-untyped-call]


def created(**inputs: object) -> tuple[str, dict[str, Any]]:
    made = PROVIDER.create(inputs)
    return made.id, dict(made.outs or {})


def test_each_is_another_one_and_its_id_says_nothing_of_it() -> None:
    (first_id, first), (second_id, second) = created(), created()
    assert first["value"] != second["value"]
    assert first_id != second_id
    assert set(first) == {"value"}
    assert str(first["value"]) not in first_id


def test_another_rotation_makes_another_secret_and_keeps_the_one_before_it_alone() -> None:
    object_id, first = created(rotation="a")
    second = rotated(object_id, first, rotation="b")
    assert second == {"rotation": "b", "value": second["value"], "previous": first["value"]}
    assert second["value"] != first["value"]
    third = rotated(object_id, second, rotation="a")
    assert third["previous"] == second["value"]
    assert third["value"] not in {first["value"], second["value"]}
    without = rotated(object_id, third)
    assert without == {"value": without["value"], "previous": third["value"]}
    assert without["value"] != third["value"]


def test_an_update_without_another_rotation_keeps_every_output() -> None:
    object_id, first = created(rotation=1)
    second = rotated(object_id, first, rotation=2.0)
    assert rotated(object_id, second, rotation=2.0) == second


def test_only_another_rotation_is_a_change() -> None:
    object_id, outs = created(rotation=1)
    assert PROVIDER.diff(object_id, outs, {"rotation": 1.0}).changes is False
    for rotation in (2.0, "1", unknown()):
        found = PROVIDER.diff(object_id, outs, {"rotation": rotation})
        assert (found.changes, found.replaces) == (None, [])


def test_a_refresh_finds_what_the_state_holds() -> None:
    object_id, first = created(rotation="a")
    outs = rotated(object_id, first, rotation="b")
    read = PROVIDER.read(object_id, outs)
    assert (read.id, read.inputs, read.outs) == (object_id, {"rotation": "b"}, outs)


def test_it_cant_be_imported_and_the_refusal_says_what_to_do_instead() -> None:
    with pytest.raises(KongSecureError, match="nowhere but in its stack's state: leave out"):
        PROVIDER.read("an-id", {})


def test_deleting_it_asks_nobody() -> None:
    object_id, outs = created()
    PROVIDER.delete(object_id, outs)


def test_check_refuses_a_rotation_that_is_none() -> None:
    assert PROVIDER.check({}, {"rotation": "2026"}).failures == []
    assert PROVIDER.check({}, {"rotation": unknown()}).failures == []
    [failure] = PROVIDER.check({}, {"rotation": 1.5}).failures
    assert failure.reason.startswith("rotation 1.5 is neither text nor a whole number")

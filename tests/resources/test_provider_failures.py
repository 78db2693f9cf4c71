"""How the provider's methods fail, as plain Python against the sandbox's Konnect."""

from collections.abc import Callable
from typing import Any

import pytest

from kong_secure import errors
from kong_secure.resources.process import PROCESS
from kong_secure.resources.values import plain
from tests.resources.header_at_konnect import PROVIDER, SECRET, Headers


@pytest.mark.parametrize("method", ["read", "delete", "update", "create"])
@pytest.mark.parametrize("source", ["KONNECT_TOKEN", "konnect:token"])
def test_a_refused_token_says_that_the_states_may_be_old_and_how_to_give_a_new_one(
    header: Headers, monkeypatch: pytest.MonkeyPatch, method: str, source: str
) -> None:
    made = header().create()
    PROCESS.reset()
    if source == "KONNECT_TOKEN":
        monkeypatch.setenv("KONNECT_TOKEN", "kpat_rotated-away")
    else:
        monkeypatch.delenv("KONNECT_TOKEN")
        PROCESS.configure({"konnect:token": "kpat_rotated-away"})
    calls: dict[str, Callable[[], object]] = {
        "create": lambda: PROVIDER.create(dict(made.inputs)),
        "read": lambda: PROVIDER.read(made.id, made.outs),
        "update": lambda: PROVIDER.update(made.id, made.outs, made.inputs),
        "delete": lambda: PROVIDER.delete(made.id, made.outs),
    }
    with pytest.raises(errors.Unauthorized) as refusal:
        calls[method]()
    text = str(refusal.value)
    assert f"the token from {source}" in text.splitlines()[0]
    assert "state" in text
    assert "may be old" in text
    assert "export KONNECT_TOKEN" in text
    assert "pulumi config set --secret konnect:token" in text
    assert "rotated-away" not in text


def test_a_missing_token_is_told_when_it_is_needed(header: Headers, monkeypatch: pytest.MonkeyPatch) -> None:
    made = header()
    monkeypatch.delenv("KONNECT_TOKEN")
    with pytest.raises(errors.SettingsError, match="KONNECT_TOKEN"):
        made.create()


def test_a_fault_of_our_own_shows_neither_values_nor_their_exception(
    header: Headers, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = header()

    def fail(*_args: object, **_kwargs: Any) -> None:
        raise ValueError(f"bad value {SECRET}")

    monkeypatch.setattr("kong_secure.resources.header_crud.create", fail)
    with pytest.raises(errors.UnexpectedError, match=r"ValueError.*test_provider_failures.py:\d+") as failure:
        made.create()
    assert SECRET not in str(failure.value)
    assert failure.value.__context__ is None
    assert failure.value.__cause__ is None


def test_what_konnect_echoes_of_a_refused_entry_is_masked(header: Headers) -> None:
    made = header()
    made.inputs["header_name"] = "not a header"  # passes nothing but this test: check refuses it
    with pytest.raises(errors.Invalid) as refusal:
        made.create()
    assert SECRET not in str(refusal.value)


def test_numbers_that_arrive_as_floats_are_sent_as_ints() -> None:
    assert repr(plain({"a": 3.0, "b": [2.0, 2.5], "c": True})) == repr({"a": 3, "b": [2, 2.5], "c": True})

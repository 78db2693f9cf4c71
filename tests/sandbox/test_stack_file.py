"""From the user's stack file to what the program is given."""

from __future__ import annotations

from pathlib import Path

import pytest

from kong_secure.sandbox.directory import SandboxDirectory
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.project import Default
from kong_secure.sandbox.stack_file import Configuration, Given, StackFile, read_stack_file, resolve

CIPHERTEXT = {"secure": "v1:abc:def"}


def _read(folder: Path, text: str) -> StackFile:
    path = folder / "Pulumi.dev.yaml"
    path.write_text(text, encoding="utf-8")
    return read_stack_file(path)


def _resolved(
    stack: dict[str, object],
    defaults: dict[str, Default] | None = None,
    given: dict[str, Given] | None = None,
) -> Configuration:
    return resolve(StackFile(stack), defaults or {}, given or {}, lambda path: f"<{path}>")


def test_scalars_are_the_texts_that_stand_in_the_file(tmp_path: Path) -> None:
    stack = _read(
        tmp_path,
        "config:\n  a:version: 1.10\n  a:on: yes\n  a:day: 2024-01-02\n  a:list: [1]\n  a:config:x: y\n",
    )
    assert stack.values == {
        "a:version": "1.10",
        "a:on": "yes",
        "a:day": "2024-01-02",
        "a:list": [1],
        "a:x": "y",
    }
    assert not stack.environments


def test_no_file_and_an_empty_file_are_no_configuration(tmp_path: Path) -> None:
    assert read_stack_file(None) == _read(tmp_path, "") == _read(tmp_path, "config:\n") == StackFile()


def test_an_esc_environment_is_noticed(tmp_path: Path) -> None:
    assert _read(tmp_path, "environment: [prod]\n").environments


@pytest.mark.parametrize("key", ["plain", "'a:'", "':b'", "a:b:c:d"])
def test_what_is_no_configuration_key_is_named(tmp_path: Path, key: str) -> None:
    with pytest.raises(SandboxError) as caught:
        _read(tmp_path, f"config:\n  {key}: hunter2\n")
    expected = (
        f"Pulumi.dev.yaml: config.{key.strip(chr(39))} is no configuration key; `namespace:name` is expected"
    )
    assert str(caught.value) == expected


def test_sandbox_yaml_wins_over_the_stack_file_which_wins_over_the_project_file() -> None:
    resolved = _resolved(
        {"a:both": "stack", "a:given": "stack"},
        {"a:both": Default("project"), "a:only": Default(True), "a:without": Default(None)},
        {"a:given": Given("sandbox"), "a:new": Given(7)},
    )
    assert resolved.values == {"a:both": "stack", "a:only": "true", "a:given": "sandbox", "a:new": "7"}
    assert resolved.secret_keys == {"a:new"}


def test_lists_and_mappings_are_json_and_known_to_be(tmp_path: Path) -> None:
    read = _resolved({"a:list": [1], "a:text": "[1]"}, {"a:both": Default({"x": 1})}, {"a:more": Given([])})
    assert read.values == {"a:both": '{"x":1}', "a:list": "[1]", "a:text": "[1]", "a:more": "[]"}
    assert read.structured_keys == {"a:both", "a:list", "a:more"}


def test_what_is_encrypted_is_never_opened_and_gets_a_placeholder_that_stays_secret() -> None:
    resolved = _resolved(
        {"a:one": CIPHERTEXT, "a:deep": {"list": [1, CIPHERTEXT]}, "a:plain": {"z": 1, "b": "é"}}
    )
    assert resolved.values == {
        "a:one": "<a:one>",
        "a:deep": '{"list":[1,"<a:deep.list[1]>"]}',
        "a:plain": '{"b":"é","z":1}',
    }
    assert resolved.secret_keys == {"a:one", "a:deep"}


def test_a_value_given_for_an_encrypted_key_takes_its_place_and_stays_secret() -> None:
    resolved = _resolved({"a:one": CIPHERTEXT}, given={"a:one": Given("mine")})
    assert resolved == Configuration({"a:one": "mine"}, frozenset({"a:one"}))


def test_generate_makes_a_secret_even_of_a_plain_key() -> None:
    resolved = _resolved({"a:one": "plain"}, given={"a:one": Given(generate=True)})
    assert resolved == Configuration({"a:one": "<a:one>"}, frozenset({"a:one"}))


def test_the_users_own_konnect_token_is_never_used() -> None:
    for resolved in (
        _resolved({"konnect:token": "kpat_real"}),
        _resolved({"konnect:token": CIPHERTEXT}),
        _resolved({}, {"konnect:token": Default("kpat_real")}),
    ):
        assert resolved == Configuration({"konnect:token": "<konnect:token>"}, frozenset({"konnect:token"}))


def test_nothing_shows_its_values_when_it_is_printed() -> None:
    shown = repr(
        (
            StackFile({"a:b": "hunter2"}),
            Given("hunter2"),
            Default("hunter2"),
            Configuration({"a:b": "hunter2"}),
        )
    )
    assert "hunter2" not in shown


def test_placeholders_differ_by_key_and_stay_the_same_between_runs(tmp_path: Path) -> None:
    first, second = SandboxDirectory(tmp_path / ".sandbox"), SandboxDirectory(tmp_path / ".sandbox")
    first.prepare()
    stack = StackFile({"a:one": CIPHERTEXT, "a:two": CIPHERTEXT})
    made = resolve(stack, {}, {}, first.kept_secret)
    assert resolve(stack, {}, {}, second.kept_secret) == made
    assert len({*made.values.values()}) == 2
    assert all(len(value) >= 43 for value in made.values.values())

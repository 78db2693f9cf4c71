"""Secrets: masked in everything printed, encrypted in everything written, unchanged where unchanged."""

from __future__ import annotations

import base64
import json
import subprocess

import pytest

from tests.sandbox.engine.conftest import Project

SECRET = "correct-horse-battery-staple"
ENCODED = base64.b64encode(SECRET.encode()).decode()


def _assert_nowhere(project: Project, text: str) -> None:
    written = [path for path in (project.directory / "state").rglob("*") if path.is_file()]
    texts = [text, *(path.read_text() for path in written)]
    for place in texts:
        assert SECRET not in place
        assert ENCODED not in place


@pytest.fixture
def secretive(project: Project) -> Project:
    """A project whose configuration holds the secret."""
    project.config = {"little:word": SECRET}
    project.secret_keys = frozenset({"little:word"})
    return project


def test_a_secret_is_nowhere_in_clear_through_a_whole_life(secretive: Project) -> None:
    source = """
    import base64
    word = pulumi.Config().require_secret("word")
    a = Thing("a", colour=word, nested={"deep": [word]}, size=%d)
    Thing("b", colour=a.colour, encoded=word.apply(lambda w: base64.b64encode(w.encode()).decode()))
    pulumi.export("word", word)
    print("the word is", pulumi.Config().require("word"))
    """
    printed = secretive.program(source % 1).run("preview").text
    printed += secretive.up(source % 1).text
    printed += secretive.up(source % 2).text
    printed += secretive.run("refresh").text
    printed += secretive.program(source % 3).run("preview").text
    _assert_nowhere(secretive, printed)
    assert "the word is [secret]" in printed
    assert "word : [secret]" in printed
    recorded = secretive.resources["a"]
    for part in ("inputs", "outputs"):
        assert set(recorded[part]["colour"]) == {"4dabf18193072939515e22adb298388d", "ciphertext"}
        assert "ciphertext" in json.dumps(recorded[part]["nested"])
    _assert_nowhere(secretive, secretive.run("destroy").text)


def test_a_changed_secret_shows_as_changed_and_masked(secretive: Project) -> None:
    source = 'Thing("a", colour=pulumi.Config().require_secret("word"))'
    secretive.up(source)
    secretive.config = {"little:word": "another-word-entirely"}
    outcome = secretive.run("preview")
    assert "~ colour: [secret] => [secret]" in outcome.text
    assert "another-word" not in outcome.text
    assert SECRET not in outcome.text


def test_a_secret_made_by_the_program_is_masked_once_it_was_seen(project: Project) -> None:
    outcome = project.up(f"""
    word = pulumi.Output.secret("{SECRET}")
    a = Thing("a", colour=word)
    a.made.apply(lambda _: pulumi.log.info("{SECRET}"))
    """)
    assert outcome.result.succeeded
    _assert_nowhere(project, outcome.text)


def test_a_secret_in_an_error_of_the_provider_is_masked(project: Project) -> None:
    outcome = project.up(f'Thing("a", label=pulumi.Output.secret("{SECRET}"), fail="create")')
    assert "no room for [secret]" in outcome.text
    _assert_nowhere(project, outcome.text + str(outcome.errors))


def test_a_secret_property_that_fails_its_check_is_not_shown(project: Project) -> None:
    colour = f'pulumi.Output.secret("{SECRET}")'
    outcome = project.up(f'Thing("a", colour={colour}, refuse="bad", refused_property="colour")')
    assert outcome.errors["a"] == "property colour ([secret]): bad"


def test_additional_secret_outputs_are_secret(project: Project) -> None:
    source = """
    a = Thing("a", opts=ResourceOptions(additional_secret_outputs=["made"]))
    pulumi.export("made", a.made)
    """
    outcome = project.up(source)
    assert outcome.result.secret_outputs == {"made"}
    assert outcome.result.outputs == {"made": "made-a"}
    assert "made : [secret]" in outcome.text
    assert "ciphertext" in project.resources["a"]["outputs"]["made"]
    assert project.resources["a"]["additionalSecretOutputs"] == ["made"]


def test_an_unchanged_secret_keeps_its_ciphertext_when_other_things_change(secretive: Project) -> None:
    source = 'Thing("a", size=%d, colour=pulumi.Config().require_secret("word"))'
    secretive.up(source % 1)
    before = secretive.resources["a"]
    secretive.up(source % 2)
    after = secretive.resources["a"]
    assert after["inputs"]["size"] == 2
    for part in ("inputs", "outputs"):
        assert after[part]["colour"] == before[part]["colour"]


def test_secrets_never_stand_in_arguments(secretive: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    secretive.program('Thing("a", colour=pulumi.Config().require_secret("word"))')
    secretive.run("up", recorder=started.append)
    assert SECRET not in json.dumps([process.args for process in started])


def test_the_state_can_be_read_by_its_owner_alone(secretive: Project) -> None:
    secretive.up('Thing("a")')
    assert secretive.state_file.stat().st_mode & 0o777 == 0o600
    assert secretive.state_file.parent.stat().st_mode & 0o777 == 0o700
    assert not list((secretive.directory / "state").rglob("*.journal"))

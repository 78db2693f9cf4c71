"""What is settled before anything runs, and which engine is chosen."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kong_secure.sandbox.engines import EngineChoice, choose_engine
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.prepared import (
    BackendSecret,
    Prepared,
    backend_secret,
    find,
    prepare,
    secret_in_outputs,
)
from kong_secure.sandbox.project import Project
from tests.sandbox.commands import UserProject


def _prepared(shop: UserProject) -> Prepared:
    project, file, directory = find(shop.folder)
    return prepare(project, file, directory, None)


def test_the_backends_secret_is_the_declared_key_unless_another_name_is_given(shop: UserProject) -> None:
    prepared = _prepared(shop)
    generated = prepared.configuration.values["shop:shared_secret"]
    assert backend_secret(prepared, None) == BackendSecret(value=generated)
    assert backend_secret(prepared, "shop:service") == BackendSecret(value="orders")
    assert backend_secret(prepared, "an_output") == BackendSecret(output="an_output")
    assert generated not in repr(backend_secret(prepared, None))


def test_a_key_without_a_value_is_refused_with_the_keys_there_are(shop: UserProject) -> None:
    with pytest.raises(SandboxError) as caught:
        backend_secret(_prepared(shop), "shop:none")
    assert str(caught.value) == (
        "--backend-secret is shop:none, a configuration key without a value; "
        "keys with one: shop:service, shop:shared_secret"
    )


def test_a_backend_that_isnt_declared_or_has_no_secret_is_refused_with_what_to_write(
    shop: UserProject,
) -> None:
    prepared = _prepared(shop)
    [backend] = prepared.file.backends
    silent = replace(prepared, file=replace(prepared.file, backends=(replace(backend, secret=None),)))
    with pytest.raises(
        SandboxError, match=r"^sandbox\.yaml: backends\[0\]\.secret is missing: name the configuration key"
    ):
        backend_secret(silent, None)
    without = replace(prepared, file=replace(prepared.file, backends=()))
    with pytest.raises(
        SandboxError, match=r"^--backend-secret needs a sample backend: declare one under `backends:`"
    ):
        backend_secret(without, "a")


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ({}, "as a stack output it doesn't exist; outputs: none"),
        ({"other": "x"}, "as a stack output it doesn't exist; outputs: other"),
        ({"a": ["hunter2"]}, "as a stack output it isn't a text; outputs: a"),
        ({"a": ""}, "as a stack output it isn't a text; outputs: a"),
    ],
)
def test_an_output_that_holds_no_secret_is_refused_without_showing_it(
    outputs: dict[str, object], words: str
) -> None:
    with pytest.raises(SandboxError) as caught:
        secret_in_outputs("a", outputs)
    assert words in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_configuration_from_pulumi_esc_is_noted_with_what_to_do(shop: UserProject) -> None:
    shop.write("Pulumi.dev.yaml", "environment: [prod]\n")
    [note] = _prepared(shop).notes
    assert note.startswith("Pulumi.dev.yaml: `environment:` (Pulumi ESC) isn't read in the sandbox")


def test_without_pulumi_the_embedded_engine_is_chosen_and_says_why(tmp_path: Path) -> None:
    project = Project(tmp_path, "shop", tmp_path, tmp_path)
    assert (
        choose_engine(EngineChoice.AUTO, project, str(tmp_path), tmp_path)[1]
        == "embedded (no `pulumi` on PATH)"
    )
    asked = choose_engine(EngineChoice.EMBEDDED, project, str(Path(sys.executable).parent), tmp_path)
    assert asked[1] == "embedded (asked for with --engine)"
    with pytest.raises(
        SandboxError, match="--engine pulumi can't be had: no `pulumi` on PATH; --engine embedded"
    ):
        choose_engine(EngineChoice.PULUMI, project, str(tmp_path), tmp_path)

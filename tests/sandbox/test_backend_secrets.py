"""Where the secrets come from that a stack's sample backends demand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kong_secure.sandbox.backend_secrets import (
    BackendSecret,
    backend_secrets,
    secret_in_outputs,
    tell_outputs,
)
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.prepared import Prepared, find, prepare
from tests.sandbox.commands import UserProject


def _prepared(shop: UserProject) -> Prepared:
    project, file, directory = find(shop.folder)
    return prepare(project, file, directory, None)


def test_the_backends_secret_is_the_declared_key_unless_another_name_is_given(shop: UserProject) -> None:
    prepared = _prepared(shop)
    generated = prepared.configuration.values["shop:shared_secret"]
    [backend] = prepared.backends
    assert backend_secrets(prepared, None) == (BackendSecret(backend, value=generated),)
    assert backend_secrets(prepared, "shop:service") == (BackendSecret(backend, value="orders"),)
    assert backend_secrets(prepared, "an_output") == (BackendSecret(backend, output="an_output"),)
    assert generated not in repr(backend_secrets(prepared, None))


def test_a_key_without_a_value_is_refused_with_the_keys_there_are(shop: UserProject) -> None:
    with pytest.raises(SandboxError) as caught:
        backend_secrets(_prepared(shop), "shop:none")
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
        backend_secrets(silent, None)
    without = replace(prepared, file=replace(prepared.file, backends=()))
    with pytest.raises(
        SandboxError, match=r"^--backend-secret needs a sample backend: declare one under `backends:`"
    ):
        backend_secrets(without, "a")


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


def test_each_of_several_backends_demands_its_own_secret_and_one_option_cant_say_which_is_whose(
    shop: UserProject,
) -> None:
    prepared = _prepared(shop)
    [backend] = prepared.backends
    one, other = (replace(backend, host=host, secret=f"of_{host}", key=host) for host in ("one", "other"))
    both = replace(prepared, file=replace(prepared.file, backends=(one, other)))
    found = backend_secrets(both, None)
    told: dict[str, str] = {}

    def demand(host: str, header: str, scheme: str, secret: str) -> None:
        told[host] = secret

    tell_outputs(found, {"of_one": "first"}, demand, succeeded=False)
    assert told == {"one": "first"}
    tell_outputs(found, {"of_one": "1", "of_other": "2"}, demand, succeeded=True)
    assert told == {"one": "1", "other": "2"}
    with pytest.raises(SandboxError, match=r"as a stack output it doesn't exist; outputs: of_one"):
        tell_outputs(found, {"of_one": "1"}, demand, succeeded=True)
    with pytest.raises(SandboxError, match=r"has 2 sample backends: say .* \(one\.secret, other\.secret\)"):
        backend_secrets(both, "of_one")

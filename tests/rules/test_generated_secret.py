"""What a generated secret is made of."""

from __future__ import annotations

import math
import re
import secrets

import pytest

from kong_secure.rules import generated_secret
from kong_secure.rules.generated_secret import ALPHABET, rotation_findings
from kong_secure.rules.header_value import header_findings, secret_warnings


def test_it_has_256_random_bits_of_characters_that_need_no_quoting_anywhere() -> None:
    made = {generated_secret.generated_secret() for _ in range(200)}
    assert len(made) == 200
    for secret in made:
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", secret)
        assert len(secret) * math.log2(len(set(ALPHABET))) >= 256
    # every character is drawn: one of 66 is missing from 8,600 draws once in 10^55 runs
    assert set("".join(made)) == set(ALPHABET)


def test_it_comes_from_the_operating_systems_randomness(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "choice", lambda alphabet: alphabet[0])
    assert set(generated_secret.generated_secret()) == {ALPHABET[0]}


def test_it_is_a_good_header_whatever_it_begins_with() -> None:
    for first in ALPHABET:
        secret = first * generated_secret.LENGTH
        assert list(header_findings("Authorization", None, secret)) == []
        assert list(secret_warnings(secret)) == []


@pytest.mark.parametrize("rotation", [None, "2026-11", "", 0, 7])
def test_text_and_whole_numbers_ask_for_a_rotation(rotation: object) -> None:
    assert list(rotation_findings(rotation)) == []


@pytest.mark.parametrize("rotation", [True, 1.5, ["a"], {"a": 1}])
def test_anything_else_is_refused_with_its_value(rotation: object) -> None:
    [finding] = rotation_findings(rotation)
    assert repr(rotation) in finding.subject

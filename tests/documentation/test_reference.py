"""The reference says what the docstrings say, and the docstrings say something of every argument."""

from __future__ import annotations

import pytest

import kong_secure
from tests.documentation import reference

CLASSES = [name for name in kong_secure.__all__ if name[0].isupper()]


def test_the_reference_is_what_the_docstrings_say() -> None:
    again = "run python -m tests.documentation.reference"
    assert reference.FILE.read_text(encoding="utf-8") == reference.text(), again


@pytest.mark.parametrize("name", CLASSES)
def test_every_argument_is_told_of(name: str) -> None:
    silent = [key for key, (_, _, meaning) in reference.arguments(name).items() if not meaning]
    assert silent == []

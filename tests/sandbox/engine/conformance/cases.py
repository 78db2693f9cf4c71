"""All cases there are."""

from __future__ import annotations

from typing import Final

from tests.sandbox.engine.conformance.case import Case
from tests.sandbox.engine.conformance.programs import (
    aliases,
    failures,
    graphs,
    options,
    previews,
    properties,
    providers,
    references,
    replacements,
    secrets,
    transforms,
)

CASES: Final[tuple[Case, ...]] = (
    *properties.CASES,
    *secrets.CASES,
    *providers.CASES,
    *graphs.CASES,
    *aliases.CASES,
    *options.CASES,
    *replacements.CASES,
    *failures.CASES,
    *previews.CASES,
    *references.CASES,
    *transforms.CASES,
)

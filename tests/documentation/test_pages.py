"""Every page: no block that no test runs or holds, no file, folder, page or make target that isn't there."""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path

import pytest

from tests.documentation.pages import PAGES, ROOT, blocks, page

# By page: words of a block, and the test that runs it, or that holds it to what a run prints.
_READ = "tests/documentation/test_readme.py"
_REQUESTS = "tests/documentation/test_pull_requests.py"
DIAGRAM = "a drawing"
HELD: dict[str, dict[str, str]] = {
    "README.md": {
        "══ private path ══▶": DIAGRAM,
        "make up\n": _READ,
        "Resources: + 4 created": _READ,
        "No changes: 4": _READ,
        "orders = SecuredService(": _READ,
        "path = AwsTransitGateway(": _READ,
        "path = AzureVnetPeering(": _READ,
        "pulumi config set": _READ,
    },
    "docs/connectivity.md": {
        "internet, TLS ──▶": DIAGRAM,
        "─ attachment ─▶": DIAGRAM,
        "── VNet peering, written": DIAGRAM,
        "path = AwsTransitGateway(": "tests/lifecycles/test_secured_service.py",
        "path = AzureVnetPeering(": "tests/lifecycles/test_azure_vnet_peering.py",
    },
    "docs/interrupted-runs.md": {
        "with 1 pending operations": "tests/lifecycles/test_interrupted_creates.py",
        "warning: a former run ended": "tests/lifecycles/test_interrupted_creates.py",
        "pulumi import --file": "tests/lifecycles/test_azure_lost_state.py",
    },
    "docs/pull-requests.md": {
        "kong-secure report --base": _REQUESTS,
        "cd application &&": "tests/lifecycles/test_examples.py",
        "--policy-pack": _REQUESTS,
        '"allowed_cidr_blocks"': _REQUESTS,
    },
    "docs/sandbox.md": {
        "kong-secure sandbox preview\n": _READ,
        "kong-secure sandbox consent": _READ,
        "kong-secure sandbox exec": _READ,
        "kong-secure sandbox --fresh up --fault": _READ,
        "happened once": _READ,
        "probe at": _READ,
    },
}
MADE_BY_A_RUN = {".sandbox/"}


@cache
def paths() -> tuple[Path, ...]:
    """Everything in the repository, without what commands and tools make in it."""
    top = [path for path in ROOT.iterdir() if not path.name.startswith(".") or path.name == ".github"]
    return tuple(below for path in top for below in (path, *path.rglob("*")))


def is_there(page_name: str, named: str) -> bool:
    """Whether a page names something that is beside it, or anywhere in the repository."""
    parts = Path(named).parts
    return (ROOT / page_name).parent.joinpath(named).exists() or any(
        path.parts[-len(parts) :] == parts for path in paths()
    )


@pytest.mark.parametrize("name", PAGES)
def test_every_block_is_held_by_one_test(name: str) -> None:
    held = HELD.get(name, {})
    for block in blocks(name):
        assert len([words for words in held if words in block]) == 1, block
    for words, test in held.items():
        assert len([block for block in blocks(name) if words in block]) == 1, words
        assert test == DIAGRAM or (ROOT / test).is_file()


@pytest.mark.parametrize("name", PAGES)
def test_every_file_and_folder_that_is_named_is_there(name: str) -> None:
    named = set(re.findall(r"`([\w./-]+(?:\.py|\.md|\.txt|\.toml|\.yaml|\.yml|/))`", page(name)))
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)", page(name))
    assert [path for path in {*named, *links} - MADE_BY_A_RUN if not is_there(name, path)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_heading_that_a_link_leads_to_is_there(name: str) -> None:
    for link, anchor in re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page(name)):
        target = str(((ROOT / name).parent / link).resolve().relative_to(ROOT)) if link else name
        headings = re.findall(r"^#+ (.+)$", page(target), re.MULTILINE)
        assert anchor in [re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings], link


@pytest.mark.parametrize("name", PAGES)
def test_every_make_target_that_is_named_is_there(name: str) -> None:
    named = set(re.findall(r"(?:`|^ {4})make ([a-z-]+)", page(name), re.MULTILINE))
    assert named <= set(re.findall(r"^([a-z-]+):", page("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("name", PAGES)
def test_every_module_that_is_named_to_be_run_is_there(name: str) -> None:
    named = re.findall(r"python\s-m\s([a-z_.]+)", page(name))
    assert [module for module in named if importlib.util.find_spec(module) is None] == []

"""What a program and a preview's provider process load: nothing that only calls to Konnect need."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOR_CALLS = {"httpx", "httpcore", "h11", "anyio", "tenacity"}
OF_THE_SANDBOX = {"starlette", "uvicorn", "pydantic"}

PROGRAM = """
from kong_secure import SharedSecretHeader
from tests.resources.mocked_program import run

registered = run(
    lambda: SharedSecretHeader(
        "orders", control_plane="demo", service="orders", shared_secret="a-fine-secret-of-some-length"
    )
)
assert registered["orders"].inputs["service"] == "orders"
"""

PREVIEW = """
from pulumi.dynamic import Config, ConfigureRequest

from kong_secure.resources.process import PROCESS
from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider

given = {"region": "us", "control_plane": "demo", "service": "orders", "owner": "owner"}
given["shared_secret"] = "a-fine-secret-of-some-length"
provider = SharedSecretHeaderProvider()
provider.configure(ConfigureRequest(config=Config({}, "project")))
checked = provider.check({}, given)
assert checked.failures == []
assert provider.diff("id", checked.inputs, {**checked.inputs, "service": "other"}).replaces == ["service"]
"""

FIRST_CALL = """
PROCESS.konnect().close()
"""


def loaded_by(code: str) -> set[str]:
    """The packages that are there after the code ran, in a Python of its own."""
    telling = f"{code}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KONNECT", "KONG_"))}
    run = subprocess.run(
        [sys.executable, "-c", telling],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**kept, "KONNECT_TOKEN": "kpat_of-nobody"},
    )
    return set(run.stdout.split())


def test_a_program_that_registers_a_header_loads_no_http_client() -> None:
    loaded = loaded_by(PROGRAM)
    assert {"pulumi", "kong_secure"} <= loaded
    assert loaded & (FOR_CALLS | OF_THE_SANDBOX) == set()


def test_the_provider_of_a_preview_loads_no_http_client_before_its_first_call() -> None:
    assert loaded_by(PREVIEW) & (FOR_CALLS | OF_THE_SANDBOX) == set()
    assert loaded_by(PREVIEW + FIRST_CALL) >= FOR_CALLS - {"anyio"}

"""States that earlier versions of this package wrote are gone on with: nothing in them is replaced or changed."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.lifecycles.playground import Playground

# Written by version 0.1.0 for this very program, with pulumi v3.260.0, without the places in its source. The program
# and the file stay as they are: what a new version needs has a state of its own.
STATE_OF_0_1_0 = Path(__file__).with_name("state_of_version_0_1_0.json")
PROGRAM_OF_0_1_0 = """
from kong_secure import SecuredService, SharedSecret, SharedSecretHeader

given = pulumi.Config().require_secret("secret")
made = SecuredService("orders", control_plane="demo", service="orders", connectivity="public-internet", rotation="b")
other = SharedSecret("other")
SecuredService(
    "payments", control_plane="demo", service="payments", connectivity=pulumi.Output.from_input("ready"),
    shared_secret=given, header_name="X-Gateway-Secret", tags=["a"])
SharedSecretHeader("alone", control_plane="demo", route="orders", shared_secret=other.value)
pulumi.export("shared_secret", made.shared_secret)
"""
SECRET = "first-Secret_of-this.lifecycle~0123456789"


def test_a_state_of_version_0_1_0_is_gone_on_with_unchanged(playground: Playground) -> None:
    playground.secret = SECRET
    playground.program(PROGRAM_OF_0_1_0)
    playground.state_file.parent.mkdir(parents=True)
    shutil.copy(STATE_OF_0_1_0, playground.state_file)
    run = playground.run("preview").must_succeed()
    assert set(run.operations.values()) == {"same"}, run.text
    assert set(run.operations) == {
        "orders",
        "orders-header",
        "orders-secret",
        "payments",
        "payments-header",
        "other",
        "alone",
    }

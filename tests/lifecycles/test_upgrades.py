"""States that earlier versions of this package wrote are gone on with: nothing in them is replaced or changed. How the
state of whole paths is written, and when it may be written anew, is said in `paths_of_a_version`. The older one, of
headers alone, is never written again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.lifecycles import paths_of_a_version as paths
from tests.lifecycles.operation_process import AnEngine
from tests.lifecycles.playground import Playground, Run, environment_for
from tests.lifecycles.scripted_clouds import scripted_clouds
from tests.world import World

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
SECRET = paths.SECRET


@dataclass
class NoWorld:
    """Where there is no Konnect: a preview asks none."""

    token: str = "kpat_of-nobody-0123456789abcdef"
    address: str = "http://127.0.0.1:9/{region}"


def previewed(folder: Path, engine: AnEngine, program: str, state: Path, clouds: str = "") -> Run:
    """The preview of a program over a state that is there already. clouds: as PULUMI_DEBUG_PROVIDERS has them."""
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: playground\nruntime: python\n")
    nowhere = cast(World, NoWorld())
    environment = environment_for(nowhere, folder, os.environ) | {"PULUMI_DEBUG_PROVIDERS": clouds}
    playground = Playground(folder, nowhere, engine, environment, secret=SECRET)
    playground.program(program)
    playground.state_file.parent.mkdir(parents=True)
    shutil.copy(state, playground.state_file)
    run = playground.run("preview").must_succeed()
    playground.konnect.close()
    return run


# The same components, moved below another one and told to the engine by all the options that children inherit.
MOVED = """
import pathlib

shop = pulumi.ComponentResource("company:index:Shop", "shop")
noted = pathlib.Path("noted.txt")

def note(args: pulumi.ResourceTransformArgs) -> None:
    with noted.open("a") as file:
        file.write(f"{args.name} {args.type_} {args.opts.protect}\\n")

moved = pulumi.ResourceOptions(
    parent=shop, aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)], protect=True, transforms=[note])
"""
CALL = re.compile(r"((?:SecuredService|AwsTransitGateway|AzureVnetPeering)\(\s*\"\w+\",)")


def kept(state: Path) -> dict[str, str]:
    """What a preview says of a state with which nothing is done, by URN."""
    resources = json.loads(state.read_text())["checkpoint"]["latest"]["resources"]
    return {urn: "same" for each in resources if not is_default_provider(urn := str(each["urn"]))}


def is_default_provider(urn: str) -> bool:
    """Those are named after the versions of their packages that are installed."""
    return urn.rpartition("::")[2].startswith("default")


def operations(run: Run) -> dict[str, str]:
    return {each.urn: each.operation for each in run.result.changes if not is_default_provider(each.urn)}


def test_services_and_secrets_of_version_0_1_0_are_gone_on_with_unchanged(
    tmp_path: Path, engine: AnEngine
) -> None:
    run = previewed(tmp_path / "program", engine, PROGRAM_OF_0_1_0, STATE_OF_0_1_0)
    assert operations(run) == kept(STATE_OF_0_1_0), run.text
    assert len(kept(STATE_OF_0_1_0)) > 7


def test_whole_paths_of_version_0_1_0_are_gone_on_with_unchanged(tmp_path: Path, engine: AnEngine) -> None:
    state = paths.state_of("0.1.0")
    with scripted_clouds() as clouds:
        run = previewed(tmp_path / "program", engine, paths.PROGRAM_OF_0_1_0, state, clouds)
    assert operations(run) == kept(state), run.text
    assert len(kept(state)) > 30


def test_components_that_move_below_another_one_keep_every_child_and_hand_on_aliases_protection_and_transforms(
    tmp_path: Path, engine: AnEngine
) -> None:
    state, folder = paths.state_of("0.1.0"), tmp_path / "program"
    program = MOVED + CALL.sub(r"\1 opts=moved,", paths.PROGRAM_OF_0_1_0)
    with scripted_clouds() as clouds:
        run = previewed(folder, engine, program, state, clouds)
    assert Counter(operations(run).values()) == {"same": len(kept(state)), "create": 1}, run.text
    noted = [line.split() for line in (folder / "noted.txt").read_text().splitlines()]
    below = [urn.rpartition("::")[2] for urn in operations(run) if "Shop$" in urn]
    assert Counter(name for name, _, _ in noted) == Counter(below)
    assert {protected for _, _, protected in noted} == {"True"}

"""`kong-secure sandbox up --refresh`: what was changed outside is noticed before the program runs."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.commands import UserProject

DELETE_EVERY_PLUGIN = """\
import os, httpx
address = os.environ["KONNECT_SERVER_URL"].replace("{region}", "us")
client = httpx.Client(headers={"Authorization": "Bearer " + os.environ["KONNECT_TOKEN"]}, trust_env=False)
plane = client.get(address + "/v2/control-planes").json()["data"][0]["id"]
plugins = f"{address}/v2/control-planes/{plane}/core-entities/plugins"
for plugin in client.get(plugins).json()["data"]:
    client.delete(f"{plugins}/{plugin['id']}").raise_for_status()
"""


def test_up_with_refresh_makes_again_what_is_gone(tmp_path: Path) -> None:
    shop = UserProject(tmp_path / "shop")
    shop.run("up").gave(0)
    (shop.folder / "delete.py").write_text(DELETE_EVERY_PLUGIN)
    shop.run("exec", "--", "python", "delete.py").gave(0)
    healed = shop.run("up", "--refresh").gave(0)
    assert "gone" in healed.out
    assert "orders created" in healed.out
    assert healed.last_lines[1] == "through the gateway: passed (200)"

"""One header, driven through the provider's methods as an engine would: what an operation returns becomes the
state, and an operation that raises leaves the state as it was.
"""

from __future__ import annotations

from typing import Any

from kong_secure.resources.shared_secret_header import SharedSecretHeaderProvider
from tests.world import World

SECRET = "a-fine-secret-of-some-length"
NEXT_SECRET = "the-secret-that-comes-after-it"
PROVIDER = SharedSecretHeaderProvider()


class Header:
    """A header and what is known of it: `id` and `outputs` are None while the state doesn't hold it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.plane, self.service, _ = world.declare()
        self.id: str | None = None
        self.outputs: dict[str, Any] | None = None
        self._secret = SECRET
        [plane] = world.by_hand("GET", f"/v2/control-planes?filter%5Bname%5D%5Beq%5D={self.plane}")["data"]
        self._entities = f"/v2/control-planes/{plane['id']}/core-entities"

    def run(self, operation: str) -> None:
        """One of create, update, read and delete."""
        getattr(self, f"_{operation}")()

    def until(self, operation: str) -> None:
        """Everything that comes before an operation."""
        if operation != "create":
            self.run("create")

    def secrets_at_konnect(self) -> list[str]:
        """The values that the gateway adds by now, one for each plugin on the service."""
        return [
            plugin["config"]["add"]["headers"][0].removeprefix("Authorization:Bearer ")
            for plugin in self.plugins()
        ]

    def plugins(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.world.by_hand("GET", f"{self._entities}/plugins")["data"]
        return found

    def _inputs(self) -> dict[str, Any]:
        news = {
            "region": "us",
            "control_plane": self.plane,
            "service": self.service,
            "shared_secret": self._secret,
            "owner": f"organization/project/stack/{self.plane}",
        }
        result = PROVIDER.check({}, news)
        assert result.failures == []
        return dict(result.inputs)

    def _create(self) -> None:
        result = PROVIDER.create(self._inputs())
        self.id, self.outputs = result.id, dict(result.outs or {})

    def _update(self) -> None:
        assert self.id is not None
        assert self.outputs is not None
        self._secret = NEXT_SECRET
        self.outputs = dict(PROVIDER.update(self.id, self.outputs, self._inputs()).outs or {})

    def _read(self) -> None:
        assert self.id is not None
        assert self.outputs is not None
        result = PROVIDER.read(self.id, self.outputs)
        self.id, self.outputs = result.id or None, dict(result.outs or {}) or None

    def _delete(self) -> None:
        assert self.id is not None
        assert self.outputs is not None
        PROVIDER.delete(self.id, self.outputs)
        self.id = self.outputs = None

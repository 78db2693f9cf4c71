"""What an engine does with a stand-in for a provider, one resource at a time, over the protocol."""

from dataclasses import replace
from typing import Any

from kong_secure.sandbox.engine.plugins import CheckFailure, DiffAnswer, Plugin
from kong_secure.sandbox.engine.state import Resource

Inputs = dict[str, Any]


class RefusedInputsError(Exception):
    """Inputs that the check refused."""

    def __init__(self, failures: tuple[CheckFailure, ...]) -> None:
        super().__init__("; ".join(f"{f.property}: {f.reason}" for f in failures))
        self.failures = failures


class ProviderDriver:
    """One provider resource of a package, configured."""

    def __init__(self, package: str, port: int, config: Inputs) -> None:
        self.plugin = Plugin(package, f"127.0.0.1:{port}")
        self.plugin.attach("127.0.0.1:1")
        self.plugin.configure(config, f"urn:pulumi:test::test::pulumi:providers:{package}::default")

    def checked(self, token: str, inputs: Inputs, name: str = "one", old: Inputs | None = None) -> Resource:
        """The resource as wanted. Raises RefusedInputsError."""
        urn = f"urn:pulumi:test::test::{token}::{name}"
        found, failures = self.plugin.check(urn, old or {}, inputs)
        if failures:
            raise RefusedInputsError(failures)
        return Resource(urn, token, custom=True, inputs=found)

    def create(self, token: str, inputs: Inputs, name: str = "one") -> Resource:
        wanted = self.checked(token, inputs, name)
        id_, outputs = self.plugin.create(wanted, preview=False)
        return replace(wanted, id=id_, outputs=outputs)

    def diff(self, old: Resource, inputs: Inputs) -> DiffAnswer:
        return self.plugin.diff(old, replace(old, inputs=self._wanted(old, inputs)))

    def update(self, old: Resource, inputs: Inputs) -> Resource:
        new = replace(old, inputs=self._wanted(old, inputs))
        return replace(new, outputs=self.plugin.update(old, new, preview=False))

    def _wanted(self, old: Resource, inputs: Inputs) -> Inputs:
        return self.checked(old.type, inputs, old.urn.rpartition("::")[2], old.inputs).inputs

    def read(self, resource: Resource) -> Resource | None:
        id_, inputs, outputs = self.plugin.read(resource)
        return replace(resource, id=id_, inputs=inputs or {}, outputs=outputs) if id_ else None

    def delete(self, resource: Resource) -> None:
        self.plugin.delete(resource)

    def invoke(self, token: str, **args: Any) -> Inputs:
        answer, failures = self.plugin.invoke(token, args, preview=False)
        assert failures == ()
        return answer

    def close(self) -> None:
        self.plugin.close()

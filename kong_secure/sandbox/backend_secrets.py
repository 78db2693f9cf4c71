"""What the sample backends of a stack's proof are to demand, and where that comes from: the configuration, the stack's
outputs, or the last run's. Nothing is started here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kong_secure.sandbox.engine.recorded_outputs import recorded_outputs
from kong_secure.sandbox.engine.state import state_path
from kong_secure.sandbox.errors import SandboxError
from kong_secure.sandbox.prepared import Prepared
from kong_secure.sandbox.project import qualified_key
from kong_secure.sandbox.sandbox_file import Backend
from kong_secure.sandbox.sharing import FILE

Teller = Callable[[str, str, str, str], None]


@dataclass(frozen=True)
class BackendSecret:
    """Where a sample backend's secret comes from: a known value, or else the stack output `output`."""

    backend: Backend
    value: str | None = field(default=None, repr=False)
    output: str = ""

    def tell(self, demand: Teller, secret: str) -> None:
        """Let the backend demand a secret from now on."""
        demand(self.backend.host, self.backend.header, self.backend.scheme, secret)


def backend_secrets(prepared: Prepared, asked: str | None) -> tuple[BackendSecret, ...]:
    """Where the secret of each backend of the stack comes from: `asked` (--backend-secret), else sandbox.yaml.

    Raises SandboxError where neither says, or what they say is a configuration key without a value.
    """
    backends = prepared.backends
    if asked and len(backends) != 1:
        raise SandboxError(_not_for_one(prepared))
    return tuple(_secret_of(prepared, backend, asked) for backend in backends)


def _not_for_one(prepared: Prepared) -> str:
    backends = prepared.backends
    if not backends:
        return f"--backend-secret needs a sample backend: declare one under `backends:` in {FILE}, with its `host:`"
    keys = ", ".join(f"{backend.key}.secret" for backend in backends)
    return (
        f"--backend-secret names one secret, and the stack {prepared.stack} has {len(backends)} sample backends: "
        f"say in {FILE} which secret is whose ({keys})"
    )


def _secret_of(prepared: Prepared, backend: Backend, asked: str | None) -> BackendSecret:
    name = asked or backend.secret
    source = "--backend-secret" if asked else f"{FILE}: {backend.key}.secret"
    if name is None:
        raise SandboxError(
            f"{FILE}: {backend.key}.secret is missing: name the configuration key or stack output "
            "that holds the secret, there or with --backend-secret"
        )
    values = prepared.configuration.values
    key = qualified_key(name, prepared.project.name)
    if key in values:
        return BackendSecret(backend, value=values[key])
    if ":" in name:
        known = ", ".join(sorted(values)) or "none"
        raise SandboxError(f"{source} is {name}, a configuration key without a value; keys with one: {known}")
    return BackendSecret(backend, output=name)


def tell_what_is_known(prepared: Prepared, found: tuple[BackendSecret, ...], demand: Teller) -> None:
    """Let each backend demand its secret, as far as it is known before the program runs: where it is an output, the
    last one.
    """
    directory, last = prepared.directory, {}
    if any(secret.value is None for secret in found):
        path = state_path(directory.state, prepared.project.name, prepared.stack)
        last = recorded_outputs(path, directory.passphrase())
    for secret in found:
        value = last.get(secret.output) if secret.value is None else secret.value
        if isinstance(value, str) and value:
            secret.tell(demand, value)


def tell_outputs(
    found: tuple[BackendSecret, ...], outputs: Mapping[str, Any], demand: Teller, *, succeeded: bool
) -> None:
    """Let each backend whose secret is an output demand what the program has made. succeeded: whether it ran to its
    end; then every such output must be there. Raises SandboxError.
    """
    for secret in found:
        if secret.value is None and (succeeded or secret.output in outputs):
            secret.tell(demand, secret_in_outputs(secret.output, outputs))


def secret_in_outputs(name: str, outputs: Mapping[str, Any]) -> str:
    """The backend's secret in a stack's outputs. Raises SandboxError listing the outputs where it isn't
    there.
    """
    value = outputs.get(name)
    if isinstance(value, str) and value:
        return value
    found = "isn't a text" if name in outputs else "doesn't exist"
    known = ", ".join(sorted(outputs)) or "none"
    raise SandboxError(
        f"the sample backend's secret is to come from {name}, which is no configuration key, "
        f"and as a stack output it {found}; outputs: {known}"
    )

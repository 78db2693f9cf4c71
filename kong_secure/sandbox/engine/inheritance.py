"""What a resource has from its parents and from its stack: options, providers and transforms.

It is filled into the request before anything else reads it. How transforms are called is in `transforms`.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import resource_pb2

from kong_secure.sandbox.engine import transforms, urns
from kong_secure.sandbox.engine.transforms import Callbacks


@dataclass(frozen=True)
class _Registered:
    """What a resource's children inherit: its options as they were carried out, and its own transforms."""

    wanted: Any
    transforms: tuple[Any, ...]


class Inheritance:
    """The inheritance of one run's resources."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._registered: dict[str, _Registered] = {}
        self._of_stack: list[Any] = []
        self._of_functions: list[Any] = []
        self._callbacks = Callbacks()

    def transform_stack(self, callback: Any) -> None:
        """Let a transform see every resource registered from now on."""
        with self._lock:
            self._of_stack.append(callback)

    def transform_functions(self, callback: Any) -> None:
        """Let a transform see every call of a function from now on."""
        with self._lock:
            self._of_functions.append(callback)

    def apply(self, request: Any) -> Any:
        """The registration with what it inherits, transformed: by its own transforms, its parents', the stack's.

        Raises TransformError.
        """
        with self._lock:
            inherited = self._with_parents_options(request)
            found = [*request.transforms]
            parent = self._registered.get(request.parent)
            while parent is not None:
                found += parent.transforms
                parent = self._registered.get(parent.wanted.parent)
            found += self._of_stack
        wanted = transforms.transformed(inherited, found, self._callbacks)
        if not request.custom:
            for package, provider in self._providers_of(request.parent).items():
                if package not in wanted.providers:
                    wanted.providers[package] = provider
        return wanted

    def apply_to_function(self, request: Any) -> Any:
        """The call of a function, transformed. Raises TransformError."""
        with self._lock:
            found = [*self._of_functions]
        return transforms.transformed_function(request, found, self._callbacks) if found else request

    def remember(self, urn: str, request: Any, wanted: Any) -> None:
        """Note a registered resource, for its children. request: as it was before `apply`."""
        with self._lock:
            self._registered[urn] = _Registered(wanted, tuple(request.transforms))

    def close(self) -> None:
        """Close the connections to the program."""
        self._callbacks.close()

    def _with_parents_options(self, request: Any) -> Any:
        registered = self._registered.get(request.parent)
        if registered is None:
            return request
        wanted, parent = resource_pb2.RegisterResourceRequest(), registered.wanted
        wanted.CopyFrom(request)
        for option in ("protect", "retainOnDelete"):
            if not wanted.HasField(option) and parent.HasField(option):
                setattr(wanted, option, getattr(parent, option))
        wanted.deletedWith = wanted.deletedWith or parent.deletedWith
        if wanted.custom and not wanted.provider:
            package = urns.package_of(wanted.type)
            wanted.provider = (
                wanted.providers.get(package) or self._providers_of(request.parent).get(package) or ""
            )
        return wanted

    def _providers_of(self, urn: str) -> dict[str, str]:
        """A component's providers by package, its parents' included; what isn't one hands none down."""
        registered = self._registered.get(urn)
        if registered is None or registered.wanted.custom:
            return {}
        return dict(registered.wanted.providers)

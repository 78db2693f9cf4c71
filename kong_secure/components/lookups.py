"""How a path asks a cloud while the program runs, through a provider of the program's, and what it raises then; what
is asked is each cloud's own matter.
"""

import importlib
import warnings
from collections.abc import Awaitable, Mapping
from importlib.metadata import version
from typing import Any, TypeVar

import pulumi

from kong_secure.errors import KongSecureError

T = TypeVar("T")


class PathRefused(KongSecureError, pulumi.RunError):  # noqa: N818 - named like the tree in errors.py
    """A path can't be made as it is; Pulumi prints the sentence first, without a traceback of the program."""


def cloud_package(component: str, package: str, extra: str, classes: Mapping[str, str]) -> Any:
    """The package of a cloud's resources, loaded when a path is first made. Raises PathRefused where it is missing.

    classes: one for each module that is needed, because a module is loaded when it is asked for something.
    """
    module = package.replace("-", "_")
    try:
        with warnings.catch_warnings():
            # Its modules warn of classes that nobody here uses.
            warnings.simplefilter("ignore")
            loaded = importlib.import_module(module)
            for name, kind in classes.items():
                getattr(getattr(loaded, name), kind)
            return loaded
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
    raise PathRefused(
        f"{component} needs {package}, which isn't installed: pip install 'kong-secure[{extra}]'"
    )


class _UnansweredError(Exception):
    """A preview can't ask: the provider isn't configured yet, or nothing in the sandbox stands in for it."""


class Lookups:
    """A cloud's answers, for one component. cloud, package: as "AWS" and "pulumi-aws"; absence: what its refusals
    say where the thing isn't there.
    """

    cloud: str
    package: str
    absence: tuple[str, ...]

    def __init__(self, parent: pulumi.Resource, provider: pulumi.ProviderResource | None) -> None:
        self._parent, self._provider = parent, provider

    async def ask(self, function: str, **asked: Any) -> Mapping[str, Any]:
        """The answer of a provider's function. Raises PathRefused with the refusal."""
        options = pulumi.InvokeOptions(
            parent=self._parent, provider=self._provider, version=version(self.package)
        )
        try:
            answer: Mapping[str, Any] | None = await pulumi.runtime.invoke_async(function, asked, options)
        except Exception as error:  # noqa: BLE001 - the SDK raises nothing narrower for what a provider refuses
            refusal = str(error)
        else:
            if not answer and pulumi.runtime.is_dry_run():
                raise _UnansweredError
            if answer:
                return answer
            refusal = f"{function} has no answer"
        raise PathRefused(f"{self.cloud} was asked in vain: {refusal}")

    def learned(self, asking: Awaitable[T]) -> pulumi.Output[T]:
        """What is learned by asking, unknown where a preview can't ask."""

        async def answered() -> Any:
            try:
                return await asking
            except _UnansweredError:
                return pulumi.UNKNOWN

        return pulumi.Output.from_input(answered())

    async def unless_absent(self, function: str, **asked: Any) -> Mapping[str, Any] | None:
        """The answer, or None where the thing isn't there. Raises PathRefused for every other refusal."""
        try:
            return await self.ask(function, **asked)
        except PathRefused as error:
            if not any(mark in str(error) for mark in self.absence):
                raise
        return None

"""A program run against Pulumi's mocks: they prove what is registered, no more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pulumi
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import wait_for_rpcs

# As Pulumi's language host does: a refused resource leaves futures behind that nobody looks at, and asyncio
# would complain about each whenever it gets collected, also long after the test.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


class Engine(mocks.Mocks):
    def __init__(self) -> None:
        self.registered: list[mocks.MockResourceArgs] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(args)
        return f"{args.name}-id", args.inputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {}, None


async def outcome(step: Callable[[], object]) -> Exception | None:
    """The error of a step of a program, so that what the program started can be waited for before it is
    raised.
    """
    try:
        result = step()
        if asyncio.iscoroutine(result):
            await result
    except Exception as error:  # noqa: BLE001 - raised again by the caller
        return error
    return None


@contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop; Pulumi's mocks want one in each thread of its executor too, and never close those."""
    loops = []

    def prepare_thread() -> None:
        loops.append(asyncio.new_event_loop())
        asyncio.set_event_loop(loops[-1])

    with ThreadPoolExecutor(4, initializer=prepare_thread) as executor:
        loops.append(asyncio.new_event_loop())
        loops[0].set_default_executor(executor)
        yield loops[0]
    for loop in loops:
        loop.close()


def run(
    program: Callable[[], object],
    *,
    preview: bool = False,
    config: dict[str, str] | None = None,
    engine: Engine | None = None,
) -> dict[str, mocks.MockResourceArgs]:
    """Runs a program against mocks, waits for what it started, and returns what was registered by name."""

    engine = engine or Engine()

    async def main() -> Exception | None:
        settings.set_root_resource(None)  # type: ignore[arg-type]  # as Pulumi does between tests
        pulumi.runtime.set_mocks(
            engine, project="project", stack="stack", organization="org", preview=preview
        )
        settings.SETTINGS.rpc_manager.clear()
        settings.SETTINGS.outputs.clear()
        pulumi.runtime.set_all_config(config or {})
        failures = [await outcome(program), await outcome(wait_for_rpcs)]
        while settings.SETTINGS.rpc_manager.rpcs or settings.SETTINGS.outputs:
            # Kept, it would be raised again before anything that is left is waited for.
            settings.SETTINGS.rpc_manager.unhandled_exception = None
            failures.append(await outcome(wait_for_rpcs))
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*waiting, return_exceptions=True)
        return next((failure for failure in failures if failure is not None), None)

    with event_loop() as loop:
        failure = loop.run_until_complete(main())
    if failure is not None:
        raise failure
    return {args.name: args for args in engine.registered}


def later(value: object) -> pulumi.Output[Any]:
    """A value that is known later."""
    return pulumi.Output.from_input(value)


def unknown() -> pulumi.Output[Any]:
    """A value that a preview doesn't know."""

    def ready(value: object) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        future.set_result(value)
        return future

    return pulumi.Output(set(), ready(pulumi.output.UNKNOWN), ready(False), ready(False))

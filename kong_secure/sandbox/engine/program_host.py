"""The process that runs a user's program with Pulumi's own SDK: `python -P program_host.py`, settings on
stdin.

Runs in the user's interpreter, which needn't have this package: it imports nothing but Pulumi's SDK and the
standard library. Starting it and reading what it says is `program`'s matter.

Settings are one JSON line: monitor, project, stack, organization, root, main, parallel, dry_run, config,
secret_keys. They come this way because configuration holds secrets, and arguments can be read by everybody.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pulumi.runtime
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


def main() -> int:
    """Run the program. Returns 0, or 1 after telling the engine what went wrong."""
    settings: dict[str, Any] = json.loads(sys.stdin.readline())
    _close_stdin()
    pulumi.runtime.set_all_config(settings["config"], settings["secret_keys"])
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            monitor=settings["monitor"],
            engine=_EngineLog(settings["monitor"]),
            project=settings["project"],
            stack=settings["stack"],
            organization=settings["organization"],
            root_directory=settings["root"],
            parallel=settings["parallel"],
            dry_run=settings["dry_run"],
        )
    )
    program = settings["main"]
    sys.argv = [program]
    # a failed resource leaves futures behind that nobody looks at; asyncio would complain about each
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    return _run(program, settings["parallel"])


class _EngineLog:
    """The engine's service as the SDK uses it, without the SDK's debugging chatter.

    Every resource causes several such messages, which the engine would drop; sending them takes a third of a
    large program's time.
    """

    def __init__(self, address: str) -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def Log(self, request: Any) -> None:  # noqa: N802 (the protocol's name)
        if request.severity != engine_pb2.DEBUG:
            self._stub.Log(request)

    def __getattr__(self, method: str) -> Any:
        return getattr(self._stub, method)


def _run(program: str, parallel: int) -> int:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=max(parallel, 1) * 4)
    loop.set_default_executor(executor)

    def run_program() -> None:
        runpy.run_path(program, run_name="__main__")

    try:
        loop.run_until_complete(pulumi.runtime.run_in_stack(run_program))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return 1
    except Exception as error:  # noqa: BLE001 (whatever the program raises is shown to its author)
        pulumi.log.error(_explain(error))
        return 1
    finally:
        executor.shutdown(wait=True)
        loop.close()
    return 0


def _close_stdin() -> None:
    """A program that reads its stdin finds it empty, as under Pulumi."""
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)


def _explain(error: Exception) -> str:
    if isinstance(error, ImportError) and _is_missing_main(error):
        return "unable to find the main program: there is no __main__.py in the folder that `main` names"
    report = traceback.TracebackException.from_exception(error)
    link: traceback.TracebackException | None = report
    while link is not None:
        own = [frame for frame in link.stack if not _is_machinery(frame.filename)]
        link.stack = traceback.StackSummary.from_list(own or list(link.stack))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "the program failed with an unhandled exception:\n" + "".join(report.format()).rstrip()


def _is_missing_main(error: ImportError) -> bool:
    return "__main__" in str(error) and all(
        _is_machinery(frame.filename) for frame in traceback.extract_tb(error.__traceback__)
    )


def _is_machinery(filename: str) -> bool:
    """Whether the file belongs to the SDK or to what runs it, and not to the user."""
    if filename.startswith("<frozen"):
        return True
    file = Path(filename)
    places = (Path(pulumi.__file__).parent, Path(asyncio.__file__).parent)
    return file.name in (Path(__file__).name, "runpy.py") or any(place in file.parents for place in places)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)

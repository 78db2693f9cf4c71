"""A provider for packages that have no stand-in in the sandbox.

A preview gets unknown outputs from it and a count of what it met; everything that would act is refused by
name. Both engines reach it the same way, as an attached provider (`PULUMI_DEBUG_PROVIDERS=name:port,...`).
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

_THREADS: Final = 8
# higher than any package's own, so that Pulumi never warns of an old plugin
_VERSION: Final = "999.0.0"


def refusal(token: str) -> str:
    """Why nothing of this type or function can be had in the sandbox, and what can."""
    package = token.partition(":")[0]
    return (
        f"{token} can't be used here: package {package} has no stand-in in the sandbox; "
        "`preview` shows it as not simulated"
    )


class NotSimulatedProvider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers for any number of packages at once, and counts what it meets."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each token was met in previews, so far."""
        with self._lock:
            return dict(self._counts)

    def count(self, token: str) -> None:
        """Note that a resource or function was met."""
        with self._lock:
            self._counts[token] += 1

    # The service. Method names are the protocol's.

    def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return plugin_pb2.PluginInfo(version=_VERSION)

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_UNKNOWN)

    def Configure(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.ConfigureResponse(acceptSecrets=True, acceptResources=True, supportsPreview=True)

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_UNKNOWN)

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._preview_only(request, context)
        return provider_pb2.CreateResponse(properties=request.properties)

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._preview_only(request, context)
        return provider_pb2.UpdateResponse(properties=request.news)

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._refuse(_token(request), context)

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._refuse(_token(request), context)

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        if not request.preview:
            self._refuse(request.tok, context)
        self.count(request.tok)
        return provider_pb2.InvokeResponse()

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def Handshake(self, _request: Any, context: Any) -> Any:  # noqa: N802
        self._unimplemented(context)

    def GetSchema(self, _request: Any, context: Any) -> Any:  # noqa: N802
        self._unimplemented(context)

    def GetMapping(self, _request: Any, context: Any) -> Any:  # noqa: N802
        self._unimplemented(context)

    def GetMappings(self, _request: Any, context: Any) -> Any:  # noqa: N802
        self._unimplemented(context)

    def Parameterize(self, _request: Any, context: Any) -> Any:  # noqa: N802
        self._refuse("a parameterized package", context)

    def Construct(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._refuse(str(request.type), context)

    def Call(self, request: Any, context: Any) -> Any:  # noqa: N802
        self._refuse(str(request.tok), context)

    def _unimplemented(self, context: Any) -> None:
        # said explicitly: what is left to the generated base class is logged as an error of ours
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not implemented")

    def _preview_only(self, request: Any, context: Any) -> None:
        token = _token(request)
        if not request.preview:
            self._refuse(token, context)
        self.count(token)

    def _refuse(self, token: str, context: Any) -> None:
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, refusal(token))


def _token(request: Any) -> str:
    """The type of the resource; older engines send it in the URN alone."""
    return str(request.type or request.urn.split("::")[2].rpartition("$")[2])


class NotSimulatedServer:
    """A NotSimulatedProvider listening on loopback until it is closed."""

    def __init__(self) -> None:
        self.provider = NotSimulatedProvider()
        self._server = grpc.server(ThreadPoolExecutor(_THREADS))
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(self.provider, self._server)
        self.port: int = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()

    @property
    def address(self) -> str:
        """Where it listens, as host:port."""
        return f"127.0.0.1:{self.port}"

    def debug_providers(self, packages: Iterable[str]) -> str:
        """The value of PULUMI_DEBUG_PROVIDERS that sends these packages here."""
        return ",".join(f"{package}:{self.port}" for package in sorted(packages))

    def close(self) -> None:
        """Stop listening."""
        self._server.stop(grace=0).wait()


def resource_packages(python: Path) -> frozenset[str]:
    """The packages with resources of their own that are installed for this interpreter (`pulumi-
    plugin.json`).
    """
    asked = subprocess.run(  # noqa: S603 - the interpreter of the user's project
        [str(python), "-P", "-c", "import json, sys; print(json.dumps(sys.path))"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    folders = json.loads(asked.stdout) if asked.returncode == 0 else []
    names = set()
    for folder in folders:
        for path in Path(folder).glob("*/pulumi-plugin.json"):
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                plugin = json.loads(path.read_text())
                if plugin["resource"]:
                    names.add(
                        str(plugin.get("name") or path.parent.name.removeprefix("pulumi_").replace("_", "-"))
                    )
    return frozenset(names)

"""The services a program talks to: Pulumi's ResourceMonitor and Engine, over gRPC.

Requests are read here and answered; what they mean is decided in `deployment`. What this engine doesn't
implement is refused here, by name.
"""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, resource_pb2, resource_pb2_grpc

from kong_secure.sandbox.engine import registration, unimplemented, urns, wire
from kong_secure.sandbox.engine.deployment import Deployment
from kong_secure.sandbox.engine.display import Report
from kong_secure.sandbox.engine.inheritance import Inheritance
from kong_secure.sandbox.engine.plugins import ProviderError
from kong_secure.sandbox.engine.registration import Registration
from kong_secure.sandbox.engine.transforms import TransformError

_SERVER_OPTIONS: Final = (("grpc.max_receive_message_length", 400 * 1024 * 1024), ("grpc.so_reuseport", 0))
_SDK_REFUSAL: Final = "The Pulumi CLI does not support"


class ResourceMonitor(resource_pb2_grpc.ResourceMonitorServicer):
    """What a program asks for. Calls that arrive before the state is loaded wait for it."""

    def __init__(self, deployment: Future[Deployment], report: Report) -> None:
        self._deployment = deployment
        self._report = report
        self._inheritance = Inheritance()

    def close(self) -> None:
        """Close the connections to the program's own functions."""
        self._inheritance.close()

    def GetDeploymentInfo(self, _request: Any, context: Any) -> Any:  # noqa: N802
        # the SDK then asks for each feature by its name, which every version of it can do
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "ask for features one by one")

    def SupportsFeature(self, request: Any, _context: Any) -> Any:  # noqa: N802
        return resource_pb2.SupportsFeatureResponse(hasSupport=request.id in unimplemented.FEATURES)

    def SignalAndWaitForShutdown(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return empty_pb2.Empty()

    def RegisterResource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        deployment = self._deployment.result()
        wanted, refusal = self._transformed(request, deployment)
        goal: Registration | None = None
        try:
            goal = registration.parse(wanted)
        except ValueError as error:
            refusal = refusal or str(error)
        if goal is None:  # what can be said of it without reading its values
            goal = Registration(request.type, request.name, request.custom, {}, request.parent)
        answer = deployment.register(goal, refusal)
        if answer.failed:
            return resource_pb2.RegisterResourceResponse(urn=answer.urn, result=resource_pb2.Result.FAIL)
        self._inheritance.remember(answer.urn, request, wanted)
        outputs = wire.to_struct(answer.outputs, secrets=True, references=request.acceptResources)
        return resource_pb2.RegisterResourceResponse(urn=answer.urn, id=answer.id, object=outputs)

    def _transformed(self, request: Any, deployment: Deployment) -> tuple[Any, str | None]:
        """The registration as its transforms want it, and why it can't be carried out."""
        refusal = unimplemented.refusal(request)
        if refusal is not None:
            return request, refusal
        try:
            return self._inheritance.apply(request), None
        except TransformError as error:
            refusal = str(error)
        with contextlib.suppress(wire.UnsupportedValueError):  # it may quote what it was given
            given = wire.from_struct(request.object).values()
            deployment.run.masker.add(leaf for value in given for leaf in wire.secret_leaves(value))
        return request, refusal

    def RegisterResourceOutputs(self, request: Any, context: Any) -> Any:  # noqa: N802
        refusal = unimplemented.refusal(request)
        if refusal is not None:
            return self._refuse(refusal, context)
        try:
            outputs = wire.from_struct(request.outputs)
        except wire.UnsupportedValueError as error:
            return self._refuse(f"the outputs of {urns.name_of(request.urn)}: {error}", context)
        self._deployment.result().register_outputs(request.urn, outputs)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        deployment = self._deployment.result()
        refusal, inputs = None, {}
        if request.type == urns.STACK_REFERENCE_TYPE:
            inputs = {"name": request.id}
        else:
            refusal = unimplemented.not_implemented(
                "reading an existing resource (`opts.id`, or a type's `get`)"
            )
        goal = Registration(
            request.type,
            request.name,
            custom=True,
            inputs=inputs,
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={},
        )
        answer = deployment.register(goal, refusal)
        if answer.failed:
            return resource_pb2.ReadResourceResponse(urn=answer.urn, result=resource_pb2.Result.FAIL)
        outputs = wire.to_struct(answer.outputs, secrets=request.acceptSecrets)
        return resource_pb2.ReadResourceResponse(urn=answer.urn, id=answer.id, properties=outputs)

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        deployment = self._deployment.result()
        run = deployment.run
        package = urns.package_of(request.tok)
        refusal = unimplemented.refusal(request)
        try:
            request = self._inheritance.apply_to_function(request)
        except TransformError as error:
            refusal = refusal or f"function {request.tok}: {error}"
        if package == "pulumi":
            refusal = unimplemented.not_implemented(f"function {request.tok}")
        if refusal is not None:
            return self._refuse(refusal, context)
        message = ""
        try:
            reference = request.provider or deployment.provider_resources.default_for(
                package, request.version, request.pluginDownloadURL
            )
            plugin = run.providers.plugin(reference)
            if run.preview and not plugin.simulated:
                run.providers.count_not_simulated(request.tok)
                return resource_pb2.ResourceInvokeResponse(unknown=True)
            result, failures = plugin.invoke(request.tok, wire.from_struct(request.args), preview=run.preview)
        except (ProviderError, wire.UnsupportedValueError) as error:
            message = str(error)
        if message:
            return self._refuse(f"function {request.tok}: {message}", context)
        run.masker.add(leaf for value in result.values() for leaf in wire.secret_leaves(value))
        response = resource_pb2.ResourceInvokeResponse(
            failures=[provider_pb2.CheckFailure(property=f.property, reason=f.reason) for f in failures]
        )
        getattr(response, "return").CopyFrom(
            wire.to_struct(result, secrets=True, references=request.acceptResources)
        )
        return response

    def Call(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._not_implemented(f"methods of remote components ({request.tok})", context)

    def ExistsResource(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._not_implemented(f"asking whether a {request.type} exists", context)

    def RegisterPackage(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._not_implemented(f"parameterized packages ({request.name})", context)

    def RegisterStackTransform(self, request: Any, _context: Any) -> Any:  # noqa: N802
        self._inheritance.transform_stack(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, request: Any, _context: Any) -> Any:  # noqa: N802
        self._inheritance.transform_functions(request)
        return empty_pb2.Empty()

    def RegisterResourceHook(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._not_implemented(f"resource hooks ({request.name})", context)

    def RegisterErrorHook(self, request: Any, context: Any) -> Any:  # noqa: N802
        return self._not_implemented(f"error hooks ({request.name})", context)

    def _not_implemented(self, what: str, context: Any) -> None:
        self._refuse(unimplemented.not_implemented(what), context)

    def _refuse(self, text: str, context: Any) -> None:
        self._report.error(text)
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)


class Engine(engine_pb2_grpc.EngineServicer):
    """What programs and providers log, and the stack's own resource."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._root = ""
        self._lock = threading.Lock()
        self._progress: set[str] = set()

    def Log(self, request: Any, _context: Any) -> Any:  # noqa: N802
        severity, text = request.severity, request.message
        if severity == engine_pb2.ERROR:
            self._log_error(text)
        elif severity == engine_pb2.WARNING:
            self._report.warning(text)
        elif severity == engine_pb2.INFO and not (request.ephemeral and self._was_told(text)):
            self._report.info(text)
        return empty_pb2.Empty()

    def _was_told(self, text: str) -> bool:
        """Whether this line of progress, which has no place of its own on this engine's display, was there."""
        with self._lock:
            known = text in self._progress
            self._progress.add(text)
            return known

    def _log_error(self, text: str) -> None:
        # what was refused comes back as an exception of the program, and is known by then
        if self._report.knows_error(text):
            return
        if _SDK_REFUSAL in text:
            what = text.partition(_SDK_REFUSAL)[2].partition(". ")[0].strip()
            text = f"{unimplemented.not_implemented(what)}\n{text}"
        self._report.error(text)

    def GetRootResource(self, _request: Any, _context: Any) -> Any:  # noqa: N802
        return engine_pb2.GetRootResourceResponse(urn=self._root)

    def SetRootResource(self, request: Any, _context: Any) -> Any:  # noqa: N802
        self._root = request.urn
        return engine_pb2.SetRootResourceResponse()

    def RequirePulumiVersion(self, _request: Any, context: Any) -> Any:  # noqa: N802
        # this engine is of no version, so that it can't say whether it is the one that is wanted
        self._refuse(unimplemented.not_implemented("require_pulumi_version"), context)

    def StartDebugging(self, _request: Any, context: Any) -> Any:  # noqa: N802
        self._refuse(unimplemented.not_implemented("debugging of programs"), context)

    def _refuse(self, text: str, context: Any) -> None:
        self._report.error(text)
        context.abort(grpc.StatusCode.FAILED_PRECONDITION, text)


class Server:
    """Both services on a free loopback port, until closed."""

    def __init__(self, deployment: Future[Deployment], report: Report, parallel: int) -> None:
        # a registration holds its thread for as long as its resource takes to be made
        self._server = grpc.server(ThreadPoolExecutor(max(64, 4 * parallel + 16)), options=_SERVER_OPTIONS)
        self._monitor = ResourceMonitor(deployment, report)
        resource_pb2_grpc.add_ResourceMonitorServicer_to_server(self._monitor, self._server)
        engine_pb2_grpc.add_EngineServicer_to_server(Engine(report), self._server)
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.address = f"127.0.0.1:{port}"
        self._server.start()

    def close(self) -> None:
        """Stop listening; calls still under way are given up."""
        self._server.stop(grace=0).wait()
        self._monitor.close()

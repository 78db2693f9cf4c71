"""The process of one policy pack, and Pulumi's Analyzer service spoken to it, as plain calls on values.

When which of these calls is made, and what follows from an answer, is in `policy_packs`.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import grpc
import yaml
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from kong_secure.sandbox.engine import urns, wire
from kong_secure.sandbox.engine.operations import EngineError, Operation, PolicyPack, Stack
from kong_secure.sandbox.engine.plugins import CHANNEL_OPTIONS, clear_message
from kong_secure.sandbox.engine.policy_configuration import Policy, Settings
from kong_secure.sandbox.engine.processes import Child, Children, LineSink
from kong_secure.sandbox.engine.state import Resource
from kong_secure.sandbox.engine.violations import Level, Violation
from kong_secure.sandbox.engine.wire import Properties

PACK_FILE: Final = "PulumiPolicy.yaml"
_START_SECONDS: Final = 60.0
_INTERNAL: Final = "__"
_NOT_INSTALLED: Final = "No module named 'pulumi_policy'"


@dataclass(frozen=True)
class Subject:
    """A resource as policies see it. provider: the provider resource that serves it; None: it has none."""

    resource: Resource
    properties: Properties
    delete_before_replace: bool | None = None
    provider: Resource | None = None


@dataclass(frozen=True)
class Remediation:
    """What a policy made of a resource's inputs; None: why it could not is in `violation`."""

    violation: Violation
    inputs: Properties | None


@dataclass(frozen=True)
class Description:
    """A pack as it describes itself."""

    name: str
    version: str
    policies: tuple[Policy, ...]
    initial: Mapping[str, Settings] = field(default_factory=dict)


class PackProcess:
    """A policy pack that is running, or about to."""

    def __init__(self, pack: PolicyPack) -> None:
        self.pack = pack
        self._version = ""
        self._child: Child | None = None
        self._channel: Any = None
        self._stub: Any = None
        self._ready = threading.Event()
        self._missing = False

    def start(
        self, children: Children, stack: Stack, operation: Operation, engine_address: str, sink: LineSink
    ) -> None:
        """Start the process. sink: gets what it prints. Raises EngineError where it can't be started at all."""
        description = _read_pack_file(self.pack.folder)
        self._version = str(description.get("version") or "")
        python = _interpreter(self.pack.folder, description, stack.python)
        environment = {
            **stack.environment,
            "PULUMI_ORGANIZATION": stack.organization,
            "PULUMI_PROJECT": stack.project,
            "PULUMI_STACK": stack.name,
            "PULUMI_DRY_RUN": json.dumps(operation is Operation.PREVIEW),
            "PULUMI_CONFIG": json.dumps(dict(stack.config)),
        }
        command = [python, "-u", "-m", "pulumi.policy", engine_address, self.pack.folder]
        child = self._child = children.start(command, self.pack.folder, environment)
        if child is None:
            return

        def on_output(line: str) -> None:
            if not self._announce(line):
                sink(line)

        def on_error(line: str) -> None:
            self._missing |= _NOT_INSTALLED in line
            sink(line)

        child.read(child.process.stdout, on_output)
        child.read(child.process.stderr, on_error)

    def _announce(self, line: str) -> bool:
        if self._ready.is_set() or not line.strip().isdigit():
            return False
        self._channel = grpc.insecure_channel(f"127.0.0.1:{line.strip()}", options=CHANNEL_OPTIONS)
        self._stub = analyzer_pb2_grpc.AnalyzerStub(self._channel)
        self._ready.set()
        return True

    def introduce(self, stack: Stack, operation: Operation, engine_address: str) -> Description:
        """Wait for the pack, tell it of the stack, and have it describe itself. Raises EngineError."""
        self._wait_until_ready()
        folder = str(self.pack.folder)
        handshake = analyzer_pb2.AnalyzerHandshakeRequest(
            engine_address=engine_address, root_directory=folder, program_directory=folder
        )
        self._call("Handshake", handshake, optional=True)
        request = analyzer_pb2.AnalyzerStackConfigureRequest(
            stack=stack.name,
            project=stack.project,
            organization=stack.organization,
            dry_run=operation is Operation.PREVIEW,
            config=dict(stack.config),
            config_secret_keys=sorted(stack.secret_keys),
        )
        self._call("ConfigureStack", request, optional=True)
        return self._describe(self._call("GetAnalyzerInfo", empty_pb2.Empty()))

    def _describe(self, answer: Any) -> Description:
        policies = tuple(
            Policy(
                policy.name,
                _level(policy.enforcementLevel),
                json_format.MessageToDict(policy.configSchema.properties),
                tuple(policy.configSchema.required),
            )
            for policy in sorted(answer.policies, key=lambda policy: str(policy.name))
        )
        initial = {
            name: Settings(_level(config.enforcementLevel), json_format.MessageToDict(config.properties))
            for name, config in answer.initialConfig.items()
        }
        return Description(answer.name, self._version or answer.version, policies, initial)

    def configure(self, settings: Mapping[str, Settings]) -> None:
        """Hand every policy its settings, whose levels are all there."""
        request = analyzer_pb2.ConfigureAnalyzerRequest()
        for name, each in settings.items():
            config = request.policyConfig[name]
            config.enforcementLevel = analyzer_pb2.EnforcementLevel.Value((each.level or Level.ADVISORY).name)
            config.properties.update(each.properties)
        self._call("Configure", request)

    def remediate(self, subject: Subject) -> tuple[Remediation, ...]:
        """What the pack's policies make of a resource, one after the other."""
        answer = self._call("Remediate", _request(subject, internal=True), optional=True)
        found = []
        for one in answer.remediations if answer is not None else ():
            failed = bool(one.diagnostic)
            level, message = (
                (Level.ADVISORY, one.diagnostic) if failed else (Level.REMEDIATE, one.description)
            )
            version = self._version or one.policyPackVersion
            said = Violation(
                one.policyName, one.policyPackName, version, level, message, subject.resource.urn
            )
            found.append(Remediation(said, None if failed else wire.from_struct(one.properties)))
        return tuple(found)

    def analyze(self, subject: Subject) -> tuple[Violation, ...]:
        """What the pack's policies say of a resource."""
        answer = self._call("Analyze", _request(subject, internal=False))
        # Whatever else a policy for one resource names, it is about this one.
        return tuple(self._violation(one, subject.resource.urn) for one in answer.diagnostics)

    def analyze_stack(self, subjects: Sequence[Subject], root: str) -> tuple[Violation, ...]:
        """What the pack's policies say of all resources together. root: what a word that names none is about."""
        request = analyzer_pb2.AnalyzeStackRequest(
            resources=[_stack_resource(subject) for subject in subjects]
        )
        answer = self._call("AnalyzeStack", request, optional=True)
        known = {subject.resource.urn for subject in subjects}
        diagnostics = answer.diagnostics if answer is not None else ()
        return tuple(self._violation(one, one.urn if one.urn in known else root) for one in diagnostics)

    def _violation(self, one: Any, urn: str) -> Violation:
        level = _level(one.enforcementLevel)
        if level is Level.REMEDIATE:  # what is violated after the remediation, or can't be remediated
            level = Level.MANDATORY
        version = self._version or one.policyPackVersion
        return Violation(one.policyName, one.policyPackName, version, level, one.message, urn)

    def close(self) -> None:
        """Close the connection. The process is ended by whoever owns the children."""
        if self._channel is not None:
            self._channel.close()

    def _wait_until_ready(self) -> None:
        waited = 0.0
        while not self._ready.wait(0.05):
            waited += 0.05
            process = self._child.process if self._child is not None else None
            if process is None or process.poll() is not None or waited > _START_SECONDS:
                break
        if self._ready.is_set():
            return
        if self._child is not None:
            self._child.wait()  # for the last of its lines
        hint = "; pip install 'kong-secure[policy]' brings pulumi-policy" if self._missing else ""
        raise EngineError(f"the policy pack {self.pack.folder} ended before it could be asked{hint}")

    def _call(self, method: str, request: Any, *, optional: bool = False) -> Any:
        """The answer; None from a pack that doesn't implement the method, where it is optional."""
        problem = ""
        try:
            return getattr(self._stub, method)(request)
        except grpc.RpcError as error:
            if optional and error.code() == grpc.StatusCode.UNIMPLEMENTED:
                return None
            problem = clear_message(error.details() or str(error.code()))
        raise EngineError(f"the policy pack {self.pack.folder} failed in {method}: {problem}")


def _read_pack_file(folder: Path) -> Mapping[str, Any]:
    file, problem, found = folder / PACK_FILE, "", None
    try:
        found = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problem = f"{folder} is no policy pack: it has no {PACK_FILE}"
    except (OSError, ValueError, yaml.YAMLError) as error:
        problem = f"the policy pack's {file} can't be read: {error}"
    if not problem and not isinstance(found, dict):
        problem = f"the policy pack's {file} is no mapping"
    if problem or not isinstance(found, dict):
        raise EngineError(problem)
    return found


def _interpreter(folder: Path, description: Mapping[str, Any], default: Path) -> Path:
    """The pack's own Python where it names one, else the program's."""
    runtime = description.get("runtime")
    name = runtime.get("name") if isinstance(runtime, dict) else runtime
    options = (runtime.get("options") if isinstance(runtime, dict) else None) or {}
    if name != "python":
        raise EngineError(
            f"the policy pack {folder} is of runtime {name!r}, and the embedded engine runs packs in Python alone; "
            "--engine pulumi runs it"
        )
    environment = options.get("virtualenv") or (".venv" if options.get("toolchain") == "uv" else None)
    if environment is None:
        return default
    python = folder / environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        raise EngineError(
            f"the policy pack {folder} names the virtual environment {environment}, which isn't there"
        )
    return python


def _level(number: int) -> Level:
    return Level[analyzer_pb2.EnforcementLevel.Name(number)]


def _struct(properties: Properties, *, internal: bool) -> Any:
    kept = {key: value for key, value in properties.items() if internal or not key.startswith(_INTERNAL)}
    return wire.to_struct(kept, secrets=True, references=False)


def _provider(resource: Resource | None) -> Any:
    if resource is None:
        return None
    return analyzer_pb2.AnalyzerProviderResource(
        type=resource.type,
        urn=resource.urn,
        name=urns.name_of(resource.urn),
        properties=_struct(resource.inputs, internal=False),
    )


def _options(subject: Subject) -> Any:
    resource = subject.resource
    return analyzer_pb2.AnalyzerResourceOptions(
        protect=resource.protect,
        ignoreChanges=resource.ignore_changes,
        deleteBeforeReplace=bool(subject.delete_before_replace),
        deleteBeforeReplaceDefined=subject.delete_before_replace is not None,
        additionalSecretOutputs=resource.additional_secret_outputs,
        aliases=resource.aliases,
        customTimeouts=analyzer_pb2.AnalyzerResourceOptions.CustomTimeouts(**resource.custom_timeouts),
        parent=resource.parent,
    )


def _about(subject: Subject, *, internal: bool) -> dict[str, Any]:
    resource = subject.resource
    return {
        "type": resource.type,
        "urn": resource.urn,
        "name": urns.name_of(resource.urn),
        "properties": _struct(subject.properties, internal=internal),
        "options": _options(subject),
        "provider": _provider(subject.provider),
    }


def _request(subject: Subject, *, internal: bool) -> Any:
    return analyzer_pb2.AnalyzeRequest(**_about(subject, internal=internal))


def _stack_resource(subject: Subject) -> Any:
    resource = subject.resource
    return analyzer_pb2.AnalyzerResource(
        **_about(subject, internal=False),
        parent=resource.parent,
        dependencies=resource.dependencies,
        propertyDependencies={
            key: analyzer_pb2.AnalyzerPropertyDependencies(urns=named)
            for key, named in resource.property_dependencies.items()
            if named
        },
    )

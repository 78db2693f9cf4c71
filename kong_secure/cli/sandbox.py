"""`kong-secure sandbox`: its arguments, and the way to `kong_secure.sandbox`, which needs the extra
packages of `kong-secure[sandbox]` and is therefore loaded only when it is asked for.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kong_secure.sandbox.engine import PolicyPack, Repair
    from kong_secure.sandbox.fault_syntax import FaultSpec
    from kong_secure.sandbox.session import Request

_OPERATIONS = {
    "preview": "show what `up` would do",
    "up": "bring the stack up, then call its sample backends directly and through the gateway",
    "refresh": "compare the stack's state with what there is",
    "destroy": "remove what the stack has made",
}
FAULT_HELP = (
    "let calls to Konnect fail, as in `--fault 429:method=PUT,count=3,retry_after=2` or `--fault "
    "'cut-after:path=*/plugins/*'`; can be repeated, and the first that matches a call is used. KIND: a status "
    "from 400 to 599, cut-before or cut-after (the connection ends before or after the change was made), "
    "slow, malformed, misshapen (JSON of another shape), truncated, conflict (a conflict that the call meets "
    "is worded in another of Konnect's shapes). NAMES: method; path (* is anything); region; skip (so many "
    "calls pass first); count (so many fail: 1 unless given, or `always`); retry_after, of a status (seconds, "
    "+seconds for a date so far ahead, or a date); seconds, of slow; shape, of conflict (exists unless given, "
    "constraint, named, or status for a 409). Faults end with the command"
)
_FRESH_HELP = (
    "start over: empty the sandbox first, what Konnect and the clouds hold and the states of all its stacks; "
    "what another version of the package kept may need it"
)
_EXTRA_PACKAGES = frozenset(
    {"cryptography", "filelock", "google", "grpc", "psutil", "pydantic", "starlette", "uvicorn", "yaml"}
)
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DESCRIPTION = """\
Run the Pulumi program around the current folder against stand-ins on this machine: a Konnect, a gateway,
sample backends, and an AWS or an Azure where the program uses one. Your stacks, state, login and accounts
are not touched. Without an operation the sandbox is kept up until Ctrl-C, and other sandbox commands in the
same project use it.
"""


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `sandbox` to the commands."""
    parser = commands.add_parser("sandbox", help="run a program without accounts", description=_DESCRIPTION)
    _add_options(parser)
    parser.set_defaults(run=_run, operation=None, faults_after=[])
    operations = parser.add_subparsers(metavar="OPERATION")
    for name, words in _OPERATIONS.items():
        operation = operations.add_parser(name, help=words, description=words)
        _add_options(operation, overriding=True)
        operation.set_defaults(operation=name, advice=_advice)
        if name == "preview":
            operation.add_argument(
                "--json",
                action="store_true",
                help="print the plan as `pulumi preview --json` does, and everything else to standard error",
            )
        if name in ("preview", "up"):
            _add_policy_options(operation)
        if name == "up":
            operation.add_argument(
                "--refresh",
                action="store_true",
                help="compare the stack's state with what there is first, as `pulumi up --refresh` does",
            )
        if name == "refresh":
            _add_repairs(operation)
    words = "run a command in the sandbox's environment: kong-secure sandbox exec -- COMMAND..."
    execute = operations.add_parser("exec", help=words, description=words)
    _add_options(execute, overriding=True)
    execute.set_defaults(operation="exec")
    words = "approve Kong's application in the sandbox's Azure, as an administrator of the tenant would"
    consent = operations.add_parser("consent", help=words, description=words)
    _add_options(consent, overriding=True)
    consent.add_argument("--tenant", metavar="ID", help="the tenant (default: the sandbox's own)")
    consent.set_defaults(operation="consent")
    words = "show the calls to Konnect: of the sandbox that is up, else of the last one"
    calls = operations.add_parser("calls", help=words, description=words)
    calls.add_argument("--json", action="store_true", help="every call, and the counts, as JSON")
    calls.set_defaults(operation="calls")


def _advice(options: argparse.Namespace) -> str:
    """Where the options are that `pulumi` has and the sandbox doesn't."""
    return (
        "The sandbox takes the whole stack, asks nothing, and shows what differs. Your own `pulumi` takes all of its "
        f"options: kong-secure sandbox exec -- pulumi {options.operation} --stack {options.stack or 'NAME'} "
        "--config-file COPY-OF-ITS-FILE"
    )


def _add_repairs(parser: argparse.ArgumentParser) -> None:
    """What is done about creates of a cloud's own provider inside which a run was killed."""
    parser.add_argument(
        "--import-pending",
        metavar="URN=ID",
        action="append",
        default=[],
        help="take over what an interrupted create made; can be repeated",
    )
    parser.add_argument(
        "--clear-pending-creates",
        action="store_true",
        help="forget interrupted creates, as `pulumi refresh --clear-pending-creates` does: of what isn't there",
    )


def _add_options(parser: argparse.ArgumentParser, *, overriding: bool = False) -> None:
    """The options, before the operation or after it. overriding: what isn't given leaves what was given
    before.
    """

    def default(value: object) -> object:
        return argparse.SUPPRESS if overriding else value

    parser.add_argument(
        "--stack",
        metavar="NAME",
        default=default(None),
        help="the stack whose file is used (default: `stack:` in sandbox.yaml, else the only one)",
    )
    parser.add_argument(
        "--engine",
        choices=("auto", "pulumi", "embedded"),
        default=default("auto"),
        help="auto, the default: your own `pulumi` where there is one of version 3, else the embedded engine",
    )
    parser.add_argument(
        "--backend-secret",
        metavar="NAME",
        default=default(None),
        help="the configuration key or stack output whose value the sample backend demands "
        "(default: `secret` of its backend in sandbox.yaml)",
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        default=default(False),
        help=_FRESH_HELP,
    )
    _add_fault_option(parser, "faults_after" if overriding else "faults")


def _add_policy_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--policy-pack",
        metavar="FOLDER",
        action="append",
        default=[],
        help="a policy pack that judges what is done, as `pulumi` takes it; can be repeated. The one of this package: "
        '--policy-pack "$(kong-secure policy-pack)"',
    )
    parser.add_argument(
        "--policy-pack-config",
        metavar="FILE",
        action="append",
        default=[],
        help="a JSON file with the settings of a pack's policies; one for each --policy-pack, in their order",
    )


def _add_fault_option(parser: argparse.ArgumentParser, destination: str) -> None:
    # A destination for each place: argparse would let the list after the operation replace the one before.
    parser.add_argument(
        "--fault",
        metavar="KIND[:NAME=VALUE,...]",
        action="append",
        dest=destination,
        default=[],
        help=FAULT_HELP,
    )


def _run(options: argparse.Namespace) -> int:
    from kong_secure.cli.arguments import UsageError  # noqa: PLC0415 - the two modules know each other

    if options.operation == "exec" and not options.rest:
        raise UsageError("what shall be run? kong-secure sandbox exec -- COMMAND...")
    if options.operation != "exec" and options.separated:
        raise UsageError("`--` goes with exec only: kong-secure sandbox exec -- COMMAND...")
    if options.operation in ("calls", "consent") and (options.faults or options.faults_after):
        raise UsageError(f"--fault doesn't go with {options.operation}: it runs no program")
    _check_tenant(getattr(options, "tenant", None))
    try:
        work = _loaded(options)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in _EXTRA_PACKAGES:
            raise
    else:
        return work()
    _complain(
        f"the sandbox needs packages that aren't installed ({missing} is missing): "
        "pip install 'kong-secure[sandbox]'"
    )
    return 1


def _check_tenant(tenant: str | None) -> None:
    from kong_secure.cli.arguments import UsageError  # noqa: PLC0415 - the two modules know each other

    if tenant is not None and not _GUID.fullmatch(tenant):
        raise UsageError(
            f"--tenant {tenant!r} is no tenant id: a GUID is expected, as 5d757e3d-cad5-5497-aa8d-74d85b458cb8"
        )


def _loaded(options: argparse.Namespace) -> Callable[[], int]:
    """The work to do, once everything it needs is imported."""
    from kong_secure.sandbox import session  # noqa: PLC0415 - needs the extra packages
    from kong_secure.sandbox.engine import Operation  # noqa: PLC0415 - needs the extra packages
    from kong_secure.sandbox.errors import SandboxError  # noqa: PLC0415 - needs the extra packages

    request = _request(options)

    def work() -> int:
        try:
            if options.operation is None:
                return session.keep_up(request, sys.stdout)
            if options.operation == "calls":
                return session.show_calls(request, sys.stdout, as_json=options.json)
            if options.operation == "consent":
                return session.consent(request, options.tenant, sys.stdout)
            if options.operation == "exec":
                # Standard output belongs to the command.
                return session.execute(request, options.rest, sys.stderr)
            # Of a preview as JSON standard output is the JSON alone.
            out = sys.stdout if request.digest_to is None else sys.stderr
            return session.operate(request, Operation(options.operation), out)
        except SandboxError as error:
            problem = str(error)
        except BrokenPipeError:
            raise
        except OSError as error:
            # A full disk, a folder that can't be read: the file and the system's own words say it all.
            problem = ": ".join(filter(None, (str(error.filename or ""), error.strerror or str(error))))
        _complain(problem)
        return 1

    return work


def _request(options: argparse.Namespace) -> Request:
    from kong_secure.sandbox.engines import EngineChoice  # noqa: PLC0415 - needs the extra packages
    from kong_secure.sandbox.session import Request  # noqa: PLC0415 - needs the extra packages

    operation = f" {options.operation}" if options.operation else ""
    return Request(
        command=f"kong-secure sandbox{operation}",
        start=_working_folder(),
        stack=options.stack,
        engine=EngineChoice(options.engine),
        backend_secret=options.backend_secret,
        fresh=options.fresh,
        refresh=getattr(options, "refresh", False),
        faults=_faults([*options.faults, *options.faults_after]),
        policy_packs=_policy_packs(options),
        digest_to=sys.stdout if options.operation == "preview" and options.json else None,
        repair=_repair(options),
    )


def _repair(options: argparse.Namespace) -> Repair:
    from kong_secure.cli.arguments import UsageError  # noqa: PLC0415 - the two modules know each other
    from kong_secure.sandbox.engine import Repair  # noqa: PLC0415 - needs the extra packages

    imports = {}
    for text in getattr(options, "import_pending", []):
        urn, equals, object_id = text.partition("=")
        if not equals or not urn.startswith("urn:") or not object_id:
            raise UsageError(f"--import-pending {text!r} isn't URN=ID")
        imports[urn] = object_id
    return Repair(imports, getattr(options, "clear_pending_creates", False))


def _faults(texts: list[str]) -> tuple[FaultSpec, ...]:
    from kong_secure.cli.arguments import UsageError  # noqa: PLC0415 - the two modules know each other
    from kong_secure.sandbox import fault_syntax  # noqa: PLC0415 - needs the extra packages

    try:
        return tuple(fault_syntax.parse_fault(text) for text in texts)
    except fault_syntax.FaultSyntaxError as error:
        problem = str(error)
    raise UsageError(problem)


def _policy_packs(options: argparse.Namespace) -> tuple[PolicyPack, ...]:
    from kong_secure.cli.arguments import UsageError  # noqa: PLC0415 - the two modules know each other
    from kong_secure.sandbox.engine import PolicyPack  # noqa: PLC0415 - needs the extra packages

    start = _working_folder()
    folders = [_policy_pack(start, folder) for folder in getattr(options, "policy_pack", [])]
    files: list[Path | None] = [start / file for file in getattr(options, "policy_pack_config", [])]
    if files and len(files) != len(folders):
        raise UsageError(
            f"{len(files)} x --policy-pack-config and {len(folders)} x --policy-pack: give one for each pack, or none"
        )
    return tuple(
        PolicyPack(folder, file) for folder, file in zip(folders, files or [None] * len(folders), strict=True)
    )


def _policy_pack(start: Path, text: str) -> Path:
    """The folder of a policy pack, looked at before anything is started, whichever engine runs it then."""
    from kong_secure.cli.arguments import UsageError  # noqa: PLC0415 - the two modules know each other

    if not text:
        raise UsageError(
            "--policy-pack names no folder; where `kong-secure policy-pack` printed none, it says why"
        )
    folder = start / text
    if not (folder / "PulumiPolicy.yaml").is_file():
        raise UsageError(f"--policy-pack {folder} is no policy pack: it has no PulumiPolicy.yaml")
    return folder


def _working_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        # It was deleted; its last known name is as good as any to say that there is no project.
        return Path(os.environ.get("PWD", os.sep))


def _complain(problem: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(f"error: {problem}\n")

"""The policies of the pack as pulumi-policy wants them: values that aren't known are told from those that are, secrets
from what isn't one, and each sentence of `rules.policies` becomes a violation.
"""

from collections.abc import Mapping
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Secret,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError
from pulumi_policy.secret import _DictSecretsProxy, _ListSecretsProxy

from kong_secure.rules import policies
from kong_secure.rules.exposure import UNKNOWN
from kong_secure.rules.policies import HEADER, Declared

_NAME = "kong-secure"
_ALLOWED = "allowed_cidr_blocks"


def serve() -> None:
    """Answers the engine until it is done."""
    PolicyPack(_NAME, policies=_POLICIES, enforcement_level=EnforcementLevel.MANDATORY)


def _plain(value: Any) -> Any:
    """A value out of pulumi-policy's wrappings, which raise where something isn't known: `UNKNOWN` stands there."""
    if isinstance(value, Mapping):
        return {key: _item(value, key) for key in value}
    if not isinstance(value, str) and hasattr(value, "__getitem__") and hasattr(value, "__len__"):
        return [_item(value, index) for index in range(len(value))]
    return value


def _item(value: Any, key: Any) -> Any:
    try:
        return _plain(value[key])
    except UnknownValueError:
        return UNKNOWN


def _mark_secrets(args: ResourceValidationArgs) -> Mapping[str, Any] | None:
    """Marks what holds a header's secret and isn't marked; nothing where all is as it should be."""
    # The wrapping's inside, where a secret is a Secret: outside it can't be told from what isn't one.
    inputs = args.props["__target"]
    clear = policies.secret_inputs(args.resource_type, _in_clear(inputs)) & inputs.keys()
    return {**inputs, **{key: Secret(inputs[key]) for key in clear}} if clear else None


def _in_clear(value: Any) -> Any:
    """A value as it was given to a remediation, with `UNKNOWN` for every secret in it."""
    if isinstance(value, Secret):
        return UNKNOWN
    if isinstance(value, _DictSecretsProxy | _ListSecretsProxy):
        value = value["__target"]
    if isinstance(value, Mapping):
        return {key: _in_clear(item) for key, item in value.items()}
    return [_in_clear(item) for item in value] if isinstance(value, list) else value


def _validate_secrets(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type == HEADER and "shared_secret" not in args.opts.additional_secret_outputs:
        report("shared_secret isn't marked secret among its outputs, and would be readable in the state")


def _validate_add_only(args: ResourceValidationArgs, report: ReportViolation) -> None:
    for problem in policies.add_only(args.resource_type, _plain(args.props)):
        report(problem)


def _validate_blocks(args: ResourceValidationArgs, report: ReportViolation) -> None:
    allowed = args.get_config().get(_ALLOWED) or []
    if allowed:
        for problem in policies.wider_than_allowed(args.resource_type, _plain(args.props), allowed):
            report(problem)


def _validate_gateway(args: ResourceValidationArgs, report: ReportViolation) -> None:
    for problem in policies.accepting_gateway(args.resource_type, _plain(args.props)):
        report(problem)


def _declared(args: StackValidationArgs) -> list[Declared]:
    return [Declared(each.urn, each.resource_type, _plain(each.props)) for each in args.resources]


def _validate_routes(args: StackValidationArgs, report: ReportViolation) -> None:
    for urn, problem in policies.wider_than_routed(_declared(args)):
        report(problem, urn)


def _validate_open(args: StackValidationArgs, report: ReportViolation) -> None:
    for urn, problem in policies.open_beside_a_path(_declared(args)):
        report(problem, urn)


_POLICIES = [
    ResourceValidationPolicy(
        name="secret-marked",
        description="What holds a header's secret is marked secret; where it isn't, it is marked.",
        enforcement_level=EnforcementLevel.REMEDIATE,
        validate=_validate_secrets,
        remediate=_mark_secrets,
    ),
    ResourceValidationPolicy(
        name="header-overwritten",
        description="A header with a secret is removed from a caller's request before it is added.",
        validate=_validate_add_only,
    ),
    ResourceValidationPolicy(
        name="blocks-allowed",
        description="A path reaches no block outside those that the policy's configuration allows.",
        validate=_validate_blocks,
        config_schema=PolicyConfigSchema(
            properties={
                _ALLOWED: {"type": "array", "items": {"type": "string"}, "default": []},
            }
        ),
    ),
    StackValidationPolicy(
        name="blocks-routed",
        description="A path sends into the transit gateway only what the stack routes there.",
        validate=_validate_routes,
    ),
    ResourceValidationPolicy(
        name="gateway-asks",
        description="A transit gateway accepts no attachment by itself.",
        enforcement_level=EnforcementLevel.ADVISORY,
        validate=_validate_gateway,
    ),
    StackValidationPolicy(
        name="no-way-around",
        description="Beside a gateway's path nothing is open to the whole internet.",
        validate=_validate_open,
    ),
]

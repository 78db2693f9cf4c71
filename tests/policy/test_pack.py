"""The pack behind pulumi-policy's own service: what reaches the rules through its wrappings, and what comes back."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2
from pulumi_policy import EnforcementLevel
from pulumi_policy.policy import _PolicyAnalyzerServicer

from kong_secure.policy.pack import _NAME, _POLICIES
from kong_secure.rules.exposure import UNKNOWN
from kong_secure.rules.policies import ATTACHMENT, HEADER

TRANSFORMER = "konnect:index/gatewayPluginRequestTransformer:GatewayPluginRequestTransformer"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def secret(value: Any) -> dict[str, Any]:
    return {**SECRET, "value": value}


@pytest.fixture
def service() -> Any:
    return _PolicyAnalyzerServicer(_NAME, "0.1.0", _POLICIES, EnforcementLevel.MANDATORY)


def request(kind: str, properties: dict[str, Any], **options: Any) -> Any:
    struct = struct_pb2.Struct()
    struct.update(properties)
    return analyzer_pb2.AnalyzeRequest(
        type=kind,
        urn=f"urn:pulumi:dev::p::{kind}::r",
        name="r",
        properties=struct,
        options=analyzer_pb2.AnalyzerResourceOptions(**options),
    )


def remediated(service: Any, kind: str, properties: dict[str, Any]) -> dict[str, Any] | None:
    """What becomes of the properties; None where they are left as they are."""
    found = service.Remediate(request(kind, properties), None).remediations
    if not found:
        return None
    [one] = found
    plain: dict[str, Any] = _plain(one.properties)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, struct_pb2.Struct):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(each) for each in value] if isinstance(value, struct_pb2.ListValue) else value


def test_an_unmarked_secret_is_marked_and_what_was_secret_stays_so(service: Any) -> None:
    config = {"add": {"headers": ["X-Gateway-Secret:s3cret"]}, "remove": {"headers": ["X-Gateway-Secret"]}}
    other = {"inner": secret("deep"), "count": 3, "list": [secret("also")]}
    found = remediated(service, TRANSFORMER, {"config": config, "other": other, "url": UNKNOWN})
    assert found == {"config": secret(config), "other": other, "url": UNKNOWN}
    assert remediated(service, HEADER, {"shared_secret": "s3cret"}) == {"shared_secret": secret("s3cret")}


@pytest.mark.parametrize(
    ("kind", "properties"),
    [
        (TRANSFORMER, {"config": secret({"add": {"headers": ["X-S:s3cret"]}})}),
        (TRANSFORMER, {"config": {"add": {"headers": [secret("X-S:s3cret")]}}}),
        (TRANSFORMER, {"config": {"add": {"headers": secret(["X-S:s3cret"])}}}),
        (TRANSFORMER, {"config": UNKNOWN}),
        (HEADER, {"shared_secret": secret("s3cret")}),
        (HEADER, {"shared_secret": secret(UNKNOWN)}),
        ("aws:ec2/vpc:Vpc", {"tags": {"a": "b"}}),
    ],
)
def test_what_is_as_it_should_be_is_left_alone(service: Any, kind: str, properties: dict[str, Any]) -> None:
    assert remediated(service, kind, properties) is None


def said(service: Any, kind: str, properties: dict[str, Any], **options: Any) -> list[tuple[str, str]]:
    answer = service.Analyze(request(kind, properties, **options), None)
    assert all("s3cret" not in one.message for one in answer.diagnostics)
    return [(one.policyName, one.message.partition("\n")[2]) for one in answer.diagnostics]


def test_values_within_pulumis_wrappings_are_judged_and_unknown_ones_are_not(service: Any) -> None:
    marked = {"additionalSecretOutputs": ["shared_secret"]}
    assert said(service, HEADER, {"overwrite": True, "shared_secret": secret("s3cret")}, **marked) == []
    [(policy, words)] = said(service, HEADER, {"overwrite": False, "header_name": UNKNOWN}, **marked)
    assert policy == "header-overwritten"
    assert "is only added" in words
    assert UNKNOWN not in words
    assert [each[0] for each in said(service, HEADER, {"overwrite": True})] == ["secret-marked"]
    only_added = {"config": {"add": {"headers": ["X-S:s3cret", UNKNOWN]}, "remove": UNKNOWN}}
    assert [each[0] for each in said(service, TRANSFORMER, only_added)] == []
    assert said(service, ATTACHMENT, {"cidr_blocks": UNKNOWN}) == []


def test_allowed_blocks_come_from_the_policys_settings(service: Any) -> None:
    settings = analyzer_pb2.ConfigureAnalyzerRequest()
    settings.policyConfig["blocks-allowed"].enforcementLevel = analyzer_pb2.MANDATORY
    settings.policyConfig["blocks-allowed"].properties.update({"allowed_cidr_blocks": ["10.8.0.0/16"]})
    service.Configure(settings, None)
    wide = {"cidr_blocks": ["10.8.0.0/16", "10.0.0.0/8", UNKNOWN]}
    [(policy, words)] = said(service, ATTACHMENT, wide)
    assert (policy, words) == ("blocks-allowed", "10.0.0.0/8 is wider than the allowed 10.8.0.0/16")

"""Reading previews: what `pulumi` prints is understood, and what isn't a preview is refused in one sentence."""

from __future__ import annotations

import json

import pytest

from kong_secure.report.digest import NotAPreviewError, preview_of
from tests.report.digests import HEADER, ORDERS, created, digest, step, urn


def test_the_steps_of_a_replacement_are_one_with_what_was_and_what_will_be() -> None:
    moved = {**ORDERS, "service": "billing"}
    preview = preview_of(
        digest(
            step(HEADER, "orders", ORDERS, None, op="delete-replaced"),
            step(HEADER, "orders", ORDERS, moved, op="replace"),
            step(HEADER, "orders", None, moved, op="create-replacement"),
        )
    )
    [only] = preview.steps
    assert (only.operation, only.type, only.name) == ("replace", HEADER, "orders")
    assert only.old is not None
    assert only.new is not None
    assert (only.old.inputs["service"], only.new.inputs["service"]) == ("orders", "billing")


def test_what_a_login_prints_before_the_preview_is_passed_over() -> None:
    text = "warning: a new version of Pulumi is available {not json}\nCreated stack 'dev'\n"
    assert len(preview_of(text + digest(created(HEADER, "orders", ORDERS))).steps) == 1


def test_what_a_provider_makes_up_and_what_is_pulumis_own_is_no_input() -> None:
    inputs = {"__defaults": ["name"], "__provider": "gASV", "name": "orders-1ed0039", "vpcId": "vpc-1"}
    [only] = preview_of(digest(created("aws:ec2/securityGroup:SecurityGroup", "orders", inputs))).steps
    assert only.new is not None
    assert dict(only.new.inputs) == {"vpcId": "vpc-1"}


def test_a_name_that_azure_native_makes_up_is_no_input_and_the_name_of_another_resource_is() -> None:
    group, rule = "azure-native:network/v20240501:NetworkSecurityGroup", "azure-native:network:SecurityRule"
    named = {"networkSecurityGroupName": "orders435131b9"}
    preview = preview_of(
        digest(
            created(group, "orders", named),
            created(rule, "orders", {**named, "securityRuleName": "orders435131b"}),
        )
    )
    assert [dict(step.new.inputs) for step in preview.steps if step.new is not None] == [
        {},
        {**named, "securityRuleName": "orders435131b"},
    ]


def test_a_preview_that_failed_says_why() -> None:
    diagnostics = [
        {"message": "service 'ordes' isn't there\n", "severity": "error"},
        {"message": "plain HTTP", "severity": "warning"},
    ]
    assert preview_of(digest(diagnostics=diagnostics)).errors == ("service 'ordes' isn't there",)


def test_a_preview_that_only_a_policy_made_fail_says_what_the_policy_does() -> None:
    refusal = (
        "error: kong-secure@v0.1.0 [mandatory] header-overwritten: words.\nAuthorization is only added\n"
    )
    advice = "warning: kong-secure@v0.1.0 [advisory] gateway-asks: words.\nit is enabled\n"
    failed = {"message": "error: preview failed\n", "severity": "error"}
    told = [
        {"message": refusal, "severity": "error", "urn": urn(HEADER, "orders")},
        {"message": advice, "severity": "warning"},
    ]
    preview = preview_of(digest(diagnostics=[failed, *told]))
    assert preview.errors == ()
    assert [each.is_mandatory for each in preview.violations] == [True, False]
    assert preview.violations[0].text.endswith("Authorization is only added (orders)")
    # Without a violation, or with advice alone, it is all that is known; beside another error it says nothing.
    assert preview_of(digest(diagnostics=[failed, told[1]])).errors == ("preview failed",)
    other = {"message": "error: no token\n", "severity": "error"}
    assert preview_of(digest(diagnostics=[failed, other])).errors == ("no token",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no preview in JSON"),
        ("Previewing update (dev):\n + 1 to create\n", "is no preview in JSON"),
        ("[1, 2]", "is no preview in JSON"),
        ('{"version": 3, "deployment": {}}', "is no preview in JSON"),
        ('{"steps": [' + "[" * 100_000, "is no preview in JSON"),
        ('{"steps": {}}', "has steps that are no list"),
        ('{"steps": ["create"]}', "has a step without a URN, number 0"),
        (json.dumps({"steps": [{"op": "create", "urn": "urn:pulumi:dev"}]}), "has a step without a URN"),
        (
            json.dumps({"steps": [{"op": "conjure", "urn": urn(HEADER, "orders")}]}),
            "operation 'conjure', which this version doesn't know",
        ),
        (
            json.dumps({"steps": [{"op": ["create"], "urn": urn(HEADER, "o")}]}),
            "which this version doesn't know",
        ),
        (json.dumps({"steps": [{"op": "x" * 10**6, "urn": urn(HEADER, "o")}]}), "operation 'xxx"),
        ('{"steps": [' + "[" * 400 + "]" * 400 + "]}", "is nested more than 60 levels deep"),
        ('{"steps": [], "config": ' + '{"a": ' * 400 + "1" + "}" * 401, "is nested more than 60 levels deep"),
        (digest(created(HEADER, "orders", ORDERS))[:-20], "is no preview in JSON"),
    ],
    ids=lambda value: f"{len(value)}",
)
def test_what_is_no_preview_is_refused(text: str, said: str) -> None:
    with pytest.raises(NotAPreviewError, match=said):
        preview_of(text)

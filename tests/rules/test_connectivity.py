"""What is said about connectivity that can't be used: why, and what to give."""

from __future__ import annotations

import pytest

from kong_secure.rules.connectivity import connectivity_findings, readiness_findings


def told(connectivity: object) -> str:
    [finding] = connectivity_findings(connectivity)
    return str(finding)


def test_the_public_internet_is_given_by_its_name() -> None:
    assert list(connectivity_findings("public-internet")) == []


@pytest.mark.parametrize(
    "spelling",
    [
        "privatelink",
        "PrivateLink",
        "aws-privatelink",
        "aws-private-link",
        "AWS PrivateLink",
        "AWS_PRIVATE_LINK",
        "private link",
        "azure-private-link",
        "vpc-endpoint",
        "VPC Endpoint Service",
        "aws-resource-endpoint",
        "azure-private-endpoint",
    ],
)
def test_private_link_in_any_spelling_is_refused_with_the_reason_and_what_to_choose(spelling: str) -> None:
    text = told(spelling)
    assert text.startswith(f"connectivity {spelling!r} isn't offered, because PrivateLink is one-way")
    assert "can call nothing back" in text
    for choice in ("AwsTransitGateway", "AzureVnetPeering", '"public-internet"'):
        assert choice in text


@pytest.mark.parametrize(
    ("spelling", "component"),
    [
        ("aws-transit-gateway", "AwsTransitGateway"),
        ("AwsTransitGateway", "AwsTransitGateway"),
        ("aws_transit_gateway", "AwsTransitGateway"),
        ("azure-vnet-peering", "AzureVnetPeering"),
        ("Azure VNet peering", "AzureVnetPeering"),
    ],
)
def test_the_name_of_a_method_is_answered_with_how_a_path_is_given(spelling: str, component: str) -> None:
    text = told(spelling)
    assert text.startswith(f"connectivity {spelling!r} names a kind of path, and not which one")
    assert f'path = {component}("path", network="production", ...) and connectivity=path' in text


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_one_is_said_to_be_missing(value: object) -> None:
    assert told(value).startswith('connectivity is missing: give "public-internet"')


@pytest.mark.parametrize(
    ("value", "shown"), [("internet", "'internet'"), (1, "of type int"), (dict, "of type class dict")]
)
def test_anything_else_is_shown_with_what_is_allowed(value: object, shown: str) -> None:
    text = told(value)
    assert text.startswith(f"connectivity {shown}")
    assert 'give "public-internet", a path such as AwsTransitGateway' in text


@pytest.mark.parametrize("value", ["ready", "public-internet"])
def test_an_output_that_says_ready_is_a_path_and_one_may_stand_for_the_public_internet(value: str) -> None:
    assert list(readiness_findings(value, shown=True)) == []


def test_an_output_without_a_value_is_answered_with_what_the_other_stack_has_to_export() -> None:
    [finding] = readiness_findings(None, shown=True)
    assert 'pulumi.export("ready", path.once_ready("ready"))' in str(finding)


def test_the_value_of_another_output_is_shown_unless_it_is_secret() -> None:
    [shown] = readiness_findings("vpc-1", shown=True)
    [hidden] = readiness_findings("hunter2", shown=False)
    assert "whose value is 'vpc-1', not 'ready'" in str(shown)
    assert "whose value is not 'ready'" in str(hidden)
    assert "hunter2" not in str(hidden)

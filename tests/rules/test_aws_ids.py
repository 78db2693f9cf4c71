"""What is an id of AWS's, and what is told of what isn't."""

from __future__ import annotations

import pytest

from kong_secure.rules.aws_ids import (
    ATTACHMENT,
    TRANSIT_GATEWAY,
    TRANSIT_ROUTE_TABLE,
    VPC,
    IdKind,
    account_findings,
    id_findings,
    region_of_arn,
)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (VPC, "vpc-0123456789abcdef0"),
        (VPC, "vpc-01234567"),
        (TRANSIT_GATEWAY, "tgw-0123456789abcdef0"),
        (ATTACHMENT, "tgw-attach-0123456789abcdef0"),
    ],
)
def test_an_id_of_its_kind_passes(kind: IdKind, value: str) -> None:
    assert list(id_findings("it", kind, value)) == []


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (VPC, "subnet-0123456789abcdef0"),
        (VPC, "vpc-0123456789abcdef0 "),
        (VPC, "vpc-0123456789abcdef012"),
        (TRANSIT_GATEWAY, "tgw-attach-0123456789abcdef0"),
        (TRANSIT_ROUTE_TABLE, "rtb-0123456789abcdef0"),
        (VPC, None),
        (VPC, ["vpc-0123456789abcdef0"]),
    ],
)
def test_an_id_of_another_kind_is_told_with_an_example(kind: IdKind, value: object) -> None:
    [finding] = id_findings("it", kind, value)
    assert str(finding) == f"it {value!r} is no id of {kind.what}: give one such as {kind.example}"


def test_an_arn_is_told_with_the_id_in_it() -> None:
    value = "arn:aws:ec2:us-east-2:222222222222:transit-gateway/tgw-0123456789abcdef0"
    [finding] = id_findings("transit_gateway_id", TRANSIT_GATEWAY, value)
    assert str(finding).endswith("is an ARN where an id belongs: give tgw-0123456789abcdef0")
    [finding] = id_findings("transit_gateway_id", TRANSIT_GATEWAY, "arn:aws:ram:us-east-2:1:resource-share/1")
    assert finding.fix == "give one such as tgw-0123456789abcdef0"


def test_an_account_has_twelve_digits() -> None:
    assert list(account_findings("account_id", "012345678901")) == []
    for value in ("12345678901", 123456789012, "12345678901a"):
        assert "give its 12 digits" in str(*account_findings("account_id", value))


def test_the_region_of_an_arn() -> None:
    assert region_of_arn("arn:aws:ram:eu-west-1:222222222222:resource-share/4b7e") == "eu-west-1"
    assert region_of_arn("arn:aws:iam::222222222222:role/deploy") is None
    assert region_of_arn("tgw-0123456789abcdef0") is None

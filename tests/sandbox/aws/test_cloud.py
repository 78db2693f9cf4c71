"""Accounts told apart, and the file that everything is kept in."""

import stat
from pathlib import Path

import pytest

from kong_secure.sandbox.aws import cloud
from kong_secure.sandbox.aws.cloud import Cloud
from kong_secure.sandbox.errors import CloudFileError
from tests.sandbox.aws.accounts import KONG, OWNER, REGION, Account, Landscape, refused


def test_accounts_and_worlds_do_not_see_each_other(landscape: Landscape) -> None:
    vpc_id, _ = landscape.owner.vpc("10.1.0.0/16")
    for account in (landscape.kong, Landscape().owner):
        with refused("InvalidVpcID.NotFound"):
            account.ec2.describe_vpcs(VpcIds=[vpc_id])


def test_settings_of_the_user_change_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text("[default]\nregion = eu-central-1\nendpoint_url = http://127.0.0.1:9\n")
    for name, value in {
        "AWS_PROFILE": "of-somebody",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(cloud, "_session", cloud._session.__wrapped__)
    monkeypatch.setattr(cloud, "_template", cloud._template.__wrapped__)
    gateway = Landscape().owner.gateway()
    assert gateway["TransitGatewayArn"].startswith(f"arn:aws:ec2:{REGION}:")


def test_a_world_is_as_it_was_after_being_saved_and_loaded(landscape: Landscape, tmp_path: Path) -> None:
    gateway = landscape.owner.gateway()
    id_ = landscape.pending(gateway)
    path = tmp_path / "aws.pickle"
    landscape.cloud.save(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = Cloud.load(path)
    owner, kong = Account(loaded, OWNER), Account(loaded, KONG)
    owner.ec2.accept_transit_gateway_vpc_attachment(TransitGatewayAttachmentId=id_)
    assert owner.routes(gateway["Options"]["PropagationDefaultRouteTableId"]) == {
        "10.0.0.0/16": "propagated active"
    }
    vpc_id = kong.attachment(id_)["VpcId"]
    assert kong.ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"][0]["CidrBlock"] == "10.0.0.0/16"


def test_a_world_nobody_asked_anything_is_not_written_again(landscape: Landscape, tmp_path: Path) -> None:
    path = tmp_path / "aws.pickle"
    landscape.owner.vpc("10.1.0.0/16")
    landscape.cloud.save(path)
    written = path.stat().st_mtime_ns
    landscape.cloud.save(path)
    assert path.stat().st_mtime_ns == written


def test_where_there_is_no_file_the_world_is_empty(tmp_path: Path) -> None:
    assert Cloud.load(tmp_path / "aws.pickle").records.gateways == {}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x80\x04N."])
def test_a_file_that_is_none_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "aws.pickle"
    path.write_bytes(content)
    with pytest.raises(CloudFileError, match=r"aws\.pickle can't be read .*--fresh"):
        Cloud.load(path)

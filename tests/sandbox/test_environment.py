"""What the processes of the sandbox see of the user's environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from kong_secure.sandbox.environment import in_world, isolated

FOLDER = Path("/somewhere/.sandbox")


@pytest.mark.parametrize(
    "name",
    [
        "KONNECT_TOKEN",
        "KONNECT_SPAT",
        "KONNECT_SERVER_URL",
        "PULUMI_ACCESS_TOKEN",
        "PULUMI_BACKEND_URL",
        "PULUMI_CONFIG_PASSPHRASE",
        "PULUMI_HOME",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_PROFILE",
        "AZURE_CLIENT_SECRET",
        "ARM_CLIENT_SECRET",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "CLOUDSDK_AUTH_ACCESS_TOKEN",
        "IDENTITY_ENDPOINT",
        "DECK_KONNECT_TOKEN",
        "KONG_ADMIN_TOKEN",
        "DIGITALOCEAN_TOKEN",
        "aws_session_token",
    ],
)
def test_nothing_of_the_users_accounts_gets_in(name: str) -> None:
    assert "of-the-user" not in isolated({name: "of-the-user"}, FOLDER, "mark").values()


def test_the_rest_of_the_users_environment_stays() -> None:
    base = {"PATH": "/bin", "HOME": "/home/me", "LANG": "C", "HTTP_PROXY": "http://proxy:3128", "MY_AWS": "x"}
    assert base.items() <= isolated(base, FOLDER, "mark").items()


def test_files_and_services_where_tools_look_for_credentials_are_turned_off() -> None:
    inside = isolated(
        {"AWS_EC2_METADATA_DISABLED": "false", "AZURE_CONFIG_DIR": "/home/me/.azure"}, FOLDER, "mark"
    )
    assert inside["AWS_EC2_METADATA_DISABLED"] == "true"
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AZURE_CONFIG_DIR", "CLOUDSDK_CONFIG"):
        assert inside[name].startswith("/somewhere/.sandbox/cache/no-account")


@pytest.mark.parametrize("name", ["NO_PROXY", "no_proxy"])
def test_loopback_is_reached_directly_and_the_users_own_exceptions_stay(name: str) -> None:
    inside = isolated({name: "corp.example, 10.0.0.1"}, FOLDER, "mark")
    assert inside["NO_PROXY"] == inside["no_proxy"] == "corp.example,10.0.0.1,127.0.0.1,localhost,::1"


def test_address_and_token_are_the_sandboxs() -> None:
    inside = in_world(
        isolated({"KONNECT_TOKEN": "mine"}, FOLDER, "mark"), "http://127.0.0.1:1/{region}", "theirs", {}
    )
    assert inside["KONNECT_TOKEN"] == "theirs"
    assert inside["KONNECT_SERVER_URL"] == "http://127.0.0.1:1/{region}"
    assert inside["KONG_SECURE_SANDBOX"] == "/somewhere/.sandbox"

"""The environment of everything that runs in the sandbox: Konnect is the sandbox's, loopback is reached
directly, and nothing leads to the user's accounts, login or home. Pure; who is started with it lives
elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kong_secure.sandbox.recorded_processes import RUN_VARIABLE, SANDBOX_VARIABLE

_REMOVED_PREFIXES = (
    "KONNECT_",
    "KONG_",
    "KONGCTL_",
    "DECK_",
    "PULUMI_",
    "AWS_",
    "AZURE_",
    "ARM_",
    "GOOGLE_",
    "GCLOUD_",
    "CLOUDSDK_",
    "GCP_",
    "IDENTITY_",
    "MSI_",
    "ALICLOUD_",
    "DIGITALOCEAN_",
    "OCI_",
)
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
# Pulumi's package for each cloud provider.
_PACKAGES = {"aws": "aws", "azure": "azure-native"}
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def isolated(
    base: Mapping[str, str], directory: Path, run_mark: str, *, compiled: bool = True
) -> dict[str, str]:
    """The environment without anything of the user's accounts, for a process of this run.

    base: the user's own environment. directory: the `.sandbox` folder. compiled: whether the installed packages have
    their bytecode. Credentials that tools would find by themselves (files in the home, a cloud machine's own
    identity) are turned off by the tools' own settings.
    """
    kept = {name: value for name, value in base.items() if not name.upper().startswith(_REMOVED_PREFIXES)}
    kept.pop(_NO_BYTECODE, None)
    nowhere = str(directory / "cache" / "no-account")
    cache = directory / "cache"
    exceptions = without_proxy(base)
    return {
        # It writes to the terminal what it does when a connection ends.
        "GRPC_VERBOSITY": "ERROR",
        **kept,
        SANDBOX_VARIABLE: str(directory),
        RUN_VARIABLE: run_mark,
        "NO_PROXY": exceptions,
        "no_proxy": exceptions,
        "AWS_SHARED_CREDENTIALS_FILE": f"{nowhere}/aws-credentials",
        "AWS_CONFIG_FILE": f"{nowhere}/aws-config",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AZURE_CONFIG_DIR": f"{nowhere}/azure",
        "CLOUDSDK_CONFIG": f"{nowhere}/gcloud",
        "XDG_CACHE_HOME": str(cache),
        **_bytecode(cache, compiled),
    }


def _bytecode(cache: Path, compiled: bool) -> dict[str, str]:
    """Nothing is written beside the user's modules. Packages that brought no bytecode are compiled once into the cache:
    each process would do it anew. With theirs they are read where they are, which a cache elsewhere would prevent.
    """
    return {_NO_BYTECODE: "1"} if compiled else {"PYTHONPYCACHEPREFIX": str(cache / "bytecode")}


def in_world(
    environment: Mapping[str, str], konnect: str, token: str, clouds: Mapping[str, int]
) -> dict[str, str]:
    """The environment with the way to the sandbox's Konnect, and to its clouds: the ports they listen on, by
    provider.
    """
    attached = ",".join(f"{_PACKAGES[cloud]}:{port}" for cloud, port in sorted(clouds.items()))
    variable = {"PULUMI_DEBUG_PROVIDERS": attached} if attached else {}
    return {**environment, "KONNECT_SERVER_URL": konnect, "KONNECT_TOKEN": token, **variable}


def without_proxy(base: Mapping[str, str]) -> str:
    """The hosts reached without a proxy: the user's own exceptions, and loopback."""
    names = [*base.get("NO_PROXY", "").split(","), *base.get("no_proxy", "").split(","), *_LOOPBACK]
    return ",".join(dict.fromkeys(name.strip() for name in names if name.strip()))

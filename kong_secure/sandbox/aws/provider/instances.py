"""What a provider resource of package aws is configured with: the account it acts in, its region, its default
tags. Pure.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kong_secure.sandbox.provider_stand_in.servicer import ConfigurationError

DEFAULT_ACCOUNT: Final = "123456789012"
_ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/.+")
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


@dataclass(frozen=True)
class Instance:
    """One provider resource."""

    account: str
    region: str
    default_tags: Mapping[str, str] = field(default_factory=dict)


def instance(config: Mapping[str, Any], region: str | None = None) -> Instance:
    """The instance that a configuration describes; `region` stands in for one from the environment.

    The account is that of the last role to assume, else the only allowed one, else one that a profile or an
    access key stands for (the same name is always the same account), else the default. Raises
    ConfigurationError.
    """
    account = _account(config)
    allowed, forbidden = _listed(config, "allowedAccountIds"), _listed(config, "forbiddenAccountIds")
    if (allowed and account not in allowed) or account in forbidden:
        raise ConfigurationError(f"AWS account ID not allowed: {account}")
    where = str(_value(config, "region") or region or "")
    if not where:
        raise ConfigurationError(
            "Missing region configuration: set it with `pulumi config set aws:region us-east-2`, or in the stack file"
        )
    if _REGION.fullmatch(where) is None:
        raise ConfigurationError(f"invalid AWS Region: {where}")
    tags = _value(config, "defaultTags") or {}
    return Instance(account, where, dict(tags.get("tags") or {}))


def _account(config: Mapping[str, Any]) -> str:
    roles = _listed(config, "assumeRoles") or [_value(config, "assumeRole") or {}]
    role = roles[-1] if roles else {}
    if role and "roleArn" not in role:
        raise ConfigurationError(
            f'"assumeRoles": {", ".join(role)} without roleArn; give aws.ProviderAssumeRoleArgs(role_arn=...)'
        )
    if arn := str(role.get("roleArn", "")):
        parts = _ROLE.fullmatch(arn)
        if parts is None:
            raise ConfigurationError(f'"assumeRoles": {arn} is not the ARN of a role')
        return parts[1]
    allowed = _listed(config, "allowedAccountIds")
    if len(allowed) == 1:
        return str(allowed[0])
    named = _value(config, "profile") or _value(config, "accessKey")
    if named:
        digest = hashlib.sha256(str(named).encode()).hexdigest()
        return f"{int(digest, 16) % 10**12:012}"
    return DEFAULT_ACCOUNT


def _listed(config: Mapping[str, Any], name: str) -> list[Any]:
    value = _value(config, name)
    return list(value) if isinstance(value, list) else []


def _value(config: Mapping[str, Any], name: str) -> Any:
    """A setting; Pulumi sends what isn't text as JSON."""
    value = config.get(name)
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value

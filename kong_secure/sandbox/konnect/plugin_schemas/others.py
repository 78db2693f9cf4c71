"""Other plugins that a control plane may already hold, in outline: enough that one can sit on a service
beside ours. The sandbox's data plane doesn't run them."""

from __future__ import annotations

from kong_secure.sandbox.konnect.plugin_schemas.schema import HTTP, Field, PluginSchema
from kong_secure.sandbox.konnect.plugin_schemas.transformer import header_entry

_STRINGS = Field("string")
_METHODS = ("GET", "HEAD", "PUT", "PATCH", "POST", "DELETE", "OPTIONS", "TRACE", "CONNECT")


def _yes(default: bool) -> Field:
    return Field("boolean", required=True, default=default)


KEY_AUTH = PluginSchema(
    (*HTTP, "ws", "wss"),
    Field(
        "record",
        fields={
            "key_names": Field(
                "array", required=True, default=["apikey"], elements=Field("string", check=header_entry)
            ),
            "hide_credentials": _yes(default=False),
            "anonymous": Field("string"),
            "key_in_header": _yes(default=True),
            "key_in_query": _yes(default=True),
            "key_in_body": _yes(default=False),
            "run_on_preflight": _yes(default=True),
            "realm": Field("string"),
        },
    ),
)

_PERIODS = {
    period: Field("number", above=0) for period in ("second", "minute", "hour", "day", "month", "year")
}

RATE_LIMITING = PluginSchema(
    HTTP,
    Field(
        "record",
        fields={
            **_PERIODS,
            "limit_by": Field(
                "string",
                default="consumer",
                one_of=("consumer", "credential", "ip", "service", "header", "path", "consumer-group"),
            ),
            "header_name": Field("string", check=header_entry),
            "path": Field("string"),
            "policy": Field("string", default="local", one_of=("local", "cluster", "redis")),
            "fault_tolerant": _yes(default=True),
            "hide_client_headers": _yes(default=False),
            "error_code": Field("number", default=429, above=0),
            "error_message": Field("string", default="API rate limit exceeded"),
            "sync_rate": Field("number", required=True, default=-1),
        },
    ),
)

CORS = PluginSchema(
    HTTP,
    Field(
        "record",
        fields={
            "origins": Field("array", elements=_STRINGS),
            "headers": Field("array", elements=_STRINGS),
            "exposed_headers": Field("array", elements=_STRINGS),
            "methods": Field("array", default=list(_METHODS), elements=Field("string", one_of=_METHODS)),
            "max_age": Field("number"),
            "credentials": _yes(default=False),
            "private_network": _yes(default=False),
            "preflight_continue": _yes(default=False),
            "allow_origin_absent": _yes(default=True),
        },
    ),
)

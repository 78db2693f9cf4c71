"""The plugins this Konnect knows, by name: a plugin of any other name is refused. How a schema is applied
lives in `schema`."""

from kong_secure.sandbox.konnect.plugin_schemas.others import CORS, KEY_AUTH, RATE_LIMITING
from kong_secure.sandbox.konnect.plugin_schemas.schema import PluginSchema
from kong_secure.sandbox.konnect.plugin_schemas.transformer import (
    REQUEST_TRANSFORMER,
    REQUEST_TRANSFORMER_ADVANCED,
    RESPONSE_TRANSFORMER,
)

SCHEMAS: dict[str, PluginSchema] = {
    "cors": CORS,
    "key-auth": KEY_AUTH,
    "rate-limiting": RATE_LIMITING,
    "request-transformer": REQUEST_TRANSFORMER,
    "request-transformer-advanced": REQUEST_TRANSFORMER_ADVANCED,
    "response-transformer": RESPONSE_TRANSFORMER,
}

"""The sandbox's data plane: a proxy that routes to services as Kong does and applies the
request-transformer. Konnect's API, the sample backend and the process that serves them all are
elsewhere.

`gateway` makes the application of one control plane, `server_options` says how uvicorn has to serve it. Not
simulated: other plugins, consumers, upstreams and load balancing, TLS and HTTP/2 towards callers,
WebSocket, gRPC, a plugin's `condition`, templates; a request that needs one of the last four is refused by
name. Stricter than nginx on purpose: a head whose lines end in a bare LF is refused.
"""

from kong_secure.sandbox.data_plane.entities import Entities
from kong_secure.sandbox.data_plane.protocol import GatewayProtocol, server_options
from kong_secure.sandbox.data_plane.proxy import gateway

__all__ = ["Entities", "GatewayProtocol", "gateway", "server_options"]

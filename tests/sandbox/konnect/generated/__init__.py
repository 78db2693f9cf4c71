"""Requests generated from Kong's OpenAPI files and sent to the sandbox's Konnect: valid ones are accepted, broken ones
are refused in Konnect's shape, and nothing is answered with a 500.

`table` says which operations are covered: a line there is all that another one takes. `entity_rules`,
`control_plane_rules` and `gateway_rules` say what Konnect demands beside its schemas, `strategies` makes values of a
schema, `breaking` breaks them in one way. Every run generates the same requests; the environment variable
GENERATED_EXAMPLES asks for more, and for other ones each time.
"""

"""The sandbox: Konnect, the clouds, a data plane, a backend and an engine, all on loopback.

It is the second reading of Kong's and Pulumi's specifications, so it imports nothing of the rest of this
package: a mistake made on one side is caught by the other. What users compose (components, resources, the
client) doesn't live here.
"""

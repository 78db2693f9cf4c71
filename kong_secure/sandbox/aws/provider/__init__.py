"""The stand-in for Pulumi's aws provider: the provider protocol in front of the sandbox's AWS.

`server` speaks the protocol, `kinds` says what a resource type is, the other modules hold the types and
functions themselves. A type, function or property that isn't here is refused by name.
"""

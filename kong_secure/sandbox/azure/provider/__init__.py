"""The stand-in for Pulumi's azure-native provider: the provider protocol in front of the sandbox's Azure.

`server` speaks the protocol, `kinds` says what a resource type is, `types` and `functions` hold those that are
here. A type, function or property that isn't is refused by name.
"""

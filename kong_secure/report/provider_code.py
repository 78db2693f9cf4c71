"""Whose code a dynamic resource is made by: Pulumi records it as a pickle among the inputs, and this package's is a
reference to a class of its own. Nothing is unpickled here.
"""

import base64
import binascii
import pickletools
import re

_OWN = "pulumi-python:dynamic/kong-secure:"
_ROOM = "kong_secure.resources."
_FRAMING = frozenset({"PROTO", "FRAME", "MEMOIZE", "BINPUT", "EMPTY_TUPLE", "NEWOBJ", "STOP"})
_TEXTS = frozenset({"SHORT_BINUNICODE", "BINUNICODE"})


def is_foreign(resource_type: str, provider: object) -> bool:
    """Whether a resource that is called one of this package's is made by other code than this package's.

    provider: `__provider` of its inputs; None where a preview has none.
    """
    if not resource_type.startswith(_OWN) or provider is None:
        return False
    name = resource_type.removeprefix(_OWN)
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return _reference(provider) != (f"{_ROOM}{module}", f"{name}Provider")


def _reference(provider: object) -> tuple[str, ...]:
    """Module and class of what is pickled by reference; nothing for what is pickled otherwise, or can't be read."""
    texts: list[str] = []
    try:
        pickled = base64.b64decode(str(provider), validate=True)
        for operation, argument, _ in pickletools.genops(pickled):
            if operation.name in _TEXTS:
                texts.append(str(argument))
            elif operation.name == "GLOBAL":
                texts += str(argument).split(" ")
            elif operation.name not in {*_FRAMING, "STACK_GLOBAL"}:
                return ()
    except (binascii.Error, ValueError):
        return ()
    return tuple(texts)

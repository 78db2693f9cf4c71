"""What of Pulumi's protocol this engine implements; everything else is refused, by the name that the author of
a program knows it by.

The lists say what is implemented, not what isn't: what a newer SDK adds is refused without anybody having
thought of it. What is done about a request is `monitor`'s and `deployment`'s matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from google.protobuf.message import Message
from google.protobuf.unknown_fields import UnknownFieldSet

WITH_PULUMI: Final = "run this with `pulumi`"

# What the SDK may ask for with `SupportsFeature`. Of what isn't here it says itself that it isn't supported.
FEATURES: Final = frozenset(
    {
        *("secrets", "resourceReferences", "outputValues", "deletedWith", "aliasSpecs"),
        *("transforms", "invokeTransforms"),
    }
)

# They say where in the program a request comes from, or what its sender understands of the answer.
_TELL_NOTHING: Final = frozenset(
    {
        *("sourcePosition", "stackTrace", "parentStackTraceHandle"),
        *("acceptSecrets", "supportsPartialValues", "supportsResultReporting", "aliasSpecs"),
    }
)

# message of the protocol -> its implemented fields
IMPLEMENTED: Final[Mapping[str, frozenset[str]]] = {
    "RegisterResourceRequest": _TELL_NOTHING
    | {
        *("type", "name", "parent", "custom", "object", "protect", "dependencies", "provider"),
        *("propertyDependencies", "deleteBeforeReplace", "deleteBeforeReplaceDefined", "version"),
        *("ignoreChanges", "replaceOnChanges", "additionalSecretOutputs", "aliasURNs", "aliases"),
        *("customTimeouts", "pluginDownloadURL", "retainOnDelete", "deletedWith", "acceptResources"),
        # a component's: the SDK gives each child its own
        *("providers", "transforms"),
    },
    "Callback": frozenset({"target", "token", "accepts_byte_string"}),
    "TransformResourceOptions": frozenset(
        {
            *(
                "depends_on",
                "protect",
                "ignore_changes",
                "replace_on_changes",
                "version",
                "aliases",
                "provider",
            ),
            *("custom_timeouts", "plugin_download_url", "retain_on_delete", "deleted_with"),
            *("delete_before_replace", "additional_secret_outputs", "providers"),
        }
    ),
    "CustomTimeouts": frozenset({"create", "update", "delete", "read"}),
    "Alias": frozenset({"urn", "spec"}),
    "Spec": frozenset({"name", "type", "stack", "project", "parentUrn", "noParent"}),
    "RegisterResourceOutputsRequest": frozenset({"urn", "outputs"}),
    "ResourceInvokeRequest": _TELL_NOTHING
    | {"tok", "args", "provider", "version", "pluginDownloadURL", "acceptResources"},
}

# field of a request -> what its author wrote, where that isn't the same
_AS_WRITTEN: Final = {
    "dependsOn": "depends_on",
    "envVarMappings": "env_var_mappings",
    "hideDiffs": "hide_diffs",
    "hide_diff": "hide_diffs",
    "import": "import_",
    "importId": "import_",
    "packageRef": "parameterized packages",
    "pluginChecksums": "plugin_checksums",
    "remote": "remote components",
    "snippetId": "snippets",
}


def not_implemented(what: str) -> str:
    """The sentence that refuses something by its name."""
    return f"the embedded engine doesn't implement {what}; leave it out, or {WITH_PULUMI}"


def refusal(request: Message) -> str | None:
    """Why the engine won't handle the request, as one sentence; None when it will."""
    named = sorted(set(_unimplemented(request)))
    return not_implemented(", ".join(named)) if named else None


def _unimplemented(message: Message) -> Iterator[str]:
    kind = message.DESCRIPTOR.name
    for field, value in message.ListFields():
        if field.name not in IMPLEMENTED[kind]:
            # the SDK always sends an empty message for hooks
            if not isinstance(value, Message) or value.ByteSize():
                yield _AS_WRITTEN.get(field.name, field.name)
        elif field.message_type is not None and field.message_type.name in IMPLEMENTED:
            for part in [value] if isinstance(value, Message) else value:
                yield from _unimplemented(part)
    for unknown in UnknownFieldSet(message):
        yield f"field {unknown.field_number} of {kind}, which is newer than its Pulumi SDK"

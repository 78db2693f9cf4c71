"""Who owns a plugin, as the id it gets at Konnect; resolving names to ids happens before.

The recipe is state format: another one would strand the plugins of a create that was killed half-way.
"""

import json
import uuid

_NAMESPACE = uuid.UUID("5b0c1f7e-8f0a-5d57-9d0c-6c5f3f3b6f10")


def plugin_id(control_plane_id: str, scope_kind: str, scope_id: str, owner: str) -> str:
    """The id of the plugin of one owner on one service or route: the same for the same four, so that a PUT
    repeats itself.

    With the scope alone, a renamed resource or a second stack would take over the other's plugin in silence.
    """
    return str(uuid.uuid5(_NAMESPACE, json.dumps([control_plane_id, scope_kind, scope_id, owner])))

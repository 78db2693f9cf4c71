"""What the resources of one process share: the stack configuration, one client, and which objects this
stack holds.
"""

import os
import threading
from collections.abc import Mapping

from kong_secure.konnect import Konnect, parse_settings
from kong_secure.konnect.settings import CONFIGURATION_KEYS

READ_KEYS = CONFIGURATION_KEYS
"""The keys of the stack configuration that providers read."""


class Process:
    """Thread-safe: a provider process calls from four threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._configuration: dict[str, object] = {}
        self._konnect: Konnect | None = None
        self._held: set[str] = set()

    def configure(self, configuration: Mapping[str, object]) -> None:
        """Takes the stack configuration. Nothing is checked here: previews need no token."""
        with self._lock:
            if dict(configuration) != self._configuration:
                self._configuration = dict(configuration)
                self._forget_client()

    def konnect(self) -> Konnect:
        """The client, made on the first call that needs it. Raises SettingsError."""
        with self._lock:
            if self._konnect is None:
                self._konnect = Konnect(parse_settings(os.environ, self._configuration))
            return self._konnect

    def use(self, konnect: Konnect) -> None:
        """Takes a client instead of making one."""
        with self._lock:
            self._forget_client()
            self._konnect = konnect

    def hold(self, object_id: str) -> None:
        """Notes that a resource of this stack has the object."""
        with self._lock:
            self._held.add(object_id)

    def claim(self, object_id: str) -> bool:
        """Notes that a resource of this stack will have the object; False when one has it already."""
        with self._lock:
            claimed = object_id not in self._held
            self._held.add(object_id)
            return claimed

    def release(self, object_id: str) -> None:
        """Notes that no resource of this stack has the object any more."""
        with self._lock:
            self._held.discard(object_id)

    def reset(self) -> None:
        """Forgets everything, as a new process would."""
        with self._lock:
            self._configuration = {}
            self._held.clear()
            self._forget_client()

    def _forget_client(self) -> None:
        if self._konnect is not None:
            self._konnect.close()
        self._konnect = None


PROCESS = Process()
"""Of this process. Not an attribute of the providers: what they hold would be pickled into every state."""

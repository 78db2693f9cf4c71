"""The accounts of the sandbox's AWS: boto3 clients that are answered in this process, and the file that the
whole of it is kept in.

A client signs and serializes as it would for AWS; its request is handed to moto's code (or the extension's)
instead of a connection. Every `Cloud` is a world of its own.
"""

from __future__ import annotations

import copy
import functools
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from moto.core.botocore_stubber import MockRawResponse
from moto.core.request import normalize_request
from moto.ec2.models import EC2Backend

from kong_secure.sandbox.aws.extension import responses
from kong_secure.sandbox.aws.records import Change, Records
from kong_secure.sandbox.clock import Clock
from kong_secure.sandbox.errors import CloudFileError, unreadable

# Nothing of the user's own settings decides what is asked here.
_CONFIG = Config(
    retries={"total_max_attempts": 1},
    ignore_configured_endpoint_urls=True,
    use_dualstack_endpoint=False,
    use_fips_endpoint=False,
)
_NO_SETTINGS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_FORMAT = 2


@functools.cache
def _template(service: str, region: str) -> Any:
    """One client for all accounts to copy: making one takes far longer than a call."""
    return _session().client(service, region_name=region, config=_CONFIG)


@functools.cache
def _session() -> Any:
    inner = botocore.session.Session(session_vars=_NO_SETTINGS)
    return boto3.session.Session("sandbox", "sandbox", botocore_session=inner)


class _InProcess:
    """What a client takes for its connections: hands each request to the class that answers it."""

    def __init__(self, answer: Callable[[Any], tuple[int, Any, Any]]) -> None:
        self._answer = answer

    def send(self, request: Any) -> AWSResponse:
        """The answer to a request."""
        status, headers, body = self._answer(normalize_request(request))
        return AWSResponse(request.url, status, headers, MockRawResponse(body))

    def close(self) -> None:
        """Nothing is open."""


class Ec2Backend(EC2Backend):  # type: ignore[misc]
    """Moto's EC2 without its machine images: nobody starts an instance here, and they would be most of the
    time it takes to make, and of the file."""

    def _load_amis(self) -> None:
        pass


@dataclass(frozen=True)
class Delays:
    """Seconds that AWS takes at the least: until a gateway or a table is available, an attachment is available or
    deleted, an association is made or ended, a share holds what was put into it. In AWS these are minutes.
    """

    gateway: float = 0.0
    table: float = 0.0
    attachment: float = 0.0
    association: float = 0.0
    share: float = 0.0


class Cloud:
    """Accounts by their twelve digits, each with every region, made when first asked for.

    clock: decides when what takes AWS its time is done; it takes none unless delays are given.
    """

    def __init__(self, clock: Clock | None = None, delays: Delays | None = None) -> None:
        self.clock = clock or Clock()
        self.delays = delays or Delays()
        self.records = Records()
        self._backends: dict[tuple[str, str], Any] = {}
        self._lock = threading.RLock()
        self._changed = False
        self._clients: dict[tuple[str, str, str], Any] = {}

    def client(self, service: str, account: str, region: str) -> Any:
        """A boto3 client for `ec2`, `ram` or `sts`, acting as an account in a region."""
        key = (service, account, region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._new_client(*key)
            return self._clients[key]

    def _new_client(self, service: str, account: str, region: str) -> Any:
        template = _template(service, region)
        client = object.__new__(type(template))  # `copy` would ask it for what it hasn't got yet
        vars(client).update(vars(template))
        client._endpoint = copy.copy(client._endpoint)

        def answer(request: Any) -> Any:
            with self.locked():
                self._changed = True
                return responses.RESPONSES[service](self, account).answer(request)

        client._endpoint.http_session = _InProcess(answer)
        return client

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One call at a time changes or reads the world, which is then as it is at this moment."""
        with self._lock:
            self.records.settle(self.clock.now())
            yield

    def later(self, record: Any, seconds: float, **values: Any) -> None:
        """A record becomes something after so many seconds; at once where that is no time."""
        if seconds > 0:
            self.records.changes.append(Change(record, values, self.clock.now() + seconds))
        else:
            vars(record).update(values)

    def backend(self, account: str, region: str) -> Any:
        """Moto's EC2 of an account in a region."""
        key = (account, region)
        if key not in self._backends:
            self._backends[key] = Ec2Backend(region, account)
        return self._backends[key]

    def vpc(self, account: str, region: str, vpc_id: str) -> Any | None:
        """A VPC as moto keeps it, None where there is none."""
        return self.backend(account, region).vpcs.get(vpc_id)

    def backends(self, region: str) -> list[Any]:
        """Moto's EC2 of every account that was used in a region."""
        return [backend for (_, of), backend in self._backends.items() if of == region]

    # --- at rest ---

    def save(self, path: Path) -> None:
        """Write everything, unless nothing was asked since it was last written; a kill leaves the old file."""
        with self._lock:
            if not self._changed:
                return
            content = pickle.dumps((_FORMAT, self.records, self._backends))
            self._changed = False
        beside = path.with_name(path.name + ".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    @classmethod
    def load(cls, path: Path, clock: Clock | None = None, delays: Delays | None = None) -> Cloud:
        """The world in a file; an empty one where there is none. Raises CloudFileError."""
        cloud = cls(clock, delays)
        if not path.exists():
            return cloud
        try:
            # the file lies in the user's own .sandbox folder, readable and writable by nobody else
            version, records, backends = pickle.loads(path.read_bytes())  # noqa: S301
        except (
            pickle.UnpicklingError,
            AttributeError,
            ImportError,
            EOFError,
            TypeError,
            ValueError,
        ) as error:
            problem = type(error).__name__
        else:
            if version == _FORMAT:
                cloud.records, cloud._backends = records, backends
                return cloud
            problem = f"format {version}"
        raise CloudFileError(unreadable(path, problem))

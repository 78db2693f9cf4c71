"""A headless Chromium, driven over a pipe by its own protocol (chromedevtools.github.io/devtools-protocol)."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--remote-debugging-pipe",
)
TROUBLE = (
    "Runtime.exceptionThrown",
    "Runtime.consoleAPICalled",
    "Log.entryAdded",
    "Network.requestWillBeSent",
)


def executable() -> str:
    """Where Chromium is; $CHROMIUM names another one."""
    named = os.environ.get("CHROMIUM")
    found = next(filter(None, map(shutil.which, [named] if named else NAMES)), None)
    assert found is not None, (
        f"no Chromium: {named or ', '.join(NAMES)} isn't on PATH. `make test` installs Debian's where it may; "
        "otherwise install one, or name it in CHROMIUM"
    )
    return found


@dataclass
class Page:
    """One open page. events: everything the browser told about it."""

    browser: Chromium
    session: str
    events: list[dict[str, Any]] = field(default_factory=list)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self.browser.call(method, self.session, **params)

    def evaluate(self, expression: str) -> Any:
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, width: int, height: int) -> bytes:
        """The upper left corner of the page as a PNG."""
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", clip=clip)["data"])

    def trouble(self) -> list[dict[str, Any]]:
        """Errors of scripts, words on the console, and requests to anywhere but the file itself."""
        told = [event for event in self.browser.events if event.get("sessionId") == self.session]
        return [
            event
            for event in told
            if event["method"] in TROUBLE
            and not event["params"].get("request", {}).get("url", "").startswith("file:")
        ]


class Chromium:
    """A browser with a profile of its own in a folder."""

    def __init__(self, folder: Path) -> None:
        (to_browser, self._write), (self._read, from_browser) = os.pipe(), os.pipe()
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        # The protocol's pipe is descriptor 3 for what the browser reads, and 4 for what it writes.
        plumbing = f'exec "$@" 3<&{to_browser} 4>&{from_browser}'
        arguments = [executable(), *FLAGS, *sandbox, f"--user-data-dir={folder}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", plumbing, "bash", *arguments],
            pass_fds=(to_browser, from_browser),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.call("Browser.close")
        except EOFError:
            pass
        finally:
            os.close(self._write)
            os.close(self._read)
            self._process.wait(timeout=30)

    def call(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if session is not None:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            read = os.read(self._read, 1 << 16)
            if not read:
                raise EOFError("Chromium has ended")
            self._buffer += read
        message, _, self._buffer = self._buffer.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def open(self, file: Path, *, width: int, dark: bool) -> Page:
        """The file in a window of that width, once everything of it is loaded."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.call(f"{domain}.enable")
        page.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", features=[scheme])
        page.call("Page.navigate", url=file.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self._of(session)):
            self.events.append(self._next())
        return page

    def _of(self, session: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event.get("sessionId") == session]

"""Takes a picture of a page that scripts draw: waits in a headless Chromium until a text stands on it.

    python docs/img/screenshot.py URL TEXT OUT.png [--click TEXT] [--height 900]

Talks to Chromium over its DevTools protocol, with the `websockets` package that Prefect brings.
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-port=0",
]
PATIENCE = 60.0  # seconds for the text to appear
WIDTH = 1400


class Page:
    """One tab."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._numbers = socket, itertools.count(1)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while (answer := json.loads(self._socket.recv(PATIENCE))).get("id") != number:
            pass
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def value(self, script: str) -> Any:
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self.value(f"document.body.innerText.includes({json.dumps(text)})"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"'{text}' did not appear; the page says: {self.value('document.body.innerText')}")
            time.sleep(0.2)

    def click(self, text: str) -> None:
        """Clicks the smallest element whose whole text is `text`."""
        self.wait_for(text)
        found = f"[...document.querySelectorAll('*')].filter(e => e.innerText?.trim() === {json.dumps(text)}).pop()"
        self.value(f"{found}.click()")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("url")
    parser.add_argument("text", help="the picture is taken once this stands on the page")
    parser.add_argument("out", type=Path)
    parser.add_argument("--click", action="append", default=[], help="click this first; may be given several times")
    parser.add_argument("--height", type=int, default=900)
    given = parser.parse_args()

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        program = shutil.which("chromium") or shutil.which("google-chrome") or "chromium"
        command = [
            program,
            *FLAGS,
            f"--user-data-dir={profile}",
            f"--window-size={WIDTH},{given.height}",
            "about:blank",
        ]
        browser = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            with connect(_tab(Path(profile)), max_size=None) as socket:
                page = Page(socket)
                page.call("Page.enable")
                size = {"width": WIDTH, "height": given.height, "deviceScaleFactor": 1, "mobile": False}
                page.call("Emulation.setDeviceMetricsOverride", **size)
                page.call("Page.navigate", url=given.url)
                for text in given.click:
                    page.click(text)
                page.wait_for(given.text)
                time.sleep(2)  # fonts and animations
                picture = page.call("Page.captureScreenshot", format="png")["data"]
            given.out.write_bytes(base64.b64decode(picture))
        finally:
            browser.terminate()
            browser.wait()


def _tab(profile: Path) -> str:
    """The address of the browser's first tab."""
    import urllib.request

    port_file, deadline = profile / "DevToolsActivePort", time.monotonic() + PATIENCE
    while not port_file.exists() or "\n" not in port_file.read_text():
        if time.monotonic() > deadline:
            raise TimeoutError("Chromium did not start")
        time.sleep(0.1)
    port = port_file.read_text().splitlines()[0]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as answer:
        tabs = [tab for tab in json.load(answer) if tab["type"] == "page"]
    address: str = tabs[0]["webSocketDebuggerUrl"]
    return address


if __name__ == "__main__":
    main()

"""A browser of the size of a phone, driven over its debugging port with nothing but the standard library."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0", "--mute-audio"),
)
LISTENING = re.compile(r"ws://127\.0\.0\.1:(\d+)/")


class Socket:
    """As much of a WebSocket (RFC 6455) as the debugging protocol needs."""

    def __init__(self, port: int, path: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._socket.recv(1)
        if b"101" not in head.split(b"\r\n")[0]:
            raise OSError(head.decode())

    def send(self, text: str) -> None:
        data, mask = text.encode(), os.urandom(4)
        if len(data) < 126:
            size = bytes([0x80 | len(data)])
        elif len(data) < 65536:
            size = struct.pack(">BH", 0x80 | 126, len(data))
        else:
            size = struct.pack(">BQ", 0x80 | 127, len(data))
        masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
        self._socket.sendall(b"\x81" + size + mask + masked)

    def receive(self) -> str:
        whole = b""
        while True:
            first, second = self._exactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack(">H", self._exactly(2))
            elif size == 127:
                (size,) = struct.unpack(">Q", self._exactly(8))
            whole += self._exactly(size)
            if first & 0x80:
                return whole.decode()

    def close(self) -> None:
        self._socket.close()

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            part = self._socket.recv(size - len(found))
            if not part:
                raise OSError("the browser hung up")
            found += part
        return found


class Phone:
    """One page in a headless browser: width and height of a phone, a place on the globe, light or dark."""

    def __init__(self, page: Path, profile: Path, *, width: int = 390, height: int = 844, dark: bool = False) -> None:
        self.events: list[dict[str, Any]] = []
        self._profile, self._page, self._number = profile, page, 0
        self._size, self._dark = (width, height), dark

    def __enter__(self) -> Phone:
        command = [str(BROWSER), *FLAGS, f"--user-data-dir={self._profile}", "about:blank"]
        self._process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        stream = self._process.stderr
        found = next((match for line in stream or () if (match := LISTENING.search(line))), None)
        if found is None:
            raise OSError("the browser does not listen")
        port = int(found[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            target = next(one for one in json.load(answer) if one["type"] == "page")
        self._socket = Socket(port, target["webSocketDebuggerUrl"].partition(str(port))[2])
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.resize(*self._size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if self._dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        self._process.terminate()
        self._process.wait(timeout=30)
        if self._process.stderr:
            self._process.stderr.close()

    def resize(self, width: int, height: int) -> None:
        size = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": width < 700}
        self.call("Emulation.setDeviceMetricsOverride", **size)

    def allow(self, *what: str) -> None:
        self.call("Browser.grantPermissions", permissions=list(what))

    def stand(self, lon: float, lat: float, accuracy: float = 5.0) -> None:
        self.call("Emulation.setGeolocationOverride", latitude=lat, longitude=lon, accuracy=accuracy)

    def open(self) -> None:
        self.call("Page.navigate", url=self._page.as_uri())
        self.until("document.readyState === 'complete'")

    def call(self, method: str, **params: Any) -> Any:
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            found = json.loads(self._socket.receive())
            if found.get("id") == self._number:
                if "error" in found:
                    raise OSError(f"{method}: {found['error']}")
                return found["result"]
            self.events.append(found)

    def run(self, script: str) -> Any:
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"].get("value")

    def until(self, script: str, seconds: float = 20.0) -> None:
        wait = f"""new Promise((yes, no) => {{
            const end = Date.now() + {1000 * seconds};
            const late = () => (Date.now() > end ? no(new Error("waited")) : setTimeout(look, 30));
            const look = () => (({script}) ? yes(true) : late());
            look();
        }})"""
        self.run(wait)

    def picture(self, path: Path, *, whole: bool = False) -> Path:
        found = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))
        return path

    def complaints(self) -> list[str]:
        """Return what the page threw or the browser complained about."""
        self.run("0")
        thrown = [str(event["params"]) for event in self.events if event.get("method") == "Runtime.exceptionThrown"]
        logged = [event["params"]["entry"] for event in self.events if event.get("method") == "Log.entryAdded"]
        return thrown + [str(entry) for entry in logged if entry["level"] in ("error", "warning")]

    def asked_for(self) -> list[str]:
        """Return every address that the page asked the network for, but for itself."""
        sent = [event["params"] for event in self.events if event.get("method") == "Network.requestWillBeSent"]
        urls = [one["request"]["url"] for one in sent]
        return [url for url in urls if not url.startswith(("file:", "data:", "blob:"))]

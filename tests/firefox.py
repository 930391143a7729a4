"""Firefox without a window, driven over WebDriver BiDi: Playwright drives only a Firefox of its own."""

import asyncio
import base64
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

from tornado.websocket import websocket_connect


def find() -> str | None:
    """Return the path of Firefox, if there is one."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    """One page. Use it in a `with`; `profile` is an empty folder of its own."""

    def __init__(self, profile: Path, width: int = 1280, height: int = 900):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [find(), "--headless", f"--width={width}", f"--height={height}", "--no-remote"]
        command += [f"--remote-debugging-port={port}", "--profile", str(profile), "about:blank"]
        self._log = (profile / "firefox.log").open("w")
        own = os.environ | {"HOME": str(profile)}
        self._process = subprocess.Popen(command, env=own, stdout=self._log, stderr=subprocess.STDOUT)
        # A loop of its own, on a thread: Playwright keeps one running on this thread.
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._sent = 0
        self._socket = self._run(self._connect(f"ws://127.0.0.1:{port}/session"))
        self._call("session.new", capabilities={})
        self._page = self._call("browsingContext.getTree")["contexts"][0]["context"]

    def __enter__(self):
        return self

    def __exit__(self, *_) -> None:
        self._loop.call_soon_threadsafe(self._socket.close)
        self._process.terminate()
        self._process.wait(20)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._log.close()

    def go(self, address: str) -> None:
        self._call("browsingContext.navigate", context=self._page, url=address, wait="interactive")

    def evaluate(self, script: str):
        """Return what a JavaScript expression, or the promise it makes, comes to, by way of JSON."""
        text = f"Promise.resolve({script}).then(value => JSON.stringify(value ?? null))"
        target = {"context": self._page}
        found = self._call("script.evaluate", expression=text, target=target, awaitPromise=True)
        assert found["type"] == "success", found.get("exceptionDetails", {}).get("text")
        return json.loads(found["result"]["value"])

    def wait(self, script: str, seconds: float = 60):
        """Wait until an expression is true, and return it."""
        until = time.monotonic() + seconds
        while not (found := self.evaluate(script)):
            assert time.monotonic() < until, f"not seen in {seconds} s: {script}"
            time.sleep(0.2)
        return found

    def screenshot(self, path: Path) -> None:
        path.write_bytes(
            base64.b64decode(self._call("browsingContext.captureScreenshot", context=self._page)["data"])
        )

    async def _connect(self, address: str):
        until = time.monotonic() + 60
        while True:
            try:
                return await websocket_connect(address, max_message_size=2**28)
            except OSError:
                if time.monotonic() > until:
                    raise
                await asyncio.sleep(0.2)

    def _call(self, method: str, **params):
        return self._run(self._answer(method, params))

    def _run(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(90)

    async def _answer(self, method: str, params: dict) -> dict:
        self._sent += 1
        number = self._sent
        await self._socket.write_message(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(await self._socket.read_message())
            if message.get("id") == number:
                assert message["type"] == "success", message.get("message")
                return message["result"]

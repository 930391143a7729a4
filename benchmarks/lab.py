"""What the benchmarks of speed share: JupyterLab on a folder, Chromium before it, the name of the machine."""

import contextlib
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import psutil

COURSE = Path(__file__).resolve().parent.parent
# Nothing else may run in a measured browser, and no page may rest because another one is in front.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
]
_SETTINGS = {"@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}
_IDLE = "text=/ipykernel.\\s*\\|\\s*Idle/"
_PATIENCE = 120_000  # ms


def chromium() -> str:
    """Return the path of the system's Chromium; a SystemExit says that there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    raise SystemExit("Chromium is not installed, so nothing can be measured in a browser.")


def machine() -> str:
    """Return the date, the processor and the versions, as one sentence."""
    cpu = platform.processor() or "unknown processor"
    info = Path("/proc/cpuinfo")
    if info.exists():
        named = [
            line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = named[0] if named else cpu
    browser = subprocess.run([chromium(), "--version"], capture_output=True, text=True).stdout.split()
    version = next((word for word in browser if word[:1].isdigit()), "")
    return (
        f"Printed on {datetime.now(UTC):%Y-%m-%d}; {psutil.cpu_count()} cores, {cpu}, {platform.system()}; "
        f"Python {platform.python_version()}, Chromium {version} without a GPU."
    )


def write(path: Path, *texts: str) -> None:
    """Write a notebook with these code cells."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in texts])
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, path)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def clean(settings: Path, **variables: str) -> dict:
    """Return an environment without the reader's own settings and answers, with a folder for others."""
    for plugin, chosen in _SETTINGS.items():
        path = settings / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(chosen), encoding="utf-8")
    own = {
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(settings / "workspaces"),
        "IPYTHONDIR": str(settings / "ipython"),
        "KICKBACK_PROGRESS": str(settings / "progress.sqlite"),
        "KICKBACK_INSTRUCTOR": "1",
        "PYTHONPATH": str(COURSE),
    }
    # A reader's Python keeps what it has compiled.
    usual = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return usual | own | variables


@contextlib.contextmanager
def served(folder: Path, settings: Path) -> Iterator[str]:
    """Serve a folder in JupyterLab with this Python; yield the address."""
    port = free_port()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", f"--port={port}", "--ip=127.0.0.1"]
    command += [f"--ServerApp.root_dir={folder}", "--IdentityProvider.token=kick"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with (settings / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=clean(settings), stdout=log, stderr=subprocess.STDOUT)
        try:
            answered(f"http://127.0.0.1:{port}/api?token=kick", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def answered(address: str, server: subprocess.Popen) -> None:
    """Wait until a server answers; a SystemExit says that it ended instead."""
    while server.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(address, timeout=2)
            return
        time.sleep(0.02)
    raise SystemExit(f"The server ended with code {server.returncode} before it answered.")


def open_notebook(page, address: str, name: str, token: str = "kick") -> None:
    """Open a notebook and wait until its kernel is idle."""
    page.goto(f"{address}/lab/tree/{name}?token={token}&reset")
    page.wait_for_selector(_IDLE, timeout=_PATIENCE)


def run_all(page, awaited: str) -> None:
    """Choose Run, Run All Cells, and wait until something stands there and the kernel is idle."""
    page.click(".jp-Notebook .jp-Cell >> nth=0")
    page.click(".lm-MenuBar-itemLabel:text-is('Run')")
    page.click("li[data-command='runmenu:run-all']")
    page.wait_for_selector(awaited, state="attached", timeout=_PATIENCE)
    page.wait_for_selector(_IDLE, timeout=_PATIENCE)

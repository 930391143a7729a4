"""Measure how long a reader waits for JupyterLab, the import and each lesson, and what memory a kernel takes.

`python benchmarks/startup.py` prints one table in Markdown; it takes four minutes. It measures the course
as it is set up in its `.venv`, so start it once with `python3 course.py lab` and once with
`python3 course.py present` before. Imports are fresh processes in turn, timed inside Python. Lessons run in
a fresh kernel through nbclient, with an empty store, as a student meets them, and then with every panel open
(KICKBACK_INSTRUCTOR=1); starting the kernel is not part of that time. Memory is resident memory.
"""

import argparse
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import lab
import nbformat
import psutil
from nbclient import NotebookClient
from playwright.sync_api import sync_playwright

sys.path.append(str(lab.COURSE / "tools"))

import listing  # noqa: E402

IMPORTS = {
    "pandas, matplotlib.pyplot, ipywidgets": "import pandas, matplotlib.pyplot, ipywidgets",
    "those three, then `ask` and `explore` of `lessons`": (
        "import pandas, matplotlib.pyplot, ipywidgets; from lessons import ask, explore"
    ),
    "`ask` and `explore` of `lessons` alone": "from lessons import ask, explore",
}
_TIMED = """import time
start = time.perf_counter()
{code}
took = time.perf_counter() - start
import psutil
print(took, psutil.Process().memory_info().rss / 1e6)"""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=10, help="imports of each kind (10)")
    parser.add_argument("--starts", type=int, default=3, help="starts of JupyterLab (3); 0 leaves them out")
    chosen = parser.parse_args(arguments)
    print(lab.machine(), f"Medians of {chosen.starts} starts and {chosen.repeats} imports; lessons once.\n")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        settings = Path(folder)
        environment = lab.clean(settings, PYTHONHASHSEED="0")
        print("| what | seconds | memory, MB |\n|---|---|---|")
        if chosen.starts and (lab.COURSE / ".venv").exists():
            starts(environment, chosen.starts)
            presented(environment, chosen.starts)
        imports(environment, chosen.repeats)
        lessons(environment)


def starts(environment: dict, repeats: int) -> None:
    """Print how long `course.py lab` takes until a notebook can be used, from the command on."""
    found = [one_start(environment) for _ in range(repeats)]
    names = (
        "the server answers",
        "the first page is open, its kernel idle",
        "all cells of the first page have run",
    )
    for name, times in zip(names, zip(*found, strict=True), strict=True):
        print(f"| `course.py lab` until {name} | {statistics.median(times):.1f} | |")


def one_start(environment: dict) -> tuple[float, float, float]:
    port = lab.free_port()
    command = [sys.executable, str(lab.COURSE / "course.py"), "lab", "--no-browser", f"--port={port}"]
    command += ["--IdentityProvider.token=kick"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=lab.chromium(), args=lab.QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        start = time.perf_counter()
        server = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            lab.answered(f"http://127.0.0.1:{port}/api?token=kick", server)
            answered = time.perf_counter() - start
            lab.open_notebook(page, f"http://127.0.0.1:{port}", "notebooks/00_start_here.ipynb")
            opened = time.perf_counter() - start
            lab.run_all(page, ".kickback-ask")
            return answered, opened, time.perf_counter() - start
        finally:
            browser.close()
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def presented(environment: dict, repeats: int) -> None:
    """Print how long `course.py present 02` takes until a class sees something, from the command on."""
    found = [one_presented(environment) for _ in range(repeats)]
    names = ("the first screen can be turned", "the panels of all screens are there")
    for name, times in zip(names, zip(*found, strict=True), strict=True):
        print(f"| `course.py present 02` until {name} | {statistics.median(times):.1f} | |")


def one_presented(environment: dict) -> tuple[float, float]:
    port = lab.free_port()
    command = [sys.executable, str(lab.COURSE / "course.py"), "present", "02", "--no-browser"]
    command += [f"--port={port}", "--token="]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=lab.chromium(), args=lab.QUIET)
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        start = time.perf_counter()
        server = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            lab.answered(f"http://127.0.0.1:{port}/voila/templates/kickback/static/notes.html", server)
            page.goto(f"http://127.0.0.1:{port}/", wait_until="commit", timeout=60_000)
            page.wait_for_function("window.kickbackStage", timeout=60_000)
            first = time.perf_counter() - start
            page.wait_for_selector(".kickback-cover", state="attached", timeout=60_000)
            return first, time.perf_counter() - start
        finally:
            browser.close()
            server.send_signal(signal.SIGTERM)
            server.wait(30)


def imports(environment: dict, repeats: int) -> None:
    """Print the import times of fresh processes, all kinds in turn, beside the first kind."""
    found = {name: [] for name in IMPORTS}
    for _ in range(repeats):
        for name, code in IMPORTS.items():
            command = [sys.executable, "-c", _TIMED.format(code=code)]
            said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
            found[name].append([float(number) for number in said.split()])
    middle = {
        name: [statistics.median(part) for part in zip(*times, strict=True)] for name, times in found.items()
    }
    base = next(iter(middle.values()))[0]
    for name, (took, memory) in middle.items():
        beside = f" ({took / base - 1:+.0%})" if took != base else ""
        print(f"| import {name} | {took:.2f}{beside} | {memory:.0f} |")


def lessons(environment: dict) -> None:
    """Print how long Run All takes in each notebook and what its kernel's memory is afterwards."""
    for path in listing.parted(lab.COURSE / "notebooks")[0]:
        (took, memory), (open_took, open_memory) = (
            one_lesson(path, environment | {"KICKBACK_INSTRUCTOR": opened}) for opened in ("", "1")
        )
        print(
            f"| Run All of {path.stem} (every panel open) "
            f"| {took:.1f} ({open_took:.1f}) | {memory:.0f} ({open_memory:.0f}) |",
            flush=True,
        )


def one_lesson(path: Path, environment: dict) -> tuple[float, float]:
    """Run a notebook in a fresh kernel; return the seconds of its cells and the kernel's memory in MB."""
    book = nbformat.read(path, as_version=4)
    client = NotebookClient(book, timeout=120, resources={"metadata": {"path": str(path.parent)}})
    with client.setup_kernel(env=environment):
        client.wait_for_reply(client.kc.kernel_info())
        start = time.perf_counter()
        for number, cell in enumerate(book.cells):
            client.execute_cell(cell, number)
        took = time.perf_counter() - start
        return took, psutil.Process(client.km.provisioner.pid).memory_info().rss / 1e6


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""Set the course up and open it: `python3 course.py lab`. Alone, `course.py` lists what else it does."""

# An old Python must get far enough to say what is wrong: syntax and annotations stay those of Python 3.6.

import collections
import contextlib
import difflib
import errno
import hashlib
import importlib.util
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "kickback-lab.json"  # what is set up so far; its presence says that the course made this .venv
DRAFT = STAMP.with_suffix(".draft")
GUARD = VENV / "set-up.lock"
LOG = VENV / "set-up.log"
FIRST_PAGE = "notebooks/00_start_here.ipynb"
OLDEST_PYTHON = (3, 11)
BEST_PYTHON = (3, 13)  # the newest that the course was tested on

HELP = """Kickback Lab: what muscles do kickbacks work?

  python3 course.py lab       open the course in JupyterLab; the first time, set it up
  python3 course.py present   show a lesson to a class, full screen: present 02, or the explorer
  python3 course.py test      run every test
  python3 course.py refresh   run the notebooks and store their outputs
  python3 course.py pack      write plans, keys, worksheets, handouts and quizzes into build/pack
  python3 course.py seal      record the tables in data/ as they are now
  python3 course.py lock      write the lock files anew from the requirements

On Windows: py course.py lab
What you add after lab goes to JupyterLab (--no-browser --port 8890), after test to pytest (-k roles),
after lock to uv (--upgrade). After refresh, name notebooks to run only those."""

Step = collections.namedtuple("Step", "name made_from sentence pip_arguments")

# Only ready-made files, checked by hash: nothing is compiled, and nothing but the tested packages gets in.
FROM_LOCK = ["--require-hashes", "--only-binary", ":all:", "--requirement"]
COURSE = [
    Step(
        "packages",
        "requirements.lock",
        "Installing JupyterLab and the packages of the course (1 to 3 minutes, once).",
        FROM_LOCK + ["requirements.lock"],
    ),
    Step(
        "lessons",
        "pyproject.toml",
        "Installing the lessons (a few seconds).",
        ["--no-deps", "--no-build-isolation", "--editable", "."],
    ),
]
PRESENTING = [
    Step(
        "presenting",
        "requirements-present.lock",
        "Installing what shows a lesson to a class (a few seconds, once).",
        FROM_LOCK + ["requirements-present.lock"],
    ),
]
CHECKS = [
    Step(
        "checks",
        "requirements-dev.lock",
        "Installing what the checks need (about a minute, once).",
        FROM_LOCK + ["requirements-dev.lock"],
    ),
]

FULL_DISK = (
    f"The disk is full, so the set-up could not finish. It needs about 700 MB in {ROOT}\n"
    "and for a moment 200 MB in the system's folder for temporary files.\n"
    "Make room, then run the same command again."
)
NO_NETWORK = (
    "The packages could not be downloaded: no connection to the internet, or a firewall stands in between.\n"
    "Only the set-up needs it. Connect this computer, then run the same command again."
)
CHANGED_DOWNLOAD = (
    "A downloaded file is not the one that the course was tested with, so it was not installed.\n"
    "Most often a download was cut short, or changed on its way by a proxy.\n"
    "Run the same command again, if need be on another network."
)
USE_BEST_PYTHON = (
    "Install Python {0} beside it, then start the course with it: python{0} course.py lab\n"
    "(on Windows: py -{0} course.py lab)."
).format("{}.{}".format(*BEST_PYTHON))
# What venv, pip and uv print when they fail, in lower case, and what it means. The first that fits counts.
CAUSES = [
    (FULL_DISK, ["no space left on device", "disk quota exceeded", "not enough space on the disk"]),
    (CHANGED_DOWNLOAD, ["do not match the hashes"]),
    (
        NO_NETWORK,
        [
            "after connection broken by",
            "failed to establish a new connection",
            "max retries exceeded",
            "name resolution",
            "getaddrinfo failed",
            "network is unreachable",
            "connection refused",
            "timed out",
            "error sending request",
            "dns error",
        ],
    ),
]


class Stop(Exception):
    """Ends the command with words for the reader: what is wrong, why, and what to do."""


def say(sentence: str) -> None:
    print(sentence, flush=True)


def wrong_python(version: tuple) -> str:
    """Return what to say to a Python too old for the course; nothing for one that will do."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return ""
    return (
        f"This is Python {dotted(version[:2])}, and the course needs {dotted(OLDEST_PYTHON)} or newer.\n"
        f"{USE_BEST_PYTHON}"
    )


def dotted(version: tuple) -> str:
    return ".".join(map(str, version))


def set_up(steps: list) -> None:
    """Bring `.venv` to where all steps are done: nothing if they are, from nothing if it cannot be trusted.

    Raises Stop where that is not possible.
    """
    if is_ready(steps):
        return
    refuse_foreign_venv()
    with only_set_up_here():
        if not is_sound():
            make_venv()
        for step in steps:
            if read_stamp().get(step.name) != fingerprint(step):
                take(step)
    say("The course is set up.")


def is_ready(steps: list) -> bool:
    return is_sound() and all(read_stamp().get(step.name) == fingerprint(step) for step in steps)


def is_sound() -> bool:
    """Tell whether `.venv` can be kept: no step was cut short, and what it was made for is still so."""
    stamp = read_stamp()
    return (
        "under_way" not in stamp
        and all(stamp.get(key) == value for key, value in this_place().items())
        and all(
            stamp.get(step.name) in (None, fingerprint(step)) for step in COURSE[:1] + PRESENTING + CHECKS
        )
        and Path(stamp["made_by"]).exists()
        and PYTHON.exists()
    )


def this_place() -> dict:
    """Return what a `.venv` is bound to: the kind of Python, and the folder that its scripts name."""
    return {"python": f"{sys.implementation.cache_tag} {sysconfig.get_platform()}", "folder": str(ROOT)}


def fingerprint(step: Step) -> str:
    return hashlib.sha256((ROOT / step.made_from).read_bytes()).hexdigest()


def read_stamp() -> dict:
    try:
        return json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}


def write_stamp(stamp: dict) -> None:
    # Replaced in one go: a reader, or a power cut, meets the old stamp or the new one, never half of one.
    DRAFT.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    os.replace(str(DRAFT), str(STAMP))


def refuse_foreign_venv() -> None:
    if not os.path.lexists(VENV) or STAMP.exists():
        return
    ours = (GUARD, DRAFT)  # a set-up that was stopped at its first breath leaves only these
    if not VENV.is_dir() or any(path not in ours for path in VENV.iterdir()):
        raise Stop(
            f"There is a .venv here that the course did not make, so it stays as it is: {VENV}\n"
            "Rename it, or delete it if nothing else needs it, then run the same command again."
        )


@contextlib.contextmanager
def only_set_up_here():
    """Hold the place while this set-up works; wait for another that works in the same folder.

    The system lets go of the place when its holder ends, however it ends, so none is left behind.
    """
    VENV.mkdir(exist_ok=True)
    guard = os.open(str(GUARD), os.O_RDWR | os.O_CREAT)
    try:
        if not holds(guard):
            holder = os.read(guard, 20).decode("ascii", "replace")
            say(f"Another set-up is at work in this folder (process {holder}). Waiting until it ends.")
            while not holds(guard):
                time.sleep(0.3)
        os.ftruncate(guard, 0)
        os.lseek(guard, 0, os.SEEK_SET)
        os.write(guard, str(os.getpid()).encode("ascii"))
        yield
    finally:
        os.close(guard)


def holds(guard: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt

            os.lseek(guard, 1000, os.SEEK_SET)  # beyond the process number, which stays readable
            msvcrt.locking(guard, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            # Passed on to pip: one that outlives its set-up keeps the place until it ends.
            os.set_inheritable(guard, True)
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        os.lseek(guard, 0, os.SEEK_SET)
        return False
    except OSError:
        return True  # a network drive without locks: better alone than not at all
    return True


def make_venv() -> None:
    if Path(sys.prefix).resolve() == VENV.resolve():
        raise Stop(
            "The .venv of this course has to be made anew, and the Python that is running now lives in it.\n"
            "Type deactivate, or open a new terminal, then run the same command again."
        )
    missing = [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]
    if missing:
        raise Stop(
            f"This Python comes without {' and '.join(missing)}, which keeps the course's packages apart.\n"
            "On Debian and Ubuntu: sudo apt install python3-venv\n"
            "Elsewhere, install Python again in full. Then run the same command again."
        )
    if read_stamp():
        say("What is here is unfinished, or made for another Python, folder or lock file: starting anew.")
    say("Making a place of its own for the course, in .venv (a few seconds).")
    stamp = dict(this_place(), made_by=getattr(sys, "_base_executable", None) or sys.executable)
    write_stamp(dict(stamp, under_way="venv"))
    empty_venv()
    run_quietly([sys.executable, "-m", "venv", str(VENV)])
    write_stamp(stamp)


def empty_venv() -> None:
    for path in VENV.iterdir():
        if path in (STAMP, GUARD):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def take(step: Step) -> None:
    """Carry out one step; if it is cut short, the stamp says so, and the next set-up starts from nothing.

    A pip that was stopped half-way leaves packages that look installed and are not.
    """
    say(step.sentence)
    stamp = read_stamp()
    write_stamp(dict(stamp, under_way=step.name))
    run_quietly([str(PYTHON), "-m", "pip", "install", "--no-input", *step.pip_arguments])
    if step.name == "lessons":
        point_to_lessons()
        settle_lab()
        # matplotlib looks at every font once, for seconds, and says so in red: not under a first picture.
        run_quietly([str(PYTHON), "-c", "import matplotlib.font_manager"])
    stamp[step.name] = fingerprint(step)
    write_stamp(stamp)


def point_to_lessons() -> None:
    # pip writes the folder in UTF-8, Python before 3.13 reads it in the system's encoding: on Windows it does
    # not find a folder with an accent in its name. The way there from inside .venv has no accent.
    for link in VENV.rglob("site-packages/lessons.pth"):
        way = os.path.relpath(str(ROOT), os.path.realpath(str(link.parent)))
        link.write_text(way + "\n", encoding="utf-8")


def settle_lab() -> None:
    """Keep JupyterLab from asking about news over the first page, let it store panels with a notebook, and
    let each kernel know the course from its start.

    Without the second, a lesson that is opened again shows an error in place of each panel until it is run.
    """
    path = VENV / "share/jupyter/lab/settings/overrides.json"
    settings = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    news = settings.setdefault("@jupyterlab/apputils-extension:notification", {})
    news.update(fetchNews="false", checkForUpdates=False)
    settings.setdefault("@jupyter-widgets/jupyterlab-manager:plugin", {}).update(saveState=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    # So that a cell that runs before the first one gets a sentence and no traceback: see lessons/order.py.
    path = VENV / "etc/ipython/ipython_kernel_config.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        'get_config().InteractiveShellApp.exec_lines.append("import lessons")\n', encoding="utf-8"
    )


def run_quietly(command: list) -> None:
    """Run one step of a set-up with its output kept in the log. Raises Stop with the cause if it fails."""
    done = subprocess.run(
        command,
        cwd=str(ROOT),
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        close_fds=False,  # passes on the guard, see holds()
    )
    output = done.stdout.decode("utf-8", "replace")
    with contextlib.suppress(OSError):  # the log does not matter enough to fail for it
        LOG.write_text(output, encoding="utf-8")
    if done.returncode != 0:
        raise Stop(cause(output))


def cause(output: str) -> str:
    """Return what to tell the reader about a failed step, from what it printed."""
    lowered = output.lower()
    for sentence, signs in CAUSES:
        if any(sign in lowered for sign in signs):
            return sentence
    if "no matching distribution found" in lowered and sys.version_info[:2] > BEST_PYTHON:
        newer = dotted(sys.version_info[:2])
        return f"This is Python {newer}, and some packages have no files for it yet.\n{USE_BEST_PYTHON}"
    if shutil.disk_usage(str(ROOT)).free < 20e6:  # venv keeps to itself why its pip failed
        return FULL_DISK
    last = "\n".join("    " + line for line in output.strip().splitlines()[-8:])
    return f"The set-up failed, and this is the end of what it printed:\n{last}\nAll of it stands in {LOG}"


def environment(**more: str) -> dict:
    """Return the environment in which the course runs: the reader's, without what mixes in packages."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    kept["PATH"] = os.pathsep.join([str(PYTHON.parent), kept.get("PATH", os.defpath)])
    # UTF-8 also on Windows; and pip's --user, which some computers preset, fails inside a .venv.
    return dict(kept, PYTHONUTF8="1", PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1", **more)


@contextlib.contextmanager
def clean_environment():
    """Give an environment without start-up files, settings and progress of the reader's own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        yield environment(
            PYTHONHASHSEED="0",
            JUPYTER_CONFIG_DIR=os.path.join(folder, "jupyter"),
            IPYTHONDIR=os.path.join(folder, "ipython"),
            KICKBACK_PROGRESS=os.path.join(folder, "progress.sqlite"),
        )


def run(command: list, **options) -> int:
    """Run a program in the foreground and return its exit code. Ctrl+C is the program's own to answer."""
    process = subprocess.Popen(command, **options)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            code = process.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            continue


def lab(arguments: list) -> int:
    refuse_busy_port(arguments)
    set_up(COURSE)
    say("Opening JupyterLab; the address stands below. To close it, press Ctrl+C here.")
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    own = [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/lab/tree/{FIRST_PAGE}",
        f"--LabApp.extra_labextensions_path={ROOT / 'labextension' / 'share' / 'jupyter' / 'labextensions'}",
    ]
    command = [str(PYTHON), str(ROOT / "tools" / "lab.py"), *own, *as_root, *arguments]
    return run(command, env=environment())


def refuse_busy_port(arguments: list) -> None:
    """Raise Stop if the reader asks for a port that is taken; unasked, JupyterLab finds a free one itself."""
    port = wanted_port(arguments)
    if port and not is_free(port):
        free = next((other for other in range(port + 1, port + 100) if is_free(other)), 0)
        raise Stop(
            f"Port {port} is taken: another program, perhaps a JupyterLab that still runs, listens there.\n"
            f"Close that one, or take another port: python3 course.py lab --port {free}"
        )


def wanted_port(arguments: list) -> int:
    """Return the port that is asked for in any of Jupyter's three spellings; 0 if none is."""
    words = " ".join(arguments).replace("=", " ").split()
    for name, value in itertools.pairwise(words):
        if name in ("--port", "--ServerApp.port") and value.isdigit() and int(value) < 65536:
            return int(value)
    return 0


def is_free(port: int) -> bool:
    if port > 65535:
        return False
    with socket.socket() as listener:
        # A listener that has just ended does not count; on Windows, a live one would not either.
        if os.name != "nt":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as fault:
            return fault.errno != errno.EADDRINUSE
    return True


def present(arguments: list) -> int:
    """Show one lesson as screens to step through; students never install Voila, which does it."""
    refuse_busy_port(arguments)
    set_up(COURSE + PRESENTING)
    return run([str(PYTHON), str(ROOT / "tools" / "present.py"), *arguments], env=environment())


def test(arguments: list) -> int:
    set_up(COURSE + PRESENTING + CHECKS)
    with clean_environment() as clean:
        return run([str(PYTHON), "-m", "pytest", *workers(arguments), *arguments], cwd=str(ROOT), env=clean)


def workers(arguments: list) -> list:
    """Return pytest's options for two processes; none if the caller decides on that or wants a debugger."""
    decided = ("-n", "--numprocesses", "-pno:xdist", "no:xdist", "--dist", "--pdb", "--trace")
    return [] if any(word.startswith(decided) for word in arguments) else ["-n", "2", "--dist", "loadfile"]


def refresh(arguments: list) -> int:
    set_up(COURSE)
    with clean_environment() as clean:
        return run([str(PYTHON), str(ROOT / "tools" / "refresh.py"), *arguments], env=clean)


def pack(arguments: list) -> int:
    """Build the teaching pack; what it is made with is in every student's set-up already."""
    set_up(COURSE)
    return run([str(PYTHON), str(ROOT / "tools" / "pack.py"), *arguments], env=environment())


def seal(arguments: list) -> int:
    set_up(COURSE)
    # The package has imported the module that is run here; Python warns of that, and it does not matter.
    quiet = ["-W", "ignore::RuntimeWarning:runpy"]
    return run([str(PYTHON), *quiet, "-m", "lessons.tables", "seal", *arguments], env=environment())


def lock(arguments: list) -> int:
    """Write the lock files; each keeps to the versions of the others."""
    set_up(COURSE + CHECKS)
    say("Looking up packages and their hashes (under a minute).")
    compile_lock("requirements.txt", "requirements-dev.txt", "requirements.lock", arguments)
    compile_lock("requirements-dev.txt", "requirements.lock", "requirements-dev.lock", arguments)
    compile_lock("requirements-present.txt", "requirements.lock", "requirements-present.lock", arguments)
    say("Written: the three files that end in .lock. Run the tests before you commit them.")
    return 0


def compile_lock(wanted: str, in_step_with: str, result: str, arguments: list) -> None:
    command = [str(PYTHON), "-m", "uv", "pip", "compile", wanted, "--output-file", result]
    command += ["--constraint", in_step_with, "--no-emit-package", "kickback-lab", "--generate-hashes"]
    # One version for every Python and system, so that all readers see the same.
    command += ["--universal", "--fork-strategy", "fewest", "--python-version", dotted(OLDEST_PYTHON)]
    # A lock holds neither a folder of this computer nor an address from somebody's settings.
    command += ["--custom-compile-command", "python3 course.py lock", "--no-config"]
    run_quietly([*command, *arguments])


COMMANDS = {
    "lab": lab,
    "present": present,
    "test": test,
    "refresh": refresh,
    "pack": pack,
    "seal": seal,
    "lock": lock,
}


def main(arguments: list) -> int:
    """Carry out what the command line asks for and return the exit code: 0, or 1 when it cannot be done."""
    complaint = wrong_python(sys.version_info)
    if complaint:
        print(complaint, file=sys.stderr)
        return 1
    for stream in (sys.stdout, sys.stderr):  # a folder's name may hold letters that the terminal cannot show
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(HELP)
        return 0
    name, rest = arguments[0], arguments[1:]
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, 1)
        question = f" Did you mean {near[0]}?" if near else ""
        print(f"There is no command {name!r}.{question}\n\n{HELP}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[name](rest)
    except Stop as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. The same command goes on from here when you run it again.", file=sys.stderr)
        return 130
    except OSError as fault:
        print(f"\n{in_words(fault)}", file=sys.stderr)
        return 1


def in_words(fault: OSError) -> str:
    """Return what to tell the reader when the system refuses something. Raises a fault not foreseen."""
    if fault.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None)):
        return FULL_DISK
    if isinstance(fault, PermissionError) or fault.errno == errno.EROFS:
        return (
            f"{fault.filename or ROOT} cannot be changed: it is write-protected, or a program uses it.\n"
            "Close every JupyterLab of this course. If that does not help, copy it to a folder of your own."
        )
    if isinstance(fault, FileNotFoundError) and fault.filename and Path(fault.filename).parent == ROOT:
        return f"{fault.filename} is missing. Get the course again; its files belong together."
    raise fault


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

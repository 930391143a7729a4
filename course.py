#!/usr/bin/env python3
"""Set the course up and open it: `python3 course.py lab`. Alone, `course.py` lists what else it does."""

# An old Python must get far enough to say what is wrong: syntax and annotations stay those of Python 3.6.

import collections
import configparser
import contextlib
import difflib
import errno
import functools
import hashlib
import importlib.util
import itertools
import json
import locale
import os
import re
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
  python3 course.py restore   list the lessons that changed; restore 02 gives one back as it came
  python3 course.py test      run every test
  python3 course.py refresh   run the notebooks and store their outputs
  python3 course.py pack      write plans, keys, worksheets, handouts and quizzes into build/pack
  python3 course.py seal      record the tables in data/ as they are now
  python3 course.py lock      write the lock files anew from the requirements

On Windows: py course.py lab
What you add after lab goes to JupyterLab (--no-browser --port 8890), after test to pytest (-k roles),
after lock to uv (--upgrade). After refresh, name notebooks to run only those. Restore keeps what you had
beside the lesson; your answers are stored elsewhere and stay."""

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
        "pyproject.toml labextension",
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

COMMAND = "py course.py" if os.name == "nt" else "python3 course.py"
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
WRITE_PROTECTED = (
    "A file cannot be written: it is write-protected, belongs to another user, or a program uses it.\n"
    "Close every JupyterLab of this course, then run the same command again. If that does not help,\n"
    "copy the whole folder of the course to one of your own."
)
MOVE = (
    "Move the whole folder of the course to a folder of your own on this computer's own disk, for example\n"
    f"{os.path.join(os.path.expanduser('~'), 'kickback-lab')}, then run the same command there."
)
# What venv, pip and uv print when they fail, and what the system says when it refuses something: patterns, in
# lower case, and what they mean. The first that fits counts, so the narrow ones stand before the wide ones.
NETWORK_CAUSES = [
    (
        "The clock of this computer seems to be wrong: a certificate counts as not yet valid, or as\n"
        "expired. Set date, time and time zone right, then run the same command again.",
        r"certificate is not yet valid|certificate not valid yet|certificate has expired"
        r"|invalid peer certificate: (expired|notvalidyet)",
    ),
    (
        "Another page answered in place of the one that has the packages. On a guest network, sign in\n"
        "first: open any page in a browser. Then run the same command again, if need be on another network.",
        r"hostname mismatch|doesn't match '|certificate is not valid for|notvalidforname",
    ),
    (
        "The file of certificates that your settings name cannot be read. Look at PIP_CERT,\n"
        "REQUESTS_CA_BUNDLE, SSL_CERT_FILE and at cert in pip's settings (pip config list).\n"
        "Then run the same command again.",
        r"could not find a suitable tls ca certificate bundle|could not find the tls (certificate|key) file"
        r"|invalid value for `?ssl_cert_file",
    ),
    (
        "The connection is not trusted: a school's or company's proxy, or a virus scanner, looks into it\n"
        "with a certificate of its own, which Python does not know. Ask who runs the network for that\n"
        "certificate as a file that ends in .pem, then type\n"
        f"    PIP_CERT=/folder/of/the/file.pem {COMMAND} lab\n"
        f"(Windows PowerShell: $env:PIP_CERT='C:\\folder\\file.pem'; {COMMAND} lab).\n"
        "Another network will do as well. On a Mac with Python from python.org, run\n"
        "Install Certificates.command in its folder once.",
        r"certificate[_ ]verify[_ ]failed|unknownissuer|unable to get local issuer|self[- ]signed certificate"
        r"|problem confirming the ssl certificate",
    ),
    (
        "The proxy asks for a name and a password (407). Set them, with those that the network gave you,\n"
        "then run the same command again:\n"
        "    export HTTPS_PROXY=http://name:password@proxy:port\n"
        "(Windows PowerShell: $env:HTTPS_PROXY='http://name:password@proxy:port').\n"
        "Another network will do as well.",
        r"proxy authentication required|proxy authorization required|tunnel connection failed: 407"
        r"|\b407 (client error|proxy)",
    ),
    (
        "The proxy that your settings name does not answer, or does not let the packages through. Look at\n"
        "HTTPS_PROXY and ALL_PROXY, at the system's network settings and at proxy in pip's settings\n"
        "(pip config list). At home, a school's or company's proxy is out of reach: take it out there.\n"
        "Then run the same command again.",
        r"proxyerror|cannot connect to proxy|tunnel connection failed|wrong[_ ]version[_ ]number"
        r"|dependencies for socks|proxy url had no scheme|unable to determine socks",
    ),
    (
        "The place that has the packages refuses this computer: it asks for a name and a password, or a\n"
        "network forbids it. Look at index-url in pip's settings (pip config list), or use another network.\n"
        "Then run the same command again.",
        r"\b40[13] (client )?error|http error 40[13]|401 unauthorized|403 forbidden|client error \(40[13]",
    ),
    (
        "The place that has the packages is out of order or has too much to do.\n"
        "Wait a few minutes, then run the same command again.",
        r"\b(429|5\d\d) (client |server )?error|http error (429|5\d\d)|too many (429|5\d\d) error"
        r"|server error \(5\d\d",
    ),
    (
        NO_NETWORK,
        r"after connection broken by|failed to establish a new connection|max retries exceeded"
        r"|name resolution|getaddrinfo failed|network is unreachable|no route to host|timed out"
        r"|connection (refused|reset|aborted)|incompleteread|incomplete-download"
        r"|eof occurred in violation|error sending request|dns error"
        r"|could not connect to|winerror 100(5[0-9]|6[0-5])",
    ),
]
CAUSES = [
    (
        FULL_DISK,
        r"no space left on device|disk quota exceeded|not enough space on the disk|disk is full"
        r"|\[errno (28|122)\]|\[winerror (39|112|1295)\]",
    ),
    (
        "The system does not take a file of the size that the set-up needs: a limit is set for your\n"
        "account, or the disk has a format for small files. Ask who looks after this computer, or use\n"
        "another disk.\n"
        f"{MOVE}",
        r"file too large|\[errno 27\]",
    ),
    (CHANGED_DOWNLOAD, r"do not match the hashes"),
    (
        "This Python has no SSL, without which nothing can be downloaded safely. Python of conda or\n"
        "Anaconda is like that outside of its own terminal.\n"
        "Open the Anaconda Prompt (or type conda activate) and run the same command there.\n"
        f"{USE_BEST_PYTHON}",
        r"ssl module (in python )?is not available|no module named '?_ssl|failed while importing _ssl",
    ),
    *NETWORK_CAUSES,
    (
        f"The path of the course's folder is too long for this system: {ROOT}\n{MOVE}",
        r"file ?name too long|file ?name or extension is too long|long path support|\[winerror 206\]"
        r"|\[errno 63\]|(\[errno 2\]|\[winerror [23]\])[^\n]*'[a-z]:[^'\n]{240}",
    ),
    (
        "A virus scanner stopped the set-up or took a file away. The packages are the tested ones,\n"
        f"checked file by file. Let the scanner leave this folder alone: {ROOT}\n"
        "Then run the same command again.",
        r"\[winerror 22[56]\]|contains a virus|potentially unwanted software|quarantin",
    ),
    (
        "Whoever looks after this computer allows only programs that are on a list, and Python in this\n"
        f"folder is not: {ROOT}\nAsk them to allow it, or use another computer.",
        r"\[winerror (1260|4551|786)\]|blocked by group policy|application control policy",
    ),
    (
        "Another program holds a file of the course: most often a virus scanner, or OneDrive, Dropbox or\n"
        "iCloud, which copy what the set-up writes. Close every JupyterLab of this course, wait a\n"
        f"minute, then run the same command again. If it comes back: {MOVE}",
        r"\[winerror (5|32|33|145|170|1224)\]|used by another process",
    ),
    (
        "This folder is kept in a cloud, and a file of it is not here. Make it available offline, or\n"
        "move it out.\n"
        f"{MOVE}",
        r"\[winerror (3[5-9]\d|40[0-4]|426|1920)\]|cloud file provider|cloud operation",
    ),
    (
        f"The disk of this folder cannot hold what Python needs there (links): {ROOT}\n"
        f"So it is with USB drives, memory cards (FAT, exFAT) and shared folders.\n{MOVE}",
        r"'lib' -> '|\blib -> lib64|unable to symlink|\[winerror 1314\]",
    ),
    (
        f"The disk of this folder does not let programs run from it (noexec): {ROOT}\n"
        f"So it is with some USB drives and network folders.\n{MOVE}",
        r"failed to map segment from shared object|\bnoexec\b"
        r"|permission denied: '[^'\n]*\.venv/bin/python[\d.]*'",
    ),
    (
        "Python, or what is in .venv, was made for another kind of computer or processor.\n"
        f"Delete {VENV}\n"
        "and run the same command again. If it comes back, install Python anew from python.org.",
        r"incompatible architecture|wrong elf class|exec format error|bad cpu type|\[winerror (193|216)\]"
        r"|illegal instruction|invalid elf header|cpu dispatcher|baseline optimizations",
    ),
    (
        "Windows lacks a part that the packages need. Install the Microsoft Visual C++ Redistributable\n"
        "(x64) from Microsoft, then run the same command again.",
        r"dll load failed|vcruntime|msvcp140",
    ),
    (
        f"The folder of the course can be read and not written: {ROOT}\n"
        "Copy the whole folder to one of your own, then run the same command there.",
        r"read-only file system|\[errno 30\]|\[winerror 19\]",
    ),
    (
        f"The system does not let this program write here: {ROOT}\n"
        "On a Mac: System Settings, Privacy & Security, Files and Folders: allow it for your Terminal,\n"
        "or move the course out of Documents, Desktop and Downloads.\n"
        f"Elsewhere it is the disk: a USB drive or a shared folder. {MOVE}",
        r"operation not permitted|operation not supported",
    ),
    (
        "The system says that its own Python may not be changed, and .venv does not stand apart from it.\n"
        f"Delete {VENV}\n"
        f"and run the same command again. If it comes back, use another Python.\n{USE_BEST_PYTHON}",
        r"externally[- ]managed",
    ),
    (
        "This Python could not set up its own installer, pip.\n"
        "On Debian and Ubuntu: sudo apt install python3-venv\n"
        "Elsewhere, install Python again in full. Then run the same command again.",
        r"no module named '?(pip|ensurepip|venv)\b|ensurepip is not available",
    ),
    (
        "The computer's memory is full. Close other programs, then run the same command again.",
        r"memoryerror|cannot allocate memory|not enough memory|paging file is too small"
        r"|\[winerror (8|14|1455)\]",
    ),
    (
        "Too many files are open on this computer. Close other programs, then run the same command again.",
        r"too many open files|\[errno 24\]",
    ),
    (
        f"The disk of this folder does not read or write as it should: {ROOT}\n"
        "It may be damaged, or the connection to a network drive was lost.\n"
        f"{MOVE}",
        r"input/output error|stale (nfs )?file handle|\[errno 5\]|\[winerror (21|23|53|59|64|483|1117|1167)\]"
        r"|transport endpoint is not connected|\bprotocol error\b",
    ),
    (WRITE_PROTECTED, r"permission denied|access is denied"),
]


NETWORK_VARIABLES = {
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
}
# The settings of pip that tell how to reach the packages. All others stay outside of the set-up.
PIP_WAYS = (
    ("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "keyring-provider")
    + ("proxy", "cert", "client-cert", "use-feature", "use-deprecated")
    + ("timeout", "default-timeout", "retries", "resume-retries", "cache-dir", "no-cache-dir")
)
UV_WAYS = (
    "UV_((DEFAULT_|EXTRA_)?INDEX(_URL)?|INDEX_.*_(USERNAME|PASSWORD)|FIND_LINKS|INSECURE_HOST|NATIVE_TLS"
    "|SYSTEM_CERTS|HTTP_.*|REQUEST_TIMEOUT|KEYRING_PROVIDER|CACHE_DIR|NO_CACHE)$"
)
PORT_OPTIONS = ("--port", "--ServerApp.port", "--Voila.port")

# How the reader's variables begin that do not reach the course, and what they would bring along:
LEFT_OUT = (
    "PYTHON",  # other packages, start-up files, warnings as errors, scripts without the folder they lie in
    "__PYVENV_LAUNCHER__",  # on a Mac, the place of another Python
    "VIRTUAL_ENV",  # IPython adds the packages of that environment
    "JUPYTER",  # configuration, extensions, kernels, ports and tokens of another project or of a hub
    "JPY_",  # the server or kernel that this terminal runs in
    "IPYTHON",  # start-up files, another configuration
    "MPL",  # a backend that is not installed, another style
    "MATPLOTLIBRC",
    "VOILA_",
    "ANYWIDGET_",  # watches files in place of showing panels
    "PANDAS_",  # other rules for text and copies
)
# They change nothing but where and whether Python keeps what it compiled, how soon it prints, and whose
# password store pip asks.
LET_IN = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUNBUFFERED", "PYTHON_KEYRING_BACKEND")
# All others come along, so: PATH behind .venv, HOME, LANG, TMPDIR, BROWSER, proxies and certificates,
# KICKBACK_*; and CONDA_*, which conda's Python needs on Windows. Jupyter asks nothing of CONDA_* where it is
# told to prefer .venv.


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
    refuse_read_only()
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
    """Tell whether `.venv` can be kept: no step was cut short, and what it was made for is still so.

    One that another user made for all serves readers with any Python: they could not make it anew.
    """
    stamp = read_stamp()
    return (
        "under_way" not in stamp
        and all(
            stamp.get(key) == value
            for key, value in this_place().items()
            if key != "python" or may_write(VENV)
        )
        and all(
            stamp.get(step.name) in (None, fingerprint(step)) for step in COURSE[:1] + PRESENTING + CHECKS
        )
        and os.path.exists(stamp.get("made_by", ""))
        and os.path.exists(str(PYTHON))
    )


def this_place() -> dict:
    """Return what a `.venv` is bound to: the kind of Python, and the folder that its scripts name."""
    return {"python": f"{sys.implementation.cache_tag} {sysconfig.get_platform()}", "folder": str(ROOT)}


def may_write(folder: Path) -> bool:
    return os.access(str(folder), os.W_OK)


def fingerprint(step: Step) -> str:
    """Return what changes with any file that a step is made from; a folder stands for all its files."""
    digest = hashlib.sha256()
    for name in step.made_from.split():
        path = ROOT / name
        if not path.is_dir():
            digest.update(path.read_bytes())
            continue
        for file in sorted(file for file in path.rglob("*") if file.is_file()):
            digest.update(file.relative_to(ROOT).as_posix().encode("utf-8"))
            digest.update(file.read_bytes())
    return digest.hexdigest()


def read_stamp() -> dict:
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


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


def refuse_read_only() -> None:
    """Raise Stop where the set-up has nowhere to go: the course is another user's, or on a read-only disk."""
    if not may_write(VENV if VENV.exists() else ROOT):
        raise Stop(
            f"The course is not set up for you here, and you may read this folder but not write it: {ROOT}\n"
            "Copy the whole folder to one of your own, then run the same command there.\n"
            f"Or ask who put it there to run {COMMAND} lab in it once; then it opens for all who may read it."
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
    # Its pip apart: venv keeps to itself why that failed.
    run_quietly([sys.executable, "-m", "venv", "--without-pip", str(VENV)])
    run_quietly([str(PYTHON), "-m", "ensurepip", "--upgrade", "--default-pip"])
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
    forbidden = no_index()
    if forbidden and "find-links" not in pip_settings():
        raise Stop(forbidden)
    say(step.sentence)
    stamp = read_stamp()
    write_stamp(dict(stamp, under_way=step.name))
    run_quietly([str(PYTHON), "-m", "pip", "install", "--no-input", *step.pip_arguments])
    if step.name == "lessons":
        point_to_lessons()
        look_at_fonts()
    stamp[step.name] = fingerprint(step)
    write_stamp(stamp)


def look_at_fonts() -> None:
    """Let matplotlib look at every font, once for a reader.

    It takes seconds and says so in red, which should not stand under a first picture.
    """
    if not list(Path(environment()["MPLCONFIGDIR"]).glob("fontlist-*.json")):
        run_quietly([str(PYTHON), "-c", "import matplotlib.font_manager"])


def point_to_lessons() -> None:
    # pip writes the folder in UTF-8, Python before 3.13 reads it in the system's encoding: on Windows it does
    # not find a folder with an accent in its name. The way there from inside .venv has no accent.
    for link in VENV.rglob("site-packages/lessons.pth"):
        way = os.path.relpath(str(ROOT), os.path.realpath(str(link.parent)))
        link.write_text(way + "\n", encoding="utf-8")


def run_quietly(command: list) -> None:
    """Run one step of a set-up with its output kept in the log. Raises Stop with the cause if it fails."""
    done = subprocess.run(
        command,
        cwd=str(ROOT),
        env=environment_of_set_up() if "pip" in command else environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        close_fds=False,  # passes on the guard, see holds()
    )
    output = done.stdout.decode("utf-8", "replace")
    with contextlib.suppress(OSError):  # the log does not matter enough to fail for it
        LOG.write_text(output, encoding="utf-8")
    if done.returncode != 0:
        raise Stop(cause(output, done.returncode))


def cause(output: str, code: int = 1) -> str:
    """Return what to tell the reader about a failed step, from what it printed and its exit code."""
    # pip tells of every connection that it tried again, also of those that then held.
    final = "\n".join(line for line in output.splitlines() if not line.startswith("WARNING: Retrying"))
    known = known_cause(final) or known_cause(output)
    if known:
        return known + settings_in_force() * (known in dict(NETWORK_CAUSES))
    lowered = output.lower()
    if "no matching distribution found" in lowered or "could not find a version" in lowered:
        return without_a_package()
    if shutil.disk_usage(str(ROOT)).free < 20e6:  # some programs keep it to themselves
        return FULL_DISK
    if code in (-signal.SIGILL, 0xC000001D):
        return known_cause("illegal instruction")
    if code in (-9, 137):
        return known_cause("MemoryError")
    last = "\n".join("    " + line for line in output.strip().splitlines()[-8:])
    if not last:
        return f"The set-up failed without a word (exit code {code}). Run the same command again."
    return f"The set-up failed, and this is the end of what it printed:\n{last}\nAll of it stands in {LOG}"


def known_cause(output: str) -> str:
    """Return the sentence for what a program or the system printed; nothing if it is not known."""
    lowered = output.lower()
    return next((sentence for sentence, sign in CAUSES if re.search(sign, lowered)), "")


def without_a_package() -> str:
    """Return what to say where pip finds no file of a package that fits."""
    forbidden = no_index()
    if forbidden:
        return forbidden
    newer = dotted(sys.version_info[:2])
    if sys.version_info[:2] > BEST_PYTHON:
        return f"This is Python {newer}, and some packages have no files for it yet.\n{USE_BEST_PYTHON}"
    return (
        f"Some packages have no file for this Python {newer} and this kind of computer,\n"
        f"{sysconfig.get_platform()}. Most often that Python is one of 32 bits, or the system is too old.\n"
        "Install Python for 64 bits from python.org, then run the same command again with it."
        f"{settings_in_force()}"
    )


def environment(**more: str) -> dict:
    """Return the environment in which the course runs: the reader's, without what mixes in other projects.

    `more` comes on top. Raises Stop where there is no folder for what the reader chooses in JupyterLab.
    """
    kept = {
        name: value for name, value in os.environ.items() if name in LET_IN or not name.startswith(LEFT_OUT)
    }
    kept["PATH"] = os.pathsep.join([str(PYTHON.parent), kept.get("PATH", os.defpath)])
    # UTF-8 also on Windows; and pip's --user, which some computers preset, fails inside a .venv.
    kept.update(PYTHONUTF8="1", PYTHONNOUSERSITE="1", PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    home = reader_folder()
    kept.update(
        # Else Jupyter prefers the kernels and widgets of the home to those of a .venv that another user owns.
        JUPYTER_PREFER_ENV_PATH="1",
        JUPYTER_CONFIG_DIR=str(home / "jupyter"),
        JUPYTER_DATA_DIR=str(home / "jupyter" / "data"),
        IPYTHONDIR=str(home / "ipython"),
        MPLCONFIGDIR=str(home / "matplotlib"),
    )
    kept.update(more)
    return kept


@functools.lru_cache(maxsize=1)
def reader_folder() -> Path:
    """Return the folder for what a reader chooses while using the course, such as the dark theme.

    It stands beside the answers: there it outlives .venv, and is the reader's even if the course is not.
    """
    for folder in (usual_folder(), Path(tempfile.gettempdir()) / f"kickback-lab-{user_number()}"):
        if not folder.is_absolute():  # nobody knows where this reader's home is
            continue
        with contextlib.suppress(OSError):
            os.makedirs(str(folder), 0o700, exist_ok=True)
            if folder.parent == Path(tempfile.gettempdir()) and folder.stat().st_uid != user_number():
                continue  # in a folder for all, another user took the name
            tempfile.TemporaryFile(dir=str(folder)).close()
            if not (folder / "jupyter").exists():
                take_over_choices(folder)
            return folder
    raise Stop(
        f"Neither {usual_folder()} nor {tempfile.gettempdir()} can be written, and the course needs one\n"
        "of them for its settings. Make one of them writable for you, or ask who looks after this computer."
    )


def user_number() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def usual_folder() -> Path:
    """Return the folder of this program's data in the reader's home, as platformdirs names it."""
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Application Support"
    else:
        base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(os.path.expanduser(base)) / "kickback-lab"


def take_over_choices(folder: Path) -> None:
    """Copy what a reader chose in JupyterLab before: theme, size of letters, which notebooks are trusted."""
    config = Path(os.environ.get("JUPYTER_CONFIG_DIR") or os.path.expanduser("~/.jupyter"))
    settings = Path(os.environ.get("JUPYTERLAB_SETTINGS_DIR") or config / "lab" / "user-settings")
    theme = Path("@jupyterlab", "apputils-extension", "themes.jupyterlab-settings")
    wanted = [(settings / theme, folder / "jupyter" / "lab" / "user-settings" / theme)]
    if os.name == "nt":
        data = Path(os.environ.get("APPDATA", "~"), "jupyter")
    else:
        data = Path("~/Library/Jupyter" if sys.platform == "darwin" else usual_folder().parent / "jupyter")
    data = Path(os.environ.get("JUPYTER_DATA_DIR") or os.path.expanduser(str(data)))
    for name in ("notebook_secret", "nbsignatures.db"):
        wanted.append((data / name, folder / "jupyter" / "data" / name))
    for source, target in wanted:
        with contextlib.suppress(OSError):
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(source), str(target))


def environment_of_set_up() -> dict:
    """Return the environment for pip and uv: of their settings only how to reach the packages.

    Any other could lead the set-up astray: into another folder (target, prefix, root, user), to other
    versions (constraint, pre), or to nothing at all (dry-run, no-deps). Raises Stop for settings that
    cannot be read.
    """
    settings = pip_settings()
    kept = {name: value for name, value in environment().items() if not name.startswith(("PIP_", "UV_"))}
    kept.update(PIP_CONFIG_FILE=os.devnull, PIP_DISABLE_PIP_VERSION_CHECK="1")
    for name, (value, _) in settings.items():
        kept["PIP_" + name.upper().replace("-", "_")] = " ".join(value.split())
    kept.update((name, value) for name, value in os.environ.items() if re.match(UV_WAYS, name))
    # uv reads no settings of pip. A second index is not passed on: what it adds would get into the locks.
    if "index-url" in settings and not any(name in kept for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL")):
        kept["UV_DEFAULT_INDEX"] = settings["index-url"][0]
    return kept


def pip_settings() -> dict:
    """Return those settings of pip that tell how to reach packages: name to value and where it stands.

    They come from the files that pip reads, in its order, and from variables, which count most.
    Raises Stop for a file that cannot be read.
    """
    found = {}
    files = [parsed(path) for path in pip_files() if os.path.isfile(str(path))]
    for section in ("global", "install"):
        for path, parser in files:
            for name, value in parser.items(section) if parser.has_section(section) else []:
                found[setting_name(name)] = (value, f"{setting_name(name)} in {path}")
    for name, value in os.environ.items():
        if name.startswith("PIP_") and value:
            found[setting_name(name[4:])] = (value, f"the variable {name}")
    return {name: found[name] for name in PIP_WAYS if name in found and found[name][0].strip()}


def setting_name(name: str) -> str:
    return re.sub("^--", "", name.lower().replace("_", "-"))


def parsed(path: Path) -> tuple:
    parser = configparser.RawConfigParser()
    try:
        parser.read(str(path), encoding=locale.getpreferredencoding(False))
    except (configparser.Error, UnicodeDecodeError) as fault:
        reason = " ".join(str(fault).split())
        raise Stop(
            f"A file of pip's settings cannot be read: {path}\n({reason})\n"
            "Correct it, or rename it, then run the same command again."
        ) from None
    return path, parser


def pip_files() -> list:
    """Return the files of settings that pip looks for, the one that counts most last."""
    name = "pip.ini" if os.name == "nt" else "pip.conf"
    given = os.environ.get("PIP_CONFIG_FILE", "")
    if given == os.devnull:
        return []
    home = Path(os.path.expanduser("~"))
    if os.name == "nt":
        folders = [Path(os.environ.get("PROGRAMDATA", "C:/ProgramData"), "pip")]
        users = [home / "pip", Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming", "pip")]
    else:
        shared = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        folders = [Path(folder, "pip") for folder in shared.split(os.pathsep)] + [Path("/etc")]
        users = [home / ".pip", Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config", "pip")]
    if sys.platform == "darwin":
        folders = [Path("/Library/Application Support/pip")]
        users = users[:1] + ([home / "Library/Application Support/pip"] + users[1:])[:1]
        if not users[-1].is_dir():
            users[-1] = home / ".config" / "pip"
    if os.path.exists(given):  # pip then leaves out the reader's usual file
        return [folder / name for folder in folders] + [VENV / name, Path(given)]
    return [folder / name for folder in folders + users] + [VENV / name]


def no_index() -> str:
    """Return what to say where a setting of pip forbids looking packages up; nothing if none does."""
    value, where = pip_settings().get("no-index", ("", ""))
    if value.lower() not in ("1", "y", "yes", "t", "true", "on"):
        return ""
    return (
        f"A setting of pip forbids looking packages up (no-index): it is {where}.\n"
        "Take it out, or let find-links name a folder that holds all files of requirements.lock.\n"
        "Then run the same command again."
    )


def settings_in_force() -> str:
    """Return a line that names the settings by which packages are reached; nothing if there are none."""
    places = [where for _, where in pip_settings().values()]
    places += [f"the variable {name}" for name in os.environ if name.upper() in NETWORK_VARIABLES]
    return f"\nSettings in force on this computer: {', '.join(sorted(set(places)))}." if places else ""


@contextlib.contextmanager
def clean_environment():
    """Give an environment without start-up files, settings and progress of the reader's own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        clean = environment(
            PYTHONHASHSEED="0",
            JUPYTER_CONFIG_DIR=os.path.join(folder, "jupyter"),
            JUPYTER_DATA_DIR=os.path.join(folder, "jupyter", "data"),
            IPYTHONDIR=os.path.join(folder, "ipython"),
        )
        # A lesson that runs as an instructor's would store what a student has not opened.
        clean = {name: value for name, value in clean.items() if not name.startswith("KICKBACK_")}
        yield dict(clean, KICKBACK_PROGRESS=os.path.join(folder, "progress.sqlite"))


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
    refuse_busy_port("lab", arguments)
    keep_copies()
    set_up(COURSE)
    look_at_fonts()
    if not may_write(ROOT / "notebooks"):
        say(
            f"{ROOT / 'notebooks'} can be read and not written, so changes to a notebook cannot be saved.\n"
            "Your answers are kept. To keep changes too, copy the whole folder of the course to one of your\n"
            "own and start it there."
        )
    say("Opening JupyterLab; the address stands below. To close it, press Ctrl+C here.")
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    own = [
        f"--ServerApp.root_dir={ROOT}",
        # A browser in a box of its own may not read the file that leads to the address.
        "--ServerApp.use_redirect_file=False",
        "--ServerApp.no_browser_open_file=True",
        f"--LabApp.default_url=/lab/tree/{FIRST_PAGE}",
    ]
    command = [str(PYTHON), str(ROOT / "tools" / "lab.py"), *own, *as_root, *arguments]
    return run(command, env=environment())


def refuse_busy_port(name: str, arguments: list) -> None:
    """Raise Stop if the reader asks for a port that is taken; unasked, a free one is found later.

    `name` is the command that was typed, `arguments` what stood behind it.
    """
    port = wanted_port(arguments)
    if port and not is_free(port):
        free = next(
            (other for other in itertools.chain(range(port + 1, 65536), range(1024, port)) if is_free(other)),
            0,
        )
        again = " ".join([COMMAND, name] + without_port(arguments) + ["--port", str(free)])
        raise Stop(
            f"Port {port} is taken: another program, perhaps an earlier start of the course, listens there.\n"
            f"Close that one, or take another port: {again}"
        )


def without_port(arguments: list) -> list:
    kept, words = [], iter(arguments)
    for word in words:
        if word in PORT_OPTIONS:
            next(words, None)
        elif word.split("=")[0] not in PORT_OPTIONS:
            kept.append(word)
    return kept


def wanted_port(arguments: list) -> int:
    """Return the port that is asked for in any of Jupyter's and Voila's spellings; 0 if none is.

    Raises Stop for what is no port.
    """
    words = " ".join(arguments).replace("=", " ").split()
    for name, value in itertools.pairwise(words + [""]):
        if name in PORT_OPTIONS:
            if not (value.isdigit() and int(value) < 65536):
                raise Stop(f"{name} takes a number from 1 to 65535, for example {name} 8890.")
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
    refuse_busy_port("present", arguments)
    keep_copies()
    set_up(COURSE + PRESENTING)
    look_at_fonts()
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


def restore(arguments: list) -> int:
    """List the lessons that are not as they came, or give back those that are named; needs no set-up."""
    try:
        return as_given().main(arguments, reader_folder() / "as-given", COMMAND)
    except ValueError:
        raise Stop("The list of lessons, tools/as_given.json, is damaged. Get the course again.") from None


def keep_copies() -> None:
    """Keep a copy of every lesson that is still as it came, so that `restore` can give it back later."""
    if (ROOT / "tools" / "as_given.py").is_file():
        with contextlib.suppress(OSError, ValueError):  # what is for later keeps nobody from starting now
            as_given().keep(reader_folder() / "as-given")


def as_given():
    """Return the module that knows the lessons as they came. It needs no more than Python itself."""
    spec = importlib.util.spec_from_file_location("as_given", str(ROOT / "tools" / "as_given.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMMANDS = {
    "lab": lab,
    "present": present,
    "restore": restore,
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
    """Return what to tell the reader when the system refuses something."""
    named = fault.filename if isinstance(fault.filename, (str, Path)) else ""
    parents = Path(named).parents if named else ()
    if isinstance(fault, FileNotFoundError) and ROOT in parents and VENV not in parents:
        return f"{named} is missing. Get the course again; its files belong together."
    known = known_cause(str(fault))
    on_windows = getattr(fault, "winerror", None)  # there the number tells more
    if isinstance(fault, PermissionError) and named and not on_windows and known == WRITE_PROTECTED:
        return (
            f"{named} cannot be changed: it is write-protected, belongs to another user, or a program\n"
            "uses it. Close every JupyterLab of this course. If that does not help, copy the whole\n"
            "folder of the course to one of your own, then run the same command there."
        )
    place = f"\n({named})" if named and named not in known else ""
    if known:
        return known + place
    reason = fault.strerror or type(fault).__name__
    return (
        f"The system refused something that the course needs: {reason}.{place}\n"
        f"Run the same command again. If it comes back: {MOVE}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

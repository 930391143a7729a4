"""Setting up, opening and refreshing the course: a bad day ends in a sentence, a good day costs nothing."""

import ast
import errno
import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lessons import tables

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-present.lock"]


def load(path):
    spec = importlib.util.spec_from_file_location(f"{path.stem}_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def course(tmp_path, monkeypatch):
    """course.py in a folder of its own, whose name has a space and an accent; the reader's home is empty."""
    for name in [name for name in os.environ if name.startswith(("PIP_", "JUPYTER", "XDG_"))]:
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    folder = tmp_path / "Kickback Übung"
    folder.mkdir()
    shutil.copy(ROOT / "course.py", folder)
    for name in ["pyproject.toml", *LOCKS]:
        (folder / name).write_text(f"first {name}")
    static = folder / "labextension" / "share" / "static"
    static.mkdir(parents=True)
    (static / "lab.js").write_text("first")
    return load(folder / "course.py")


@pytest.fixture
def done(course, monkeypatch):
    """The steps that a set-up carries out, in order, with nothing really installed."""
    steps = []

    def pretend(command):
        if "venv" in command:
            course.PYTHON.parent.mkdir(parents=True)
            course.PYTHON.touch()
            steps.append("venv")
        elif "pip" in command:
            names = {
                "requirements.lock": "packages",
                ".": "lessons",
                "requirements-present.lock": "presenting",
            }
            steps.append(names.get(command[-1], "checks"))

    monkeypatch.setattr(course, "run_quietly", pretend)
    return steps


def test_an_old_python_reads_the_file_and_says_what_it_needs():
    tree = ast.parse((ROOT / "course.py").read_text(encoding="utf-8"), feature_version=(3, 6))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    annotations = [argument.annotation for node in functions for argument in node.args.args]
    annotations += [node.returns for node in functions]
    assert not [
        ast.unparse(part) for part in annotations if part and not isinstance(part, (ast.Name, ast.Constant))
    ]

    pretend = (
        "import runpy, sys; sys.version_info = (3, 8, 10); runpy.run_path('course.py', run_name='__main__')"
    )
    old = subprocess.run([sys.executable, "-c", pretend, "lab"], cwd=ROOT, capture_output=True, text=True)
    assert old.returncode == 1
    assert "This is Python 3.8, and the course needs 3.11 or newer." in old.stderr
    assert "Traceback" not in old.stderr


def test_a_python_without_venv_says_how_to_get_it(course, monkeypatch, capsys):
    known = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else known(name)
    )
    assert course.main(["lab"]) == 1
    said = capsys.readouterr().err
    assert "without ensurepip" in said
    assert "apt install python3-venv" in said


PIP_TRIES = "WARNING: Retrying (Retry(total=4, connect=None)) after connection broken by "
# What pip, venv and the systems print, and words of the sentence that a reader gets.
PRINTED = {
    "no network": (
        f"{PIP_TRIES}'NewConnectionError(': Failed to establish a new connection: [Errno -3] "
        "Temporary failure in name resolution')'\nERROR: No matching distribution found for anyio==4.16.0",
        "no connection to the internet",
    ),
    "full disk": (
        "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
        "disk is full",
    ),
    "full disk, in German": (
        "OSError: [WinError 112] Es steht nicht genug Speicherplatz zur Verfügung",
        "disk is full",
    ),
    "quota": ("OSError: [Errno 122] Disk quota exceeded: '/home/student'", "disk is full"),
    "full after a slow network": (
        f"{PIP_TRIES}'ReadTimeoutError(\"Read timed out.\")'\nOSError: [Errno 28] No space left on device",
        "disk is full",
    ),
    "limit of a file": ("OSError: [Errno 27] File too large", "does not take a file"),
    "hashes": ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one"),
    "proxy's certificate": (
        f"{PIP_TRIES}'SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate "
        "verify failed: self-signed certificate in certificate chain (_ssl.c:1006)'))'\n"
        "ERROR: No matching distribution found for anyio==4.16.0",
        "PIP_CERT=",
    ),
    "uv and the certificate": ("error: invalid peer certificate: UnknownIssuer", "PIP_CERT="),
    "clock": (
        "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
        "certificate is not yet valid (_ssl.c:997)'))",
        "clock",
    ),
    "expired": ("certificate verify failed: certificate has expired (_ssl.c:997)", "clock"),
    "sign-in page": (
        "certificate verify failed: Hostname mismatch, certificate is not valid for 'pypi.org'",
        "sign in",
    ),
    "no certificate file": (
        "OSError: Could not find a suitable TLS CA certificate bundle, invalid path: /gone.pem",
        "PIP_CERT",
    ),
    "proxy's password": (
        f"{PIP_TRIES}'ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 407 Proxy "
        "Authentication Required'))'",
        "name and a password",
    ),
    "no proxy": (
        f"{PIP_TRIES}'ProxyError('Cannot connect to proxy.', NewConnectionError('Failed to establish a new "
        "connection: [Errno 111] Connection refused'))'",
        "HTTPS_PROXY",
    ),
    "refused": ("ERROR: HTTP error 403 while getting https://mirror/anyio.whl", "refuses this computer"),
    "out of order": ("503 Server Error: Service Unavailable for url", "out of order"),
    "conda": (
        "WARNING: pip is configured with locations that require TLS/SSL, however the ssl module in Python is "
        "not available.\nCould not fetch URL: Max retries exceeded (Caused by SSLError(\"Can't connect to "
        'HTTPS URL because the SSL module is not available."))',
        "Anaconda Prompt",
    ),
    "scanner": (
        "ERROR: Could not install packages due to an OSError: [WinError 5] Zugriff verweigert: 'c:\\\\x.pyd'",
        "OneDrive",
    ),
    "in use": (
        "PermissionError: [WinError 32] The process cannot access the file because it is being used by "
        "another process: 'C:\\\\x'",
        "OneDrive",
    ),
    "cloud": ("OSError: [WinError 362] The cloud file provider is not running.", "available offline"),
    "virus": ("OSError: [WinError 225] Operation did not complete successfully: contains a virus", "scanner"),
    "policy": ("OSError: [WinError 4551] An Application Control policy has blocked this file", "on a list"),
    "USB drive": (
        "Error: [Errno 1] Operation not permitted: 'lib' -> '/media/stick/course/.venv/lib64'",
        "USB drives",
    ),
    "shared folder": ("Error: [Errno 71] Protocol error: 'lib' -> '/mnt/hgfs/course/.venv/lib64'", "links"),
    "noexec": (
        "ImportError: numpy.so: failed to map segment from shared object: Operation not permitted",
        "noexec",
    ),
    "noexec, at once": ("[Errno 13] Permission denied: '/media/stick/course/.venv/bin/python'", "noexec"),
    "long path": ("OSError: [Errno 36] File name too long: '/home/a'", "path of the course"),
    "260 letters": (
        "ERROR: Could not install packages due to an OSError: [Errno 2] No such file or directory: "
        f"'C:\\\\Users\\\\{'x' * 250}'",
        "too long",
    ),
    "260 letters, with pip's hint": (
        "HINT: This error might have occurred since this system does not have Windows Long Path support "
        "enabled.",
        "too long",
    ),
    "Mac's privacy": (
        "PermissionError: [Errno 1] Operation not permitted: '/Users/a/Documents/c'",
        "Privacy",
    ),
    "another processor": (
        "ImportError: dlopen(x.so): mach-o file, but is an incompatible architecture (have 'x86_64')",
        "another kind of computer",
    ),
    "read-only": ("OSError: [Errno 30] Read-only file system: '/course/.venv'", "Copy the whole folder"),
    "system's Python": ("error: externally-managed-environment", ".venv does not stand apart"),
    "no pip": ("/usr/bin/python3: No module named pip", "python3-venv"),
    "memory": ("MemoryError", "memory is full"),
    "drive": ("OSError: [Errno 5] Input/output error", "damaged"),
    "Windows without a part": ("ImportError: DLL load failed while importing _multiarray", "Visual C++"),
    "write-protected": ("error: failed to create file: Permission denied (os error 13)", "write-protected"),
    "no file that fits": ("ERROR: No matching distribution found for numpy==2.4.6", "64 bits"),
    "unheard of": ("Collecting pandas\nERROR: something unheard of", "    ERROR: something unheard of"),
}


@pytest.mark.parametrize(("printed", "expected"), PRINTED.values(), ids=PRINTED)
def test_a_failed_step_says_the_cause(course, printed, expected):
    assert expected in course.cause(printed)


def test_what_a_failed_step_printed_is_kept(course):
    course.VENV.mkdir()
    with pytest.raises(course.Stop, match="something unheard of"):
        course.run_quietly(
            [sys.executable, "-c", "print('first\\nsomething unheard of'); raise SystemExit(1)"]
        )
    assert course.LOG.read_text(encoding="utf-8").startswith("first")


def reach(course):
    """Return the settings that pip itself says it follows when the set-up runs it."""
    course.VENV.mkdir(exist_ok=True)
    course.run_quietly([sys.executable, "-m", "pip", "config", "list"])
    lines = course.LOG.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def test_of_pips_settings_only_the_ways_to_packages_reach_the_set_up(course, monkeypatch, tmp_path):
    config = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    config.parent.mkdir(parents=True)
    config.write_text(
        "[global]\nindex-url = https://mirror/simple\nconstraint = /elsewhere.txt\n"
        "require-virtualenv = true\n"
        "extra-index-url =\n  https://a/simple\n  https://b/simple\n"
        "[install]\ntarget = /elsewhere\nproxy = http://p:1\n"
    )
    for name in ("TARGET", "PREFIX", "ROOT", "USER", "DRY_RUN", "NO_DEPS", "CONSTRAINT", "REPORT", "PYTHON"):
        monkeypatch.setenv(f"PIP_{name}", "1")
    monkeypatch.setenv("PIP_CERT", "/own.pem")
    monkeypatch.setenv("PIP_PROXY", "http://p:2")
    followed = reach(course)
    assert followed == {
        ":env:.config-file": repr(os.devnull),
        ":env:.cert": "'/own.pem'",
        ":env:.disable-pip-version-check": "'1'",
        ":env:.extra-index-url": "'https://a/simple https://b/simple'",
        ":env:.index-url": "'https://mirror/simple'",
        ":env:.proxy": "'http://p:2'",
    }
    assert course.environment()["PIP_TARGET"] == "1", "what a student installs later is another matter"


def test_uv_follows_the_index_and_nothing_that_changes_the_versions(course, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror/simple")
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "99")
    for name in ("UV_CONSTRAINT", "UV_EXCLUDE_NEWER", "UV_NO_INDEX", "UV_PRERELEASE", "UV_INDEX_STRATEGY"):
        monkeypatch.setenv(name, "1")
    found = {name: value for name, value in course.environment_of_set_up().items() if name.startswith("UV_")}
    assert found == {"UV_HTTP_TIMEOUT": "99", "UV_DEFAULT_INDEX": "https://mirror/simple"}


@pytest.mark.parametrize("place", ["variable", "file"])
def test_a_setting_that_forbids_the_set_up_is_named_with_its_place(course, done, monkeypatch, capsys, place):
    config = course.ROOT / "pip-settings.ini"
    config.write_text("[global]\nno-index = true\n" if place == "file" else "[global]\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    if place == "variable":
        monkeypatch.setenv("PIP_NO_INDEX", "yes")
    assert course.main(["lab"]) == 1
    assert ("PIP_NO_INDEX" if place == "variable" else str(config)) in capsys.readouterr().err
    assert done == ["venv"]
    monkeypatch.setenv("PIP_FIND_LINKS", "/a/folder/of/files")
    course.set_up(course.COURSE)
    assert done == ["venv", "packages", "lessons"]
    assert "no-index" in course.cause("ERROR: No matching distribution found for anyio==4.16.0")


def test_settings_of_pip_that_cannot_be_read_are_named(course, done, monkeypatch, capsys):
    config = course.ROOT / "pip-settings.ini"
    config.write_text("index-url = https://mirror/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    assert course.main(["lab"]) == 1
    assert f"cannot be read: {config}" in capsys.readouterr().err


def test_a_cause_in_the_network_names_the_settings_that_lead_there_and_no_password(course, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:secret@proxy:1")
    said = course.cause("ERROR: HTTP error 403 while getting https://mirror/anyio.whl")
    assert "HTTPS_PROXY" in said and "secret" not in said


def test_a_package_without_files_for_a_newer_python_says_which_to_use(course, monkeypatch):
    monkeypatch.setattr(course.sys, "version_info", (3, 99, 0))
    assert "This is Python 3.99" in course.cause("ERROR: No matching distribution found for numpy==2.4.6")


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/course/.venv"),
            "/course/.venv cannot be changed",
        ),
        (OSError(errno.EROFS, "Read-only file system", "/course/.venv"), "Copy the whole folder"),
        (OSError(errno.ELOOP, "Too many levels of symbolic links", "/course/.venv"), "/course/.venv"),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), "Broken pipe"),
        (KeyboardInterrupt(), "Stopped."),
    ],
)
def test_what_the_system_refuses_and_ctrl_c_end_in_a_sentence(course, monkeypatch, capsys, fault, expected):
    def fail(_steps):
        raise fault

    monkeypatch.setattr(course, "set_up", fail)
    assert course.main(["lab"]) == (130 if isinstance(fault, KeyboardInterrupt) else 1)
    assert expected in capsys.readouterr().err


def test_a_missing_lock_file_is_named(course, done, capsys):
    (course.ROOT / "requirements.lock").unlink()
    assert course.main(["lab"]) == 1
    assert "requirements.lock is missing" in capsys.readouterr().err


def test_a_mistyped_command_names_the_nearest(course, capsys):
    assert course.main(["tets"]) == 2
    assert "Did you mean test?" in capsys.readouterr().err


@pytest.mark.parametrize(
    "spelling", [["--port", "{}"], ["--port={}"], ["--no-browser", "--ServerApp.port={}"]]
)
def test_a_busy_port_is_said_before_anything_else_and_a_free_one_is_offered(course, done, capsys, spelling):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert course.main(["lab", *(word.format(port) for word in spelling)]) == 1
        said = capsys.readouterr().err
        assert f"Port {port} is taken" in said and " lab " in said
        offered = int(re.search(r"--port (\d+)", said)[1])
        assert offered != port
        assert course.is_free(offered)
    assert course.is_free(port)
    assert done == []


def test_a_busy_port_is_said_in_the_words_of_the_command(course, done, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert course.main(["present", "02", "--port", str(port), "--no-browser"]) == 1
    assert re.search(r"course.py present 02 --no-browser --port \d+", capsys.readouterr().err)


@pytest.mark.parametrize("words", [["--port", "many"], ["--port=99999"], ["--no-browser", "--port"]])
def test_what_is_no_port_is_said_before_anything_else(course, done, capsys, words):
    assert course.main(["lab", *words]) == 1
    assert "--port takes a number" in capsys.readouterr().err
    assert done == []


def test_lab_passes_on_its_words_and_opens_the_first_notebook(course, done, monkeypatch):
    commands = []
    monkeypatch.setattr(course, "run", lambda command, env: commands.append(command) or 7)
    assert course.main(["lab", "--no-browser"]) == 7
    assert commands[0][-1] == "--no-browser"
    assert f"--ServerApp.root_dir={course.ROOT}" in commands[0]
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in commands[0]
    assert not [word for word in commands[0] if "token" in word or "password" in word]
    assert (ROOT / course.FIRST_PAGE).is_file()


def test_a_second_start_does_nothing(course, done, capsys):
    course.set_up(course.COURSE)
    assert done == ["venv", "packages", "lessons"]
    course.GUARD.unlink()
    before = sorted(course.VENV.rglob("*"))
    capsys.readouterr()
    course.set_up(course.COURSE)
    assert done == ["venv", "packages", "lessons"]
    assert sorted(course.VENV.rglob("*")) == before
    assert capsys.readouterr().out == ""


def test_the_checks_come_on_top_of_what_is_there(course, done):
    course.set_up(course.COURSE)
    course.set_up(course.COURSE + course.CHECKS)
    assert done[3:] == ["checks"]
    course.set_up(course.COURSE)
    assert done[3:] == ["checks"]


@pytest.mark.parametrize("name", LOCKS)
def test_a_changed_lock_leads_to_a_set_up_from_nothing(course, done, name):
    everything = course.COURSE + course.PRESENTING + course.CHECKS
    course.set_up(everything)
    left_over = course.VENV / "left_over"
    left_over.mkdir()
    (course.ROOT / name).write_text("second")
    course.set_up(everything)
    assert done[5:] == ["venv", "packages", "lessons", "presenting", "checks"]
    assert not left_over.exists()


def test_changed_settings_install_the_lessons_again_and_nothing_else(course, done):
    course.set_up(course.COURSE)
    (course.ROOT / "pyproject.toml").write_text("second")
    course.set_up(course.COURSE)
    assert done[3:] == ["lessons"]


@pytest.mark.parametrize("key", ["python", "folder", "made_by"])
def test_another_python_or_folder_leads_to_a_set_up_from_nothing(course, done, key):
    course.set_up(course.COURSE)
    course.write_stamp({**course.read_stamp(), key: "another"})
    course.set_up(course.COURSE)
    assert done[3:] == ["venv", "packages", "lessons"]


@pytest.mark.parametrize("stopped_at", [0, 1, 2])
def test_an_interrupted_set_up_starts_from_nothing(course, done, monkeypatch, stopped_at):
    pretend = course.run_quietly

    def stop(command):
        pretend(command)
        if len(done) > stopped_at:  # far enough to look as if it were done
            raise KeyboardInterrupt

    monkeypatch.setattr(course, "run_quietly", stop)
    assert course.main(["lab"]) == 130
    monkeypatch.setattr(course, "run_quietly", pretend)
    course.set_up(course.COURSE)
    assert done[stopped_at + 1 :] == ["venv", "packages", "lessons"]


def test_a_venv_that_the_course_did_not_make_stays_as_it_is(course, done, capsys):
    own = course.VENV / "pyvenv.cfg"
    own.parent.mkdir()
    own.write_text("mine")
    assert course.main(["lab"]) == 1
    assert "did not make" in capsys.readouterr().err
    assert list(course.VENV.iterdir()) == [own]
    assert done == []


def test_a_second_set_up_waits_for_the_first(course, done, capsys):
    second = threading.Thread(target=course.set_up, args=[course.COURSE])
    with course.only_set_up_here():
        second.start()
        time.sleep(0.5)
        assert done == []
        assert f"Another set-up is at work in this folder (process {os.getpid()})" in capsys.readouterr().out
    second.join(timeout=5)
    assert done == ["venv", "packages", "lessons"]


def test_a_killed_set_up_does_not_hold_the_place(course, done):
    hold = "import course\nwith course.only_set_up_here():\n    print(1, flush=True)\n    input()"
    first = subprocess.Popen(
        [sys.executable, "-c", hold], cwd=course.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert first.stdout.readline().strip() == b"1"
    first.kill()
    first.communicate()
    course.set_up(course.COURSE)
    assert done == ["venv", "packages", "lessons"]


@pytest.mark.parametrize("change", ["a new file", "an old file"])
def test_a_change_in_what_jupyterlab_loads_is_installed_anew(course, done, change):
    course.set_up(course.COURSE)
    assert done == ["venv", "packages", "lessons"]
    static = course.ROOT / "labextension" / "share" / "static"
    (static / ("new.js" if change == "a new file" else "lab.js")).write_text("second")
    course.set_up(course.COURSE)
    course.set_up(course.COURSE)
    assert done == ["venv", "packages", "lessons", "lessons"]


def test_the_checks_run_without_the_readers_own_settings(course, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "own")
    monkeypatch.setenv("KICKBACK_INSTRUCTOR", "1")
    with course.clean_environment() as clean:
        assert "PYTHONPATH" not in clean and "KICKBACK_INSTRUCTOR" not in clean
        assert clean["PYTHONHASHSEED"] == "0"
        folders = {
            str(Path(clean[name]).parent)
            for name in ("JUPYTER_CONFIG_DIR", "IPYTHONDIR", "KICKBACK_PROGRESS")
        }
        assert len(folders) == 1
        assert Path(*folders).is_dir()
    assert not Path(*folders).exists()


def test_another_projects_variables_do_not_reach_the_course_and_the_readers_own_do(course, monkeypatch):
    foreign = [
        "PYTHONSTARTUP",
        "PYTHONOPTIMIZE",
        "PYTHONSAFEPATH",
        "PYTHONWARNINGS",
        "VIRTUAL_ENV",
        "JUPYTER_PATH",
    ]
    foreign += [
        "JUPYTER_CONFIG_PATH",
        "JUPYTER_NO_CONFIG",
        "JUPYTER_TOKEN",
        "JUPYTERLAB_SETTINGS_DIR",
        "JPY_PARENT_PID",
    ]
    foreign += [
        "JUPYTERLAB_DIR",
        "MPLBACKEND",
        "MATPLOTLIBRC",
        "IPYTHON_SUPPRESS_CONFIG_ERRORS",
        "PANDAS_COPY_ON_WRITE",
    ]
    ours = ["JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR"]
    kept = [
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "CONDA_PREFIX",
        "BROWSER",
        "KICKBACK_PROGRESS",
        "PYTHONUNBUFFERED",
    ]
    for name in foreign + ours + kept:
        monkeypatch.setenv(name, "theirs")
    found = course.environment()
    assert not set(foreign) & set(found)
    assert {found[name] for name in kept} == {"theirs"}
    assert {Path(found[name]).is_relative_to(course.reader_folder()) for name in ours} == {True}
    assert found["JUPYTER_PREFER_ENV_PATH"] == "1"


def test_a_theme_chosen_before_is_taken_over_once(course, monkeypatch, tmp_path):
    theme = "lab/user-settings/@jupyterlab/apputils-extension/themes.jupyterlab-settings"
    before = tmp_path / "home" / ".jupyter" / theme
    before.parent.mkdir(parents=True)
    before.write_text('{"theme": "JupyterLab Dark"}')
    now = Path(course.environment()["JUPYTER_CONFIG_DIR"], theme)
    assert now.read_text() == '{"theme": "JupyterLab Dark"}'
    now.write_text('{"theme": "JupyterLab Light"}')
    course.reader_folder.cache_clear()
    course.environment()
    assert now.read_text() == '{"theme": "JupyterLab Light"}'
    assert now.is_relative_to(tmp_path / "home") and not now.is_relative_to(course.ROOT)


def test_a_home_that_cannot_be_written_still_opens_the_course(course, tmp_path, monkeypatch):
    (tmp_path / "home").write_text("a file, where the home should be")
    monkeypatch.setattr(course.tempfile, "gettempdir", lambda: str(tmp_path))
    assert Path(course.environment()["IPYTHONDIR"]).is_relative_to(tmp_path)


FOREIGN_CONFIG = "c.ServerApp.contents_manager_class = 'of_another_project.Manager'"


def hostile_home(home: Path, elsewhere: Path) -> dict[str, str]:
    """Fill a home and a folder of another project with a Jupyter of their own; return its variables."""
    old = home / ".local/share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/package.json"
    files = {old: '{"name": "@jupyter-widgets/jupyterlab-manager", "version": "1.0.0", "jupyterlab": {}}'}
    for folder in (home / ".jupyter", elsewhere):
        files[folder / "jupyter_server_config.py"] = FOREIGN_CONFIG
    for folder in (home / ".local/share/jupyter", elsewhere):
        kernel = {"argv": ["/nowhere/python"], "display_name": "Theirs", "language": "python"}
        files[folder / "kernels/python3/kernel.json"] = json.dumps(kernel)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    names = ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTER_CONFIG_DIR")
    return dict.fromkeys(names, str(elsewhere)) | {"JUPYTER_TOKEN": "theirs", "JUPYTER_PREFER_ENV_PATH": "0"}


def lines_of(process, *patterns):
    """Read what a process prints until every pattern was met; return the text and the match of the first."""
    read = ""
    for line in process.stdout:
        read += line
        found = [re.search(pattern, read, re.MULTILINE) for pattern in patterns]
        if all(found):
            return read, found[0]
    raise AssertionError(read)


def test_jupyterlab_opens_by_an_http_address_and_knows_nothing_of_another_jupyter(
    course, done, monkeypatch, tmp_path
):
    for name, value in hostile_home(tmp_path / "home", tmp_path / "elsewhere").items():
        monkeypatch.setenv(name, value)
    browser = tmp_path / "browser.py"
    browser.write_text("import sys; print('opened', sys.argv[1], flush=True)")
    monkeypatch.setenv("BROWSER", f"{sys.executable} {browser} %s")
    (course.ROOT / "tools").mkdir()
    for name in ("lab.py", "isolation.py"):
        shutil.copy(ROOT / "tools" / name, course.ROOT / "tools")
    started = []
    monkeypatch.setattr(course, "run", lambda command, env: started.append((command, env)) or 0)
    assert course.main(["lab", "--ServerApp.port_retries=99"]) == 0
    (_, *command), environment = started[0]
    server = subprocess.Popen(
        [sys.executable, *command],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        read, opened = lines_of(server, r"^opened (http://[\w.:]+/)lab/tree/\S+\?token=(\w+)", "paste one of")
        address, token = opened.groups()
        assert token != "theirs" and "file:" not in read

        def answer(path):
            return urllib.request.urlopen(f"{address}{path}?token={token}").read().decode()

        kernel = json.loads(answer("api/kernelspecs"))["kernelspecs"]["python3"]["spec"]
        assert kernel["display_name"] != "Theirs"
        assert "tools" in [one["name"] for one in json.loads(answer("api/contents"))["content"]]
        widgets = Path(
            sys.prefix, "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/package.json"
        )
        loaded = json.loads(widgets.read_text(encoding="utf-8"))["jupyterlab"]["_build"]["load"]
        assert loaded in answer("lab")
    finally:
        server.terminate()
        server.communicate(timeout=20)


def test_jupyterlab_leaves_out_what_is_installed_for_the_whole_computer(tmp_path):
    code = """import runpy, sys
from unittest.mock import MagicMock
sys.path.insert(0, "tools")
sys.modules.update({"jupyter_server.serverapp": MagicMock(), "jupyterlab.labapp": MagicMock()})
runpy.run_path("tools/lab.py")
from jupyter_core.paths import jupyter_config_path, jupyter_path
print(*jupyter_config_path(), *jupyter_path(), sep="\\n")"""
    ours = {"JUPYTER_CONFIG_DIR": str(tmp_path), "JUPYTER_DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-c", code]
    places = subprocess.check_output(command, cwd=ROOT, env=os.environ | ours, text=True).splitlines()
    assert all(Path(place).is_relative_to(sys.prefix) or place == str(tmp_path) for place in places)


def test_a_course_of_another_user_opens_if_it_is_set_up_and_else_says_to_copy_it(
    course, done, monkeypatch, capsys
):
    monkeypatch.setattr(course, "may_write", lambda folder: not folder.is_relative_to(course.ROOT))
    assert course.main(["lab"]) == 1
    assert "Copy the whole folder" in capsys.readouterr().err
    assert done == [] and not course.VENV.exists()
    monkeypatch.undo()
    stamp = course.this_place() | {"made_by": sys.executable, "python": "another"}
    course.PYTHON.parent.mkdir(parents=True)
    course.PYTHON.touch()
    course.write_stamp(stamp | {step.name: course.fingerprint(step) for step in course.COURSE})
    before = sorted(course.ROOT.rglob("*"))
    monkeypatch.setattr(course, "may_write", lambda folder: not folder.is_relative_to(course.ROOT))
    monkeypatch.setattr(course, "look_at_fonts", lambda: None)
    monkeypatch.setattr(course, "run", lambda command, env: 7)
    assert course.main(["lab"]) == 7
    assert "cannot be saved" in capsys.readouterr().out
    assert sorted(course.ROOT.rglob("*")) == before


@pytest.fixture
def lessons(course, capsys):
    """The course with its lessons and `restore`, and no git; calls it and returns its exit code and words."""
    shutil.copytree(
        ROOT / "notebooks", course.ROOT / "notebooks", ignore=shutil.ignore_patterns(".*", "kickback-*")
    )
    (course.ROOT / "tools").mkdir()
    for name in ("as_given.py", "as_given.json"):
        shutil.copy(ROOT / "tools" / name, course.ROOT / "tools")

    def restore(*words):
        code = course.main(["restore", *words])
        return code, "".join(capsys.readouterr())

    restore.second = course.ROOT / "notebooks" / "02_prime_movers.ipynb"
    restore.kept = lambda: sorted(path.name for path in restore.second.parent.glob("kickback-*"))
    return restore


def test_the_list_of_lessons_as_they_come_is_current():
    given = json.loads((ROOT / "tools" / "as_given.json").read_text(encoding="utf-8"))
    as_given = load(ROOT / "tools" / "as_given.py")
    assert {name: as_given.state(name) for name in given} == dict.fromkeys(given, "as it came"), (
        "Store them with: python3 course.py refresh"
    )
    assert {"00_start_here", "02_prime_movers", "explorer"} <= set(given)


def test_a_lesson_comes_back_as_it_was_and_what_was_there_is_kept(course, lessons):
    came = lessons.second.read_bytes()
    assert lessons() == (0, "All lessons are as they came.\n")
    lessons.second.write_text("what a student wrote")
    (lessons.second.parent / "explorer.ipynb").unlink()
    code, said = lessons()
    assert code == 0 and re.search("02_prime_movers +changed", said) and re.search("explorer +missing", said)
    assert "03_helpers" not in said
    code, said = lessons("2", "explorer", "notebooks/03_helpers_and_stabilizers.ipynb")
    assert code == 0 and "03_helpers_and_stabilizers is as it came." in said
    assert lessons.second.read_bytes() == came
    (kept,) = lessons.kept()
    assert kept in said and not kept.startswith("02")
    assert (lessons.second.parent / kept).read_text() == "what a student wrote"
    assert lessons() == (0, "All lessons are as they came.\n")


def test_a_lesson_in_the_line_ends_of_windows_is_as_it_came(lessons):
    lessons.second.write_bytes(lessons.second.read_bytes().replace(b"\n", b"\r\n"))
    assert lessons() == (0, "All lessons are as they came.\n")
    assert "is as it came." in lessons("02")[1]
    assert lessons.kept() == []


def test_an_unknown_lesson_is_answered_with_the_nearest_and_nothing_changes(lessons):
    lessons.second.write_text("mine")
    code, said = lessons("02", "prime_mover")
    assert code == 1 and "Did you mean 02_prime_movers?" in said
    assert lessons.second.read_text() == "mine"


def test_every_lesson_at_once(lessons):
    lessons()
    for path in lessons.second.parent.glob("0*.ipynb"):
        path.write_text("mine")
    assert lessons("all")[0] == 0
    assert lessons() == (0, "All lessons are as they came.\n")
    assert len(lessons.kept()) == 10


def test_without_any_copy_the_lesson_stays_and_git_has_one(course, lessons):
    came = lessons.second.read_bytes()
    lessons.second.write_text("mine")
    code, said = lessons("02")
    assert code == 1 and "Get the course again" in said
    assert lessons.second.read_text() == "mine" and lessons.kept() == []

    def git(*words):
        who = ["-c", "user.name=A", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *words], cwd=course.ROOT, check=True, capture_output=True)

    lessons.second.write_bytes(came)
    git("init")
    git("add", "notebooks/02_prime_movers.ipynb")
    git("commit", "-m", "as it came")
    lessons.second.write_text("mine")
    git("commit", "-am", "mine")
    assert lessons("02")[0] == 0
    assert lessons.second.read_bytes() == came


def test_opening_the_course_keeps_the_copies_that_restore_needs(course, lessons, done, monkeypatch):
    monkeypatch.setattr(course, "run", lambda command, env: 0)
    monkeypatch.setattr(course, "look_at_fonts", lambda: None)
    came = lessons.second.read_bytes()
    assert course.main(["lab"]) == 0
    lessons.second.write_text("mine")
    assert lessons("02")[0] == 0
    assert lessons.second.read_bytes() == came


@pytest.mark.parametrize("words", [["-n", "4"], ["-n0"], ["-p", "no:xdist"], ["--pdb"]])
def test_two_processes_unless_the_caller_decides(course, words):
    assert course.workers(["-k", "roles"]) == ["-n", "2", "--dist", "loadfile"]
    assert course.workers(words) == []


def test_lessons_can_be_imported_from_any_folder(tmp_path):
    where = "import importlib.util; print(importlib.util.find_spec('lessons').origin)"
    found = subprocess.run(
        [sys.executable, "-c", where], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert Path(found.stdout.strip()) == ROOT / "lessons" / "__init__.py"


def pins(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;]+)", text.replace("_", "-"), re.MULTILINE))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_neither_an_address_nor_a_folder(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.findall(r"https?:|file:|--index|--extra|--find-links|(?:^|\s)/\S+|[A-Z]:\\", text)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_every_package_with_hashes(name):
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    entries = text.replace("\\\n", "").splitlines()
    assert len(entries) > 40
    assert [
        entry for entry in entries if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry)
    ] == []


def test_compiled_packages_have_files_for_all_three_systems():
    # One file for a system and Python each: a lock made from what one computer holds would list one or two.
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = {entry.split("==")[0]: entry.count("--hash") for entry in re.split(r"\n(?=[a-z])", text)}
    assert min(entries[name] for name in ("numpy", "pandas", "matplotlib", "pyzmq")) > 30


def test_the_requirements_and_the_locks_agree():
    course, checks = pins("requirements.lock"), pins("requirements-dev.lock")
    assert pins("requirements.txt").items() <= course.items()
    assert pins("requirements-dev.txt").items() <= checks.items()
    assert {name: checks[name] for name in checks.keys() & course.keys()}.items() <= course.items()
    shown = pins("requirements-present.lock")
    assert pins("requirements-present.txt").items() <= shown.items()
    assert {name: shown[name] for name in shown.keys() & course.keys()}.items() <= course.items()
    builder = re.search(
        r'requires = \["flit_core==(.+)"\]', (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert builder[1] == course["flit-core"]
    assert (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()[-1] == "-e ."


@pytest.fixture
def refresh(capsys):
    module = load(ROOT / "tools" / "refresh.py")

    def run(path):
        code = module.main([str(path)])
        return code, "".join(capsys.readouterr())

    return run


def store(path, *code):
    notebook = new_notebook(cells=[new_markdown_cell("# Ein Übungsheft"), *map(new_code_cell, code)])
    for cell in notebook.cells[1:]:
        cell.execution_count = 99  # as after a long evening of trying
    nbformat.write(notebook, path)


def test_refreshing_twice_changes_no_byte(tmp_path, refresh):
    path = tmp_path / "small.ipynb"
    store(
        path,
        "import time\nfor word in 'eins', 'zwei':\n    print(word, flush=True)\n    time.sleep(0.2)",
        "from ipywidgets import IntSlider\nIntSlider(description='Knie °')",
        'from IPython.display import HTML\nHTML(\'<img alt="two bars" src="data:,">\')',
        "",
        "from pathlib import Path\nPath('small.ipynb').exists()",
    )
    assert refresh(path) == (0, f"{'small':32}   6 cells  stored\n")
    first, stored_at = path.read_bytes(), path.stat().st_mtime_ns
    assert refresh(path) == (0, f"{'small':32}   6 cells  unchanged\n")
    assert path.stat().st_mtime_ns == stored_at
    assert path.read_bytes() == first

    notebook = json.loads(first)
    cells = notebook["cells"]
    assert [cell["id"] for cell in cells] == [f"cell-0{number}" for number in range(1, 7)]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2, 3, None, 4]
    assert cells[1]["outputs"] == [{"name": "stdout", "output_type": "stream", "text": ["eins\n", "zwei\n"]}]
    assert cells[2]["outputs"][0]["data"].keys() == {"text/plain"}
    assert cells[3]["outputs"][0]["data"].keys() == {"text/plain", "text/html"}
    assert cells[5]["outputs"][0]["data"]["text/plain"] == ["True"]
    assert all(cell["metadata"] == {} for cell in cells)
    assert notebook["metadata"]["language_info"] == {"name": "python"}
    assert notebook["metadata"].keys() == {"kernelspec", "language_info"}
    assert first.endswith(b"}\n")
    assert "Übungsheft".encode() in first
    assert b"\r" not in first


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("1 / 0", "bad.ipynb, cell 3: ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('old way')", "bad.ipynb, cell 3 writes a warning or error"),
    ],
)
def test_a_notebook_that_fails_is_named_and_left_as_it_was(tmp_path, refresh, bad, reason):
    path = tmp_path / "bad.ipynb"
    store(path, "1 + 1", bad)
    before = path.read_bytes()
    code, said = refresh(path)
    assert code == 1
    assert reason in said
    assert path.read_bytes() == before


def test_presenting_writes_into_a_folder_for_itself_and_starts_there(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KICKBACK_PROGRESS", str(tmp_path / "votes.sqlite"))
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    present = load(ROOT / "tools" / "present.py")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(present.isolation, "leave_out_the_computers_jupyter", lambda: None)
    monkeypatch.setattr(present, "serve", lambda *_: 7)
    assert present.main(["02"]) == 7
    templates = Path(os.environ["JUPYTER_PATH"], "voila", "templates")
    assert not templates.is_relative_to(ROOT) and list(templates.rglob("stage.js"))
    assert Path.cwd() == Path(os.environ["JUPYTER_PATH"]), (
        "Voila reads settings in the folder where it starts"
    )
    os.chdir(tmp_path)
    shutil.rmtree(os.environ["JUPYTER_PATH"])


def test_a_folder_that_cannot_be_written_is_said_without_a_traceback(tmp_path, refresh, monkeypatch):
    path = tmp_path / "small.ipynb"
    store(path, "1 + 1")
    before = path.read_bytes()

    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(os, "replace", refuse)
    code, said = refresh(path)
    assert code == 1 and f"{path} cannot be written: Permission denied." in said
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_sealing_in_a_folder_that_cannot_be_written_is_said(monkeypatch, capsys):
    def refuse(folder):
        raise PermissionError(errno.EACCES, "Permission denied", str(folder / "datapackage.json"))

    monkeypatch.setattr(tables, "seal", refuse)
    assert tables.main(["seal"]) == 1
    assert "datapackage.json cannot be written" in capsys.readouterr().out


def test_a_notebook_that_is_not_there_or_not_one_is_said(tmp_path, refresh):
    assert refresh(tmp_path / "absent.ipynb")[0] == 1
    broken = tmp_path / "broken.ipynb"
    broken.write_text("not a notebook")
    code, said = refresh(broken)
    assert code == 1
    assert "broken.ipynb is not a notebook" in said

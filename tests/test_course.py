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
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-present.lock"]


def load(path):
    spec = importlib.util.spec_from_file_location(f"{path.stem}_under_test", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def course(tmp_path):
    """course.py in a folder of its own, whose name has a space and an accent."""
    folder = tmp_path / "Kickback Übung"
    folder.mkdir()
    shutil.copy(ROOT / "course.py", folder)
    for name in ["pyproject.toml", *LOCKS]:
        (folder / name).write_text(f"first {name}")
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


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(': Failed to "
            "establish a new connection: [Errno -3] Temporary failure in name resolution')'\n"
            "ERROR: No matching distribution found for anyio==4.16.0",
            "no connection to the internet",
        ),
        (
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "disk is full",
        ),
        ("OSError: [Errno 122] Disk quota exceeded: '/home/student'", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one"),
        ("Collecting pandas\nERROR: something unheard of", "    ERROR: something unheard of"),
    ],
)
def test_a_failed_step_says_the_cause(course, printed, expected):
    course.VENV.mkdir()
    with pytest.raises(course.Stop, match=expected):
        course.run_quietly([sys.executable, "-c", f"print({printed!r}); raise SystemExit(1)"])
    assert printed.splitlines()[0] in course.LOG.read_text(encoding="utf-8")


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
        assert f"Port {port} is taken" in said
        offered = int(re.search(r"--port (\d+)", said)[1])
        assert offered != port
        assert course.is_free(offered)
    assert course.is_free(port)
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


def test_jupyterlab_asks_no_news_keeps_panels_with_a_notebook_and_other_settings_stay(course):
    path = course.VENV / "share/jupyter/lab/settings/overrides.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"theme": {"dark": true}}')
    course.settle_lab()
    settings = json.loads(path.read_text())
    assert settings["theme"] == {"dark": True}
    assert settings["@jupyterlab/apputils-extension:notification"] == {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
    assert settings["@jupyter-widgets/jupyterlab-manager:plugin"] == {"saveState": True}

    schema = Path(sys.prefix, "share/jupyter/lab/schemas/@jupyterlab/apputils-extension/notification.json")
    known = json.loads(schema.read_text(encoding="utf-8"))["properties"]
    assert {"fetchNews", "checkForUpdates"} <= set(known)
    widgets = "share/jupyter/labextensions/@jupyter-widgets/jupyterlab-manager/schemas"
    schema = Path(sys.prefix, widgets, "@jupyter-widgets/jupyterlab-manager/plugin.json")
    assert "saveState" in json.loads(schema.read_text(encoding="utf-8"))["properties"]


def test_the_checks_run_without_the_readers_own_settings(course, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", "own")
    with course.clean_environment() as clean:
        assert "PYTHONPATH" not in clean
        assert clean["PYTHONHASHSEED"] == "0"
        folders = {
            str(Path(clean[name]).parent)
            for name in ("JUPYTER_CONFIG_DIR", "IPYTHONDIR", "KICKBACK_PROGRESS")
        }
        assert len(folders) == 1
        assert Path(*folders).is_dir()
    assert not Path(*folders).exists()


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


def test_a_notebook_that_is_not_there_or_not_one_is_said(tmp_path, refresh):
    assert refresh(tmp_path / "absent.ipynb")[0] == 1
    broken = tmp_path / "broken.ipynb"
    broken.write_text("not a notebook")
    code, said = refresh(broken)
    assert code == 1
    assert "broken.ipynb is not a notebook" in said

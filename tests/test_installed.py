"""What pip installs with the lessons: JupyterLab, Notebook, nbconvert and hubs behave as course.py lab."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from flit_core import buildapi

ROOT = Path(__file__).parent.parent
INSTALLED = ROOT / "labextension"
SCHEMAS = Path(sys.prefix) / "share" / "jupyter"


@pytest.mark.parametrize("build", [buildapi.build_wheel, buildapi.build_editable])
def test_pip_installs_the_settings_the_extension_and_the_kernels_start(build, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    with zipfile.ZipFile(tmp_path / build(str(tmp_path))) as wheel:
        _, _, top = next(name for name in wheel.namelist() if ".data/data/" in name).partition(".data/data/")
        head = next(name for name in wheel.namelist() if name.endswith(top))[: -len(top)]
        held = {name[len(head) :]: wheel.read(name) for name in wheel.namelist() if name.startswith(head)}
    files = [path for path in INSTALLED.rglob("*") if path.is_file()]
    assert held == {path.relative_to(INSTALLED).as_posix(): path.read_bytes() for path in files}
    assert {name.partition("/")[0] for name in held} == {"share", "etc"}


def test_every_setting_is_one_that_its_package_knows():
    path = INSTALLED / "share/jupyter/lab/settings/overrides.d/kickback-lab.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    assert settings["@jupyter-widgets/jupyterlab-manager:plugin"] == {"saveState": True}
    for plugin, chosen in settings.items():
        package, _, name = plugin.partition(":")
        (schema,) = SCHEMAS.glob(f"lab*/**/schemas/{package}/{name}.json")
        known = json.loads(schema.read_text(encoding="utf-8"))["properties"]
        for key, value in chosen.items():
            allowed = [one["const"] for one in known[key].get("oneOf", [])]
            allowed = allowed or known[key].get("enum") or [True, False]
            assert value in allowed, f"{plugin} {key}"


@pytest.mark.parametrize("there", [True, False])
def test_a_kernel_starts_in_silence_with_the_lessons_and_without(there, tmp_path):
    start = (INSTALLED / "etc/ipython/startup/kickback_lab.py").read_text(encoding="utf-8")
    hidden = "" if there else "import sys; sys.modules['lessons'] = None\n"
    for shell in ("shell.kernel = 1", ""):
        code = (
            f"{hidden}from IPython.core.interactiveshell import InteractiveShell\n"
            f"shell = InteractiveShell.instance()\n{shell}\nshell.ex({start!r})\n"
            "print(NameError in shell.custom_exceptions)"
        )
        run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
        assert (run.stdout, run.stderr) == (f"{there and bool(shell)}\n", "")


@pytest.mark.parametrize(
    ("source", "said"), [("from lessons import ask", "Run All Cells"), ("x = 1", "Traceback")]
)
def test_a_notebook_that_is_not_of_the_course_keeps_its_tracebacks(source, said, tmp_path):
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps({"cells": [{"source": source}]}), encoding="utf-8")
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\nshell = InteractiveShell.instance()\n"
        "from lessons import order\norder.watch()\nshell.run_cell('early')"
    )
    own = os.environ | {"JPY_SESSION_NAME": str(path)}
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=own, capture_output=True, text=True)
    assert said in run.stdout

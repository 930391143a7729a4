"""Start JupyterLab, as `course.py lab` does, in half the time and with nothing of the computer's own Jupyter.

The other half would go into `rfc3987_syntax`, which builds a grammar of international addresses when
jsonschema imports it. No schema of Jupyter's asks for such an address, and jsonschema does without it.
"""

import sys

from jupyter_core import paths

sys.modules["rfc3987_syntax"] = None
# What was installed for the whole computer, perhaps for another Jupyter: its configuration names classes and
# extensions that are not here. course.py keeps out what lies in the reader's home.
paths.SYSTEM_CONFIG_PATH.clear()
paths.SYSTEM_JUPYTER_PATH.clear()

from jupyterlab.labapp import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())

"""Start JupyterLab, as `course.py lab` does, in half the time.

The other half would go into `rfc3987_syntax`, which builds a grammar of international addresses when
jsonschema imports it. No schema of Jupyter's asks for such an address, and jsonschema does without it.
"""

import sys

sys.modules["rfc3987_syntax"] = None

from jupyterlab.labapp import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())

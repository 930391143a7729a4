"""Start JupyterLab, as `course.py lab` does, in half the time and with nothing of the computer's own Jupyter.

The other half would go into `rfc3987_syntax`, which builds a grammar of international addresses when
jsonschema imports it. No schema of Jupyter's asks for such an address, and jsonschema does without it.
"""

import logging
import os
import sys

import isolation

sys.modules["rfc3987_syntax"] = None
isolation.leave_out_the_computers_jupyter()

from jupyter_server.serverapp import ServerApp  # noqa: E402
from jupyterlab.labapp import main  # noqa: E402

# Not to be set otherwise. course.py sets it: what Jupyter prints first would else be the address of a file.
ServerApp.no_browser_open_file.tag(config=True)

if __name__ == "__main__":
    ended = main()
    # A server that exported a page leaves a thread that waits for ever, and Python would wait for it: Ctrl+C
    # would not end the course. All that the server holds is closed by now.
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(ended or 0)

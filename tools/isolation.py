"""Keep what was installed for the whole computer, perhaps for another Jupyter, out of the course's."""

from jupyter_core import paths


def leave_out_the_computers_jupyter() -> None:
    """Let Jupyter look only into its environment and the reader's folders; course.py settles which those are.

    The computer's configuration may name classes and extensions that are not installed in the course's .venv.
    """
    paths.SYSTEM_CONFIG_PATH.clear()
    paths.SYSTEM_JUPYTER_PATH.clear()

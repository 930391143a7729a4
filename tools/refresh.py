"""Run notebooks in a fresh kernel and store their outputs, so that running twice changes no byte.

`python3 course.py refresh` calls this, for all notebooks or for those that are named.
"""

import sys
import warnings
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

sys.path.insert(0, str(Path(__file__).resolve().parent))

import as_given  # noqa: E402
import listing  # noqa: E402

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
SECONDS_PER_CELL = 60
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# A view holds an identity that is new in every run; without a kernel it shows nothing, so it is not stored.
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# Cells are numbered anew, so it does not matter whether they had names, or two the same.
warnings.filterwarnings("ignore", category=nbformat.warnings.MissingIDFieldWarning)
warnings.filterwarnings("ignore", category=nbformat.warnings.DuplicateCellId)


class Refused(Exception):
    """A notebook that must not be stored; says which one, which cell, and why."""


def refresh(path: Path) -> tuple[int, bool]:
    """Run the notebook at `path` and store it; return how many cells it has, and whether its file changed.

    Raises Refused, with the file left as it was, if a cell fails, takes too long, or writes to stderr.
    """
    before = path.read_bytes()
    try:
        notebook = nbformat.reads(before.decode("utf-8"), as_version=4)
    except (ValueError, nbformat.ValidationError) as fault:
        raise Refused(f"{path.name} is not a notebook: {fault}") from fault
    run(notebook, path)
    normalize(notebook)
    after = (nbformat.writes(notebook) + "\n").encode("utf-8")
    if after != before:
        try:
            as_given.put(after, path)
        except OSError as fault:
            raise Refused(f"{path} cannot be written: {fault.strerror}.") from fault
    return len(notebook.cells), after != before


def run(notebook: nbformat.NotebookNode, path: Path) -> None:
    """Fill in the outputs of `notebook`, run from its own folder. Raises Refused at the first bad cell."""
    client = NotebookClient(
        notebook,
        timeout=SECONDS_PER_CELL,
        kernel_name=KERNEL["name"],
        record_timing=False,
        store_widget_state=False,
        extra_arguments=["--log-level=ERROR"],  # the kernel's own notices are not about the notebook
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        client.execute()
    except CellTimeoutError as fault:
        raise Refused(f"{path.name}: a cell took over {SECONDS_PER_CELL} seconds.\n{fault}") from fault
    except DeadKernelError as fault:
        raise Refused(f"{path.name}: Python itself stopped while the notebook ran.") from fault
    except CellExecutionError as fault:
        raise Refused(f"{path.name}, cell {failed_cell(notebook)}: {fault.ename}: {fault.evalue}") from fault
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr":
                raise Refused(f"{path.name}, cell {number} writes a warning or error:\n{output.text.strip()}")


def failed_cell(notebook: nbformat.NotebookNode) -> int:
    outputs = [[output.output_type for output in cell.get("outputs", [])] for cell in notebook.cells]
    return next(number for number, kinds in enumerate(outputs, 1) if "error" in kinds)


def normalize(notebook: nbformat.NotebookNode) -> None:
    """Leave in `notebook` only what is the same in every run."""
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number:02d}"
        cell.metadata.pop("execution", None)  # when it ran
        if cell.cell_type != "code":
            continue
        if not cell.source.strip():  # never run, so what it holds is from another time
            cell.execution_count, cell.outputs = None, []
        cell.outputs = merged(cell.outputs)
        for output in cell.outputs:
            output.get("data", {}).pop(WIDGET_VIEW, None)


def merged(outputs: list) -> list:
    """Return `outputs` with adjoining printed text in one piece: how it is cut depends on timing."""
    result = []
    for output in outputs:
        last = result[-1] if result else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            result.append(output)
    return result


def chosen(names: list[str]) -> list[Path]:
    if not names:
        return listing.parted(NOTEBOOKS)[0]
    for name in names:
        if not Path(name).is_file():
            raise Refused(f"There is no notebook {name}.")
    return [Path(name).resolve() for name in names]


def main(names: list[str]) -> int:
    """Refresh the named notebooks, or all; print a line for each; return 1 if one was refused."""
    refused, stored = [], []
    try:
        for path in chosen(names):
            try:
                cells, changed = refresh(path)
            except Refused as reason:
                refused.append(str(reason))
                print(f"{path.stem:32} refused", flush=True)
            else:
                stored.append(path)
                print(f"{path.stem:32} {cells:3} cells  {'stored' if changed else 'unchanged'}", flush=True)
    except Refused as reason:
        refused.append(str(reason))
    try:
        as_given.record(path for path in stored if path in listing.parted(NOTEBOOKS)[0])
    except OSError as fault:
        refused.append(f"{as_given.LIST} cannot be written: {fault.strerror}.")
    left_out = "" if names else listing.left_out(listing.parted(NOTEBOOKS)[1])
    if left_out:
        print(left_out)
    for reason in refused:
        print(f"\n{reason}\nThe file was left as it was.", file=sys.stderr)
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

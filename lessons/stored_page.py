"""Export a lesson that was run as a page that needs neither Python nor a network: nbconvert's `StoredPage`.

The lessons package names it to nbconvert (`labextension/etc/jupyter`), and to the server (`lessons.server`).
"""

from nbconvert.preprocessors import Preprocessor

from lessons import printed

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
_MODEL = "IPY_MODEL_"


class StoredPage(Preprocessor):
    """Shows in place of each panel and form what stands stored beside it, with the answers that were given.

    A page would fetch what shows a panel from another computer; what is stored needs nothing.
    """

    def preprocess(self, nb, resources):
        """Return the notebook with stored text in place of panels and forms; and the resources."""
        state = nb.metadata.get("widgets", {}).get(STATE, {}).get("state", {})
        outputs = [output for cell in nb.cells for output in cell.get("outputs", ())]
        shown = [output.data for output in outputs if VIEW in output.get("data", {})]
        for data in shown:
            if "text/html" in data:
                model = data.pop(VIEW).get("model_id")
                data["text/html"] = _now(model, state) or "".join(data["text/html"])
                if _is_open(model, state):
                    data["text/html"] = _opened(model, state, data["text/html"])
        if not any(VIEW in data for data in shown):
            nb.metadata.pop("widgets", None)
        return nb, resources


def _now(model: str, state: dict) -> str:
    """Return what a form or a text shows by now, from its model's saved state; "" if that is not known."""
    saved = _saved(model, state)
    if saved.get("questions"):
        states = saved.get("states") or {}
        parts = [printed.question(one, states.get(one["id"])) for one in saved["questions"]]
        return "\n".join([*parts, saved.get("closing") or ""])
    if saved.get("plan") and saved.get("about"):
        return printed.plan(saved["plan"], saved["about"])
    return saved.get("value", "") if state.get(model, {}).get("model_name") == "HTMLModel" else ""


def _is_open(model: str, state: dict) -> bool:
    """Tell whether a reveal shows what it is about."""
    if "kickback-reveal" not in _saved(model, state).get("_dom_classes", ()):
        return False
    texts = [_saved(child, state).get("value", "") for child in _children(model, state)]
    return bool(texts) and not any('class="kickback-locked"' in text for text in texts)


def _opened(model: str, state: dict, stored: str) -> str:
    """Return what stands in an open reveal: the prediction beside the data, then what is shown."""
    if not stored.startswith("<details>"):
        return stored  # it was open when its cell ran
    *beside, _shown = _children(model, state)
    parts = [_now(child, state) for child in beside]
    return "\n".join([*filter(None, parts), stored.replace("<details>", "<details open>", 1)])


def _children(model: str, state: dict) -> list[str]:
    return [child.removeprefix(_MODEL) for child in _saved(model, state).get("children", ())]


def _saved(model: str, state: dict) -> dict:
    return state.get(model, {}).get("state", {})

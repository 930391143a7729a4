// What of its panels a notebook's file holds: the models of what its outputs show, and no others.
export const VIEW = "application/vnd.jupyter.widget-view+json";
const STATE = "application/vnd.jupyter.widget-state+json";
const PREFIX = "IPY_MODEL_";

const saved = (notebook) => notebook?.getMetadata("widgets")?.[STATE]?.state || {};

// Return the ids of the models that the file holds.
export const savedModels = (notebook) => new Set(Object.keys(saved(notebook)));

// Every model that a value names: in its text, or as a view in an output that is part of it.
function* named(value) {
  if (typeof value === "string") {
    if (value.startsWith(PREFIX)) yield value.slice(PREFIX.length);
  } else if (value && typeof value === "object") {
    if (typeof value[VIEW]?.model_id === "string") yield value[VIEW].model_id;
    for (const part of Object.values(value)) yield* named(part);
  }
}

function shownBy(notebook) {
  const ids = [];
  for (const cell of notebook.cells) {
    for (let number = 0; number < (cell.outputs?.length || 0); number += 1) {
      const id = cell.outputs.get(number).data[VIEW]?.model_id;
      if (id) ids.push(id);
    }
  }
  return ids;
}

// Return the models out of `states` that some ids stand for, with all that they name. A link, which nothing names,
// belongs to what it links.
function reached(ids, states) {
  const found = {};
  const waiting = [...ids];
  const gather = () => {
    while (waiting.length) {
      const id = waiting.pop();
      if (id in found || !(id in states)) continue;
      found[id] = states[id];
      waiting.push(...named(states[id].state));
    }
  };
  gather();
  for (const [id, model] of Object.entries(states)) {
    if (!/LinkModel$/.test(model.model_name)) continue;
    const ends = [...named([model.state.source, model.state.target])];
    if (ends.length && ends.every((end) => end in found)) waiting.push(id);
  }
  gather();
  return found;
}

// JupyterLab saves the models that Python has now. After a restart these are none, and the outputs would name
// models that the file no longer holds; what ran before and is shown no more would stay. Mend that as it saves.
export function saveWhatIsShown(notebook) {
  const set = notebook.setMetadata.bind(notebook);
  notebook.setMetadata = (key, value) => {
    const now = key === "widgets" && value?.[STATE];
    if (!now) return set(key, value);
    const state = reached(shownBy(notebook), { ...saved(notebook), ...now.state });
    return set(key, { ...value, [STATE]: { ...now, state } });
  };
}

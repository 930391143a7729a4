// A lesson that was saved with its panels shows them again when it is opened. On a slow computer they may come
// late: JupyterLab looks for a panel for two seconds and then writes this in its place, for good.
const GIVEN_UP = "Error displaying widget: model not found";
const VIEW = "application/vnd.jupyter.widget-view+json";
const STATE = "application/vnd.jupyter.widget-state+json";
const PAUSE = 2000; // ms between two looks; JupyterLab looks for a panel as long
const LOOKS = 30;

// Show the panels that the notebook's file holds and JupyterLab gave up.
function showGivenUp({ content: notebook }) {
  const saved = notebook.model?.getMetadata("widgets")?.[STATE]?.state || {};
  for (const { outputArea } of notebook.widgets) {
    outputArea?.widgets.forEach((row, number) => {
      const output = outputArea.model.get(number);
      if (!(output?.data[VIEW]?.model_id in saved)) return;
      for (const part of row.children()) {
        if (part.node.textContent !== GIVEN_UP) continue;
        part.removeClass("jupyter-widgets");
        part.renderModel(output);
      }
    });
  }
}

// Look after a notebook's panels for its first minute with a kernel.
export async function lookAfter(panel) {
  await panel.sessionContext.ready;
  for (let look = 0; look < LOOKS && !panel.isDisposed; look += 1) {
    showGivenUp(panel);
    await new Promise((done) => setTimeout(done, PAUSE));
  }
}

// What stands on the page where a panel or a form cannot run. Each output of the course holds its text, table and
// picture beside the panel, as HTML. JupyterLab shows the panel and, without its model, an error in its place:
// here the HTML stands until the panel is there, and again when it is gone.
import { savedModels, VIEW } from "./saved.js";

const HTML = "text/html";
const SOON = 400; // ms in which a panel that runs is usually there
const LATE = 5000; // ms after which a kernel that was chosen has its panels, or never
const PAUSE = 2000; // ms between two looks for a panel that the file holds; JupyterLab looks as long, once
const LOOKS = 30;

// Let every output of a notebook be worth its stored HTML at least. `Panel` is JupyterLab's class of that name;
// `tellStuck` is called where Python came too late for JupyterLab, which then shows no panel before the page is opened
// again.
export function keepReadable(notebookPanel, Panel, tellStuck) {
  const { content, sessionContext } = notebookPanel;
  const registry = content.rendermime;
  const create = registry.createRenderer.bind(registry);
  const add = registry.addFactory.bind(registry);
  const outputs = new Set();
  let hasManager = false;

  class Output extends Panel {
    constructor() {
      super();
      outputs.add(this);
    }

    dispose() {
      clearTimeout(this.waiting);
      outputs.delete(this);
      super.dispose();
    }

    async renderModel(model) {
      this.model = model;
      clearTimeout(this.waiting);
      if (hasManager) this.waiting = setTimeout(() => this.choose(), SOON);
      this.begin();
      if (!hasManager) await this.choose();
    }

    // Have JupyterLab make the view. It may take for ever: its promise is not waited for.
    begin() {
      this.live?.dispose();
      this.view = null;
      const live = create(VIEW);
      this.live = live;
      this.isTrying = false;
      const { onChildAdded, onChildRemoved } = live;
      live.onChildAdded = (message) => {
        onChildAdded.call(live, message);
        const older = this.view; // two looks at once may both have found it
        this.view = message.child;
        older?.dispose();
        this.choose();
      };
      live.onChildRemoved = (message) => {
        onChildRemoved.call(live, message);
        if (message.child !== this.view) return;
        this.view = null;
        this.choose();
      };
      live.hide();
      this.addWidget(live);
      this.look();
    }

    async look() {
      if (this.isTrying || this.view) return;
      const { live, model } = this;
      this.isTrying = true;
      // JupyterLab empties the id of a view that is closed. That is not to reach the file.
      const data = { ...model.data, [VIEW]: { ...model.data[VIEW] } };
      const copy = { data, metadata: model.metadata, trusted: model.trusted, setData: (change) => model.setData(change) };
      await live.renderModel(copy).catch(() => {});
      if (live !== this.live || this.isDisposed) return;
      this.isTrying = false;
      if (!this.view) this.choose();
    }

    // Show the view if it is there, else what is stored; without either, JupyterLab's own words.
    async choose() {
      clearTimeout(this.waiting);
      if (this.isDisposed) return;
      const isStored = !this.view && this.model.data[HTML] !== undefined;
      this.live.setHidden(isStored);
      if (isStored) this.live.node.textContent = ""; // JupyterLab's own words are about what stands there
      if (this.stored) this.stored.setHidden(!isStored);
      else if (isStored) {
        this.stored = create(HTML);
        this.addWidget(this.stored);
        await this.stored.renderModel(this.model);
      }
    }
  }

  registry.createRenderer = (type) => (type === VIEW ? new Output() : create(type));
  // JupyterLab offers to show panels at once, and again when the notebook has a kernel: only the second can.
  registry.addFactory = (factory, ...rank) => {
    add(factory, ...rank);
    if (!factory.mimeTypes.includes(VIEW)) return;
    hasManager = true;
    outputs.forEach((output) => !output.view && output.model && output.begin());
  };

  async function lookAgain() {
    for (let look = 0; look < LOOKS && !notebookPanel.isDisposed; look += 1) {
      const held = savedModels(content.model);
      outputs.forEach((output) => held.has(output.model?.data[VIEW].model_id) && output.look());
      await new Promise((done) => setTimeout(done, PAUSE));
    }
  }
  sessionContext.ready.then(lookAgain, () => {});

  sessionContext.kernelChanged.connect(async (_session, { newValue: kernel }) => {
    await new Promise((done) => setTimeout(done, LATE));
    if (kernel && !hasManager && outputs.size && !notebookPanel.isDisposed) tellStuck();
  });
}

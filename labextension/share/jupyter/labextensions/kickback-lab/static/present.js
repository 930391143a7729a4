// A button in every notebook's toolbar and a command in the palette, which show the notebook as screens.
import { Stage } from "./stage.js";

const COMMAND = "kickback:present";
const TELLS = "Show this notebook as screens, in big type and without code";

const SHOWN = "kickback presenting"; // in this tab: the key of the block that is shown, by notebook
const KEY_MARK = "<!-- key -->"; // stands in the section of a plan that holds its key

// Which notebooks are presented, kept so that a page that is loaded again presents them at the same place.
const shown = {
  all() {
    try {
      return JSON.parse(sessionStorage.getItem(SHOWN)) || {};
    } catch {
      return {};
    }
  },
  put(path, key) {
    const all = this.all();
    if (key) all[path] = key;
    else delete all[path];
    try {
      sessionStorage.setItem(SHOWN, JSON.stringify(all));
    } catch {
      /* a browser without storage begins anew */
    }
  },
};

// The plans stand beside the folder of the notebooks.
const planOf = (path) => {
  const folders = path.split("/");
  const stem = folders.pop().replace(/\.ipynb$/, "");
  return [...folders.slice(0, -1), "lessons", "plans", `${stem.replaceAll("_", "-")}.md`].join("/");
};

// Return what stands in the notes: the plan as HTML, without the section that holds its key.
async function notesOf(path, { contents, rendermime }) {
  const where = planOf(path);
  const text = await contents.get(where, { type: "file", format: "text", content: true }).then(
    ({ content }) => content,
    () => null,
  );
  if (text === null) return `<h1>Notes</h1><p>There is no plan for this page: ${where} was not found.</p>`;
  const sections = text.split(/^(?=## )/m);
  const open = sections.filter((section) => !section.includes(KEY_MARK));
  if (open.length === sections.length) {
    return `<h1>Notes</h1><p>${where} does not mark where its key stands (${KEY_MARK.replace("<", "&lt;")}), so it is not shown.</p>`;
  }
  const renderer = rendermime.createRenderer("text/markdown");
  await renderer.renderModel(rendermime.createModel({ data: { "text/markdown": open.join("") } }));
  renderer.node.querySelectorAll(".jp-InternalAnchorLink").forEach((link) => link.remove());
  const html = renderer.node.innerHTML;
  renderer.dispose();
  return html;
}

// Offer to present every notebook. `shared` holds the classes of JupyterLab's packages that are used here;
// `notesPage` is the address of the page of notes.
export function offerPresenting({ app, tracker, palette, notesPage, shared: { ToolbarButton } }) {
  const stages = new Map();
  const buttons = new Map();

  // A cell as the stage knows it: its number in the notebook, and its tags.
  const cellsOf = (notebook) => (node) => {
    const number = notebook.widgets.findIndex((one) => one.node === node);
    const tags = notebook.widgets[number]?.model.getMetadata("tags");
    return { number, forDesk: Array.isArray(tags) && tags.includes("desk") };
  };

  function open(panel, begin) {
    const { content: notebook, context } = panel;
    const { path } = context;
    const usual = notebook.notebookConfig;
    // Cells that are out of sight are screens too. This mode lays out those that are still to come, and all.
    notebook.notebookConfig = { ...usual, windowingMode: "defer" };
    notebook.update();
    const stage = new Stage(notebook.viewportNode, {
      host: panel.node,
      scroller: notebook.outerNode,
      title: panel.title.label,
      lesson: path,
      about: cellsOf(notebook),
      at: notebook.activeCell?.node,
      begin,
      whole: () => notebook.widgets.every(({ isAttached }) => isAttached),
      moved: (key) => shown.put(path, key),
      notes: () => `${notesPage}#${encodeURIComponent(path)}`,
      plan: () => notesOf(path, { contents: app.serviceManager.contents, rendermime: notebook.rendermime }),
      ended: (block) => {
        stages.delete(panel);
        shown.put(path, null);
        buttons.get(panel).pressed = false;
        notebook.notebookConfig = usual;
        const cell = notebook.widgets.findIndex(({ node }) => node.contains(block));
        if (cell >= 0) notebook.activeCellIndex = cell;
        if (!panel.isVisible) return;
        panel.activate();
        // The cells get their places back first.
        requestAnimationFrame(() => requestAnimationFrame(() => notebook.scrollToItem(notebook.activeCellIndex, "start")));
      },
    });
    stages.set(panel, stage);
    buttons.get(panel).pressed = true;
    return stage;
  }

  const turn = (panel) => (stages.has(panel) ? stages.get(panel).end() : open(panel).full());

  // A page that was loaded again while it presented goes on.
  async function goOn(panel) {
    await panel.revealed;
    const begin = shown.all()[panel.context.path];
    if (begin && !panel.isDisposed && !stages.has(panel)) open(panel, begin);
  }

  app.docRegistry.addWidgetExtension("Notebook", {
    createNew(panel) {
      const button = new ToolbarButton({ label: "Present", tooltip: TELLS, onClick: () => turn(panel) });
      buttons.set(panel, button);
      goOn(panel);
      panel.toolbar.insertAfter("cellType", "kickback-present", button) || panel.toolbar.addItem("kickback-present", button);
      panel.disposed.connect(() => {
        stages.get(panel)?.end();
        buttons.delete(panel);
      });
      return button;
    },
  });
  app.commands.addCommand(COMMAND, {
    label: "Present This Notebook",
    caption: TELLS,
    isEnabled: () => tracker.currentWidget !== null,
    isToggled: () => stages.has(tracker.currentWidget),
    execute: () => tracker.currentWidget && turn(tracker.currentWidget),
  });
  palette?.addItem({ command: COMMAND, category: "Notebook Operations" });
}

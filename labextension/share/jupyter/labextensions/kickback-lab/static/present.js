// A button in every notebook's toolbar and a command in the palette, which show the notebook as screens.
import { Stage } from "./stage.js";

const COMMAND = "kickback:present";
const TELLS = "Show this notebook as screens, in big type and without code";

const plans = (panel) => {
  const stem = panel.context.path.split("/").pop().replace(".ipynb", "");
  return panel.context.path.replace(/notebooks\/[^/]*$/, `lessons/plans/${stem.replaceAll("_", "-")}.md`);
};

// Offer to present every notebook. `shared` holds the classes of JupyterLab's packages that are used here.
export function offerPresenting({ app, tracker, palette, shared: { ToolbarButton, PageConfig } }) {
  const stages = new Map();
  const buttons = new Map();

  function open(panel) {
    const { content: notebook } = panel;
    const usual = notebook.notebookConfig;
    // Cells that are out of sight are screens too. This mode lays out those that are still to come, and all.
    notebook.notebookConfig = { ...usual, windowingMode: "defer" };
    notebook.update();
    const stage = new Stage(notebook.viewportNode, {
      host: panel.node,
      scroller: notebook.outerNode,
      at: notebook.activeCell?.node,
      title: panel.title.label,
      notes: () => {
        const path = plans(panel).split("/").map(encodeURIComponent).join("/");
        return `${PageConfig.getBaseUrl()}doc/tree/${path}?factory=Markdown%20Preview`;
      },
      ended: (block) => {
        stages.delete(panel);
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
    stage.full();
  }

  const turn = (panel) => (stages.has(panel) ? stages.get(panel).end() : open(panel));
  app.docRegistry.addWidgetExtension("Notebook", {
    createNew(panel) {
      const button = new ToolbarButton({ label: "Present", tooltip: TELLS, onClick: () => turn(panel) });
      buttons.set(panel, button);
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

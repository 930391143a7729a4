// A button in the toolbar of a lesson, and a command in the palette, which run all its cells. In a narrow window,
// a phone's, neither JupyterLab's menus nor its list of files leave room for the lesson.
const COMMAND = "kickback:start";
const TELLS = "Start the lesson: its panels move and its questions take answers";
const NAME = "kickback-start";
const NARROW = 760; // px

const isLesson = ({ content }) => [...content.model.cells].some((cell) => /\blessons\b/.test(cell.sharedModel.getSource()));

// What does not fit into a toolbar goes into a menu of its own, from the end; Jupyter Notebook fills in its own
// buttons later than others.
function stayInFront(toolbar, button) {
  const [first] = toolbar.names();
  if (first === NAME) return;
  button.parent = null;
  toolbar.insertItem(0, NAME, button);
}

// Offer to run every lesson. `shared` holds the classes of JupyterLab's packages that are used here.
export function offerStart({ app, tracker, palette, shared }) {
  const { Notification, NotebookActions, SessionContextDialogs, ToolbarButton } = shared;
  const dialogs = new SessionContextDialogs();

  async function start(panel) {
    const { content: notebook, sessionContext } = panel;
    const said = Notification.emit("Starting: Python comes up, then every cell runs.", "in-progress", { autoClose: false });
    const say = (type, message) => Notification.update({ id: said, message, type, autoClose: 6000 });
    try {
      await sessionContext.ready;
      if (sessionContext.session?.kernel?.status === "dead") await sessionContext.restartKernel();
      // The reader stays where they are: this runs cells without going to them.
      const isDone = await NotebookActions.runCells(notebook, [...notebook.widgets], sessionContext, dialogs);
      if (isDone) say("success", "Ready. Panels move, and questions take answers.");
      else say("error", "A cell could not run. What to do stands below it.");
    } catch (fault) {
      say("error", `The lesson could not be started: ${fault.message || fault}`);
    }
  }

  const narrow = () => window.innerWidth < NARROW;
  const makeRoom = () => narrow() && app.shell.collapseLeft?.();
  app.restored.then(makeRoom);

  app.docRegistry.addWidgetExtension("Notebook", {
    createNew(panel) {
      const button = new ToolbarButton({ label: "Start", tooltip: TELLS, onClick: () => start(panel) });
      panel.context.ready.then(() => {
        if (panel.isDisposed || !isLesson(panel)) return;
        const place = () => stayInFront(panel.toolbar, button);
        const changes = new MutationObserver(place);
        changes.observe(panel.toolbar.node, { childList: true });
        panel.disposed.connect(() => changes.disconnect());
        place();
        makeRoom();
      });
      return button;
    },
  });
  app.commands.addCommand(COMMAND, {
    label: "Start This Lesson",
    caption: TELLS,
    isEnabled: () => tracker.currentWidget !== null,
    execute: () => tracker.currentWidget && start(tracker.currentWidget),
  });
  palette?.addItem({ command: COMMAND, category: "Notebook Operations" });
}

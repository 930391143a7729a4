// JupyterLab's side of the course: outputs.js and saved.js keep what a lesson shows, with its Python and without;
// start.js runs a lesson; present.js shows it as screens; menu.js names menu items as JupyterLab does. Written as
// JupyterLab's loader wants it, so that nothing needs to be built: it calls init with the packages that JupyterLab
// shares, then get for the plugin.
(() => {
  const near = (name) => new URL(name, here).href;
  const here = document.currentScript.src;
  const REOPEN = "This page was opened without Python. Save it, close it and open it again; then its panels move.";
  let shared;

  const take = async (name) => {
    const [offer] = Object.values(shared[name]);
    return (await offer.get())();
  };

  async function plugin() {
    const packages = ["notebook", "apputils", "mainmenu"].map((name) => take(`@jupyterlab/${name}`));
    const modules = ["outputs.js", "saved.js", "start.js", "present.js", "menu.js"].map((name) => import(near(name)));
    const [notebook, apputils, { IMainMenu }, { Panel }] = await Promise.all([...packages, take("@lumino/widgets")]);
    const [{ keepReadable }, { saveWhatIsShown }, { offerStart }, { offerPresenting }, { menuNames }] = await Promise.all(modules);
    return {
      id: "kickback-lab:plugin",
      description: "Runs a notebook of the course, shows it as screens, and keeps what its panels show.",
      autoStart: true,
      requires: [notebook.INotebookTracker],
      optional: [apputils.ICommandPalette, IMainMenu],
      activate(app, tracker, palette, mainMenu) {
        const style = document.createElement("link");
        Object.assign(style, { rel: "stylesheet", href: near("stage.css") });
        document.head.append(style);
        const nameMenus = menuNames(app, mainMenu);
        app.docRegistry.addWidgetExtension("Notebook", {
          createNew(panel) {
            keepReadable(panel, Panel, () => apputils.Notification.warning(REOPEN, { autoClose: false }));
            saveWhatIsShown(panel.content.model);
            nameMenus.then((write) => write(panel));
          },
        });
        const lab = { app, tracker, palette, shared: { ...notebook, ...apputils } };
        offerStart(lab);
        offerPresenting({ ...lab, notesPage: near("notes.html") });
      },
    };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB["kickback-lab"] = {
    init: (scope) => void (shared = scope),
    get: async () => {
      const found = await plugin();
      return () => found;
    },
  };
})();

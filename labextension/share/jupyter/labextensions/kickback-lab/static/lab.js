// JupyterLab's side of the course: present.js shows a notebook as screens, late.js brings back the panels of a
// saved lesson. Written as JupyterLab's loader wants it, so that nothing needs to be built: it calls init with
// the packages that JupyterLab shares, then get for the plugin.
(() => {
  const near = (name) => new URL(name, here).href;
  const here = document.currentScript.src;
  let shared;

  const take = async (name) => {
    const [offer] = Object.values(shared[name]);
    return (await offer.get())();
  };

  async function plugin() {
    const [{ INotebookTracker }, { ICommandPalette, ToolbarButton }, { offerPresenting }, { lookAfter }] =
      await Promise.all([
        take("@jupyterlab/notebook"),
        take("@jupyterlab/apputils"),
        import(near("present.js")),
        import(near("late.js")),
      ]);
    return {
      id: "kickback-lab:present",
      description: "Shows a notebook of the course as screens, and its saved panels when they come late.",
      autoStart: true,
      requires: [INotebookTracker],
      optional: [ICommandPalette],
      activate(app, tracker, palette) {
        const style = document.createElement("link");
        Object.assign(style, { rel: "stylesheet", href: near("stage.css") });
        document.head.append(style);
        app.docRegistry.addWidgetExtension("Notebook", { createNew: (panel) => void lookAfter(panel) });
        offerPresenting({ app, tracker, palette, notesPage: near("notes.html"), shared: { ToolbarButton } });
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

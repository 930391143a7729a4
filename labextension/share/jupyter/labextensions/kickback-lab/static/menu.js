// Pages name JupyterLab's menu items in English. Where JupyterLab calls them otherwise, in another language or
// another version, its own names are written in their place.
const MARKS = { menu: ".kickback-run-menu", all: ".kickback-run-all" };
const WRITTEN = { menu: "Run", all: "Run All Cells" };

// Return a function that keeps the names in a notebook's pages as JupyterLab has them.
export async function menuNames(app, mainMenu) {
  await app.restored; // menus get their names as the settings are read
  const names = {
    menu: mainMenu?.runMenu.title.label || WRITTEN.menu,
    all: app.commands.label("notebook:run-all-cells") || WRITTEN.all,
  };
  const whole = `${names.menu}, then ${names.all}`;
  document.body.dataset.kickbackRunAll = whole; // read by the forms
  document.documentElement.style.setProperty("--kickback-run-all", JSON.stringify(whole)); // and by their style
  const asWritten = Object.keys(names).every((name) => names[name] === WRITTEN[name]);
  const write = (node) =>
    Object.entries(MARKS).forEach(([name, mark]) => {
      node.querySelectorAll(mark).forEach((part) => part.textContent !== names[name] && (part.textContent = names[name]));
    });
  return ({ content: { node } }) => {
    if (asWritten) return;
    write(node);
    const changes = new MutationObserver((records) =>
      records.forEach(({ addedNodes }) => addedNodes.forEach((one) => one.nodeType === Node.ELEMENT_NODE && write(one))),
    );
    changes.observe(node, { subtree: true, childList: true });
  };
}

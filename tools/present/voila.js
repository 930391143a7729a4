// Voila sends its page cell by cell as they run, and draws the widgets when all have run. The first screen need not
// wait for that: what has come can be turned already.
const note = document.title;
let stage;

function begin(page) {
  page.style.display = "";
  document.querySelector("#loading")?.remove();
  document.title = `${page.querySelector("h1")?.textContent.replace("¶", "") || note}`;
  const { body } = document;
  const notes = () => `${body.dataset.baseUrl}templates/kickback/static/notes.html`;
  stage = new Stage(page, { host: body, scroller: document.scrollingElement, title: document.title, notes });
  const wanted = Number(location.hash.slice(1)) || 1;
  window.kickbackStage = stage;
  new MutationObserver(() => history.replaceState(null, "", `#${stage.number + 1}`)).observe(stage.place, { childList: true });
  return wanted;
}

// A page that is loaded again shows the screen that stood there, once it has come.
function follow(wanted = 0) {
  const page = document.querySelector("#rendered_cells");
  if (!stage && page?.querySelector(".jp-Cell:not(:last-child), [cell-index] + [cell-index]")) wanted = begin(page);
  stage?.build();
  if (stage && wanted > 1 && stage.screens.length >= wanted) {
    stage.show(wanted - 1, true);
    wanted = 0;
  }
  const whole = document.readyState === "complete" && !document.querySelector("script[type^='application/vnd.voila']");
  if (!stage || !whole) setTimeout(() => follow(wanted), 100);
}

follow();

// Voila sends its page cell by cell as they run, and draws the widgets when all have run. The first screen need not
// wait for that: what has come can be turned already.
const usualTitle = document.title;
let stage;

// The token that opened the page is no longer needed: a cookie stands for it. A class need not read it.
history.replaceState(null, "", location.pathname + location.hash);

const isWhole = () => document.readyState === "complete" && !document.querySelector("script[type^='application/vnd.voila']");

const about = (cell) => ({
  number: Number(cell.closest("[cell-index]")?.getAttribute("cell-index")) || 0,
  forDesk: cell.matches(".celltag_desk") || cell.querySelector(".celltag_desk") !== null,
});

function begin(page) {
  page.style.display = "";
  document.querySelector("#loading")?.remove();
  document.title = `${page.querySelector("h1")?.textContent.replace("¶", "") || usualTitle}`;
  const { body } = document;
  stage = new Stage(page, {
    host: body,
    scroller: document.scrollingElement,
    title: document.title,
    lesson: LESSON,
    about,
    begin: /^#\d+\.\d+$/.test(location.hash) ? location.hash.slice(1) : null,
    whole: isWhole,
    moved: (key) => history.replaceState(null, "", `#${key}`),
    notes: () => `${body.dataset.baseUrl}notes#${encodeURIComponent(LESSON)}`,
  });
  window.kickbackStage = stage;
}

function follow() {
  const page = document.querySelector("#rendered_cells");
  if (!stage && page?.querySelector(".jp-Cell:not(:last-child), [cell-index] + [cell-index]")) begin(page);
  stage?.build();
  if (stage && isWhole()) stage.comeBack();
  else setTimeout(follow, 100);
}

follow();

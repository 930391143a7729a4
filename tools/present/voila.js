// Voila shows its page when every cell has run; the widgets come a moment later and are fitted as they come.
function begin() {
  const page = document.querySelector("#rendered_cells");
  if (!page || page.style.display === "none" || document.readyState !== "complete") {
    setTimeout(begin, 50);
    return;
  }
  document.title = `${page.querySelector("h1")?.textContent.replace("¶", "") || document.title}`;
  page.setAttribute("role", "main");
  const { body } = document;
  const notes = () => `${body.dataset.baseUrl}templates/kickback/static/notes.html`;
  const stage = new Stage(page, { host: body, scroller: document.scrollingElement, title: document.title, notes });
  window.kickbackStage = stage;
  // A page that is loaded again shows the screen that stood there.
  stage.show(Number(location.hash.slice(1)) - 1 || 0, true);
  new MutationObserver(() => history.replaceState(null, "", `#${stage.number + 1}`)).observe(stage.place, { childList: true });
}

begin();

// One quiet line on a page: whose answers stand there, and where they are kept. The first form of the page has it.

const PRECEDES = 2; // Node.DOCUMENT_POSITION_PRECEDING
const ELECTED = "kickback-whose"; // tells all forms that another one may have the line

// Of the forms on a page the first one is elected. One that was scrolled out of a long page stays elected.
function elect(root) {
  if (!root.isConnected) return;
  const page = root.closest(".jp-Notebook") || document.body;
  const now = page.kickbackWhose;
  const precedes = now?.isConnected && now.compareDocumentPosition(root) & PRECEDES;
  if (!now || precedes) page.kickbackWhose = root;
  root.kickbackPage = page;
}

function isElected(root) {
  return root.kickbackPage?.kickbackWhose === root;
}

function sentence({ answered, name, since, path, unread }) {
  if (unread) return `Earlier answers cannot be read now. They stand in ${path}.`;
  if (answered) {
    const parts = ["Answers", name && `of ${name},`, since && `since ${since},`, `kept in ${path}.`];
    return parts.filter(Boolean).join(" ");
  }
  return `No answers here yet. They will be kept in ${path}. To bring answers from another computer: ask.restore("file").`;
}

// What this tab keeps of answers that were not saved belongs to whoever began before.
function clearShelves() {
  try {
    Object.keys(sessionStorage)
      .filter((key) => key.startsWith("kickback "))
      .forEach((key) => sessionStorage.removeItem(key));
  } catch {
    /* a browser without storage has none */
  }
}

// Show the line in a form, if it is the first of its page. Python tells it when it is asked, and when it changes: what
// stands in the model would be saved with the notebook. Returns what takes the form out of the page again.
function whose(model, send, root) {
  const part = element("div", "kickback-whose");
  part.hidden = true;
  root.prepend(part);
  const words = element("span", "", part);
  const actions = element("span", "", part);
  const tell = element("span", "", part);
  tell.setAttribute("role", "status");
  let known = null;
  let asks = false;

  const status = () => ({ rest: "Not you? Begin anew", between: "Press again to set these answers aside" });
  twice(actions, status, () =>
    send(
      { begin_anew: true },
      {
        heard: () => (tell.textContent = ""),
        unheard: (stopped) => (tell.textContent = `Not done yet: ${why(stopped)}.`),
      },
    ),
  );

  function show(told) {
    if (told) known = told;
    const shown = isElected(root) && known?.path;
    part.hidden = !shown;
    if (!shown) return;
    words.textContent = sentence(known);
    actions.hidden = !known.answered || known.unread;
  }

  function check() {
    elect(root);
    if (isElected(root) && !asks) {
      asks = true;
      send({ whose: true }, { heard: (reply) => show(reply.whose) });
    }
    show();
  }

  const settle = () => {
    elect(root);
    window.dispatchEvent(new Event(ELECTED));
  };
  model.on("msg:custom", (message) => {
    if (message?.begun_anew) clearShelves();
    show(message?.whose);
  });
  window.addEventListener(ELECTED, check);
  // A form may be made before it stands in its page.
  const watch = new ResizeObserver(() => root.kickbackPage || settle());
  watch.observe(root);
  return () => {
    watch.disconnect();
    window.removeEventListener(ELECTED, check);
    if (isElected(root)) delete root.kickbackPage.kickbackWhose;
    window.dispatchEvent(new Event(ELECTED));
  };
}

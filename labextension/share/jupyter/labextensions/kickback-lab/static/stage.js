// Turns a page of cells, Voila's or JupyterLab's, into screens: one idea each, stepped through by keyboard or
// clicker. Nothing is moved or copied: a screen is a list of the page's own blocks, and all others are hidden.

const LINES = 10; // of text on one screen, at 61 characters a line
const PER_LINE = 61;
const TEXT_WIDTH = 740; // layout pixels across a screen of text; zoomed to fill a wall of 1280, 20 of them are 24 pt
const PANEL_WIDTH = 1180;
// How far a picture, or text, may shrink until it stands on the wall. What would shrink more scrolls at full size.
const LEAST = { picture: 0.6, text: 0.8 };
const BAR = 48; // pixels for the line at the foot
// What fills a wall. JupyterLab keeps an icon of its own beside each output.
const PICTURES = ".kickback-panel, .kickback-tally, img, svg:not(.jp-OutputArea-promptOverlay *)";

const make = (tag, name, parent, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  parent?.append(node);
  return node;
};

const typesHere = (node) => node?.matches?.("input, select, textarea, [contenteditable], [role=slider]");
const pressesHere = (node) => node?.matches?.("summary, button");
const isHeading = (block) => /^H[12]$/.test(block.tagName);

// Lines that a block of text takes; a picture or a form fills a screen alone.
function weight(block) {
  if (block.matches(".jp-Cell-outputWrapper, .kickback-question")) return LINES;
  if (isHeading(block)) return 2.5;
  if (block.tagName === "DETAILS") return LINES;
  const lines = (node) => Math.max(1, Math.ceil(node.textContent.length / PER_LINE));
  const rows = [...block.querySelectorAll("tr")];
  if (rows.length) return rows.reduce((sum, row) => sum + 0.4 + Math.max(...[...row.cells].map((cell) => lines(cell) / 2.2, 1)), 0);
  const items = [...block.querySelectorAll("li")];
  if (items.length) return items.reduce((sum, item) => sum + 0.3 + lines(item), 0.5);
  return lines(block) + 0.6;
}

const headingOf = (block) => block.textContent.replace(/[¶●]/g, "").trim();

// What tells a reader at a desk how to run the page, or how far they have come, says nothing to a room.
const forTheDesk = (block) => block.tagName === "P" && /Run All Cells|skip every grey box/.test(block.textContent);
const OWN_PART = "Where you stand";

function blocksOf(page) {
  const blocks = [];
  page.querySelectorAll(".jp-Cell").forEach((cell) => {
    if (cell.classList.contains("jp-MarkdownCell")) {
      blocks.push(...(cell.querySelector(".jp-RenderedMarkdown")?.children || []));
    } else {
      const output = cell.querySelector(".jp-Cell-outputWrapper");
      if (!output || cell.classList.contains("jp-mod-noOutputs")) return;
      const questions = output.querySelectorAll(".kickback-question");
      blocks.push(...(questions.length > 1 ? questions : [output]));
    }
  });
  let own = false;
  return blocks.filter((block) => {
    if (isHeading(block)) own = headingOf(block) === OWN_PART;
    const dropped = own || forTheDesk(block);
    if (dropped) block.classList.add("is-off");
    return !dropped;
  });
}

function screensOf(blocks) {
  const screens = [];
  let heading = "";
  let room = 0;
  for (const block of blocks) {
    const lines = weight(block);
    if (isHeading(block)) heading = headingOf(block);
    if (!screens.length || isHeading(block) || lines > room) {
      screens.push({ heading, blocks: [] });
      room = LINES;
    }
    screens.at(-1).blocks.push(block);
    room -= lines;
  }
  // A heading alone says too little: it stands over what follows in its section.
  return screens.filter((screen, number) => {
    const next = screens[number + 1];
    if (screen.blocks.length > 1 || !isHeading(screen.blocks[0]) || next?.heading !== screen.heading) return true;
    next.blocks.unshift(screen.blocks[0]);
    return false;
  });
}

export class Stage {
  // page: what holds the cells; host: what is filled with a screen and the line at its foot; scroller: what
  // scrolls the page in it; at: the cell to begin with; notes: returns the address of the notes; ended: called
  // with the block that was shown last, where a reader may end.
  constructor(page, { host, scroller, title, notes, at, ended }) {
    Object.assign(this, { page, host, scroller, title, notesAt: notes, ended });
    this.blocks = [];
    this.screens = [{ heading: "This page is empty.", blocks: [] }];
    this.number = 0;
    this.ink = new Map();
    this.channel = new BroadcastChannel("kickback-present");
    this.over = new AbortController();
    this.frame();
    this.blockSizes = new ResizeObserver(() => this.fitSoon());
    this.wallSize = new ResizeObserver(() => this.fitSoon());
    this.wallSize.observe(scroller);
    const { signal } = this.over;
    addEventListener("resize", () => this.fitSoon(), { signal });
    // On the window, so that a key is the screen's before it is JupyterLab's.
    addEventListener("keydown", (event) => this.key(event), { capture: true, signal });
    // A double click opens a cell's source in JupyterLab.
    page.addEventListener("dblclick", (event) => event.stopPropagation(), { capture: true, signal });
    this.channel.onmessage = ({ data }) => data === "where" && this.tell();
    // A cell that runs has no output for a while, and a text that was edited is made anew.
    const ofCells = ({ target }) => target === page || target.matches(".jp-Cell, .jp-InputArea, .jp-RenderedMarkdown, .kickback-ask");
    // A question may be drawn before it is put on the page, wherever its cell keeps it.
    const asks = ({ addedNodes }) => [...addedNodes].some((one) => one.querySelector?.(".kickback-question"));
    this.changes = new MutationObserver((records) => records.some((one) => ofCells(one) || asks(one)) && this.build());
    this.changes.observe(page, { subtree: true, childList: true, attributeFilter: ["class"] });
    this.build(at);
  }

  // Make the screens of what the page holds now, and stay at the cell or block that is shown.
  build(at = this.screens[this.number].blocks[0]) {
    const blocks = blocksOf(this.page);
    if (!blocks.length || (blocks.length === this.blocks.length && blocks.every((one, place) => one === this.blocks[place]))) return;
    blocks.filter((one) => !this.blocks.includes(one)).forEach((one) => one.classList.add("is-block", "is-off"));
    this.screens[this.number].blocks.forEach((one) => one.classList.add("is-off"));
    this.blocks.filter((one) => !blocks.includes(one)).forEach((one) => one.classList.remove("is-block", "is-off"));
    this.blocks = blocks;
    this.screens = screensOf(blocks);
    const here = this.screens.findIndex((screen) => screen.blocks.some((block) => at?.contains(block)));
    this.number = here < 0 ? Math.min(this.number, this.screens.length - 1) : here;
    this.show(this.number, true);
  }

  end() {
    const [block] = this.screens[this.number].blocks;
    this.over.abort();
    this.channel.close();
    this.blockSizes.disconnect();
    this.wallSize.disconnect();
    this.changes.disconnect();
    cancelAnimationFrame(this.waiting);
    if (document.fullscreenElement) document.exitFullscreen();
    [this.board, this.blank, this.bar, this.keys].forEach((node) => node.remove());
    this.page.querySelectorAll(".is-off, .is-block, .is-tall").forEach((node) => {
      node.classList.remove("is-off", "is-block", "is-tall");
    });
    this.page.classList.remove("stage-page");
    this.page.removeAttribute("tabindex");
    this.page.setAttribute("role", this.role);
    this.page.style.removeProperty("zoom");
    this.page.style.removeProperty("width");
    this.host.classList.remove("kickback-stage");
    this.ended?.(block);
  }

  frame() {
    this.host.classList.add("kickback-stage");
    this.page.classList.add("stage-page");
    this.page.tabIndex = -1;
    // JupyterLab calls its cells a feed, which a screen is not; Voila calls them nothing.
    this.role = this.page.getAttribute("role");
    this.page.setAttribute("role", this.role ? "group" : "main");
    this.board = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.board.classList.add("stage-board");
    this.board.setAttribute("aria-hidden", "true");
    this.scroller.append(this.board);
    this.blank = make("div", "stage-blank", this.host);
    this.blank.hidden = true;
    const bar = (this.bar = make("nav", "stage-bar", this.host));
    bar.setAttribute("aria-label", "Screens of this lesson");
    make("h1", "stage-title", bar, this.title);
    const put = (text, name, act) => {
      const button = make("button", "", bar, text);
      button.type = "button";
      button.setAttribute("aria-label", name);
      button.title = name;
      button.addEventListener("click", act);
      return button;
    };
    this.back = put("◀", "Screen before (PageUp)", () => this.go(-1));
    this.forth = put("▶", "Next screen (PageDown)", () => this.go(1));
    this.place = make("span", "stage-place", bar);
    this.place.setAttribute("role", "status");
    const line = make("span", "stage-line", bar);
    this.line = make("span", "", line);
    this.pen = put("Draw", "Draw on this screen (D)", () => this.draw());
    this.pen.setAttribute("aria-pressed", "false");
    put("Notes", "Notes in a second window (N)", () => this.notes());
    put("?", "Keys", () => this.help());
    if (this.ended) put("End", "End presenting", () => this.end());
    this.keys = make("dialog", "stage-keys", this.host);
    this.keys.setAttribute("aria-label", "Keys");
    const lines = [
      ["PageDown, →, Space", "next screen, or open what is folded"],
      ["PageUp, ←", "screen before"],
      ["Home, End", "first and last screen"],
      ["↑ ↓", "scroll where a screen is longer than the wall"],
      ["B or .", "blank"],
      ["D, E", "draw, erase"],
      ["F", "full screen"],
      ["N", "notes in a second window"],
      ["Esc", "leave a control, the pen or this list"],
    ];
    const table = make("table", "", this.keys);
    lines.forEach(([keys, what]) => {
      const row = make("tr", "", table);
      make("th", "", row, keys).scope = "row";
      make("td", "", row, what);
    });
    const close = make("button", "", this.keys, "Close");
    close.type = "button";
    close.addEventListener("click", () => this.keys.close());
    this.pens();
  }

  show(number, first = false) {
    this.screens[this.number].blocks.forEach((block) => block.classList.add("is-off"));
    this.blockSizes.disconnect();
    this.number = Math.min(Math.max(number, 0), this.screens.length - 1);
    const { blocks, heading } = this.screens[this.number];
    blocks.forEach((block) => {
      block.classList.remove("is-off");
      this.blockSizes.observe(block);
    });
    this.blank.hidden = true;
    this.board.replaceChildren(...(this.ink.get(this.screens[this.number].blocks[0]) || []));
    const of = this.screens.length;
    this.place.textContent = `${this.number + 1} of ${of} · ${heading}`;
    this.line.style.width = `${(100 * (this.number + 1)) / of}%`;
    this.back.disabled = this.number === 0;
    this.forth.disabled = this.number === of - 1;
    this.fit();
    this.scroller.scrollTop = 0;
    if (!first) this.page.focus({ preventScroll: true });
    this.tell();
  }

  tell() {
    const { heading } = this.screens[this.number];
    const next = this.screens.slice(this.number).find((one) => one.heading !== heading)?.heading || "";
    this.channel.postMessage({ heading, next, number: this.number + 1, of: this.screens.length });
  }

  // One step on: first what is folded on this screen opens.
  go(step) {
    if (step > 0) {
      const folded = this.screens[this.number].blocks.find((block) => block.tagName === "DETAILS" && !block.open);
      if (folded) {
        folded.open = true;
        return;
      }
    }
    this.show(this.number + step);
  }

  fitSoon() {
    cancelAnimationFrame(this.waiting);
    this.waiting = requestAnimationFrame(() => this.fit());
  }

  // Text keeps its size on every screen; a panel shrinks until picture and sentence stand on the wall.
  fit() {
    const { blocks } = this.screens[this.number];
    const panel = blocks.find((block) => block.querySelector(PICTURES));
    const tables = blocks.flatMap((block) => [...block.querySelectorAll("table")]);
    this.page.style.width = `${TEXT_WIDTH}px`;
    const tooWide = (table) => table.rows[0]?.cells.length > 6 || table.scrollWidth > TEXT_WIDTH;
    const width = panel || tables.some(tooWide) ? PANEL_WIDTH : TEXT_WIDTH;
    blocks.forEach((block) => {
      block.querySelectorAll(".kickback").forEach((one) => {
        const box = one.querySelector(".kickback-moving:not([hidden])")?.shadowRoot?.querySelector("svg")?.viewBox.baseVal;
        one.classList.toggle("is-tall", !box || box.width / box.height < 1.7);
      });
    });
    const widest = this.scroller.clientWidth / (width + 60);
    this.page.style.width = `${width}px`;
    this.page.style.zoom = widest;
    // Of a panel, picture and words must be seen; its table may be scrolled to.
    const seen = panel ? ".kickback-sentence, .kickback-poses, .kickback-frame, .kickback-question, .kickback-tally, img" : ".kickback-question, table, p, li";
    const ends = blocks.flatMap((block) => [block, ...block.querySelectorAll(seen)].filter((one) => one !== panel));
    const top = this.page.getBoundingClientRect().top;
    const end = Math.max(0, ...ends.map((one) => one.getBoundingClientRect().bottom)) - top;
    const room = this.scroller.clientHeight - BAR;
    const fits = room / end;
    if (fits < 1 && fits >= (panel ? LEAST.picture : LEAST.text)) this.page.style.zoom = widest * fits;
  }

  key(event) {
    const at = document.activeElement;
    if (event.ctrlKey || event.metaKey || event.altKey || this.keys.open) return;
    if (!this.host.checkVisibility() || !(at === document.body || this.host.contains(at))) return;
    const turn = { PageDown: 1, PageUp: -1 }[event.key];
    const free = !typesHere(at) && !pressesHere(at);
    // No key is left to the commands of JupyterLab, which would delete or insert a cell.
    if (!typesHere(at)) event.stopPropagation();
    const act =
      turn !== undefined
        ? () => this.go(turn)
        : event.key === "Escape"
          ? () => this.leave()
          : free &&
            {
              ArrowRight: () => this.go(1),
              " ": () => this.go(1),
              ArrowLeft: () => this.go(-1),
              Home: () => this.show(0),
              End: () => this.show(this.screens.length - 1),
              b: () => (this.blank.hidden = !this.blank.hidden),
              ".": () => (this.blank.hidden = !this.blank.hidden),
              d: () => this.draw(),
              e: () => this.erase(),
              f: () => this.full(),
              n: () => this.notes(),
              "?": () => this.help(),
            }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  leave() {
    if (this.board.classList.contains("is-drawing")) this.draw();
    this.blank.hidden = true;
    document.activeElement?.blur();
    this.page.focus({ preventScroll: true });
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else (this.ended ? this.host : document.documentElement).requestFullscreen?.().catch(() => {});
  }

  notes() {
    open(this.notesAt(), "kickback-notes", "width=760,height=900");
  }

  help() {
    this.keys.showModal();
  }

  draw() {
    const drawing = this.board.classList.toggle("is-drawing");
    this.pen.setAttribute("aria-pressed", String(drawing));
  }

  erase() {
    this.ink.delete(this.screens[this.number].blocks[0]);
    this.board.replaceChildren();
  }

  pens() {
    let line = null;
    let points = [];
    const at = ({ clientX, clientY }) => {
      const { left, top } = this.board.getBoundingClientRect();
      return `${clientX - left},${clientY - top}`;
    };
    this.board.addEventListener("pointerdown", (event) => {
      this.board.setPointerCapture(event.pointerId);
      points = [at(event)];
      line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
      this.board.append(line);
      const [screen] = this.screens[this.number].blocks;
      this.ink.set(screen, [...(this.ink.get(screen) || []), line]);
    });
    this.board.addEventListener("pointermove", (event) => {
      if (!line) return;
      points.push(at(event));
      line.setAttribute("points", points.join(" "));
    });
    const end = () => (line = null);
    this.board.addEventListener("pointerup", end);
    this.board.addEventListener("pointercancel", end);
  }
}

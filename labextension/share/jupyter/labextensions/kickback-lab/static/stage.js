// Turns a page of cells, Voila's or JupyterLab's, into screens: one idea each, stepped through by keyboard or
// clicker. Nothing is moved or copied: a screen is a list of the page's own blocks, and all others are hidden.

const LINES = 10; // of text on one screen, at 61 characters a line
const PER_LINE = 61;
const TEXT_WIDTH = 740; // layout pixels across a screen of text; zoomed to fill a wall of 1280, 20 of them are 24 pt
const PANEL_WIDTH = 1180;
// How far a picture, or text, may shrink until it stands on the wall. What would shrink more scrolls at full size.
const LEAST = { picture: 0.6, text: 0.8, table: 0.6 };
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

// Where something is typed, chosen or moved by key; what is only pressed leaves the keys to the screen.
const TYPED = `input:not([type=button], [type=submit], [type=checkbox], [type=radio], [type=image], [type=reset]),
  select, textarea, [contenteditable]:not([contenteditable=false]), [role=slider], [role=spinbutton], [role=textbox], [role=combobox]`;
const CHOSEN = "input[type=radio], [role=radio], [role=tab], [role=option], [role=menuitem]";
const typesHere = (node) => node?.matches?.(TYPED);
// The keys that a control needs which a reader came to by Tab.
const needs = (node, key) =>
  node?.matches?.(`summary, button, a, input, [role=button], [role=checkbox], [role=switch], ${CHOSEN}`) &&
  ([" ", "Enter"].includes(key) || (node.matches(CHOSEN) && /^(Arrow|Home|End)/.test(key)));
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

// A heading as it was written: a browser that translates the page leaves its id.
function nameOf(block) {
  const written = block.dataset.jupyterId || block.id;
  try {
    return decodeURIComponent(written).replaceAll("-", " ") || headingOf(block);
  } catch {
    return headingOf(block);
  }
}

// Return the blocks of a page with the key of each, "12.3": the number of its cell and its own within that. What a
// cell shows comes late; no key changes when it does. `about` tells the number of a cell, and whether it speaks to
// a reader at a desk, of how to run the page or how far one has come: that says nothing to a room.
function blocksOf(page, about) {
  const keys = new Map();
  page.querySelectorAll(".jp-Cell").forEach((cell) => {
    const { number, forDesk } = about(cell);
    let blocks = [];
    if (cell.classList.contains("jp-MarkdownCell")) {
      blocks = [...(cell.querySelector(".jp-RenderedMarkdown")?.children || [])];
    } else {
      const output = cell.querySelector(".jp-Cell-outputWrapper");
      if (!output || cell.classList.contains("jp-mod-noOutputs")) return;
      const questions = output.querySelectorAll(".kickback-question");
      blocks = questions.length > 1 ? [...questions] : [output];
    }
    if (forDesk) blocks.forEach((block) => block.classList.add("is-off"));
    else blocks.forEach((block, place) => keys.set(block, `${number}.${place}`));
  });
  return keys;
}

// Tell whether a block stands before or at another one, by their keys.
function upTo(key, other) {
  const [cell, place] = key.split(".").map(Number);
  const [otherCell, otherPlace] = other.split(".").map(Number);
  return cell < otherCell || (cell === otherCell && place <= otherPlace);
}

function screensOf(blocks) {
  const screens = [];
  let heading = "";
  let name = "";
  let room = 0;
  for (const block of blocks) {
    const lines = weight(block);
    if (isHeading(block)) [heading, name] = [headingOf(block), nameOf(block)];
    if (!screens.length || isHeading(block) || lines > room) {
      screens.push({ heading, name, blocks: [] });
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

function polyline(points) {
  const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
  line.setAttribute("points", points);
  return line;
}

// Let a table that would scroll sideways shrink until it fits, unless nobody could read it then.
function narrow(table, page) {
  table.style.removeProperty("zoom");
  let room = page.clientWidth;
  // A part round it may have grown with it.
  for (let at = table.parentElement; at && at !== page; at = at.parentElement) room = Math.min(room, at.clientWidth || room);
  const fits = room / table.offsetWidth;
  if (fits < 1 && fits >= LEAST.table) table.style.zoom = fits;
}

// What has the keyboard, also inside a part with a tree of its own.
function focused() {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}

// What was drawn on each screen of a lesson. It is kept in this tab, so that a page that is loaded again has it.
class Ink {
  constructor(lesson) {
    this.name = `kickback ink ${lesson}`;
    try {
      this.drawn = JSON.parse(sessionStorage.getItem(this.name)) || {};
    } catch {
      this.drawn = {};
    }
  }

  lines(key) {
    return this.drawn[key] || [];
  }

  add(key, line) {
    this.drawn[key] = [...this.lines(key), line];
    this.keep();
  }

  erase(key) {
    delete this.drawn[key];
    this.keep();
  }

  keep() {
    try {
      sessionStorage.setItem(this.name, JSON.stringify(this.drawn));
    } catch {
      /* a browser without storage keeps it until the page is loaded again */
    }
  }
}

export class Stage {
  // page: what holds the cells; host: what is filled with a screen and the line at its foot; scroller: what
  // scrolls the page in it; lesson: a name of its own; about: see blocksOf; at: the cell or block to begin with,
  // or begin: its key, waited for until whole() says that nothing more is to come; moved: called with the key
  // of what is shown; notes: returns the address of the notes; plan: returns a promise of what stands in them;
  // ended: called with the block that was shown last, where a reader may end.
  constructor(page, { host, scroller, title, lesson, about, at, begin, whole, moved, notes, plan, ended }) {
    Object.assign(this, { page, host, scroller, title, lesson, about, whole, moved, notesAt: notes, plan, ended });
    this.blocks = [];
    this.keyOf = new Map();
    this.screens = [{ heading: "This page is empty.", blocks: [] }];
    this.number = 0;
    // The key of what is to be shown and has not come yet, or comes again when its cell has run.
    this.wanted = begin || (at && `${about(at.closest(".jp-Cell")).number}.0`);
    this.ink = new Ink(lesson);
    this.channel = new BroadcastChannel("kickback-present");
    this.over = new AbortController();
    this.frame();
    this.blockSizes = new ResizeObserver(() => this.fitSoon());
    this.wallSize = new ResizeObserver(() => this.fitSoon());
    this.wallSize.observe(scroller);
    const { signal } = this.over;
    const by = (tab) => () => (this.byTab = tab);
    addEventListener("pointerdown", by(false), { capture: true, signal });
    addEventListener("resize", () => this.fitSoon(), { signal });
    // On the window, so that a key is the screen's before it is JupyterLab's.
    addEventListener("keydown", (event) => this.key(event), { capture: true, signal });
    // A double click opens a cell's source in JupyterLab.
    page.addEventListener("dblclick", (event) => event.stopPropagation(), { capture: true, signal });
    this.channel.onmessage = ({ data }) => data.ask && data.lesson === this.lesson && this.answer(data.ask);
    // A cell that runs has no output for a while, and a text that was edited is made anew.
    const ofCells = ({ target }) => target === page || target.matches(".jp-Cell, .jp-InputArea, .jp-RenderedMarkdown, .kickback-ask");
    // A question may be drawn before it is put on the page, wherever its cell keeps it.
    const asks = ({ addedNodes }) => [...addedNodes].some((one) => one.querySelector?.(".kickback-question"));
    this.changes = new MutationObserver((records) => records.some((one) => ofCells(one) || asks(one)) && this.build());
    this.changes.observe(page, { subtree: true, childList: true, attributeFilter: ["class"] });
    this.build();
  }

  // Make the screens of what the page holds now, and stay at the block that is shown.
  build() {
    const keyOf = blocksOf(this.page, this.about);
    const blocks = [...keyOf.keys()];
    if (!blocks.length || (blocks.length === this.blocks.length && blocks.every((one, place) => one === this.blocks[place]))) return;
    blocks.filter((one) => !this.blocks.includes(one)).forEach((one) => one.classList.add("is-block", "is-off"));
    this.screens[this.number].blocks.forEach((one) => one.classList.add("is-off"));
    this.blocks.filter((one) => !keyOf.has(one)).forEach((one) => one.classList.remove("is-block", "is-off"));
    const here = blocks.find((one) => this.here?.contains(one));
    const isLost = this.here && !here;
    if (isLost) this.wanted ||= this.keyOf.get(this.here);
    Object.assign(this, { blocks, keyOf, here, screens: screensOf(blocks) });
    this.number = Math.max(this.screenOf(here), 0);
    this.show(this.number, true);
    this.comeBack(isLost || this.whole());
  }

  screenOf(block) {
    return this.screens.findIndex(({ blocks }) => blocks.includes(block));
  }

  // Show what is wanted if it has come. Until then the screen stays; when nothing more is to come, what stands
  // nearest before it is shown.
  comeBack(isNearEnough = this.whole()) {
    if (!this.wanted) return;
    let block = this.blocks.find((one) => this.keyOf.get(one) === this.wanted);
    const found = block !== undefined;
    if (!found && isNearEnough) block = this.blocks.findLast((one) => upTo(this.keyOf.get(one), this.wanted));
    if (!block) return;
    if (found) this.wanted = null;
    this.here = block;
    this.show(this.screenOf(block), true);
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
    this.page.querySelectorAll("table").forEach((table) => table.style.removeProperty("zoom"));
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
    this.drawn = this.board.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "g"));
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
      ["PageDown, →, Space, Enter", "next screen, or open what is folded"],
      ["PageUp, ←", "screen before"],
      ["Home, End", "first and last screen"],
      ["↑ ↓", "scroll where a screen is longer than the wall"],
      ["B or .", "blank"],
      ["D, E", "draw, erase"],
      ["F, F5", "full screen"],
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
    if (!first) {
      this.wanted = null;
      this.here = null;
    }
    this.here ||= blocks[0];
    this.redraw();
    const of = this.screens.length;
    this.place.textContent = `${this.number + 1} of ${of} · ${heading}`;
    this.line.style.width = `${(100 * (this.number + 1)) / of}%`;
    this.back.disabled = this.number === 0;
    this.forth.disabled = this.number === of - 1;
    this.fit();
    this.scroller.scrollTop = 0;
    if (!first) this.page.focus({ preventScroll: true });
    if (!this.wanted && this.here) this.moved?.(this.keyOf.get(this.here));
    this.answer("where");
  }

  // Tell the notes which screen is shown, or what stands in the plan.
  async answer(ask) {
    const { lesson, number } = this;
    const { heading, name } = this.screens[number];
    const next = this.screens.slice(number).find((one) => one.heading !== heading)?.heading || "";
    if (ask === "where") this.channel.postMessage({ lesson, heading, name, next, number: number + 1, of: this.screens.length });
    else if (this.plan) {
      const plan = await this.plan();
      if (this.over.signal.aborted) return;
      this.channel.postMessage({ lesson, plan });
      this.answer("where");
    }
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
    tables.forEach((table) => narrow(table, this.page));
    // Of a panel, picture and words must be seen; its table may be scrolled to.
    const seen = panel ? ".kickback-sentence, .kickback-poses, .kickback-frame, .kickback-question, .kickback-tally, img" : ".kickback-question, table, p, li";
    const ends = blocks.flatMap((block) => [block, ...block.querySelectorAll(seen)].filter((one) => one !== panel));
    const top = this.page.getBoundingClientRect().top;
    const end = Math.max(0, ...ends.map((one) => one.getBoundingClientRect().bottom)) - top;
    const room = this.scroller.clientHeight - BAR;
    const fits = room / end;
    if (fits < 1 && fits >= (panel ? LEAST.picture : LEAST.text)) this.page.style.zoom = widest * fits;
    this.placeInk();
  }

  key(event) {
    const at = focused();
    if (event.key === "Tab") this.byTab = true;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const inside = !at || at === document.body || this.host.contains(document.activeElement);
    if (!this.host.checkVisibility() || !inside) return;
    // A clicker sends F5 to begin; the browser would load the page anew.
    if (event.key !== "F5" && this.keys.open) return;
    const types = typesHere(at);
    if (this.byTab && !types && needs(at, event.key)) return;
    // No key is left to the commands of JupyterLab, which would delete or insert a cell.
    if (!types) event.stopPropagation();
    const act = this.anywhere(event.key) || (!types && this.onScreen(event.key));
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    // The key that goes up again is the screen's too: a button would take it for a press.
    if (!types && at !== this.page && !this.keys.open) this.page.focus({ preventScroll: true });
    act();
  }

  // What a key does wherever one types.
  anywhere(key) {
    return { PageDown: () => this.go(1), PageUp: () => this.go(-1), Escape: () => this.leave(), F5: () => this.begin() }[key];
  }

  onScreen(key) {
    const blank = () => (this.blank.hidden = !this.blank.hidden);
    return {
      ArrowRight: () => this.go(1),
      " ": () => this.go(1),
      Enter: () => this.go(1),
      ArrowLeft: () => this.go(-1),
      Home: () => this.show(0),
      End: () => this.show(this.screens.length - 1),
      b: blank,
      ".": blank,
      d: () => this.draw(),
      e: () => this.erase(),
      f: () => this.full(),
      n: () => this.notes(),
      "?": () => this.help(),
    }[key.length === 1 ? key.toLowerCase() : key];
  }

  leave() {
    if (this.board.classList.contains("is-drawing")) this.draw();
    this.blank.hidden = true;
    document.activeElement?.blur();
    this.page.focus({ preventScroll: true });
  }

  full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else this.begin();
  }

  begin() {
    if (document.fullscreenElement) return;
    (this.ended ? this.host : document.documentElement).requestFullscreen?.().catch(() => {});
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
    this.ink.erase(this.inkKey);
    this.redraw();
  }

  get inkKey() {
    return this.keyOf.get(this.screens[this.number].blocks[0]);
  }

  redraw() {
    this.drawn.replaceChildren(...this.ink.lines(this.inkKey).map(polyline));
  }

  // Lines stand where they were drawn on the page, however large it is shown.
  placeInk() {
    const { left, top } = this.page.getBoundingClientRect();
    const board = this.board.getBoundingClientRect();
    this.drawn.setAttribute("transform", `translate(${left - board.left} ${top - board.top}) scale(${this.page.style.zoom || 1})`);
  }

  pens() {
    let line = null;
    const at = ({ clientX, clientY }) => {
      const { left, top } = this.page.getBoundingClientRect();
      return [clientX - left, clientY - top].map((way) => (way / (this.page.style.zoom || 1)).toFixed(1)).join(",");
    };
    this.board.addEventListener("pointerdown", (event) => {
      this.board.setPointerCapture(event.pointerId);
      line = { node: polyline(""), points: [at(event)] };
      this.drawn.append(line.node);
    });
    this.board.addEventListener("pointermove", (event) => {
      if (!line) return;
      line.points.push(at(event));
      line.node.setAttribute("points", line.points.join(" "));
    });
    const end = () => {
      if (line?.points.length > 1) this.ink.add(this.inkKey, line.points.join(" "));
      line = null;
    };
    this.board.addEventListener("pointerup", end);
    this.board.addEventListener("pointercancel", end);
  }
}

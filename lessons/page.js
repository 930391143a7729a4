// What the course's widgets share in the browser. Python puts this text in front of each widget's own, so that each
// is still one module and nothing has to be loaded beside it.

const LATE = 4000; // ms after which a silent kernel is named
const TWICE = 400; // ms in which a second tap belongs to the first
// Where keys belong to the page's own controls.
const CONTROLS = ".kickback-ask, .kickback-panel, .kickback-capstone";
const SUPPRESS = "data-lm-suppress-shortcuts";
// With Ctrl these edit what is typed. To JupyterLab they run, merge, move or select cells.
const EDITS = /^(Enter|Backspace|Delete|Home|End|Arrow\w+|[amyz])$/i;
// Each widget on the page has a copy of this code: names must differ between the copies too.
const own = Math.random().toString(36).slice(2);
let made = 0;
let tapped = -TWICE;

function element(tag, name, parent, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.append(node);
  return node;
}

function unique(prefix) {
  return `kickback-${prefix}-${own}-${(made += 1)}`;
}

function name(node, prefix) {
  node.id = unique(prefix);
  return node.id;
}

// A double click is one press: its second click may land on the button that took the first one's place. Browsers do
// not count taps.
function isSecondPress(event) {
  const soon = event.pointerType === "touch" && event.timeStamp - tapped < TWICE;
  if (event.pointerType === "touch") tapped = event.timeStamp;
  return event.detail > 1 || soon;
}

function button(text, parent, act, name = "") {
  const node = element("button", `kickback-button ${name}`.trim(), parent, text);
  node.type = "button";
  node.addEventListener("click", (event) => !isSecondPress(event) && act(event));
  // Enter that is held down presses again and again.
  node.addEventListener("keydown", (event) => event.key === "Enter" && event.repeat && event.preventDefault());
  return node;
}

// Enter in a box, pressed once, and not to choose among the words that a keyboard offers.
function isEnter(event) {
  return event.key === "Enter" && !event.repeat && !event.isComposing;
}

// JupyterLab reads plain keys as commands wherever nothing is typed: d twice would delete the cell. Its shortcuts, such
// as Ctrl+S, stay its own. It looks at this mark when a key comes down, after the window has heard of it.
function keepPlainKeys() {
  if (window.kickbackKeys) return;
  window.kickbackKeys = true;
  const keep = (event) => {
    if (!event.target.closest?.(CONTROLS)) return;
    const writes = event.getModifierState?.("AltGraph") || EDITS.test(event.key);
    const shortcut = (event.ctrlKey || event.metaKey || event.altKey) && !writes;
    if (shortcut) event.target.removeAttribute(SUPPRESS);
    else event.target.setAttribute(SUPPRESS, "true");
  };
  ["keydown", "focusin"].forEach((event) => window.addEventListener(event, keep, true));
}

// The names of JupyterLab's menu items, where its extension has left them: they may be in another language.
function runAll() {
  return document.body.dataset.kickbackRunAll || "Run, then Run All Cells";
}

// What was answered while Python was away waits in this tab, so that running the page again brings it back.
function shelf(key) {
  const held = `kickback ${key}`;
  return {
    put(value) {
      try {
        sessionStorage.setItem(held, JSON.stringify(value));
      } catch {
        /* a browser without storage keeps only what stands on the page */
      }
    },
    take() {
      try {
        return JSON.parse(sessionStorage.getItem(held));
      } catch {
        return null;
      }
    },
    clear() {
      try {
        sessionStorage.removeItem(held);
      } catch {
        /* nothing was put there */
      }
    },
  };
}

// Return a function that sends a message to Python. `heard` is called with Python's reply; `unheard` with true where
// Python was stopped, with false where it said nothing for a while: then its reply may still come.
function messenger(model) {
  const awaited = new Map();
  model.on("msg:custom", (message) => {
    const letter = awaited.get(message?.reply);
    if (!letter) return;
    awaited.delete(message.reply);
    clearTimeout(letter.waiting);
    // What Python changed was sent before its reply, but may be taken in after it.
    setTimeout(() => letter.heard(message));
  });
  return (message, { heard = () => {}, unheard = () => {} }) => {
    const number = unique("message");
    const stopped = () => {
      clearTimeout(awaited.get(number)?.waiting);
      if (awaited.delete(number)) unheard(true);
    };
    awaited.set(number, { heard, waiting: setTimeout(() => unheard(false), LATE) });
    try {
      Promise.resolve(model.send({ ...message, number })).catch(stopped);
    } catch {
      stopped();
    }
  };
}

// A link that saves what Python wrote where the browser saves things: it needs no folder that can be written to, and no
// Python once it stands there.
const addresses = new Map();
function download(file, parent) {
  const { name, type, text } = file;
  const held = JSON.stringify(file);
  if (!addresses.has(held)) addresses.set(held, URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` })));
  const link = element("a", "kickback-download", parent, `Download ${name}`);
  link.href = addresses.get(held);
  link.download = name;
}

// One message at a time: until Python has replied to the newest, or it was said that it did not, a press `waits`.
// `settle` ends that where something else was the reply.
function oneByOne(send) {
  let newest = 0;
  let waits = false;
  const settle = () => {
    newest += 1;
    waits = false;
  };
  const deliver = (message, { heard = () => {}, unheard = () => {} }) => {
    const number = (newest += 1);
    const ends = (act) => (told) => {
      if (number !== newest) return;
      waits = false;
      act(told);
    };
    waits = true;
    send(message, { heard: ends(heard), unheard: ends(unheard) });
  };
  return { waits: () => waits, settle, send: deliver };
}

function why(stopped) {
  return stopped ? "Python was stopped" : "Python is busy or stopped";
}

// What is typed behind a number may be its unit, or the short form of it.
function isUnit(text, unit) {
  const plain = (words) => words.replace(/[\s·*]/g, "").toLowerCase();
  const short = [/ (a|of) .*/, /MVIC$/, / options$/].map((rest) => unit.replace(rest, ""));
  const forms = [unit, ...short, unit === "degrees" ? "°" : ""];
  return !text.trim() || (unit && forms.some((form) => form && plain(form) === plain(text)));
}

// Return the number that a person typed, with a decimal comma or point; NaN where it cannot be told. What may be a
// thousand, such as 1,234, is not guessed.
function readNumber(text, unit = "") {
  const typed = text.normalize("NFKC").replace(/[\u2012\u2013\u2212]/g, "-").trim();
  const found = typed.match(/^([+-]?)\s*(\d+(?:[.,]\d*)?|[.,]\d+)(e[+-]?\d+)?(.*)$/is);
  if (!found) return NaN;
  const [, sign, digits, power = "", rest] = found;
  if (/^[1-9]\d{0,2},\d{3}$/.test(digits) || !isUnit(rest, unit)) return NaN;
  const value = Number(`${sign}${digits.replace(",", ".")}${power}`);
  return Number.isFinite(value) ? value : NaN;
}

// Return how many a person typed, 0 where nothing stands; NaN where it is no count.
function readCount(text) {
  const typed = text.normalize("NFKC").trim();
  return /^\d{0,5}$/.test(typed) ? Number(typed) : NaN;
}

// Shows questions, sends what is answered to Python, and shows what Python says of it. No key is here: a
// question arrives without one, and an explanation only after an answer.

const LETTERS = "ABCDEFGHIJ"; // what a class calls the answers of a vote
const SOON = 4000; // ms in which a second press shows an answer

function choices(asked, parent, several, group) {
  const set = element("fieldset", "", parent);
  element("legend", "kickback-prompt", set, asked.prompt);
  if (several) element("p", "kickback-hint", set, "Choose all that fit.");
  const inputs = asked.options.map((option, place) => {
    const label = element("label", "kickback-option", set);
    const input = element("input", "", label);
    input.type = several ? "checkbox" : "radio";
    input.name = group;
    element("span", "", label, asked.lettered ? `${LETTERS[place]}. ${option.text}` : option.text);
    return input;
  });
  const chosen = () => inputs.flatMap((input, place) => (input.checked ? [place] : []));
  return {
    inputs,
    first: () => inputs.find((input) => input.checked) || inputs[0],
    read: () => (several ? chosen() : chosen()[0]),
    write: (answer) => inputs.forEach((input, place) => (input.checked = [].concat(answer).includes(place))),
    open: () => (chosen().length ? null : { head: "Choose an answer first." }),
  };
}

function box(asked, parent) {
  const typed = asked.kind === "text";
  const label = element("label", "kickback-prompt", parent, asked.prompt);
  const line = element("div", "kickback-number", parent);
  // As text, since a browser's own number box changes when one scrolls over it, and takes no decimal comma.
  const input = element("input", typed ? "" : "is-number", line);
  input.type = "text";
  input.autocomplete = "off";
  label.htmlFor = name(input, "box");
  if (!typed) {
    input.inputMode = "decimal";
    const unit = element("span", "", line, asked.unit);
    input.setAttribute("aria-describedby", name(unit, "unit"));
  }
  const read = () => (typed ? input.value : readNumber(input.value, asked.unit));
  const unread = asked.unit ? `After the number only its unit may stand: ${asked.unit}.` : "";
  return {
    inputs: [input],
    first: () => input,
    read,
    // What was typed stays as it was typed.
    write: (answer) => Object.is(read(), answer) || (input.value = answer),
    open() {
      if (!input.value.trim()) return { head: typed ? "Type something first." : "Type a number first." };
      return typed || Number.isFinite(read()) ? null : { head: "Type a number, such as 3.6.", note: unread };
    },
  };
}

function lines(asked, parent) {
  const prompt = element("p", "kickback-prompt", parent, asked.prompt);
  const frame = element("div", "kickback-scroll", parent);
  const table = element("table", "", frame);
  table.setAttribute("aria-labelledby", name(prompt, "prompt"));
  const body = element("tbody", "", table);
  const rows = asked.shown.map((place) => {
    const option = asked.options[place];
    const row = element("tr", "", body);
    const head = element("th", "", row, option.text);
    head.scope = "row";
    const cell = element("td", "", row);
    if (option.given) {
      element("span", "kickback-given", cell, option.given);
      element("td", "", row, option.why);
      return { place, given: option.given };
    }
    const input = element("select", "", cell);
    input.setAttribute("aria-label", option.text);
    ["", ...asked.choices].forEach((word) => {
      const choice = element("option", "", input, word || "choose …");
      choice.value = word;
    });
    return { place, input };
  });
  const asking = rows.filter((row) => row.input);
  return {
    inputs: asking.map((row) => row.input),
    first: () => asking[0].input,
    read() {
      const words = asked.options.map(() => "");
      rows.forEach((row) => (words[row.place] = row.given || row.input.value));
      return words;
    },
    write(answer) {
      asking.forEach((row) => {
        // What stands chosen on an open line of a form that is answered in parts is not taken away.
        if (answer[row.place] || !asked.partial) row.input.value = answer[row.place] || "";
      });
    },
    open() {
      const left = asking.filter((row) => !row.input.value).length;
      if (!left || (asked.partial && left < asking.length)) return null;
      return { head: left === 1 ? "One line is still open." : `${left} lines are still open.` };
    },
  };
}

function fields(asked, parent) {
  if (asked.kind === "number" || asked.kind === "text") return box(asked, parent);
  if (asked.kind === "choose_one") return choices(asked, parent, false, unique("group"));
  if (asked.kind === "choose_several") return choices(asked, parent, true, unique("group"));
  return lines(asked, parent);
}

function say(parent, told) {
  parent.replaceChildren();
  if (!told) return;
  if (told.head) element("p", "kickback-head", parent, told.head);
  if (told.note) element("p", "kickback-note", parent, told.note);
  if (told.file) download(told.file, element("p", "", parent));
  const list = (items, into) => {
    const ul = element("ul", "kickback-said", into);
    items.forEach(({ mark, text, explanation }) => {
      const li = element("li", mark === "✓" ? "is-right" : mark === "✗" ? "is-wrong" : "", ul);
      if (mark) {
        const sign = element("span", "kickback-mark", li, mark);
        sign.setAttribute("aria-hidden", "true");
      }
      const words = element("span", "", li);
      if (text) element("strong", "", words, `${text} `);
      words.append(explanation);
    });
  };
  if (told.said?.length) list(told.said, parent);
  if (told.others?.length) {
    const more = element("details", "", parent);
    element("summary", "", more, "What the other answers would have said");
    list(told.others, more);
  }
}

// What is said of an answer that Python did not hear. A file is only written when its button is pressed again.
function unsaved(stopped, writes) {
  const run = `${stopped ? "Choose" : "If this stays, choose"} ${runAll()}`;
  return {
    head: `Not ${writes ? "written" : "saved"} yet: ${why(stopped)}.`,
    note: `Your answer stays here. ${run}${writes ? ", and press the button again." : ": it is sent again then."}`,
  };
}

// Whether Python has what this tab kept: of a form answered in parts, each line that was answered.
function has(state, unsent, asked) {
  if (!state) return false;
  if (asked.partial) return unsent.answer.every((word, line) => !word || word === state.answer[line]);
  // A vote may be cast again for the same answer; the second one is explained.
  if (asked.lettered && unsent.again) return Boolean(state.told.said);
  return JSON.stringify(state.answer) === JSON.stringify(unsent.answer);
}

// One question with its button and what is said of it. A press acts once: the next one counts when Python has replied,
// or when it was said that it did not.
function ask(model, send, asked, root) {
  const place = model.get("place");
  const writes = place === "hand in";
  const kept = shelf(`${place} ${asked.id}`);
  const part = element("section", "kickback-question", root);
  part.dataset.question = asked.id;
  if (asked.label) element("p", "kickback-label", part, asked.label);
  const form = fields(asked, part);
  const actions = element("div", "kickback-actions", part);
  const told = element("div", "kickback-told", part);
  told.setAttribute("role", "status");
  let again = false; // another try was asked for
  let seen = 0; // how many tries stood here when an answer was sent last
  let unheard = null; // words that stand until there is a reply to it
  let newer = false; // something else was chosen meanwhile
  let had = false; // a state

  const one = oneByOne(send);
  const state = () => model.get("states")[asked.id];
  const tries = () => state()?.tries || 0;
  const lock = (locked) => form.inputs.forEach((input) => (input.disabled = locked));

  function commit() {
    newer = one.waits();
    if (newer) return;
    const open = form.open();
    if (!open) return deliver();
    say(told, open);
    form.first().focus();
  }

  function deliver() {
    const answer = form.read();
    kept.put({ answer, again });
    seen = tries();
    newer = false;
    const miss = (stopped) => {
      unheard = unsaved(stopped, writes);
      say(told, unheard);
    };
    one.send({ question: asked.id, answer, seen }, { heard: hear, unheard: miss });
  }

  function hear(reply) {
    const late = unheard;
    unheard = null;
    // Where each choice is sent at once, the newest counts.
    if (asked.at_once && !model.get("closed") && (newer || reply.stale)) return deliver();
    if (!state()?.unsaved) kept.clear();
    if (!reply.refused) again = false;
    update();
    if (reply.stale && late) element("p", "kickback-note", told, "Your press before this one had counted already.");
  }

  const main = button(asked.button, actions, commit, "is-main");
  const retry = button(asked.again, actions, () => {
    again = true;
    update();
    form.first().focus();
  });
  if (asked.at_once) {
    main.hidden = true;
    form.inputs.forEach((input) => input.addEventListener("change", commit));
  }
  // Enter in a box answers, as in any form.
  if (asked.kind === "number" || asked.kind === "text") {
    form.inputs[0].addEventListener("keydown", (event) => isEnter(event) && !main.hidden && commit());
  }

  function update() {
    // A new state is a reply too.
    if ((one.waits() || unheard) && tries() > seen) {
      one.settle();
      return hear({});
    }
    const now = state();
    if (had && !now) empty();
    had = Boolean(now);
    const open = one.waits() || unheard || again;
    if (now && !open) form.write(now.answer);
    const fixed = Boolean(now) && !open && !asked.at_once && !asked.partial;
    lock(fixed || model.get("closed"));
    main.hidden = Boolean(asked.at_once) || fixed;
    retry.hidden = !(fixed && asked.again && !now.right);
    if (one.waits()) return;
    if (unheard) say(told, unheard);
    else if (again) told.replaceChildren();
    else if (now) say(told, now.told);
  }

  // Answers were put away, for another reader or another class.
  function empty() {
    again = false;
    unheard = null;
    kept.clear();
    form.inputs.forEach((input) => (["radio", "checkbox"].includes(input.type) ? (input.checked = false) : (input.value = "")));
    told.replaceChildren();
  }

  // What Python did not hear, or could not save, is sent again.
  function bringBack() {
    const unsent = kept.take();
    const now = state();
    const takes = !now || asked.at_once || asked.partial || (asked.again && !now.right);
    if (unsent?.answer === undefined || !takes || model.get("closed") || has(now, unsent, asked)) return kept.clear();
    again = Boolean(now);
    form.write(unsent.answer);
    if (!writes) return deliver();
    unheard = { head: "Your last answer was not saved. It stands here again.", note: "Press the button once more." };
  }

  bringBack();
  update();
  return update;
}

// A button that takes two presses, the second soon after, so that one by mistake does nothing. `words` says what
// stands on it at `rest` and in `between`; without the latter one press is enough.
function twice(root, words, act) {
  let armed = null;
  const rest = () => {
    clearTimeout(armed);
    armed = null;
    made.textContent = words().rest;
  };
  const made = button(words().rest, root, () => {
    const { between } = words();
    if (between && !armed) {
      made.textContent = between;
      armed = setTimeout(rest, SOON);
      return;
    }
    rest();
    act();
  });
  return rest;
}

// A button that shows an answer to a class. It says what Python has done, not what was asked of it; `tell` says why
// Python did nothing. `message` makes what is sent.
function reveals(root, send, words, isShown, message, tell) {
  const one = oneByOne(send);
  const status = () => (isShown() ? { rest: words.hide } : { rest: words.show, between: "Press again to show it" });
  return twice(root, status, () => {
    if (one.waits()) return;
    const show = !isShown();
    const unheard = (stopped) => tell(`Not ${show ? "shown" : "hidden"} yet: ${why(stopped)}.`);
    one.send(message(show), { heard: () => tell(""), unheard });
  });
}

function line(parent, kind) {
  const node = element("p", kind, parent);
  node.setAttribute("role", "status");
  return (text) => {
    if (node.textContent !== text) node.textContent = text;
  };
}

function cover(model, el) {
  const root = element("div", "kickback-ask kickback-cover", el);
  const words = { show: "Show it to the class", hide: "Hide it again" };
  const actions = element("div", "", root);
  const tell = line(root, "kickback-note");
  const lifted = () => model.get("lifted");
  model.on("change:lifted", reveals(actions, messenger(model), words, lifted, (lift) => ({ lift }), tell));
}

const WHEN = ["before", "after"];
const sum = (votes) => votes.reduce((a, b) => a + b, 0);
const percent = (votes, place) => Math.round((100 * votes[place]) / Math.max(1, sum(votes)));

// A line for each answer, with a box for each count and a bar for its share.
function countingTable(asked, part) {
  const frame = element("div", "kickback-scroll", part);
  const table = element("table", "", frame);
  element("caption", "", table, "How many chose each answer");
  const head = element("tr", "", element("thead", "", table));
  ["Answer", "Before", "After", "Share before and after"].forEach((text) => {
    element("th", "", head, text).scope = "col";
  });
  const body = element("tbody", "", table);
  return asked.options.map((option, place) => {
    const row = element("tr", "", body);
    const answer = element("th", "", row);
    answer.scope = "row";
    const letter = element("span", "kickback-letter", answer, `${LETTERS[place]}. `);
    element("span", "kickback-answer", answer, option.text);
    const inputs = WHEN.map((when) => {
      const input = element("input", "is-number", element("td", "", row));
      input.type = "text";
      input.inputMode = "numeric";
      input.autocomplete = "off";
      input.setAttribute("aria-label", `${LETTERS[place]}. ${option.text}: votes ${when}`);
      return input;
    });
    const cell = element("td", "kickback-bars", row);
    const bars = WHEN.map((when) => {
      const track = element("div", `kickback-bar is-${when}`, cell);
      const bar = element("span", "kickback-fill", element("span", "kickback-track", track));
      return { bar, text: element("span", "kickback-share", track) };
    });
    return { row, letter, inputs, bars };
  });
}

function paint(lines, votes, key) {
  lines.forEach(({ row, letter, bars }, place) => {
    bars.forEach(({ bar, text }, side) => {
      const share = percent(votes[side], place);
      bar.style.width = `${share}%`;
      text.textContent = sum(votes[side]) ? `${WHEN[side]} ${share} %` : "";
    });
    row.classList.toggle("is-key", place === key);
    letter.textContent = `${place === key ? "✓ " : ""}${LETTERS[place]}. `;
  });
}

function summary(votes, { key, explanation }) {
  const total = votes.map(sum);
  const said = total[0] || total[1] ? [`${total[0]} votes before, ${total[1]} after.`] : [];
  if (key === undefined) return said.join(" ");
  if (total[0] && total[1]) {
    const [first, second] = votes.map((counts) => percent(counts, key));
    const change = second - first;
    const gain = change >= 0 ? `a gain of ${change}` : `a loss of ${-change}`;
    said.push(`Right: ${first} % before, ${second} % after, ${gain} points.`);
    if (total[0] !== total[1]) said.push("The counts differ, so some voted only once.");
  }
  return [...said, explanation].join(" ");
}

// The class's votes before and after discussion: typed in by the instructor, drawn at once. They and the key are asked
// of Python, and never stand in the model, which is saved with the notebook. Returns what takes them in.
function tally(model, send, asked, root) {
  const part = element("details", "kickback-tally", root);
  part.open = model.get("instructor");
  element("summary", "", part, "In class: votes before and after discussion");
  const lines = countingTable(asked, part);
  const tell = line(part, "kickback-head");
  const warn = line(part, "kickback-note");
  const actions = element("div", "kickback-actions", part);
  const kept = shelf(`tally ${asked.id}`);
  let shown = {};
  let known = false; // what Python holds
  const touched = new Map(); // boxes with what was typed into them and is not saved
  let saving = null;

  const words = { show: "Show the answer", hide: "Hide the answer" };
  const isShown = () => shown.key !== undefined;
  const rest = reveals(actions, send, words, isShown, (show) => ({ show }), warn);
  const status = () => ({ rest: "New class", between: "Press again to clear the votes" });
  twice(actions, status, () => {
    // What was typed last is kept with the votes of its class.
    clearTimeout(saving);
    if (touched.size) save();
    send({ new_class: true }, { unheard: (stopped) => warn(`The last class still stands here: ${why(stopped)}.`) });
  });

  const read = () => WHEN.map((_, side) => lines.map(({ inputs }) => readCount(inputs[side].value)));
  const boxes = () => lines.flatMap(({ inputs }) => inputs);

  function draw() {
    const votes = read().map((counts) => counts.map((count) => count || 0));
    paint(lines, votes, shown.key);
    tell(summary(votes, shown));
  }

  function save() {
    const votes = read();
    const saved = new Map(touched);
    const away = (stopped) => warn(`These votes are not saved yet: ${why(stopped)}. They stay here.`);
    if (!known) return send({ private: true }, { unheard: away });
    if (votes.flat().some(Number.isNaN)) return warn("Type each count as a whole number, such as 12.");
    const message = { tally: Object.fromEntries(WHEN.map((when, side) => [when, votes[side]])) };
    send(message, {
      heard() {
        saved.forEach((text, input) => touched.get(input) === text && touched.delete(input));
        if (touched.size) return;
        kept.clear();
        warn("");
      },
      unheard: away,
    });
  }

  function typed(input) {
    touched.set(input, input.value);
    input.setAttribute("aria-invalid", String(Number.isNaN(readCount(input.value))));
    kept.put(boxes().map((one) => (touched.has(one) ? one.value : null)));
    draw();
    clearTimeout(saving);
    saving = setTimeout(save, 400);
  }
  boxes().forEach((input) => input.addEventListener("input", () => typed(input)));

  (kept.take() || []).forEach((text, place) => {
    if (typeof text !== "string" || !boxes()[place]) return;
    boxes()[place].value = text;
    touched.set(boxes()[place], text);
  });
  draw();

  // What is typed and not saved yet stays, unless a new class begins.
  return ({ tally: told, new_class: begins }) => {
    if (begins) {
      clearTimeout(saving);
      touched.clear();
      kept.clear();
    }
    lines.forEach(({ inputs }, place) =>
      inputs.forEach((input, side) => {
        const count = told[WHEN[side]]?.[place] || 0;
        if (!touched.has(input) && readCount(input.value) !== count) input.value = count || "";
      }),
    );
    const first = !known;
    const turned = told.key !== shown.key;
    known = true;
    shown = told;
    if (turned) rest();
    draw();
    if (begins) warn("The votes are cleared for the next class.");
    if (first && touched.size) save();
  };
}

function render({ model, el }) {
  keepPlainKeys();
  if (model.get("lifted") !== undefined) return cover(model, el);
  const root = element("div", "kickback-ask", el);
  const send = messenger(model);
  const notice = element("p", "kickback-note", root);
  notice.setAttribute("role", "status");
  const lettered = model.get("place") === "vote";
  const updates = model.get("questions").map((asked) => ask(model, send, { ...asked, lettered }, root));
  // What only an instructor may see is asked for and told as a message: JupyterLab saves what stands in the model.
  const hearers = lettered ? [tally(model, send, model.get("questions")[0], root)] : [];
  const foot = element("div", "kickback-foot", root);
  const finish = finishing(model, send, foot);
  const closing = element("div", "kickback-closing", foot);
  closing.setAttribute("role", "status");
  if (model.get("instructor")) {
    const answers = element("div", "kickback-closing", foot);
    hearers.push((told) => (answers.innerHTML = told.class_answers));
  }
  if (hearers.length) {
    model.on("msg:custom", ({ private: told }) => told && hearers.forEach((hear) => hear(told)));
    send({ private: true }, {});
  }

  function update() {
    updates.forEach((one) => one());
    const words = model.get("notice");
    if (notice.textContent !== words) notice.textContent = words;
    notice.hidden = !words;
    finish();
    if (closing.innerHTML !== model.get("closing")) closing.innerHTML = model.get("closing");
  }
  ["change:states", "change:notice", "change:closing", "change:closed", "change:can_finish"].forEach((event) =>
    model.on(event, update),
  );
  update();
  return whose(model, send, root);
}

// The button below a form that ends it, where it has one.
function finishing(model, send, foot) {
  if (!model.get("finish")) return () => {};
  const one = oneByOne(send);
  const unheard = (stopped) => tell(`Not compared yet: ${why(stopped)}. Choose ${runAll()}, and press again.`);
  const press = () => one.waits() || one.send({ finish: true }, { heard: () => tell(""), unheard });
  const made = button(model.get("finish"), foot, press);
  const tell = line(foot, "kickback-note");
  return () => (made.hidden = !model.get("can_finish") || model.get("closed"));
}

export default { render };

// Shows questions, sends what is answered to Python, and shows what Python says of it. No key is here: a
// question arrives without one, and an explanation only after an answer.

const LETTERS = "ABCDEFGHIJ"; // what a class calls the answers of a vote
const SOON = 4000; // ms in which a second press shows an answer
const LATE = 4000; // ms after which a silent kernel is named
// Each form on the page has a copy of this code of its own: names must differ between the copies too.
const own = Math.random().toString(36).slice(2);
let made = 0;

function element(tag, name, parent, text) {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.append(node);
  return node;
}

function button(text, parent, act, name = "") {
  const node = element("button", `kickback-button ${name}`.trim(), parent, text);
  node.type = "button";
  node.addEventListener("click", act);
  return node;
}

function unique(prefix) {
  return `kickback-${prefix}-${own}-${(made += 1)}`;
}

function name(node, prefix) {
  node.id = unique(prefix);
  return node.id;
}

// What was answered while Python was away waits in this tab, so that running the page again brings it back.
const shelf = {
  key: (place, id) => `kickback ${place} ${id}`,
  put(place, id, answer) {
    try {
      sessionStorage.setItem(this.key(place, id), JSON.stringify(answer));
    } catch {
      /* a browser without storage keeps only what stands on the page */
    }
  },
  take(place, id) {
    try {
      return JSON.parse(sessionStorage.getItem(this.key(place, id)));
    } catch {
      return null;
    }
  },
  clear(place, id) {
    try {
      sessionStorage.removeItem(this.key(place, id));
    } catch {
      /* nothing was put there */
    }
  },
};

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
    open: () => (chosen().length ? "" : "Choose an answer first."),
  };
}

function box(asked, parent) {
  const typed = asked.kind === "text";
  const label = element("label", "kickback-prompt", parent, asked.prompt);
  const line = element("div", "kickback-number", parent);
  const input = element("input", "", line);
  input.type = typed ? "text" : "number";
  label.htmlFor = name(input, "box");
  if (!typed) {
    input.step = "any";
    const unit = element("span", "", line, asked.unit);
    input.setAttribute("aria-describedby", name(unit, "unit"));
  }
  const fits = () => (typed ? input.value.trim() : Number.isFinite(input.valueAsNumber));
  return {
    inputs: [input],
    first: () => input,
    read: () => (typed ? input.value : input.valueAsNumber),
    write: (answer) => (input.value = answer),
    open: () => (fits() ? "" : typed ? "Type something first." : "Type a number first."),
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
      if (asked.partial && left < asking.length) return "";
      if (!left) return "";
      return left === 1 ? "One line is still open." : `${left} lines are still open.`;
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

// One question with its button and what is said of it.
function ask(model, asked, root) {
  const place = model.get("place");
  const part = element("section", "kickback-question", root);
  part.dataset.question = asked.id;
  if (asked.label) element("p", "kickback-label", part, asked.label);
  const form = fields(asked, part);
  const actions = element("div", "kickback-actions", part);
  const told = element("div", "kickback-told", part);
  told.setAttribute("role", "status");
  let waiting = null;
  let again = false;

  const lock = (locked) => form.inputs.forEach((input) => (input.disabled = locked));

  function send() {
    const open = form.open();
    if (open) {
      say(told, { head: open });
      form.first().focus();
      return;
    }
    const answer = form.read();
    shelf.put(place, asked.id, answer);
    again = false;
    model.send({ question: asked.id, answer });
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      say(told, {
        head: "Not saved yet: Python is busy or stopped.",
        note: "Your answer stays here. If this stays, choose Run, then Run All Cells, and answer again.",
      });
    }, LATE);
  }

  const commit = button(asked.button, actions, send, "is-main");
  const retry = button(asked.again, actions, () => {
    again = true;
    update();
    form.first().focus();
  });
  if (asked.at_once) {
    commit.hidden = true;
    form.inputs.forEach((input) => input.addEventListener("change", send));
  }
  // Enter in a box answers, as in any form.
  if (asked.kind === "number" || asked.kind === "text") {
    form.inputs[0].addEventListener("keydown", (event) => event.key === "Enter" && !commit.hidden && send());
  }

  function update() {
    const state = model.get("states")[asked.id];
    const done = Boolean(state) && !again;
    if (state) {
      clearTimeout(waiting);
      shelf.clear(place, asked.id);
      if (done) form.write(state.answer);
    }
    const fixed = done && !asked.at_once && !asked.partial;
    lock(fixed || model.get("closed"));
    commit.hidden = Boolean(asked.at_once) || fixed;
    retry.hidden = !(fixed && asked.again && !state.right);
    if (again) told.replaceChildren();
    else if (state) say(told, state.told);
  }

  const unsent = shelf.take(place, asked.id);
  if (unsent !== null && !model.get("states")[asked.id]) {
    form.write(unsent);
    say(told, { head: "Your last answer was not saved. It stands here again.", note: "Press the button once more." });
  }
  update();
  return update;
}

// A button that shows an answer to a class. The first press only asks for a second, soon after, so that one
// by mistake tells nothing; hiding takes one.
function reveals(root, words, isShown, act) {
  let armed = null;
  const rest = () => {
    clearTimeout(armed);
    armed = null;
    made.textContent = isShown() ? words.hide : words.show;
  };
  const made = button(words.show, root, () => {
    if (!isShown() && !armed) {
      made.textContent = "Press again to show it";
      armed = setTimeout(rest, SOON);
      return;
    }
    clearTimeout(armed);
    armed = null;
    act();
  });
  rest();
  return rest;
}

function cover(model, el) {
  const root = element("div", "kickback-ask kickback-cover", el);
  const words = { show: "Show it to the class", hide: "Hide it again" };
  const rest = reveals(root, words, () => model.get("lifted"), () => {
    model.set("lifted", !model.get("lifted"));
    model.save_changes();
  });
  model.on("change:lifted", rest);
}

// The class's votes before and after discussion: typed in by the instructor, drawn at once.
function tally(model, asked, root) {
  const part = element("details", "kickback-tally", root);
  part.open = model.get("instructor");
  element("summary", "", part, "In class: votes before and after discussion");
  const frame = element("div", "kickback-scroll", part);
  const table = element("table", "", frame);
  element("caption", "", table, "How many chose each answer");
  const head = element("tr", "", element("thead", "", table));
  ["Answer", "Before", "After", "Share before and after"].forEach((text) => {
    element("th", "", head, text).scope = "col";
  });
  const body = element("tbody", "", table);
  const inputs = { before: [], after: [] };
  const bars = asked.options.map((option, place) => {
    const row = element("tr", "", body);
    const answer = element("th", "", row);
    answer.scope = "row";
    element("span", "kickback-letter", answer, `${LETTERS[place]}. `);
    element("span", "kickback-answer", answer, option.text);
    for (const when of ["before", "after"]) {
      const input = element("input", "", element("td", "", row));
      input.type = "number";
      input.min = "0";
      input.step = "1";
      input.setAttribute("aria-label", `${LETTERS[place]}. ${option.text}: votes ${when}`);
      inputs[when][place] = input;
    }
    const cell = element("td", "kickback-bars", row);
    return ["before", "after"].map((when) => {
      const line = element("div", `kickback-bar is-${when}`, cell);
      const bar = element("span", "kickback-fill", element("span", "kickback-track", line));
      return { bar, text: element("span", "kickback-share", line) };
    });
  });
  const sentence = element("p", "kickback-head", part);
  sentence.setAttribute("role", "status");
  const rest = reveals(
    element("div", "kickback-actions", part),
    { show: "Show the answer", hide: "Hide the answer" },
    () => model.get("tally").key !== undefined,
    () => model.send({ show: !model.get("tally").shown }),
  );

  let shownKey;
  const count = (when) => inputs[when].map((input) => Math.max(0, Math.trunc(Number(input.value) || 0)));
  const sum = (votes) => votes.reduce((a, b) => a + b, 0);
  const percent = (votes, place) => Math.round((100 * votes[place]) / Math.max(1, sum(votes)));

  function draw() {
    const votes = { before: count("before"), after: count("after") };
    bars.forEach((pair, place) =>
      ["before", "after"].forEach((when, side) => {
        const share = percent(votes[when], place);
        pair[side].bar.style.width = `${share}%`;
        pair[side].text.textContent = sum(votes[when]) ? `${when} ${share} %` : "";
      }),
    );
    const { key, explanation } = model.get("tally");
    const rows = [...body.children];
    rows.forEach((row, place) => row.classList.toggle("is-key", place === key));
    rows.forEach((row, place) => {
      row.querySelector(".kickback-letter").textContent = `${place === key ? "✓ " : ""}${LETTERS[place]}. `;
    });
    if (key !== shownKey) rest();
    shownKey = key;
    const total = [sum(votes.before), sum(votes.after)];
    let text = total[0] || total[1] ? `${total[0]} votes before, ${total[1]} after.` : "";
    if (key !== undefined) {
      if (total[0] && total[1]) {
        const [first, second] = [percent(votes.before, key), percent(votes.after, key)];
        const change = second - first;
        const gain = change >= 0 ? `a gain of ${change}` : `a loss of ${-change}`;
        text += ` Right: ${first} % before, ${second} % after, ${gain} points.`;
        if (total[0] !== total[1]) text += " The counts differ, so some voted only once.";
      }
      text += ` ${explanation.replace(/^Right\. /, "")}`;
    }
    if (sentence.textContent !== text.trim()) sentence.textContent = text.trim();
  }

  let saving = null;
  const typed = () => {
    draw();
    clearTimeout(saving);
    saving = setTimeout(() => model.send({ tally: { before: count("before"), after: count("after") } }), 400);
  };
  for (const when of ["before", "after"]) {
    inputs[when].forEach((input, place) => {
      const votes = model.get("tally")[when] || [];
      if (votes[place]) input.value = votes[place];
      input.addEventListener("input", typed);
    });
  }
  draw();
  return draw;
}

function render({ model, el }) {
  if (model.get("lifted") !== undefined) return cover(model, el);
  const root = element("div", "kickback-ask", el);
  // JupyterLab reads keys as commands wherever nothing is typed: d twice would delete the cell.
  root.addEventListener("focusin", (event) => event.target.setAttribute("data-lm-suppress-shortcuts", "true"));
  const notice = element("p", "kickback-note", root);
  notice.setAttribute("role", "status");
  const lettered = model.get("place") === "vote";
  const updates = model.get("questions").map((asked) => ask(model, { ...asked, lettered }, root));
  if (lettered) {
    const redraw = tally(model, model.get("questions")[0], root);
    model.on("change:tally", redraw);
  }
  const foot = element("div", "kickback-foot", root);
  const finish = model.get("finish") ? button(model.get("finish"), foot, () => model.send({ finish: true })) : null;
  const closing = element("div", "kickback-closing", foot);
  closing.setAttribute("role", "status");

  function update() {
    updates.forEach((one) => one());
    const words = model.get("notice");
    if (notice.textContent !== words) notice.textContent = words;
    notice.hidden = !words;
    if (finish) finish.hidden = !model.get("can_finish") || model.get("closed");
    if (closing.innerHTML !== model.get("closing")) closing.innerHTML = model.get("closing");
  }
  ["change:states", "change:notice", "change:closing", "change:closed", "change:can_finish"].forEach((event) =>
    model.on(event, update),
  );
  update();
}

export default { render };

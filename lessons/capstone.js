// The form for a plan: keeps what is typed, sends it to Python half a second later, and shows what Python says of it.

const PAUSE = 500; // ms after the last key until a plan is sent
const SAYS = {
  for: "Speaks for the claim",
  against: "Speaks against the claim",
  qualifies: "Says when the claim holds",
};
const EMPTY = { exercise: "", reason: "", claim: "", evidence: "" };
const TOGETHER = [["exercise"], ["reason"], ["claim", "evidence"]]; // a piece of evidence belongs to its claim
function group(legend, parent, name = "") {
  const set = element("fieldset", name, parent);
  return { set, legend: element("legend", "", set, legend) };
}

function labelled(tag, text, parent, hint) {
  const label = element("label", "kickback-label", parent, text);
  const id = unique("plan");
  label.htmlFor = id;
  const note = hint ? element("p", "kickback-hint", parent, hint) : null;
  const node = element(tag, "", parent);
  node.id = id;
  node.dir = "auto";
  if (tag === "textarea") node.rows = 3;
  if (note) {
    note.id = `${id}-hint`;
    node.setAttribute("aria-describedby", note.id);
  }
  return node;
}

function options(select, pairs, empty) {
  [["", empty], ...pairs].forEach(([value, text]) => {
    const option = element("option", "", select, text);
    option.value = value;
  });
}

function status(parent, name) {
  const node = element("p", name, parent);
  node.setAttribute("role", "status");
  return node;
}

function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const kept = shelf("capstone");

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

function again(stopped) {
  return stopped ? `Choose ${runAll()}.` : `If this stays, choose ${runAll()}.`;
}

// One kickback: variation, reason, claim, and one piece of that claim's evidence.
function kickback(about, parent, act) {
  const { set, legend } = group("", parent, "kickback-choice");
  const exercise = labelled("select", "Variation", set);
  options(exercise, about.kickbacks, "choose …");
  const reason = labelled("textarea", "Why it is in the plan, and why here", set);
  const claim = labelled("select", "Claim that the reason builds on", set);
  const short = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
  options(
    claim,
    about.claims.map((one) => [one.id, `${one.id}, ${one.topic}: ${short(one.statement)}`]),
    "choose …",
  );
  const told = element("p", "kickback-claim", set);
  told.setAttribute("aria-live", "polite");
  const pieces = group("One piece of evidence on this claim", set, "kickback-evidence");
  const list = element("div", "kickback-pieces", pieces.set);
  const actions = element("div", "kickback-actions", set);
  const radios = unique("piece");
  const controls = { exercise, reason, claim };
  const chosen = {}; // by claim, so that trying another claim loses nothing

  function offer() {
    const found = about.claims.find((one) => one.id === claim.value);
    told.replaceChildren();
    if (found) {
      told.append(`${found.statement} `);
      element("strong", "", told, `Verdict: ${found.verdict}.`);
      told.append(` ${found.reason}`);
    }
    list.replaceChildren();
    if (!found) {
      element("p", "kickback-hint", list, "Choose a claim. Then its evidence stands here.");
      return;
    }
    let direction = "";
    found.evidence.forEach((piece) => {
      if (piece.direction !== direction) element("p", "kickback-direction", list, SAYS[piece.direction]);
      direction = piece.direction;
      const label = element("label", "kickback-piece", list);
      const input = element("input", "", label);
      input.type = "radio";
      input.name = radios;
      input.value = piece.key;
      input.checked = chosen[found.id] === piece.key;
      input.setAttribute("aria-description", SAYS[piece.direction]);
      const words = element("span", "", label, piece.text);
      if (piece.note) element("span", "kickback-hint", words, ` ${piece.note}`);
    });
  }
  claim.addEventListener("change", offer);
  list.addEventListener("change", (event) => (chosen[claim.value] = event.target.value));

  const self = {
    set,
    first: exercise,
    read: () => ({
      exercise: exercise.value,
      reason: reason.value,
      claim: claim.value,
      evidence: (claim.value && chosen[claim.value]) || "",
    }),
    write(choice) {
      exercise.value = choice.exercise;
      reason.value = choice.reason;
      claim.value = choice.claim;
      if (choice.claim && choice.evidence) chosen[choice.claim] = choice.evidence;
      else if (choice.claim) delete chosen[choice.claim];
      offer();
      // The chosen piece may stand far down in its box.
      requestAnimationFrame(() => {
        const piece = list.querySelector("input:checked");
        if (piece) list.scrollTop = piece.parentElement.offsetTop - 30;
      });
    },
    number(place, count) {
      write(legend, `Kickback ${place}`);
      buttons.forEach(([node, text]) => node.setAttribute("aria-label", `${text}: kickback ${place}`));
      earlier.disabled = place === 1;
      later.disabled = place === count;
      remove.disabled = count <= about.fewest;
    },
    holds: (names, node) =>
      list.contains(node) ? names.includes("evidence") : names.some((name) => controls[name] === node),
    focus(wanted) {
      (wanted.disabled ? [earlier, later].find((node) => !node.disabled) : wanted).focus();
    },
  };
  const earlier = button("Earlier", actions, () => act.move(self, -1, earlier));
  const later = button("Later", actions, () => act.move(self, 1, later));
  const remove = button("Remove", actions, () => act.remove(self));
  const buttons = [
    [earlier, "Earlier"],
    [later, "Later"],
    [remove, "Remove"],
  ];
  offer();
  return self;
}

function render({ model, el }) {
  const about = model.get("about");
  const root = element("div", "kickback-capstone", el);
  keepPlainKeys();
  const notice = status(root, "kickback-notice");

  const you = group("1. You", root).set;
  const fields = { name: labelled("input", "Your name, or the short name that your instructor gave you", you) };
  fields.name.type = "text";
  fields.name.autocomplete = "off";
  const task = group("2. A goal and a client", root).set;
  for (const [field, title, list] of [
    ["goal", "Goal", about.goals],
    ["client", "Client", about.clients],
  ]) {
    fields[field] = labelled("select", title, task);
    options(
      fields[field],
      list.map((text) => [text, text]),
      "choose, or write your own …",
    );
    fields[`${field}_own`] = labelled("textarea", `${title} in your own words, or more about it`, task);
    fields[`${field}_own`].rows = 2;
  }
  const plan = group(`3. From ${about.fewest} to ${about.most} kickbacks, in the order of the plan`, root).set;
  const list = element("div", "", plan);
  const actions = element("div", "kickback-actions", plan);
  const moved = status(plan, "kickback-hint");
  const open = group("4. What is not known", root).set;
  fields.unknown = labelled("textarea", "One thing about this plan that is unknown", open);
  fields.observation = labelled("textarea", "What observation would change the plan, and how", open);

  const end = element("section", "", root);
  end.setAttribute("aria-label", "Is the plan complete?");
  const count = element("p", "kickback-head", end);
  const steps = element("ul", "kickback-steps", end);
  const speak = element("p", "kickback-head", end, "What your reasons have to speak to");
  const cautions = element("ul", "kickback-steps", end);
  [steps, cautions].forEach((node) => node.setAttribute("aria-live", "polite"));
  const finish = element("div", "kickback-actions", end);
  button("Write the page to hand in", finish, () => writing || send(true)).classList.add("is-main");
  const written = status(end, "kickback-head");
  const offered = element("p", "", end); // the page as a download, as long as nothing was changed since

  let slots = [];
  let aside = [];
  let dirty = false;
  let pausing = null;
  let waiting = null;
  let sent = "";
  let edits = 0;
  let sentEdits = 0;
  let sentPlan = null;
  let base = {}; // the plan of Python that this page was last brought up to
  let asked = ""; // the message that asked last for the page to hand in
  let writing = false; // until Python has answered it
  let hasPage = false; // it was written, and nothing was changed since

  const act = {
    move(slot, by, from) {
      const place = slots.indexOf(slot);
      const other = slots[place + by];
      [slots[place], slots[place + by]] = [other, slot];
      if (by < 0) list.insertBefore(slot.set, other.set);
      else list.insertBefore(other.set, slot.set);
      number();
      slot.focus(from);
      write(moved, `This is kickback ${place + by + 1} now.`);
      typed();
    },
    remove(slot) {
      const place = slots.indexOf(slot);
      aside.push(slot.read());
      slots.splice(place, 1);
      slot.set.remove();
      number();
      slots[Math.min(place, slots.length - 1)].first.focus();
      write(moved, `Kickback ${place + 1} was removed. What you wrote there is kept: you can put it back.`);
      typed();
    },
  };
  const add = button("Add a kickback", actions, () => enter(EMPTY));
  const back = button("Put back the one removed last", actions, () => enter(aside.pop()));

  function enter(choice) {
    const slot = kickback(about, list, act);
    slot.write(choice);
    slots.push(slot);
    number();
    slot.first.focus();
    write(moved, "");
    typed();
  }

  function number() {
    slots.forEach((slot, place) => slot.number(place + 1, slots.length));
    add.hidden = slots.length >= about.most;
    back.hidden = !aside.length || slots.length >= about.most;
  }

  function read() {
    const own = {};
    Object.entries(fields).forEach(([field, node]) => (own[field] = node.value));
    return { ...own, choices: slots.map((slot) => slot.read()), aside };
  }

  function fill(own) {
    Object.entries(fields).forEach(([field, node]) => {
      node.value = own[field] || "";
    });
    aside = [...(own.aside || [])];
    fillChoices(own.choices || []);
    number();
  }

  // Show these kickbacks, but not over one that is being typed in; return what stands there then.
  function fillChoices(choices) {
    const isOpen = (slot) => !slot.set.contains(document.activeElement);
    while (slots.length > Math.max(choices.length, about.fewest) && isOpen(slots.at(-1))) slots.pop().set.remove();
    while (slots.length < Math.max(choices.length, about.fewest)) slots.push(kickback(about, list, act));
    slots.forEach((slot, place) => isOpen(slot) && slot.write({ ...EMPTY, ...choices[place] }));
    return slots.map((slot) => slot.read());
  }

  function send(page = false) {
    clearTimeout(pausing);
    clearTimeout(waiting);
    sent = unique("plan");
    sentPlan = read();
    dirty = true; // until Python has said that it is kept
    sentEdits = edits;
    if (page) {
      asked = sent;
      writing = true;
      hasPage = false;
      write(written, "");
      offered.replaceChildren();
    }
    const unheard = (stopped) => {
      clearTimeout(waiting);
      write(notice, `Not saved yet: ${why(stopped)}. Your text stays in this form. ${again(stopped)}`);
      if (writing) write(written, `Not written: ${why(stopped)}.`);
      writing = false;
    };
    waiting = setTimeout(() => unheard(false), LATE);
    try {
      Promise.resolve(model.send({ number: sent, plan: sentPlan, base, write: page })).catch(() => unheard(true));
    } catch {
      unheard(true);
    }
  }

  function typed() {
    dirty = true;
    edits += 1;
    kept.put({ plan: read(), base });
    offered.replaceChildren();
    if (hasPage) {
      hasPage = false;
      write(written, "The plan was changed since its page was written. Write the page again before you hand it in.");
    }
    clearTimeout(pausing);
    pausing = setTimeout(() => send(), PAUSE);
  }

  const leave = () => dirty && send();
  root.addEventListener("input", typed);
  root.addEventListener("change", (event) => event.target.matches("textarea, [type=text]") && leave());

  function lines(parent, texts) {
    while (parent.children.length > texts.length) parent.lastChild.remove();
    texts.forEach(([mark, text], place) => {
      const line = parent.children[place] || element("li", "", parent);
      if (line.textContent === mark + text) return;
      line.replaceChildren();
      element("span", "kickback-mark", line, mark).setAttribute("aria-hidden", "true");
      element("span", "", line, text);
    });
  }

  function hear() {
    const told = model.get("told");
    if (told.written && told.number === asked) {
      asked = "";
      writing = false;
      hasPage = told.has_page;
      write(written, told.written);
      offered.replaceChildren();
      if (told.file) download(told.file, offered);
    }
    if (told.number && told.number === sent) {
      clearTimeout(waiting);
      dirty = edits !== sentEdits; // more was typed since: it is on its way
      follow(sentPlan);
      if (!told.note && !dirty) kept.clear();
      write(notice, told.note || "Saved.");
    } else if (!sent) {
      write(notice, told.note);
    }
    const done = told.steps.filter(([, lacks]) => !lacks).length;
    write(count, `${done} of ${told.steps.length} parts are done.`);
    const said = told.steps.map(([part, lacks]) =>
      lacks ? ["○", `Missing. ${part}: ${lacks}.`] : ["✓", `Done. ${part}.`],
    );
    lines(steps, said);
    lines(
      cautions,
      told.cautions.map((text) => ["!", text]),
    );
    speak.hidden = !told.cautions.length;
  }

  // The same plan may stand on two pages. What was saved on the other one comes here, field by field, but never over
  // what is being typed or was typed since. `mine` is what this page sent, where Python has just answered it.
  function follow(mine = base) {
    const fresh = model.get("plan");
    const shown = read();
    const untouched = (part) => same(part(shown), part(base)) || same(part(shown), part(mine));
    const next = { ...fresh };
    Object.entries(fields).forEach(([field, node]) => {
      if (node.value === fresh[field] || !untouched((plan) => plan[field])) return;
      if (node !== document.activeElement) node.value = fresh[field] || "";
      next[field] = node.value;
    });
    if (untouched((plan) => plan.aside)) aside = [...(fresh.aside || [])];
    const counts = [shown, base, mine, fresh].map((plan) => plan.choices.length);
    if (new Set(counts).size === 1) next.choices = slots.map((slot, place) => turn(slot, place, mine, fresh));
    else if (untouched((plan) => plan.choices)) next.choices = fillChoices(fresh.choices);
    else next.choices = mine.choices;
    number();
    base = next;
  }

  // Bring one kickback up to the fresh plan; return what it has to be compared with from now on.
  function turn(slot, place, mine, fresh) {
    const [shown, old, sent, wanted] = [slot.read(), base.choices[place], mine.choices[place], fresh.choices[place]];
    const next = { ...wanted };
    const choice = { ...shown };
    TOGETHER.forEach((names) => {
      const part = (one) => names.map((name) => one[name]);
      const isOpen = same(part(shown), part(old)) || same(part(shown), part(sent));
      if (same(part(shown), part(wanted)) || !isOpen) return;
      const from = slot.holds(names, document.activeElement) ? [next, shown] : [choice, wanted];
      names.forEach((name) => (from[0][name] = from[1][name]));
    });
    if (!same(choice, shown)) slot.write(choice);
    return next;
  }

  const unsent = kept.take();
  fill(model.get("plan"));
  base = unsent?.base || read();
  if (unsent?.plan) fill(unsent.plan);
  model.on("change:told", hear);
  const changed = () => follow();
  model.on("change:plan", changed);
  window.addEventListener("pagehide", leave);
  hear();
  if (unsent?.plan) {
    write(notice, "What you typed last was not saved. It stands here again.");
    send();
  }
  return () => {
    if (dirty) leave();
    clearTimeout(pausing);
    clearTimeout(waiting);
    model.off("change:told", hear);
    model.off("change:plan", changed);
    window.removeEventListener("pagehide", leave);
  };
}

export default { render };

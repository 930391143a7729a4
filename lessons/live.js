// Shows one picture and the words about it. The picture was drawn once, in Python; its parts follow the
// controls here, without the kernel. The words come from Python and carry the choice they were made for:
// while that is not the picture's choice, they are hidden and the page says so.

const SOON = 120; // ms after which the page says that words are on their way
const REST = 400; // ms that the controls rest before a screen reader is told, so that it speaks once

// On a wall nobody scrolls sideways: a stage sets the least width to nothing.
const PICTURE_STYLE = "svg { display: block; width: 100%; min-width: var(--kickback-least, 340px); height: auto }" +
  " svg path { vector-effect: non-scaling-stroke }";

function drawing(text) {
  const svg = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.style.maxWidth = `${svg.viewBox.baseVal.width}px`;
  svg.setAttribute("role", "img");
  return document.importNode(svg, true);
}

function scrolls(part, label) {
  // The keyboard scrolls only what can have the focus.
  part.tabIndex = 0;
  part.setAttribute("role", "group");
  part.setAttribute("aria-label", label);
}

function show(part, visible) {
  // Hiding by content-visibility keeps the place and costs no new styles; old browsers hide the other way.
  const [property, value] = CSS.supports("content-visibility", "hidden")
    ? ["content-visibility", "hidden"]
    : ["visibility", "hidden"];
  part.style.setProperty(property, visible ? "" : value);
}

function transform(node, value) {
  // Browsers lay out again even where nothing is new.
  if (node.getAttribute("transform") !== value) node.setAttribute("transform", value);
}

function visible(node, shown) {
  const value = shown ? "" : "none";
  if (node.style.display !== value) node.style.display = value;
}

function mark(node, shown) {
  // A part of a row keeps its place in the layout while it is not seen, so that showing it is only painting.
  const value = shown ? "" : "hidden";
  if (node.style.visibility !== value) node.style.visibility = value;
}

function write(text, value) {
  // A new text node would be laid out from nothing; the old one only changes its letters.
  if (text.childNodes.length === 1) text.firstChild.data = value;
  else text.textContent = value;
}

function stage(part) {
  // A shadow root keeps ids apart, so that two pictures on a page never meet, and spares the browser from
  // matching the page's style rules against every part that moves.
  const inside = part.attachShadow({ mode: "open" });
  element("style", "", inside).textContent = PICTURE_STYLE;
  return inside;
}

function matches(asked, choice) {
  return Object.entries(asked || {}).every(([control, allowed]) => allowed.includes(choice[control]));
}

// A track's values stand in `of`; `pick` has one character for each choice of the controls it follows, the
// last of them changing fastest.
function valueOf(track, choice, sizes) {
  let place = 0;
  for (const control of track.follows) place = place * sizes[control] + choice[control];
  return track.of[track.pick.charCodeAt(place) - 48];
}

class Mover {
  constructor(svg, spec, sizes) {
    const part = (id) => svg.querySelector(`[id="${id}"]`);
    this.stack = spec.stack;
    this.sizes = sizes;
    this.tracks = spec.tracks
      .map((track) => ({ ...track, node: part(track.part), last: null }))
      .filter((track) => track.node);
    this.rows = (spec.stack ? spec.stack.rows : []).map((row) => {
      const group = document.createElementNS("http://www.w3.org/2000/svg", "g");
      const first = part(row.parts[0]);
      first.parentNode.insertBefore(group, first);
      row.parts.forEach((id) => group.append(part(id)));
      return { ...row, group, growing: (row.grow || []).map(part), up: part(row.up), down: part(row.down) };
    });
    // A row that is not shown is left as it was, and catches up when it is shown.
    const owner = new Map(this.rows.flatMap((row) => row.parts.map((id) => [id, row])));
    this.tracks.forEach((track) => (track.row = owner.get(track.part)));
    this.foot = part("foot");
    this.empty = spec.stack && spec.stack.empty ? part(spec.stack.empty) : null;
    this.scales = new Map();
  }

  move(choice) {
    const shown = this.stack ? this.seen(choice) : [];
    for (const track of this.tracks) {
      if (track.row && !track.row.seen) continue;
      const value = valueOf(track, choice, this.sizes);
      if (value === track.last) continue;
      track.last = value;
      const node = track.node;
      if (track.set === "scale") this.scales.set(node, [track.at, value, 0]);
      else if (track.set === "span") this.scales.set(node, [track.at, value[1], value[0]]);
      else if (track.set === "shift") transform(node, `translate(${value} 0)`);
      else if (track.set === "place") transform(node, `translate(${value})`);
      else if (track.set === "text") write(node.querySelector("text"), value);
      else if (track.set === "fill") node.firstElementChild.style.fill = value;
      else if (track.set === "stroke") node.querySelectorAll("path").forEach((line) => (line.style.stroke = value));
      else if (track.set === "path") node.querySelector("path").setAttribute("d", value);
      else if (track.set === "show") mark(node, value);
      if (!this.stack && this.scales.has(node)) this.stretch(node, 0, 1);
    }
    if (this.stack) this.place(choice, shown);
  }

  stretch(node, middle, grow) {
    // What is not seen is left as it was, and takes its size when it is shown.
    if (node.style.visibility === "hidden") return;
    const [at, wide, along] = this.scales.get(node) || [0, 1, 0];
    transform(
      node,
      `translate(${at + along} ${middle}) scale(${wide} ${grow}) translate(${-at} ${-middle})`,
    );
  }

  seen(choice) {
    const { follows } = this.stack;
    const shown = [];
    this.rows.forEach((row, number) => {
      const values = (row.values || []).map((text, side) => {
        const step = text[choice[follows[side]]];
        return step === "." ? null : step.charCodeAt(0) - 48;
      });
      const named = row.values === undefined || row.always || values.some((value) => value !== null);
      row.seen = named && matches(row.shown, choice);
      visible(row.group, row.seen);
      if (!row.seen || row.fixed) return;
      const [first, second] = values;
      const change = values.length === 2 ? (second ?? 0) - (first ?? 0) : 0;
      const compared = values.length === 2 && first !== null && second !== null;
      if (row.up) mark(row.up, compared && change > 0);
      if (row.down) mark(row.down, compared && change < 0);
      shown.push({ row, number, size: Math.abs(change) });
    });
    if (this.empty) visible(this.empty, !shown.length);
    return shown;
  }

  place(choice, shown) {
    const { top, height, base, pitch, order } = this.stack;
    if (order !== null && order !== undefined && choice[order] === 1) {
      shown.sort((a, b) => b.size - a.size || a.number - b.number);
    }
    const step = Math.min(Math.max(height / Math.max(shown.length, 1), pitch[0]), pitch[1]);
    const grow = Math.min(step / base, 1.15);
    const middle = top + base / 2;
    transform(this.foot, `translate(0 ${step * Math.max(shown.length, 1)})`);
    shown.forEach(({ row }, place) => {
      transform(row.group, `translate(0 ${top + step * (place + 0.5) - middle})`);
      for (const node of row.growing) this.stretch(node, middle, grow);
    });
  }
}

// One place for a posed skeleton: the drawing that its choice asks for, copied from those sent once. Drawings
// that were shown before stay, put away, so that the browser need not lay them out again.
class Pose {
  constructor(slot, svgs, sizes, parent) {
    this.slot = slot;
    this.svgs = svgs;
    this.sizes = sizes;
    this.part = element("div", "kickback-pose", parent);
    this.made = new Map();
    this.shown = null;
  }

  move(choice) {
    const which = valueOf(this.slot.pose, choice, this.sizes);
    if (!this.made.has(which)) {
      const svg = drawing(this.svgs[which]);
      const place = element("div", "", this.part);
      stage(place).append(svg);
      this.made.set(which, { place, svg, mover: new Mover(svg, this.slot, this.sizes) });
    }
    const { place, svg, mover } = this.made.get(which);
    mover.move(choice);
    svg.setAttribute("aria-label", valueOf(this.slot.name, choice, this.sizes));
    if (this.shown === place) return;
    for (const [part, visible] of [[this.shown, false], [place, true]]) {
      if (!part) continue;
      part.style.position = visible ? "" : "absolute";
      show(part, visible);
    }
    this.shown = place;
  }
}

// Python sends drawings and tracks deflated: they repeat themselves, and a saved notebook holds them.
function unpacked(bytes) {
  const packed = new Blob([bytes]).stream();
  return new Response(packed.pipeThrough(new DecompressionStream("deflate"))).json();
}

async function render({ model, el }) {
  // The controls stand beside the picture, not in it.
  keepPlainKeys();
  const spec = await unpacked(model.get("spec"));
  const root = element("div", "kickback", el);
  const frame = element("div", "kickback-frame", root);
  scrolls(frame, "Picture, scrolls sideways where the page is narrow");
  const pictures = spec.pictures.map((one) => {
    const part = element("div", "kickback-moving", frame);
    const svg = drawing(one.svg);
    stage(part).append(svg);
    return { part, svg, shown: one.shown, mover: new Mover(svg, one, spec.sizes) };
  });
  const still = element("div", "kickback-still", frame);
  const drawn = stage(still);
  const status = element("p", "kickback-status", root);
  status.setAttribute("role", "status");
  const said = element("div", "kickback-words", root);
  const sentence = element("p", "kickback-sentence", said);
  const poses = spec.poses ? element("div", "kickback-poses", root) : null;
  if (poses) scrolls(poses, "Postures, scroll sideways where the page is narrow");
  const slots = spec.poses
    ? spec.poses.slots.map((slot) => new Pose(slot, spec.poses.svgs, spec.sizes, poses))
    : [];
  const behind = element("div", "kickback-words", root);
  const rest = element("div", "kickback-rest", behind);
  const words = [said, behind];
  const spoken = element("p", "kickback-spoken", root);
  spoken.setAttribute("aria-live", "polite");

  let waiting = null;
  let resting = null;
  let moved = false;

  // A list of choices sends its place, a slider its number.
  const choice = () =>
    spec.controls.map(([, start, step], number) => Math.round((model.get(`c${number}`) - start) / step));
  const moves = (now) => !spec.still.some(([control, value]) => now[control] === value);

  // While words or a picture are awaited their places keep their size, so that nothing below jumps twice.
  // Sizes are noted as they are laid out: to ask for them here would have the page laid out once more.
  const held = [frame, ...words];
  const heights = new Map();
  const sized = new ResizeObserver((found) =>
    found.forEach(({ target, borderBoxSize }) => heights.set(target, borderBoxSize[0].blockSize)),
  );
  held.forEach((part) => sized.observe(part));

  function hold(waits) {
    if (waits === (root.dataset.behind === "true")) return;
    const sizes = held.map((part) => (waits ? `${heights.get(part) ?? part.offsetHeight}px` : ""));
    held.forEach((part, number) => (part.style.minHeight = sizes[number]));
    root.dataset.behind = String(waits);
  }

  function update() {
    const now = choice();
    const told = model.get("words");
    const same = JSON.stringify(told.choice) === JSON.stringify(now);
    const live = moves(now);
    hold(!same);
    slots.forEach((slot) => slot.move(now));
    for (const { part, svg, shown, mover } of pictures) {
      part.hidden = !live || !matches(shown, now);
      if (part.hidden) continue;
      mover.move(now);
      svg.setAttribute("aria-label", same ? told.sentence : "The picture has moved on; its words follow.");
    }
    still.hidden = live;
    show(still, same);
    words.forEach((part) => show(part, same));
    clearTimeout(waiting);
    clearTimeout(resting);
    if (same) {
      if (moved) resting = setTimeout(() => (spoken.textContent = told.sentence), REST);
      if (status.textContent) status.textContent = "";
      return;
    }
    waiting = setTimeout(() => {
      status.textContent = "Updating the words for this choice …";
      waiting = setTimeout(() => {
        status.textContent =
          "The words are behind the picture: Python is busy or stopped. " +
          `If this stays, choose ${runAll()}, to update.`;
      }, LATE);
    }, SOON);
  }

  function tell() {
    const told = model.get("words");
    sentence.textContent = told.sentence;
    rest.innerHTML = told.html;
    // Two panels of a kind name their tables alike, and the landmarks of a page must differ.
    rest.querySelectorAll("[role=region]").forEach((part) => part.setAttribute("role", "group"));
    drawn.querySelector("svg")?.remove();
    if (told.svg) {
      const picture = drawing(told.svg);
      picture.setAttribute("aria-label", told.sentence);
      drawn.append(picture);
    }
    update();
  }

  const heard = spec.controls.map((_, number) => `change:c${number}`);
  const follow = () => {
    moved = true;
    update();
  };
  heard.forEach((event) => model.on(event, follow));
  model.on("change:words", tell);
  tell();
  return () => {
    clearTimeout(waiting);
    clearTimeout(resting);
    sized.disconnect();
    heard.forEach((event) => model.off(event, follow));
    model.off("change:words", tell);
  };
}

export default { render };

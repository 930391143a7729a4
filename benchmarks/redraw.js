// Watches one output in a notebook: when its picture changes, what is painted in every frame until it rests.
// A frame is over when an urgent task that its requestAnimationFrame asked for begins: style, layout and paint of
// that frame come before it, and what else waits, such as the kernel's messages, after it. Nothing is measured in
// the frame itself, so that watching costs next to nothing.

function kickback(panel) {
  const parts = [...panel.querySelectorAll(".kickback-moving")];
  const seen = () => parts.filter((part) => part.checkVisibility({ contentVisibilityAuto: true }));
  return {
    roots: parts.map((part) => part.shadowRoot),
    sign: () => seen().map((part) => part.shadowRoot.innerHTML).join(),
    picture: () => panel.querySelector(".kickback-frame"),
    shows: () => seen().some((part) => part.getBoundingClientRect().height > 20),
    rests: () => panel.querySelector(".kickback").dataset.behind !== "true",
  };
}

function image(output) {
  const found = () => output.querySelector("img");
  const ready = () => found() && found().complete && found().naturalHeight > 0;
  return {
    roots: [output],
    sign: () => (ready() ? found().src : null),
    picture: found,
    shows: () => Boolean(ready()) && found().getBoundingClientRect().height > 20,
  };
}

function inside(output, what, marks) {
  const found = () => output.querySelector(what);
  return {
    roots: [output],
    sign: () => [...output.querySelectorAll(marks)].map((mark) => mark.outerHTML).join() || null,
    picture: found,
    shows: () => Boolean(found()) && [...output.querySelectorAll(marks)].some((one) => one.getBoundingClientRect().width > 0),
  };
}

function canvas(output) {
  const found = () => output.querySelector("canvas");
  return {
    roots: [output],
    drawn: true,
    sign: () => {
      if (!found() || !found().width || !found().height) return null;
      const { data } = found().getContext("2d").getImageData(0, 0, found().width, found().height);
      let hash = 0;
      for (let place = 0; place < data.length; place += 4) hash = (hash * 31 + data[place] + 7 * data[place + 1]) | 0;
      return hash;
    },
    picture: found,
    shows: () => Boolean(found()) && found().getBoundingClientRect().height > 20,
  };
}

const KINDS = {
  kickback,
  image,
  canvas,
  plotly: (output) => inside(output, ".main-svg", ".barlayer path"),
  bqplot: (output) => inside(output, ".bqplot svg, svg.bqplot", "rect.bar, .bargroup rect"),
  vega: (output) => inside(output, "svg.marks, .marks", ".mark-rect path"),
};

let strokes = 0;
for (const name of ["drawImage", "putImageData", "fill", "fillRect", "fillText", "stroke"]) {
  const own = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...all) {
    if (this.canvas.isConnected) strokes += 1;
    return own.apply(this, all);
  };
}

window.kickbackWatch = (kind) => {
  const output = [...document.querySelectorAll(".jp-CodeCell .jp-Cell-outputArea")].at(-1);
  const watched = KINDS[kind](output);
  let mutations = 0;
  const observer = new MutationObserver((found) => (mutations += found.length));
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  watched.roots.forEach((root) => observer.observe(root, all));

  // Returns ms until the first painted frame with a new picture, and the frames that were empty or moved.
  const measure = (act, quiet, patience) =>
    new Promise((done) => {
      const before = act ? watched.sign() : null;
      const place = () => {
        const picture = watched.picture();
        const box = picture ? picture.getBoundingClientRect() : null;
        return [output.getBoundingClientRect().height, box && box.height, box && box.top];
      };
      let last = place();
      let counted = -1;
      let painted = null;
      const frames = { all: 0, empty: 0, jumps: 0, below: 0 };
      let start = null;
      const over = (begun) => {
        const now = performance.now();
        if (!begun || !running) return; // this frame had begun before the change
        const count = mutations + (watched.drawn ? strokes : 0);
        if (painted === null && (!act || count !== counted || kind === "image")) {
          counted = count;
          const sign = act ? watched.sign() : 1;
          if (sign !== null && sign !== before) painted = now;
        }
        frames.all += 1;
        if (!watched.shows()) frames.empty += 1;
        const [height, tall, top] = place();
        if (tall !== null && last[1] !== null && (Math.abs(tall - last[1]) > 1 || Math.abs(top - last[2]) > 1)) frames.jumps += 1;
        if (Math.abs(height - last[0]) > 1) frames.below += 1;
        last = [height, tall ?? last[1], top ?? last[2]];
        const rests = !watched.rests || watched.rests();
        if ((painted !== null && rests && now - Math.max(painted, start) > quiet) || now - start > patience) {
          running = false;
          done({ ms: painted === null ? null : painted - start, ...frames });
        }
      };
      let running = true;
      const frame = () => {
        if (!running) return;
        const begun = start !== null;
        scheduler.postTask(() => over(begun), { priority: "user-blocking" });
        requestAnimationFrame(frame);
      };
      requestAnimationFrame(frame);
      // A person's click comes at any time within a frame.
      setTimeout(() => {
        mutations = 0;
        counted = mutations + (watched.drawn ? strokes : 0);
        start = performance.now();
        if (act) act();
      }, 60 + 20 * Math.random());
    });

  const chooses = (select, place) => () => {
    select.selectedIndex = place;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  return async (control, turn) => {
    if (control === "none") return measure(null, 0, 1000);
    if (control === "select") {
      const select = output.querySelector("select");
      const other = (select.selectedIndex + 1 + ((turn * 5) % (select.length - 1))) % select.length;
      return measure(chooses(select, other), 300, 20000);
    }
    const handle = [...output.querySelectorAll(".noUi-handle")].at(-1);
    const [now, low, high] = ["now", "min", "max"].map((end) => Number(handle.getAttribute(`aria-value${end}`)));
    const up = now <= low || (now < high && handle.dataset.up !== "false");
    handle.dataset.up = String(up);
    const press = { key: up ? "ArrowRight" : "ArrowLeft", bubbles: true, cancelable: true };
    return measure(() => handle.dispatchEvent(new KeyboardEvent("keydown", press)), 300, 20000);
  };
};

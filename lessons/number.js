// A number box beside a slider. The slider is named here too, since ipywidgets gives its handle no name.

function render({ model, el }) {
  keepPlainKeys();
  const label = model.get("label");
  const unit = label.includes(", ") ? label.split(", ").at(-1) : "";
  // As text, since a browser's own number box changes when one scrolls over it, and takes no decimal comma.
  const input = element("input", "kickback-typed", el);
  input.type = "text";
  input.inputMode = "decimal";
  input.autocomplete = "off";
  input.setAttribute("aria-label", label);
  const told = element("span", "kickback-untaken", el);
  told.setAttribute("role", "status");

  function say(text) {
    told.textContent = text;
    input.setAttribute("aria-invalid", String(Boolean(text)));
  }

  function show() {
    input.value = model.get("value");
    say("");
  }

  function take() {
    const [min, max, step] = ["min", "max", "step"].map((end) => model.get(end));
    const typed = readNumber(input.value, unit);
    if (input.value.trim() && Number.isNaN(typed)) {
      say("Type a number, such as 3.6.");
      return;
    }
    if (!Number.isNaN(typed)) {
      const inside = Math.min(Math.max(typed, min), max);
      model.set("value", min + step * Math.round((inside - min) / step));
      try {
        model.save_changes();
      } catch {
        /* the picture follows without Python, and says itself that its words do not */
      }
    }
    show();
  }

  // The slider is drawn by another widget, which may come later than this one.
  const looking = setInterval(() => {
    const handle = el.closest(".kickback-slide")?.querySelector(".noUi-handle");
    if (!handle) return;
    handle.setAttribute("aria-label", label);
    clearInterval(looking);
  }, 50);

  input.addEventListener("change", take);
  // JupyterLab keeps Enter from the browser.
  input.addEventListener("keydown", (event) => isEnter(event) && take());
  model.on("change:value", show);
  show();
  return () => {
    clearInterval(looking);
    model.off("change:value", show);
  };
}

export default { render };

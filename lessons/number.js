// A number box beside a slider. The slider is named here too, since ipywidgets gives its handle no name.

function render({ model, el }) {
  const label = model.get("label");
  const input = document.createElement("input");
  input.type = "number";
  input.className = "kickback-typed";
  input.setAttribute("aria-label", label);
  for (const end of ["min", "max", "step"]) input[end] = model.get(end);
  el.append(input);

  const show = () => (input.value = model.get("value"));

  function take() {
    const [min, max, step] = ["min", "max", "step"].map((end) => model.get(end));
    if (Number.isFinite(input.valueAsNumber)) {
      const inside = Math.min(Math.max(input.valueAsNumber, min), max);
      model.set("value", min + step * Math.round((inside - min) / step));
      model.save_changes();
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
  input.addEventListener("keydown", (event) => event.key === "Enter" && take());
  model.on("change:value", show);
  show();
  return () => {
    clearInterval(looking);
    model.off("change:value", show);
  };
}

export default { render };

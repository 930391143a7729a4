// A button that shows an answer to a class. The first press only asks for a second, soon after; hiding takes
// one.

const SOON = 4000; // ms in which the second press counts

export function twice(button, words, isShown, act) {
  let armed = null;
  const rest = () => {
    clearTimeout(armed);
    armed = null;
    button.textContent = isShown() ? words.hide : words.show;
  };
  button.addEventListener("click", () => {
    if (isShown() || armed) {
      clearTimeout(armed);
      armed = null;
      act();
      return;
    }
    button.textContent = words.again;
    armed = setTimeout(rest, SOON);
  });
  rest();
  return rest;
}

function render({ model, el }) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "kickback-button kickback-cover";
  el.classList.add("kickback-ask");
  el.append(button);
  const words = { show: "Show it to the class", again: "Press again to show it", hide: "Hide it again" };
  const rest = twice(button, words, () => model.get("lifted"), () => {
    model.set("lifted", !model.get("lifted"));
    model.save_changes();
  });
  model.on("change:lifted", rest);
}

export default { render };

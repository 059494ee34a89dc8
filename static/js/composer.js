// The reply box: says who will read it, names them on the button, grows with the text, sends on Ctrl+Enter.

import { uuid } from "./live/wire.js";

for (const box of document.querySelectorAll("[data-composer]")) {
  const field = box.querySelector("textarea");
  const line = box.querySelector("[data-readby]");
  const button = box.querySelector("[data-send]");
  const id = box.querySelector("[name=client_id]");
  if (id) id.value = uuid();

  const describe = () => {
    const chosen = box.querySelector("[name=audience]:checked");
    if (!chosen) return;
    const { button: words, readers, hidden, kind } = chosen.dataset;
    button.textContent = words;
    if (!line) return;
    if (kind === "staff") line.textContent = line.dataset.only;
    else {
      const parts = [line.dataset.words.replace("{readers}", readers)];
      if ("masked" in chosen.dataset) parts.push(line.dataset.each);
      if (hidden) parts.push(line.dataset.masked.replace("{hidden}", hidden));
      line.textContent = parts.join(" · ");
    }
  };
  const grow = () => {
    field.rows = Math.min(9, Math.max(2, field.value.split("\n").length));
  };
  box.addEventListener("change", describe);
  field.addEventListener("input", grow);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      box.requestSubmit();
    }
  });
  describe();
  grow();
}

document.addEventListener("click", (event) => {
  const insert = event.target.closest("[data-insert]");
  const field = document.querySelector("[data-composer] textarea");
  if (!insert || !field) return;
  field.value = `${field.value}${field.value && !field.value.endsWith(" ") ? " " : ""}${insert.dataset.insert}`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});

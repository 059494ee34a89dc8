// The answer to an order: the button counts the lines and says how many of them are changed.

for (const form of document.querySelectorAll("[data-answers]")) {
  const button = form.querySelector("[data-answers-send]");
  const count = () => {
    const lines = [...form.querySelectorAll("[data-line]")];
    // The sheet asks :has(:checked) already; the attribute makes Chromium lay the fields out at once.
    for (const line of lines) line.dataset.choice = line.querySelector("input:checked")?.value ?? "accept";
    const changed = lines.filter((line) => line.dataset.choice !== "accept").length;
    const words = changed === 0 ? form.dataset.all : lines.length === 1 ? form.dataset.one : form.dataset.some;
    button.textContent = words.replace("{n}", lines.length).replace("{changed}", changed);
  };
  form.addEventListener("change", count);
  count();
}

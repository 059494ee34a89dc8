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
  keep(form);
}

// Of a line that is split, what the first delivery leaves is the second one's, until somebody types another number there.
for (const deliveries of document.querySelectorAll("[data-splits]")) {
  const [first, second] = deliveries.querySelectorAll("input[type=number]");
  let filled = "";
  first?.addEventListener("input", () => {
    if (!second || second.value !== filled) return;
    const left = Number(deliveries.dataset.splits) - Number(first.value);
    second.value = filled = first.value && left > 0 ? String(left) : "";
  });
}

// What was typed so far is kept as a draft a moment after it was typed, so that it survives leaving the page.
function keep(form) {
  const words = form.querySelector("[data-answers-kept]");
  if (!form.dataset.keeps || !words) return;
  let waiting, sent = false;
  const send = () => {
    waiting = undefined;
    fetch(form.dataset.keeps, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Kept": "1" }, keepalive: true })
      .then((answer) => { if (answer.ok && !sent) words.textContent = form.dataset.kept; }, () => {});
  };
  form.addEventListener("input", () => { words.textContent = ""; clearTimeout(waiting); waiting = setTimeout(send, 800); });
  form.addEventListener("submit", () => { sent = true; clearTimeout(waiting); waiting = undefined; });
  addEventListener("pagehide", () => { if (waiting) { clearTimeout(waiting); send(); } });
}

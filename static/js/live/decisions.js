// Decisions: answered by one tap over the wire, and settled on the screens of all who were asked.

import { ask } from "./wire.js";
import { fillWords, text } from "../words.js";

export function decisions(thread) {
  thread.element.addEventListener("thread:message", ({ detail }) => detail.change?.decision && settle(thread, detail));
  thread.element.addEventListener("click", (event) => {
    const button = event.target.closest("[data-decides], [data-withdraws]");
    if (!button || !thread.socket.connected) return; // without the wire the button sends its form
    event.preventDefault();
    choose(thread, button);
  });
}

async function choose(thread, button) {
  const card = button.closest("[data-decision]");
  const { decides, withdraws } = button.dataset;
  const buttons = card.querySelectorAll("button");
  for (const one of buttons) one.disabled = true;
  const answer = decides ? await ask(thread.socket, "decision:answer", { decision: decides, answer: button.value })
    : await ask(thread.socket, "decision:withdraw", { decision: withdraws });
  if (answer.ok) return thread.sync(); // the push is on its way; if it is lost, this brings it
  for (const one of buttons) one.disabled = false;
  card.querySelector(".decision-said").textContent = answer.message || text("state_failed");
  thread.sync();
}

/** Show on its card how a question ended. */
function settle(thread, { change, author, at }) {
  const card = thread.element.querySelector(`[data-decision="${CSS.escape(change.decision)}"]`);
  if (!card) return;
  card.dataset.state = change.state;
  for (const part of card.querySelectorAll("[data-open]")) part.hidden = true;
  const said = card.querySelector(".decision-said");
  if (change.state === "withdrawn") {
    said.textContent = text("decision_withdrawn");
    return;
  }
  const chosen = Object.assign(document.createElement("b"), { textContent: change.answer });
  const time = Object.assign(document.createElement("time"), { dateTime: at });
  time.dataset.format = "time";
  const who = Object.assign(document.createElement("span"), { className: "mut", textContent: `${author.name} ` });
  who.append(time);
  said.replaceChildren(chosen, " ", who);
  fillWords(said);
}

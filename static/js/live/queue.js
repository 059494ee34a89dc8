// The staff queue: rows arrive and change in place; nothing jumps while somebody points at the list.

import { connect } from "./wire.js";
import { fillWords } from "../words.js";

const list = document.querySelector("[data-queue]");
if (list && window.io) {
  const socket = connect();
  const watch = () => socket.emit("queue:watch", { on: true });
  socket.on("queue", draw);
  socket.on("connect", watch);
  if (socket.connected) watch();
}

function draw({ conversation, status, assignee, partial }) {
  const old = list.querySelector(`[data-number="${CSS.escape(conversation)}"]`);
  const current = old?.querySelector("[aria-current]");
  old?.remove();
  if (!belongs(status, assignee)) return;
  const holder = document.createElement("template");
  holder.innerHTML = partial.trim();
  const row = holder.content.firstElementChild;
  row.classList.add("is-new");
  if (current) row.querySelector("a")?.setAttribute("aria-current", "true");
  list.prepend(row);
  fillWords(row);
  document.querySelector("[data-queue-empty]")?.setAttribute("hidden", "");
}

/** Whether a conversation stands in the queue that is shown; what cannot be told here is corrected by the next page. */
function belongs(status, assignee) {
  const done = ["solved", "closed"].includes(status);
  const name = list.dataset.queue;
  if (name === "solved") return done;
  if (done) return false;
  if (name === "mine") return String(assignee) === list.dataset.staff;
  if (name === "unassigned") return assignee === null;
  return true;
}

// The bell: hears that something may be new, and asks what there is for whoever looks.

import { connect } from "./wire.js";

let asked = 0;

if (window.io && document.querySelector("[data-bell]")) {
  const socket = connect();
  socket.on("notices", ask);
  socket.on("resync", ask); // news of other processes may be missing
  socket.io.on("reconnect", ask);
}

async function ask() {
  const mine = ++asked;
  const answer = await fetch("/notices/bell", { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok || answer.redirected || mine !== asked) return;
  const holder = document.createElement("template");
  holder.innerHTML = (await answer.text()).trim();
  const drawn = holder.content.querySelector("[data-bell]");
  if (!drawn) return;
  for (const old of document.querySelectorAll("[data-bell]")) {
    const bell = drawn.cloneNode(true);
    const focused = old === document.activeElement;
    old.replaceWith(bell);
    if (focused) bell.focus();
  }
}

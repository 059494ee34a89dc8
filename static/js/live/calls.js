// The screen pop: a card for the call that rings at one's own telephone, until it is closed or somebody else answers.

import { connect } from "./wire.js";
import { fillWords, text } from "../words.js";

const place = document.querySelector("[data-calls]");
if (place && window.io) connect().on("call", show);

function show({ call, state, staff, partial }) {
  const old = place.querySelector(`[data-call="${CSS.escape(call)}"]`);
  const elsewhere = state !== "ringing" && staff && staff !== place.dataset.calls;
  if (elsewhere) return old?.remove();
  if (!old && state !== "ringing" && state !== "answered") return; // closed, or over before the page was opened
  const holder = document.createElement("template");
  holder.innerHTML = partial.trim();
  const card = holder.content.firstElementChild;
  card.querySelector("[data-call-close]").setAttribute("aria-label", text("close"));
  if (old) old.replaceWith(card);
  else place.append(card);
  fillWords(card);
}

place?.addEventListener("click", (event) => event.target.closest("[data-call-close]")?.closest("[data-call]").remove());

// What a change in the conversation makes stale beside it is fetched anew, unless somebody is writing there.

import { fillWords } from "../words.js";

const thread = document.querySelector("[data-thread]");
let asked = null;

thread?.addEventListener("thread:message", ({ detail }) => {
  if (!detail.change?.issue) return;
  clearTimeout(asked);
  asked = setTimeout(refresh, 50); // one fetch for what comes together
});

async function refresh() {
  const answer = await fetch(window.location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-fresh]")) {
    const next = page.getElementById(part.id);
    if (!next || writing(part)) continue;
    part.replaceWith(next);
    fillWords(next);
  }
}

/** Whether somebody has begun to fill in a form in a part of the page. */
function writing(part) {
  return [...part.querySelectorAll("textarea, input")].some((one) => one.type !== "hidden" && one.value !== one.defaultValue)
    || (part.contains(document.activeElement) && document.activeElement.matches("textarea, input"));
}

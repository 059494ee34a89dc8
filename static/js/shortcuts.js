// Keys of the staff console: everything a mouse can do to a conversation.

import { open } from "./dialogs.js";

const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");

function step(direction) {
  const rows = [...document.querySelectorAll(".qrow")];
  const at = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const next = rows[at < 0 ? 0 : at + direction];
  if (next) next.click();
}

function write(kind) {
  const choice = document.querySelector(`[data-composer] input[data-kind="${kind}"]`);
  if (choice) choice.click();
  document.querySelector("[data-composer] textarea")?.focus();
}

const KEYS = {
  j: () => step(1), k: () => step(-1), r: () => write("customer"), n: () => write("staff"),
  a: () => document.querySelector("[data-key-assign]")?.focus(), s: () => document.querySelector("[data-key-solve]")?.click(),
  "/": () => open("command"), "?": () => open("keys"),
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && document.getElementById("command")) {
    event.preventDefault();
    return open("command");
  }
  if (!document.querySelector(".console") || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (KEYS[event.key]) {
    event.preventDefault();
    KEYS[event.key]();
  } else if (/^[0-9+]$/.test(event.key)) {
    // A caller reads out a number: typing it anywhere opens the search with it.
    event.preventDefault();
    open("command");
    const field = document.getElementById("command-q");
    field.value = event.key;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
});

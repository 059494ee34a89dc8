// The page of a conversation: binds thread, composer, typing, reading and presence to one socket.

import { connect, ask } from "./wire.js";
import { Thread } from "./thread.js";
import { decisions } from "./decisions.js";
import { Drafts } from "./drafts.js";
import { mailed } from "./mailed.js";
import { filesOf } from "../attachments.js";
import { text } from "../words.js";

const element = document.querySelector("[data-thread]");
if (element && window.io) begin(element);

function begin(element) {
  const socket = connect();
  const thread = new Thread(socket, element);
  const composer = document.querySelector("[data-composer]");
  thread.start();
  if (composer) writing(thread, composer);
  reading(thread);
  decisions(thread);
  mailed(thread);
  typingOfOthers(socket, thread);
  presence(socket, thread);
  element.addEventListener("click", (event) => {
    const { retry, takeBack } = event.target.dataset || {};
    if (retry) thread.retry(retry);
    if (takeBack) thread.takeBack(takeBack);
  });
}

function writing(thread, composer) {
  const field = composer.querySelector("textarea");
  const files = filesOf(composer);
  const drafts = new Drafts(thread, composer);
  let told = 0;
  composer.dataset.live = "";
  composer.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (files?.any && !(await files.settled())) return;
    if (!field.value && !files?.any) return;
    thread.write(field.value, audienceOf(composer), files?.take(), drafts.take());
    field.value = "";
    field.dispatchEvent(new Event("input"));
    field.focus();
    tell(false);
  });
  field.addEventListener("input", () => {
    const now = Date.now();
    if (field.value && now - told > 3000) tell(true);
  });
  field.addEventListener("blur", () => told && tell(false));
  function tell(on) {
    told = on ? Date.now() : 0;
    if (thread.socket.connected) {
      thread.socket.emit("typing", { conversation: thread.conversation, on, audience: audienceOf(composer) });
    }
  }
}

function audienceOf(composer) {
  return new FormData(composer).get("audience");
}

/** Tell how far one has read, while the page is looked at. */
function reading(thread) {
  let told = 0;
  const tell = () => {
    if (document.visibilityState !== "visible" || !thread.socket.connected || thread.last <= told) return;
    told = thread.last;
    ask(thread.socket, "message:read", { conversation: thread.conversation, seq: thread.last });
  };
  thread.element.addEventListener("thread:caught-up", tell);
  thread.element.addEventListener("thread:message", tell);
  document.addEventListener("visibilitychange", tell);
  thread.socket.on("read", (pointer) => pointer.conversation === thread.conversation && thread.list.read(pointer));
}

function typingOfOthers(socket, thread) {
  const line = thread.element.querySelector("[data-typing]");
  const who = new Map();
  const draw = () => {
    const names = [...who.values()].map((one) => one.name);
    line.hidden = names.length === 0;
    line.querySelector("[data-typing-words]").textContent = names.length ? text("typing").replace("{name}", names.join(", ")) : "";
  };
  socket.on("typing", ({ conversation, author, on }) => {
    if (!line || conversation !== thread.conversation || author.id === thread.element.dataset.me) return;
    clearTimeout(who.get(author.id)?.timer);
    who.delete(author.id);
    if (on) who.set(author.id, { name: author.name, timer: setTimeout(() => { who.delete(author.id); draw(); }, 6000) });
    draw();
  });
  thread.element.addEventListener("thread:message", ({ detail }) => {
    if (line && who.delete(detail.author.id)) draw();
  });
}

function presence(socket, thread) {
  const me = thread.element.dataset.me;
  const show = (selector, key) => ({ conversation, people }) => {
    if (conversation !== thread.conversation) return;
    const others = people.filter((one) => one.id !== me).map((one) => one.name);
    for (const place of document.querySelectorAll(selector)) {
      place.hidden = others.length === 0;
      const words = place.querySelector("[data-words]") || place;
      words.textContent = others.length ? text(key).replace("{name}", others.join(", ")) : "";
    }
  };
  socket.on("viewing", show("[data-viewing]", "viewing"));
  socket.on("presence", show("[data-presence]", "present"));
  document.addEventListener("visibilitychange", () => {
    if (socket.connected) socket.emit("presence", { state: document.visibilityState === "visible" ? "online" : "away" });
  });
}

// The list of messages as it is drawn: partials of the server in sequence, and what is still on its way.

import { fillWords, text } from "../words.js";

export class List {
  constructor(element) {
    this.element = element;
    this.items = element.querySelector("[data-messages]");
    this.bar = element.querySelector("[data-connection]");
    this.jump = element.querySelector("[data-jump]");
    this.me = element.dataset.me;
    this.scroller = element.querySelector("[data-scroll]") || element;
    this.pointers = new Map(); // how far each has read
    this.jump?.addEventListener("click", () => (this.pages?.cut ? this.pages.newest() : this.toEnd()));
    for (const item of this.items.children) this.own(item);
    this.toEnd();
  }

  atEnd() {
    if (this.pages?.cut) return false;
    return this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight < 120;
  }

  toEnd() {
    this.scroller.scrollTop = this.scroller.scrollHeight;
    if (this.jump) this.jump.hidden = true;
  }

  own(item) {
    if (item.dataset && item.dataset.author === this.me) item.classList.add("is-own");
  }

  holds(clientId) {
    return Boolean(this.items.querySelector(`[data-seq][data-client-id="${CSS.escape(clientId)}"]`));
  }

  /** Draw a stored message; what was pending under the same id gives way. */
  show(message) {
    const follow = this.atEnd();
    if (this.items.querySelector(`[data-seq="${message.seq}"]`)) return;
    if (message.client_id) this.drop(message.client_id);
    if (this.pages?.cut) return this.below(message);
    const holder = document.createElement("template");
    holder.innerHTML = message.partial.trim();
    const item = holder.content.firstElementChild;
    this.own(item);
    this.items.insertBefore(item, this.items.querySelector("[data-pending]"));
    fillWords(item);
    if (follow || message.author.id === this.me) this.toEnd();
    else if (this.jump) this.jump.hidden = false;
  }

  /** Say that something is below which is not in the page; to what one has said oneself one goes. */
  below(message) {
    if (this.jump) this.jump.hidden = false;
    if (message.author.id === this.me) this.pages.newest();
  }

  /** Draw a message that is on its way. */
  pending(message, state = "sending") {
    if (this.waiting(message.client_id)) return;
    const kind = String(message.audience || "").split(":")[0];
    const item = document.createElement("li");
    item.className = "msg-row is-own";
    item.dataset.pending = "";
    item.dataset.clientId = message.client_id;
    if (!message.lasting) item.dataset.passing = "";
    const bubble = document.createElement("div");
    bubble.className = "msg";
    bubble.dataset.aud = kind;
    const body = document.createElement("div");
    body.className = "msg-body";
    body.innerText = message.body;
    const note = document.createElement("p");
    note.className = "msg-state";
    note.setAttribute("role", "status");
    bubble.append(body);
    if (message.attachments?.length) bubble.append(this.carried(message.attachments));
    item.append(bubble, note);
    this.items.append(item);
    this.mark(message.client_id, message.failed ? "failed" : state);
    if (this.pages?.cut) this.pages.newest();
    else this.toEnd();
  }

  /** The files of a message that is on its way, by name. */
  carried(attachments) {
    const files = document.createElement("div");
    files.className = "files";
    for (const one of attachments) {
      const file = document.createElement("span");
      file.className = "file";
      file.append(Object.assign(document.createElement("bdi"), { textContent: one.name }));
      files.append(file);
    }
    return files;
  }

  waiting(clientId) {
    return this.items.querySelector(`[data-pending][data-client-id="${CSS.escape(clientId)}"]`);
  }

  drop(clientId) {
    this.waiting(clientId)?.remove();
  }

  /** Say honestly how a message stands: sending, queued, sent, failed. */
  mark(clientId, state, why = "") {
    const item = this.waiting(clientId);
    if (!item) return;
    item.classList.remove("is-sending", "is-queued", "is-sent", "is-failed");
    item.classList.add(`is-${state}`);
    const note = item.querySelector(".msg-state");
    const only = "passing" in item.dataset && ["queued", "failed"].includes(state) ? text("state_passing") : "";
    note.replaceChildren(document.createTextNode([text(`state_${state}`), why, only].filter(Boolean).join(" ")));
    if (state === "failed") note.append(this.button("retry", clientId), this.button("takeback", clientId));
    if (state === "queued") note.append(this.button("takeback", clientId));
  }

  button(action, clientId) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn-link";
    made.dataset[action === "retry" ? "retry" : "takeBack"] = clientId;
    made.textContent = text(action === "retry" ? "retry" : "take_back");
    return made;
  }

  /** Mark own messages that somebody else has read. */
  read(pointer) {
    if (pointer.id === this.me) return;
    this.pointers.set(pointer.id, pointer);
    for (const item of this.items.querySelectorAll(".is-own[data-seq]")) {
      if (Number(item.dataset.seq) > pointer.seq || item.dataset.read) continue;
      if (!this.concerns(item, pointer)) continue;
      item.dataset.read = pointer.name;
      const note = item.querySelector("[data-read-state]");
      if (note) note.textContent = text("read_by").replace("{name}", pointer.name);
    }
  }

  /** Mark rows that were fetched anew. */
  reread() {
    for (const pointer of this.pointers.values()) this.read(pointer);
  }

  /** A note among us is not marked by an outsider's pointer, nor a message for one side by the other's. */
  concerns(item, pointer) {
    const heard = item.dataset.aud;
    return heard === "everyone" || heard === pointer.side || pointer.side === "staff";
  }

  /** Whether the reader has lost the conversation. */
  get gone() {
    return this.element.dataset.line === "gone";
  }

  state(name) {
    this.element.dataset.line = name;
    if (this.bar) {
      this.bar.hidden = name === "online";
      this.bar.textContent = name === "online" ? "" : text(name === "offline" && this.passing ? "line_passing" : `line_${name}`);
    }
  }
}

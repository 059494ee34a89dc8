// Drafts: what is begun in the reply box is kept on the server, for each audience, and is there again on another device.

import { ask, passing, uuid } from "./wire.js";

const AFTER = 800; // after the last key
const AT_LEAST = 4000; // while somebody goes on typing
const AGAIN = 5000; // what could not be kept

/** Let go of what was kept under an id; what is kept under another one stays. */
export function forget(socket, conversation, id) {
  if (socket.connected) socket.emit("draft:keep", { conversation, client_id: id, body: "" }, () => {});
}

/** Something begun: its words, the id they will be sent under, and the ids they are kept under. */
function begun(words = "", kept = "") {
  return { words, id: uuid(), kept: new Set(kept ? [kept] : []), unkept: false };
}

export class Drafts {
  constructor(thread, composer) {
    this.thread = thread;
    this.composer = composer;
    this.field = composer.querySelector("textarea");
    this.timer = null;
    this.since = 0;
    this.sent = new Set(); // the ids of what was sent from this page
    this.all = new Map(); // audience -> what is begun to it
    for (const { value, dataset } of composer.querySelectorAll("[name=audience][data-draft]")) {
      this.all.set(value, begun(dataset.draft, dataset.draftId));
    }
    this.audience = this.chosen();
    // What stands in the box belongs to the audience that is chosen, also where its own is no longer on offer.
    if (this.field.value && this.now.words !== this.field.value) {
      this.all.set(this.audience, begun(this.field.value, composer.elements.client_id.defaultValue));
    }
    this.field.addEventListener("input", () => this.typed());
    composer.addEventListener("change", (event) => event.target.name === "audience" && this.turned());
    thread.socket.on("connect", () => this.save());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && this.save());
    window.addEventListener("pagehide", () => this.save());
    thread.element.addEventListener("thread:message", ({ detail }) => this.sentElsewhere(detail));
  }

  chosen() {
    return this.composer.querySelector("[name=audience]:checked")?.value || null;
  }

  get now() {
    if (!this.all.has(this.audience)) this.all.set(this.audience, begun());
    return this.all.get(this.audience);
  }

  show(words) {
    this.field.value = words;
    this.field.dispatchEvent(new Event("input"));
  }

  typed() {
    const { now } = this;
    if (this.field.value === now.words) return;
    Object.assign(now, { words: this.field.value, unkept: Boolean(this.field.value) || now.kept.size > 0 });
    this.since ||= Date.now();
    this.soon(Math.max(0, Math.min(AFTER, this.since + AT_LEAST - Date.now())));
  }

  soon(milliseconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), milliseconds);
  }

  /** Another audience was chosen: what is begun to it is shown; where nothing is, the words go along. */
  turned() {
    const [before, moved, after] = [this.audience, this.now, this.chosen()];
    if (this.all.get(after)?.words) {
      this.save();
      this.audience = after;
      return this.show(this.now.words);
    }
    this.all.delete(before);
    this.audience = after;
    if (!moved.words) return;
    for (const id of moved.kept) forget(this.thread.socket, this.thread.conversation, id);
    this.all.set(after, { ...moved, unkept: true });
    this.save();
  }

  /** Keep what was typed since; without a line it is kept when there is one again. */
  async save() {
    clearTimeout(this.timer);
    this.since = 0;
    const { audience, now, thread } = this;
    if (!now.unkept || !thread.socket.connected) return;
    if (!now.words) {
      for (const id of now.kept) forget(thread.socket, thread.conversation, id);
      now.kept.clear();
      now.unkept = false;
      return;
    }
    const answer = await this.keep();
    if (!passing(answer) || this.all.get(audience) !== now) return;
    now.unkept = true;
    this.soon(AGAIN);
  }

  keep() {
    const { audience, now, thread } = this;
    now.unkept = false;
    now.kept.add(now.id);
    return ask(thread.socket, "draft:keep", { conversation: thread.conversation, audience, client_id: now.id, body: now.words });
  }

  /** What is in the box is sent: the id for it, and the ids under which it was kept. */
  take() {
    clearTimeout(this.timer);
    this.since = 0;
    const { id, kept } = this.now;
    // What another page kept is taken over first: under the id of the message it is gone when that is stored.
    if (kept.size && !kept.has(id) && this.thread.socket.connected) this.keep();
    this.all.delete(this.audience);
    this.sent.add(id);
    return { client_id: id, drafts: [...kept] };
  }

  /** What was sent from another page of the same person does not wait here to be sent again. */
  sentElsewhere({ author, body, client_id }) {
    const { now } = this;
    if (author.id !== this.thread.element.dataset.me || this.sent.has(client_id)) return;
    if (!now.words || now.unkept || body !== now.words) return;
    this.all.delete(this.audience);
    this.show("");
  }
}

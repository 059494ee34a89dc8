// The thread: applies each message once and in order, catches up when one is missing, and sends from the outbox.

import { Outbox } from "./outbox.js";
import { forget } from "./drafts.js";
import { ask, passing, pause, uuid } from "./wire.js";
import { List } from "./list.js";
import { Pages } from "./pages.js";
import { text } from "../words.js";

const EVERY = 30000;

export class Thread {
  constructor(socket, element) {
    this.socket = socket;
    this.element = element;
    this.conversation = element.dataset.conversation;
    this.epoch = element.dataset.epoch || null;
    this.last = Number(element.dataset.lastSeq || 0);
    this.list = new List(element);
    this.pages = new Pages(this);
    this.outbox = new Outbox(element.dataset.me, (news) => this.otherPage(news));
    this.sending = Promise.resolve();
    this.syncing = null;
  }

  start() {
    this.outbox.ready.then((database) => { this.list.passing = !database; });
    this.socket.on("connect", () => this.opened());
    this.socket.on("disconnect", () => this.list.state("offline"));
    this.socket.on("message", (push) => this.pushed(push));
    this.socket.on("conversation", (push) => this.pushed(push));
    this.socket.on("resync", () => this.sync());
    for (const woken of ["online", "focus", "pageshow"]) window.addEventListener(woken, () => this.woken());
    for (const woken of ["resume", "visibilitychange"]) document.addEventListener(woken, () => this.woken());
    setInterval(() => this.woken(), EVERY);
    if (this.socket.connected) this.opened();
    this.restore();
  }

  /** Join the room and catch up; then send what waited for the line. */
  async opened() {
    const answer = await ask(this.socket, "conversation:open", this.position());
    if (!answer.ok) return this.refused(answer);
    this.list.state("online");
    await this.caughtUp(answer);
    this.flush();
  }

  position() {
    return { conversation: this.conversation, after: this.last, ...(this.epoch ? { epoch: this.epoch } : {}) };
  }

  refused(answer) {
    if (answer.error === "reset") return window.location.reload();
    if (answer.error === "timeout") return this.socket.disconnect().connect(); // the line is dead and does not know it yet
    if (passing(answer)) return pause(1, answer.retry_after).then(() => this.socket.connected && this.opened());
    this.list.state(answer.error === "not_found" ? "gone" : "offline");
  }

  async caughtUp(answer) {
    this.epoch = answer.epoch;
    for (const message of answer.messages) this.apply(message);
    if (answer.more) return this.sync();
    this.last = Math.max(this.last, answer.last_seq);
    for (const read of answer.reads || []) this.list.read(read);
    this.pages.opened(answer.reads || []);
    this.element.dispatchEvent(new CustomEvent("thread:caught-up"));
  }

  /** Fetch what came after the last message applied; one request at a time. */
  sync() {
    if (!this.socket.connected) return Promise.resolve();
    this.syncing ||= ask(this.socket, "conversation:sync", this.position()).then((answer) => {
      this.syncing = null;
      if (answer.ok && this.list.gone) return this.opened(); // it was given back: hear it again
      return answer.ok ? this.caughtUp(answer) : this.refused(answer);
    });
    return this.syncing;
  }

  /** Time has passed without us, or may have: catch up, and send what waits, also what another page left behind. */
  woken() {
    if (document.visibilityState !== "visible") return;
    this.sync();
    if (this.socket.connected) this.flush();
  }

  pushed(push) {
    if (push.conversation !== this.conversation || push.seq <= this.last) return;
    if (push.prev !== undefined && push.prev > this.last) return this.sync();
    this.apply(push);
  }

  apply(message) {
    if (message.seq <= this.last) return;
    this.last = message.seq;
    this.list.show(message);
    if (message.client_id && message.author.id === this.list.me) this.outbox.remove(message.client_id);
    this.element.dispatchEvent(new CustomEvent("thread:message", { detail: message }));
  }

  /** Keep a message, show it as being sent, and send it. */
  async write(body, audience, attachments = [], { client_id = uuid(), drafts = [] } = {}) {
    const message = await this.outbox.put({
      client_id, drafts, conversation: this.conversation, body, audience, attachments, written: Date.now(),
      seen: this.element.dataset.stopStale === "yes" && audience !== "staff" ? this.last : undefined,
    });
    this.list.pending(message);
    if (!this.socket.connected) this.list.mark(message.client_id, "queued");
    this.flush();
  }

  /** Show again what an earlier page could not send. */
  async restore() {
    for (const message of await this.outbox.waiting(this.conversation)) {
      if (this.list.holds(message.client_id)) await this.outbox.remove(message.client_id);
      else this.list.pending(message, this.socket.connected ? "sending" : "queued");
    }
  }

  /** Another page of the same person wrote a message, or took it back. */
  otherPage(news) {
    if (news.taken) return this.list.drop(news.client_id);
    if (news.conversation !== this.conversation || this.list.holds(news.client_id)) return;
    const state = news.failed ? "failed" : this.socket.connected ? "sending" : "queued";
    if (this.list.waiting(news.client_id)) this.list.mark(news.client_id, state);
    else this.list.pending({ ...news, lasting: true }, state);
  }

  /** Send what waits, in the order it was written, each until it is acknowledged or refused. */
  flush() {
    this.sending = this.sending.then(async () => {
      for (const message of await this.outbox.waiting(this.conversation)) {
        if (message.failed) continue;
        if (!(await this.send(message))) break;
      }
    });
    return this.sending;
  }

  async send(message) {
    for (let attempt = 0; ; attempt += 1) {
      if (!(await this.outbox.holds(message.client_id))) return true;
      if (!this.socket.connected) {
        this.list.mark(message.client_id, "queued");
        return false;
      }
      this.list.mark(message.client_id, "sending");
      const { client_id, conversation, body, audience, seen, attachments = [] } = message;
      const carried = attachments.length ? { attachments: attachments.map((one) => one.id) } : {};
      const answer = await ask(this.socket, "message:send", { client_id, conversation, body, audience, ...carried, ...(seen !== undefined ? { seen } : {}) });
      if (answer.ok) {
        await this.settled(message, answer);
        return true;
      }
      if (!passing(answer)) {
        await this.failed(message, answer);
        return true;
      }
      if (answer.error === "timeout") this.socket.disconnect().connect();
      await pause(attempt, answer.retry_after);
    }
  }

  async settled(message, answer) {
    this.list.mark(message.client_id, "sent");
    for (const draft of message.drafts || []) forget(this.socket, this.conversation, draft);
    await this.outbox.remove(message.client_id);
    if (answer.duplicate || answer.prev === undefined || answer.prev > this.last) await this.sync();
  }

  async failed(message, answer) {
    await this.outbox.put({ ...message, failed: true });
    if (answer.error === "not_found") await this.sync(); // was it the conversation that is gone?
    this.list.mark(message.client_id, "failed", this.list.gone ? text("line_gone") : answer.message || answer.error);
    this.element.dispatchEvent(new CustomEvent("thread:failed", { detail: { message, answer } }));
  }

  /** Send a failed message once more, having seen what was new. */
  async retry(clientId) {
    const message = (await this.outbox.waiting(this.conversation)).find((one) => one.client_id === clientId);
    if (!message) return;
    await this.outbox.put({ ...message, failed: false, seen: message.seen === undefined ? undefined : this.last });
    this.flush();
  }

  /** Take a message back that has not left. */
  async takeBack(clientId) {
    await this.outbox.takeBack(clientId);
    this.list.drop(clientId);
  }
}

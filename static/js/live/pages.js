// A long thread: the page holds so many rows, what is far away is let go and fetched again, and nothing jumps.

import { fillWords } from "../words.js";
import { ask } from "./wire.js";

const MOST = 300; // rows in the page
const NEAR = 800; // pixels from an end at which more is fetched
const FULL = 50; // the server sends at least so many at once where there are more

export class Pages {
  constructor(thread) {
    this.thread = thread;
    this.list = thread.list;
    this.items = this.list.items;
    this.scroller = this.list.scroller;
    this.address = thread.element.dataset.older;
    this.button = thread.element.querySelector("[data-unread]");
    this.complete = this.rows().length < FULL; // nothing is above the first row
    this.cut = false; // rows below the last one are not in the page
    this.read = null; // how far one had read when the page was opened
    this.busy = false;
    this.list.pages = this;
    this.scroller.addEventListener("scroll", () => this.look(), { passive: true });
    this.button?.addEventListener("click", () => this.work(() => this.toUnread()));
  }

  rows() {
    return [...this.items.querySelectorAll(":scope > [data-seq]")];
  }

  /** Fetch what is near one of the ends, one thing at a time. */
  look() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    const below = scrollHeight - scrollTop - clientHeight;
    const { jump } = this.list;
    if (jump && (this.cut || below > 2 * clientHeight)) jump.hidden = false;
    else if (jump && this.list.atEnd()) jump.hidden = true;
    if (!this.complete && scrollTop < NEAR) this.work(() => this.older());
    else if (this.cut && below < NEAR) this.work(() => this.newer());
  }

  async work(step) {
    if (this.busy || !this.address) return;
    this.busy = true;
    try {
      await step();
    } catch {
      // The line is dead: whoever scrolls on asks again.
    } finally {
      this.busy = false;
    }
  }

  async before(seq) {
    const answer = await fetch(seq === null ? this.address : `${this.address}?before=${seq}`, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error("no messages came");
    return this.drawn(await answer.text());
  }

  /** Rows of partials, with the words of this reader. */
  drawn(partials) {
    const holder = document.createElement("template");
    holder.innerHTML = partials;
    const rows = [...holder.content.children];
    for (const row of rows) {
      this.list.own(row);
      fillWords(row);
    }
    return rows;
  }

  async older() {
    const first = this.rows()[0];
    const rows = await this.before(first ? Number(first.dataset.seq) : null);
    if (!rows.length) this.complete = true;
    this.still(() => {
      this.items.prepend(...rows);
      const far = this.rows().slice(MOST);
      for (const row of far) row.remove();
      this.cut ||= far.length > 0;
    });
  }

  async newer() {
    const last = Number(this.rows().at(-1)?.dataset.seq || 0);
    const { conversation, epoch } = this.thread.position();
    const answer = await ask(this.thread.socket, "conversation:sync", { conversation, after: last, ...(epoch ? { epoch } : {}) });
    if (!answer.ok) return;
    const rows = this.drawn(answer.messages.map((one) => one.partial).join(""));
    this.still(() => {
      this.append(rows);
      const far = this.rows().slice(0, -MOST);
      for (const row of far) row.remove();
      if (far.length) this.complete = false;
    });
    // What was pushed while this was on its way may not be among it: then there is something to fetch still.
    this.cut = rows.length > 0 && (answer.more || this.thread.last > Number(rows.at(-1).dataset.seq));
    if (this.cut && !answer.more) await this.newer();
  }

  append(rows) {
    const pending = this.items.querySelector("[data-pending]");
    for (const row of rows) this.items.insertBefore(row, pending);
  }

  replace(rows) {
    for (const row of this.rows()) row.remove();
    this.append(rows);
    this.complete = rows.length < FULL;
  }

  /** Show the newest messages in place of those somebody has scrolled up to. */
  newest() {
    return this.work(async () => {
      const rows = await this.before(null);
      this.replace(rows);
      this.cut = this.thread.last > Number(rows.at(-1)?.dataset.seq || 0);
      if (this.cut) await this.newer();
      this.settle();
      this.list.toEnd();
    });
  }

  /** Show where the unread ones begin, also where that is far above. */
  async toUnread() {
    if (!this.holdsUnread()) {
      this.replace(await this.before(this.read + 1));
      this.cut = true;
      await this.newer();
    }
    this.settle();
    this.items.querySelector(".unread-from")?.scrollIntoView({ block: "start" });
    this.button.hidden = true;
  }

  /** Change the rows while what somebody looks at stays where it is. */
  still(change) {
    const top = this.scroller.getBoundingClientRect().top;
    const anchor = this.rows().find((row) => row.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top;
    this.scroller.style.overflowAnchor = "none"; // not every browser has it, and one of us is enough
    change();
    this.settle();
    if (anchor?.isConnected) this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    requestAnimationFrame(() => { this.scroller.style.overflowAnchor = ""; });
  }

  /** What the rows say beyond their own words: who has read them, and where the unread ones begin. */
  settle() {
    this.list.reread();
    this.divide();
  }

  /** Remember how far one had read, the first time it is told. */
  opened(reads) {
    if (this.read !== null) return;
    this.read = reads.find((one) => one.id === this.list.me)?.seq ?? Infinity;
    const follow = this.list.atEnd();
    this.divide();
    if (this.button) this.button.hidden = !this.unread() || this.inSight();
    if (follow) this.list.toEnd(); // the button has taken some of the room
  }

  /** Whether others have written what one had not read when the page was opened. */
  unread() {
    return this.read < this.upTo && this.rows().some((row) => this.strange(row));
  }

  get upTo() {
    return Math.max(0, ...this.rows().map((row) => Number(row.dataset.seq)));
  }

  strange(row) {
    return Number(row.dataset.seq) > this.read && row.dataset.author && row.dataset.author !== this.list.me;
  }

  holdsUnread() {
    const first = this.rows()[0];
    return this.complete || (first && Number(first.dataset.seq) <= this.read);
  }

  inSight() {
    const mark = this.items.querySelector(".unread-from");
    return Boolean(mark) && mark.getBoundingClientRect().top >= this.scroller.getBoundingClientRect().top;
  }

  divide() {
    const old = this.items.querySelector(".unread-from");
    const first = this.read !== null && this.holdsUnread() ? this.rows().find((row) => this.strange(row)) : null;
    if (!first) return old?.remove();
    const mark = old || Object.assign(document.createElement("li"), { className: "unread-from" });
    mark.dataset.text = "unread_from";
    fillWords(mark);
    if (mark.nextElementSibling !== first) first.before(mark);
  }
}

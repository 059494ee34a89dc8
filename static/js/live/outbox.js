// The outbox: what was written is kept here until the server has acknowledged it, across reloads and dropped lines.
// All pages of one browser share it; where it cannot be kept on the disk (private windows), memory has to do.

const NAME = "loggia-outbox";
const PATIENCE = 3000; // some browsers never answer

/** Open the browser's database; null where there is none. */
function open() {
  return new Promise((resolve) => {
    setTimeout(() => resolve(null), PATIENCE);
    try {
      const asked = window.indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("messages", { keyPath: "client_id" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(null);
      asked.onblocked = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}

export class Outbox {
  /** `told` hears what other pages of the same person put in (a message) and took back ({client_id, taken}). */
  constructor(person, told = () => {}) {
    this.person = person;
    this.memory = new Map(); // what is not on the disk
    this.ready = open();
    this.others = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
    this.others?.addEventListener("message", ({ data }) => data.person === person && told(data));
    window.addEventListener("beforeunload", (event) => this.memory.size && event.preventDefault());
  }

  async run(mode, work) {
    const database = await this.ready;
    if (!database) throw new Error("there is no database");
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("messages", mode);
      const asked = work(transaction.objectStore("messages"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** Keep a message before anything is sent; it is `lasting` once it would outlive the page. */
  async put(message) {
    const kept = { ...message, person: this.person };
    delete kept.lasting;
    this.memory.set(kept.client_id, kept);
    try {
      await this.run("readwrite", (store) => store.put(kept));
      this.memory.delete(kept.client_id);
      this.others?.postMessage(kept);
      return { ...kept, lasting: true };
    } catch {
      return kept; // the disk is full or forbidden: memory holds it while the page is open
    }
  }

  async remove(clientId) {
    this.memory.delete(clientId);
    try {
      await this.run("readwrite", (store) => store.delete(clientId));
    } catch {
      // Sent again at worst: the server knows the id.
    }
  }

  /** Take a message back, for all pages. */
  async takeBack(clientId) {
    await this.remove(clientId);
    this.others?.postMessage({ client_id: clientId, person: this.person, taken: true });
  }

  /** Whether a message waits still: another page may have sent it, or taken it back. */
  async holds(clientId) {
    if (this.memory.has(clientId)) return true;
    try {
      return Boolean(await this.run("readonly", (store) => store.get(clientId)));
    } catch {
      return false;
    }
  }

  /** Everything this person has not seen acknowledged in one conversation, oldest first. */
  async waiting(conversation) {
    let stored = [];
    try {
      stored = await this.run("readonly", (store) => store.getAll());
    } catch {
      // Memory has it all.
    }
    const all = new Map(stored.map((one) => [one.client_id, { ...one, lasting: true }]));
    for (const one of this.memory.values()) all.set(one.client_id, one);
    return [...all.values()]
      .filter((one) => one.person === this.person && one.conversation === conversation)
      .sort((a, b) => a.written - b.written);
  }
}

// The outbox: what was written is kept here until the server has acknowledged it, across reloads and dropped lines.

const NAME = "loggia-outbox";

/** Open the browser's database; null where there is none (private windows), then memory has to do. */
function open() {
  return new Promise((resolve) => {
    if (!("indexedDB" in window)) return resolve(null);
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("messages", { keyPath: "client_id" });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(null);
  });
}

export class Outbox {
  constructor(person) {
    this.person = person;
    this.memory = new Map();
    this.ready = open();
  }

  async run(mode, work) {
    const database = await this.ready;
    if (!database) return null;
    return new Promise((resolve, reject) => {
      const transaction = database.transaction("messages", mode);
      const asked = work(transaction.objectStore("messages"));
      transaction.oncomplete = () => resolve(asked ? asked.result : null);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }

  /** Keep a message before anything is sent. */
  async put(message) {
    const kept = { ...message, person: this.person };
    this.memory.set(kept.client_id, kept);
    try {
      await this.run("readwrite", (store) => store.put(kept));
    } catch {
      // The disk is full or forbidden: memory still holds it while the page is open.
    }
    return kept;
  }

  async remove(clientId) {
    this.memory.delete(clientId);
    try {
      await this.run("readwrite", (store) => store.delete(clientId));
    } catch {
      // Sent again at worst: the server knows the id.
    }
  }

  /** Everything this person has not seen acknowledged in one conversation, oldest first. */
  async waiting(conversation) {
    let stored = [];
    try {
      stored = (await this.run("readonly", (store) => store.getAll())) || [];
    } catch {
      stored = [];
    }
    for (const one of stored) if (!this.memory.has(one.client_id)) this.memory.set(one.client_id, one);
    return [...this.memory.values()]
      .filter((one) => one.person === this.person && one.conversation === conversation)
      .sort((a, b) => a.written - b.written);
  }
}

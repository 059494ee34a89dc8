// How the mails went that told of a message: drawn anew when one leaves, comes back, or is sent again.

import { ask } from "./wire.js";
import { fillWords } from "../words.js";

export function mailed(thread) {
  const stale = new Set();
  let asked = null;

  thread.socket.on("mailed", ({ conversation, seq }) => {
    if (conversation !== thread.conversation) return;
    stale.add(seq);
    asked ||= setTimeout(refresh, 50); // one question for what comes together
  });

  async function refresh() {
    asked = null;
    const seqs = [...stale];
    stale.clear();
    const answer = await ask(thread.socket, "conversation:sync", { conversation: thread.conversation, after: Math.min(...seqs) - 1 });
    for (const message of answer.ok ? answer.messages : []) if (seqs.includes(message.seq)) draw(message);
  }

  function draw(message) {
    const item = thread.list.items.querySelector(`[data-seq="${message.seq}"]`);
    const holder = document.createElement("template");
    holder.innerHTML = message.partial.trim();
    const next = holder.content.querySelector(".mailed");
    if (!item || !next) return;
    const follow = thread.list.atEnd();
    item.querySelector(".mailed")?.remove();
    item.append(next);
    fillWords(next);
    if (follow) thread.list.toEnd();
  }
}

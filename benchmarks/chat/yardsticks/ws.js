// The floor of node: a room server of the `ws` package alone, frames of JSON, kept nowhere and asked of nobody.

const { WebSocketServer } = require("ws");

const rooms = new Map();
const heads = new Map();

/** A message in the shape that the product gives it. */
function told({ conversation, client_id, audience, body }) {
  const seq = (heads.get(conversation) || 0) + 1;
  heads.set(conversation, seq);
  const author = { id: "1", name: "Somebody", side: "customer" };
  return { conversation, seq, prev: seq - 1, message: `${conversation}-${seq}`, client_id, at: new Date().toISOString(), author,
           channel: "chat", audience, body, html: body, attachments: [] };
}

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]), perMessageDeflate: false, backlog: 4096 });
server.on("connection", (line) => {
  let room = null;
  line.on("message", (data) => {
    const event = JSON.parse(data);
    if (!room) {
      room = rooms.get(event.open) || new Set();
      rooms.set(event.open, room);
      room.add(line);
      return;
    }
    const message = told(event);
    const frame = `m${JSON.stringify(message)}`;
    for (const other of room) if (other !== line) other.send(frame);
    line.send(`a${JSON.stringify({ ok: true, seq: message.seq, client_id: message.client_id })}`);
  });
  line.on("close", () => room && room.delete(line));
});

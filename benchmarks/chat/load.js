// The load: many sockets that talk Engine.IO and Socket.IO by hand, so that the server is the slower of the two.
// Reads one JSON document: {port, sockets: [{auth, conversation}], seconds, warm, rate (0: closed loop), audience}
// and writes one line each when connected, when measuring begins and ends, and with the result.

const net = require("net");
const { randomUUID } = require("crypto");

const given = JSON.parse(require("fs").readFileSync(0, "utf8"));
const BODY = "x".repeat(120);
const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");
const now = () => performance.now();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const counts = { sent: 0, acked: 0, pushed: 0, refused: 0, lost: 0 };
const latencies = { ack: [], push: [] };
let measuring = false;
let stopped = false;

/** A masked text frame; the mask of zeros is valid and costs nothing. */
function frame(text) {
  const payload = Buffer.from(text);
  const head = Buffer.alloc(payload.length < 126 ? 6 : 8);
  head[0] = 0x81;
  if (payload.length < 126) head[1] = 0x80 | payload.length;
  else {
    head[1] = 0x80 | 126;
    head.writeUInt16BE(payload.length, 2);
  }
  return Buffer.concat([head, payload]);
}

class Talker {
  constructor({ auth, conversation, port }) {
    Object.assign(this, { auth, conversation, port: port || given.port, next: 0, rest: Buffer.alloc(0), up: false });
    this.waiting = new Map(); // ack id -> when it was sent
  }

  connect() {
    return new Promise((resolve, reject) => {
      this.ready = resolve;
      this.failed = reject;
      this.line = net.connect(this.port, "127.0.0.1", () => this.upgrade());
      this.line.setNoDelay(true);
      this.line.on("data", (data) => this.received(data));
      this.line.on("error", reject);
      this.line.on("close", () => {
        if (!stopped) counts.lost += 1;
        reject(new Error("closed"));
      });
    });
  }

  upgrade() {
    const where = `127.0.0.1:${this.port}`;
    this.line.write(
      `GET ${given.path || "/socket.io/?EIO=4&transport=websocket"} HTTP/1.1\r\nHost: ${where}\r\nOrigin: http://${where}\r\n` +
      "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  }

  received(data) {
    let bytes = this.rest.length ? Buffer.concat([this.rest, data]) : data;
    if (!this.up) {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return void (this.rest = bytes);
      if (bytes.toString("latin1", 9, 12) !== "101") return this.failed(new Error(bytes.toString("utf8", 0, 300)));
      this.up = true;
      bytes = bytes.subarray(end + 4);
      if (given.raw) {
        this.line.write(frame(JSON.stringify({ open: this.conversation })));
        this.ready();
      }
    }
    this.rest = this.frames(bytes);
  }

  /** Hand over every whole frame and return what is left. */
  frames(bytes) {
    let at = 0;
    for (;;) {
      if (bytes.length - at < 2) break;
      let size = bytes[at + 1] & 127;
      let head = 2;
      if (size === 126) {
        if (bytes.length - at < 4) break;
        size = bytes.readUInt16BE(at + 2);
        head = 4;
      } else if (size === 127) {
        if (bytes.length - at < 10) break;
        size = Number(bytes.readBigUInt64BE(at + 2));
        head = 10;
      }
      if (bytes.length - at < head + size) break;
      if ((bytes[at] & 15) === 1) this.packet(bytes, at + head, size);
      at += head + size;
    }
    return bytes.subarray(at);
  }

  packet(bytes, at, size) {
    const kind = bytes.toString("latin1", at, at + 2);
    if (given.raw) return kind[0] === "a" ? this.acked(bytes.toString("latin1", at, at + size)) : this.heard(bytes, at, size);
    if (kind[0] === "0") this.line.write(frame(`40${JSON.stringify(this.auth)}`));
    else if (kind[0] === "2") this.line.write(frame("3"));
    else if (kind === "40") this.open();
    else if (kind === "44") this.failed(new Error(bytes.toString("utf8", at, at + size)));
    else if (kind === "43") this.answered(bytes.toString("utf8", at, at + size));
    else if (kind === "42" && bytes.toString("latin1", at + 2, at + 12) === '["message"') this.heard(bytes, at, size);
  }

  open() {
    this.waiting.set(this.next, null);
    this.line.write(frame(`42${this.next++}["conversation:open",${JSON.stringify({ conversation: this.conversation })}]`));
  }

  answered(text) {
    const bracket = text.indexOf("[");
    const id = Number(text.slice(2, bracket));
    const sent = this.waiting.get(id);
    this.waiting.delete(id);
    const good = text.startsWith('[{"ok":true', bracket);
    if (sent === null) return good ? this.ready() : this.failed(new Error(text));
    if (!good) {
      counts.refused += 1;
      counts.why ||= text.slice(0, 200);
    }
    this.settled(sent);
  }

  acked() {
    const [id] = this.waiting.keys();
    const sent = this.waiting.get(id);
    this.waiting.delete(id);
    this.settled(sent);
  }

  settled(sent) {
    if (measuring) {
      counts.acked += 1;
      latencies.ack.push(now() - sent);
    }
    if (!given.rate && !stopped) this.send();
  }

  heard(bytes, at, size) {
    if (!measuring) return;
    counts.pushed += 1;
    const mark = bytes.indexOf("@@", at);
    if (mark > 0 && mark < at + size) latencies.push.push(now() - Number(bytes.toString("latin1", mark + 2, mark + 18)) / 1000);
  }

  send(due = now()) {
    const stamp = String(Math.round(due * 1000)).padStart(16, "0");
    const message = { conversation: this.conversation, client_id: randomUUID(), body: `@@${stamp}${BODY}`, audience: given.audience };
    this.waiting.set(this.next, due);
    counts.sent += 1;
    this.line.write(frame(given.raw ? JSON.stringify(message) : `42${this.next}["message:send",${JSON.stringify(message)}]`));
    this.next += 1;
  }
}

function quantile(values, share) {
  if (!values.length) return null;
  values.sort((a, b) => a - b);
  return Number(values[Math.min(values.length - 1, Math.floor(values.length * share))].toFixed(3));
}

/** Send at a fixed rate whether or not answers come, so that slow answers are not left out of the figures. */
function openLoop(talkers) {
  const begun = now();
  let sent = 0;
  return setInterval(() => {
    const due = Math.floor(((now() - begun) * given.rate) / 1000);
    for (; sent < due; sent += 1) talkers[sent % talkers.length].send(begun + (sent * 1000) / given.rate);
  }, 1);
}

(async () => {
  const talkers = given.sockets.map((one) => new Talker(one));
  const begun = now();
  for (let i = 0; i < talkers.length; i += 25) await Promise.all(talkers.slice(i, i + 25).map((one) => one.connect()));
  say({ phase: "connected", seconds: (now() - begun) / 1000 });
  if (given.idle) await sleep(given.idle * 1000);
  let timer = null;
  if (given.seconds) {
    if (given.rate) timer = openLoop(talkers);
    else for (const one of talkers) one.send();
    await sleep(given.warm * 1000);
    measuring = true;
    say({ phase: "begin" });
    await sleep(given.seconds * 1000);
    measuring = false;
    say({ phase: "end" });
    clearInterval(timer);
  }
  stopped = true;
  await sleep(300);
  say({
    phase: "result", ...counts, seconds: given.seconds,
    ack: { p50: quantile(latencies.ack, 0.5), p99: quantile(latencies.ack, 0.99) },
    push: { p50: quantile(latencies.push, 0.5), p99: quantile(latencies.push, 0.99) },
  });
  process.exit(0);
})().catch((error) => {
  say({ phase: "failed", error: String(error) });
  process.exit(1);
});

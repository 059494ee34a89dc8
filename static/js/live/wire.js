// The wire: one socket for the page, requests that end in exactly one answer or a time-out.

const PATIENCE = 8000;
const SOON = 500;

let line = null; // one socket for all that a page shows live

export function connect() {
  line ||= window.io({
    transports: ["websocket"],
    reconnectionDelay: SOON,
    reconnectionDelayMax: 10000,
    randomizationFactor: 0.5,
    timeout: 8000,
  });
  line.on("going_away", ({ in_ms }) => comeBackIn(in_ms));
  line.on("connect", () => comeBackIn(SOON));
  return line;
}

/** The server ends in a moment: come back when it says, so that not everybody comes at once. */
function comeBackIn(milliseconds) {
  line.io.reconnectionDelay(Math.max(SOON, milliseconds));
  line.io.reconnectionDelayMax(Math.max(10000, milliseconds));
}

/** Ask the server; resolves to its answer, or to {ok: false, error: "timeout"}. */
export function ask(socket, name, payload) {
  return new Promise((resolve) => {
    socket.timeout(PATIENCE).emit(name, payload, (late, answer) => {
      resolve(late ? { ok: false, error: "timeout" } : answer);
    });
  });
}

/** Whether the same request may be sent again with the same id. */
export function passing(answer) {
  return ["timeout", "unavailable", "rate_limited"].includes(answer.error);
}

export function pause(attempt, retryAfter) {
  const wait = retryAfter ? retryAfter * 1000 : Math.min(30000, 500 * 2 ** attempt);
  return new Promise((resolve) => setTimeout(resolve, wait * (0.75 + Math.random() / 2)));
}

/** A random UUID, also where the page is not a secure context. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// Notices on this device: says honestly how it stands, and switches them on and off.

const part = document.querySelector("[data-push]");
if (part) show();

async function show() {
  const state = await standing();
  for (const one of part.querySelectorAll("[data-state]")) one.hidden = one.dataset.state !== state;
}

async function standing() {
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!able || !window.isSecureContext) return "unsupported";
  if (Notification.permission === "denied") return "denied";
  const worker = await navigator.serviceWorker.getRegistration("/");
  const here = await worker?.pushManager.getSubscription();
  return here && part.dataset.here ? "on" : "off"; // on only where both this browser and we know of it
}

part?.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-push-start]")) return;
  const button = event.target.closest("button");
  button.disabled = true;
  try {
    await start();
  } catch {
    await show();
    part.querySelector("[data-push-failed]").hidden = (await standing()) === "denied";
    button.disabled = false;
  }
});

async function start() {
  if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  await navigator.serviceWorker.register("/push-worker.js", { scope: "/" });
  const worker = await navigator.serviceWorker.ready;
  await (await worker.pushManager.getSubscription())?.unsubscribe(); // perhaps of another key
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(part.dataset.key) });
  const { endpoint, keys } = made.toJSON();
  const answer = await fetch(part.dataset.action, {
    method: "POST",
    headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
    body: new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth }),
  });
  if (!answer.ok) throw new Error(`answered ${answer.status}`);
  location.reload();
}

function bytes(words) {
  const plain = atob(words.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (one) => one.charCodeAt(0));
}

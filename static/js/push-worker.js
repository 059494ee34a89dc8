// Woken by the browser when we send a word to this device: shows it, and opens what it tells of.

self.addEventListener("push", (event) => {
  const told = event.data ? event.data.json() : {};
  const shown = { body: told.body || "", tag: told.tag, renotify: Boolean(told.tag), icon: "/static/img/mark.svg", data: { url: told.url } };
  event.waitUntil(self.registration.showNotification(told.title || "", shown));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.url));
});

async function open(url) {
  const place = new URL(url || "/", self.location.origin);
  if (place.origin !== self.location.origin) return;
  for (const page of await self.clients.matchAll({ type: "window" })) {
    if (new URL(page.url).pathname === place.pathname) return page.focus();
  }
  return self.clients.openWindow(place.href);
}

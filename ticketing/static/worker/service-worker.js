/* The service worker: without a connection it shows one page, the same for everybody, where what was typed waits.
   It keeps nothing else: no page of a ticket, no answer, no file. `self.KEPT` is written above by the server. */
"use strict";

const { KEPT } = self;
const [OFFLINE] = KEPT;
const NAME = "guichet-" + KEPT.join("");

self.addEventListener("install", (event) => {
  // Without cookies: what is kept is the page that anybody gets.
  const wanted = KEPT.map((path) => new Request(path, { credentials: "omit", cache: "no-cache" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
    if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (request.method === "GET" && KEPT.includes(new URL(request.url).pathname)) event.respondWith(kept(request));
});

async function page(event) {
  try {
    return (await event.preloadResponse) || (await fetch(event.request));
  } catch (error) {
    const found = await caches.match(OFFLINE);
    if (!found) throw error;
    return found;
  }
}

async function kept(request) {
  return (await caches.match(request)) || fetch(request);
}

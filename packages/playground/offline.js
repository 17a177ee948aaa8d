// SPDX-License-Identifier: MIT
// The service worker: keeps the files of the page, so that it opens without a network.
// vite.config.ts replaces the two constants.
const VERSION = "";
const FILES = [];

const PREFIX = "bpf-token-playground ";
const NAME = PREFIX + VERSION;
/** Large files that a view loads. Their folder's name has their version: kernels/6.12-0123456789ab/ */
const LARGE = "bpf-token-large";
const large = /\/(?:kernels|compiler)\/([^/]+)\/[^/]+$/;

async function install() {
  const cache = await caches.open(NAME);
  await cache.addAll(FILES);
  await self.skipWaiting();
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
  const page = await fetch("./").catch(() => undefined);
  if (page?.ok) await removeOld(page);
}

/** Removes the large files of versions that the page no longer names. */
async function removeOld(page) {
  const text = await page.text();
  const named = [...text.matchAll(/ data-(?:kernels|compiler)="([^"]*)"/g)].flatMap(([, names]) =>
    names.split(" "),
  );
  const cache = await caches.open(LARGE);
  for (const request of await cache.keys()) {
    const [, version] = large.exec(request.url) ?? [];
    const own = request.url.startsWith(self.registration.scope);
    if (own && !named.includes(version)) await cache.delete(request);
  }
}

async function keep(request) {
  const response = await fetch(request);
  if (response.ok) {
    const cache = await caches.open(LARGE);
    // Where there is no space, the file is loaded again next time.
    await cache.put(request, response.clone()).catch(() => {});
  }
  return response;
}

/** A page comes from the network if there is one; its files have a hash in their names. */
async function answer(event) {
  const { request } = event;
  const kept = () => caches.match(request, { ignoreSearch: true });
  if (large.test(new URL(request.url).pathname)) return (await kept()) ?? keep(request);
  if (request.mode !== "navigate") return (await kept()) ?? fetch(request);
  try {
    const response = await fetch(request);
    const [address] = request.url.split(/[?#]/);
    const isStart = address.replace(/index\.html$/, "") === self.registration.scope;
    if (isStart && response.ok) event.waitUntil(removeOld(response.clone()));
    return response;
  } catch (cause) {
    const page = await kept();
    if (page === undefined) throw cause;
    return page;
  }
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event));
});

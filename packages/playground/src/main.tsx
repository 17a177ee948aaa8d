// SPDX-License-Identifier: MIT
import { render } from "preact";
import { startStore } from "./store.js";
import { App } from "./ui/app.js";

const root = document.getElementById("app");
if (root === null) throw new Error("the page has no element with the id app");
root.replaceChildren();
if (new URLSearchParams(location.search).has("embed")) document.documentElement.dataset.embed = "";
startStore();
render(<App />, root);

// Where the browser has no service worker, the page needs a network to be opened again.
if ("serviceWorker" in navigator) navigator.serviceWorker.register("./offline.js").catch(() => {});

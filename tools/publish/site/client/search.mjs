// SPDX-License-Identifier: MIT
import MiniSearch from "minisearch";

const SHOWN = 12;

const top = document.documentElement.dataset.top;
let index;

/** Searches when the reader types; the texts are loaded with the first letter. */
export function addSearch() {
  const input = document.getElementById("search");
  const results = document.getElementById("results");
  input.addEventListener("input", async () => {
    index ??= loadIndex();
    const search = await index;
    show(results, input.value, input.value === "" ? [] : search.search(input.value));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") results.hidden = true;
  });
}

/** Reads the texts and makes the index in parts, so that the page keeps answering. */
async function loadIndex() {
  await new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${top}/assets/search-index.js`;
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(script);
  });
  const search = new MiniSearch({
    fields: ["title", "page", "text"],
    storeFields: ["title", "page", "path"],
    searchOptions: {
      boost: { title: 4, page: 2 },
      prefix: true,
      fuzzy: 0.1,
      combineWith: "AND",
    },
  });
  await search.addAllAsync(globalThis.searchEntries, { chunkSize: 40 });
  return search;
}

function show(results, words, found) {
  const list = document.createElement("ol");
  for (const { title, page, path } of found.slice(0, SHOWN)) {
    const link = document.createElement("a");
    link.href = `${top}/${path}`;
    link.textContent = title === page ? title : `${page}: ${title}`;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  const none = `nothing found for “${words}”`;
  results.replaceChildren(...(found.length === 0 ? [none] : [list]));
  results.hidden = words === "";
}

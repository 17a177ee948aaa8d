// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { notThere } from "../offline.mjs";

const exists = (url: string): boolean => url === "assets/main.js" || url === "style.css";

test("a page may load local files and link to any site", () => {
  const page = `<link rel="stylesheet" href="style.css?1"/><script defer src="assets/main.js"></script>
    <img src="data:image/png;base64,AA"/><a href="https://example.org">x</a>`;
  expect(notThere(page, exists)).toEqual([]);
});

test("reports remote and missing resources", () => {
  const page = `<script src="https://example.org/a.js"></script><img src="//example.org/b.png"/>
    <link href="other.css"/>`;
  expect(notThere(page, exists)).toEqual([
    "https://example.org/a.js",
    "//example.org/b.png",
    "other.css",
  ]);
});

// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { notThere } from "../offline.mjs";

const exists = (url: string): boolean => url === "assets/main.js" || url === "style.css";

test("what lies beside a page may be loaded, and links may lead anywhere", () => {
  const page = `<link rel="stylesheet" href="style.css?1"/><script defer src="assets/main.js"></script>
    <img src="data:image/png;base64,AA"/><a href="https://example.org">x</a>`;
  expect(notThere(page, exists)).toEqual([]);
});

test("what is fetched from elsewhere, or is not there, is named", () => {
  const page = `<script src="https://example.org/a.js"></script><img src="//example.org/b.png"/>
    <link href="other.css"/>`;
  expect(notThere(page, exists)).toEqual([
    "https://example.org/a.js",
    "//example.org/b.png",
    "other.css",
  ]);
});

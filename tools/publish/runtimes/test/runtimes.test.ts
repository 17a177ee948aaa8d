// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../../../lib/run.mjs";
import { versionOf } from "../lib/engines.mjs";
import { findFirefox, readMessages } from "../lib/firefox.mjs";

function wire(...messages: unknown[]): Buffer {
  const texts = messages.map((message) => JSON.stringify(message));
  return Buffer.from(texts.map((text) => `${Buffer.byteLength(text)}:${text}`).join(""));
}

test("the oldest tested Node is the oldest in the packages' engines", () => {
  const manifest = JSON.parse(readFileSync(`${root}packages/bpf-token/package.json`, "utf8"));
  expect(manifest.engines.node).toBe(`>=${versionOf("node-20")}`);
});

test("splits complete messages, and keeps an incomplete one", () => {
  const bytes = wire([1, 1, null, { value: "ü" }], [1, 2, null, {}]);
  const cut = bytes.length - 3;
  const first = readMessages(bytes.subarray(0, cut));
  expect(first.messages).toEqual([[1, 1, null, { value: "ü" }]]);
  const second = readMessages(Buffer.concat([first.rest, bytes.subarray(cut)]));
  expect(second.messages).toEqual([[1, 2, null, {}]]);
  expect(second.rest.length).toBe(0);
});

test("an incomplete length is not a message", () => {
  expect(readMessages(Buffer.from("12")).messages).toEqual([]);
  expect(readMessages(Buffer.alloc(0)).messages).toEqual([]);
});

test("no Firefox is undefined, and an error where it is required", () => {
  expect(findFirefox({}, ["/no/such/browser"])).toBeUndefined();
  expect(() => findFirefox({ BPF_TOKEN_REQUIRE: "firefox" }, [])).toThrow("names firefox");
});

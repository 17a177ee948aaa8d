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

test("the oldest Node that is tried is the oldest that the packages promise", () => {
  const manifest = JSON.parse(readFileSync(`${root}packages/bpf-token/package.json`, "utf8"));
  expect(manifest.engines.node).toBe(`>=${versionOf("node-20")}`);
});

test("messages are taken whole, and what is not whole yet is kept", () => {
  const bytes = wire([1, 1, null, { value: "ü" }], [1, 2, null, {}]);
  const cut = bytes.length - 3;
  const first = readMessages(bytes.subarray(0, cut));
  expect(first.messages).toEqual([[1, 1, null, { value: "ü" }]]);
  const second = readMessages(Buffer.concat([first.rest, bytes.subarray(cut)]));
  expect(second.messages).toEqual([[1, 2, null, {}]]);
  expect(second.rest.length).toBe(0);
});

test("a length that is not there yet is no message", () => {
  expect(readMessages(Buffer.from("12")).messages).toEqual([]);
  expect(readMessages(Buffer.alloc(0)).messages).toEqual([]);
});

test("no Firefox is undefined, and an error where it is required", () => {
  expect(findFirefox({}, ["/no/such/browser"])).toBeUndefined();
  expect(() => findFirefox({ BPF_TOKEN_REQUIRE: "firefox" }, [])).toThrow("asks for firefox");
});

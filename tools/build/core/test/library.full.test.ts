// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { onPath } from "../../../lib/run.mjs";
import { buildExample, buildLibrary } from "../lib/library.mjs";

test("an application that is linked with the library gets the model's answers", {
  timeout: 300_000,
}, async (context) => {
  if (!onPath("emcc")) context.skip("no emcc found");
  const out = mkdtempSync(join(tmpdir(), "bpf-token-emscripten-"));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  await buildLibrary({ out });
  const { status, text } = await buildExample({
    out,
    source: "core-c/examples/emscripten/token.c",
  });
  const lines = text.trim().split("\n");
  expect(lines.map((line) => line.split(":")[0])).toEqual(["bpffs", "token", "array", "hash"]);
  expect(lines[3]).toBe("hash: -1 token.dropped.map map.create.sysctl");
  expect(status).toBe(0);
});

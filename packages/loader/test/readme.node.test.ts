// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { fixture } from "./compile.ts";
import { runIsolated } from "./isolated.ts";

const text = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const code = [...text.matchAll(/```ts\n([\s\S]*?)```/g)]
  .map(([, lines = ""]) => lines)
  .find((lines) => lines.includes("eventsOf"));

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

test("the README's example loads, attaches and reads", { timeout: 600_000 }, async (context) => {
  expect(code?.trim().split("\n").length).toBeLessThanOrEqual(13);
  const module = path("./programs/lines-of-readme.ts");
  const lines = {
    name: "readme",
    resolveId: (id: string) => (id === "./lines-of-readme.ts" ? module : null),
    load: (id: string) => (id === module ? (code ?? "") : null),
  };
  const files = { "count.bpf.o": fixture(context, "attached") };
  const output = await runIsolated(context, path("./programs/readme.ts"), files, {
    plugins: [lines],
  });
  expect([output.status, output.err]).toEqual([0, ""]);
  const event = (n: number) => new RegExp(`^\\{ number: ${n}n, length: 6[04], name: 'packet' \\}$`);
  const seen = output.out.trim().split("\n");
  expect(seen).toEqual([
    ...[1, 2, 4, 5].map((n) => expect.stringMatching(event(n))),
    "end of lines",
  ]);
});

// SPDX-License-Identifier: MIT
import { readFileSync } from "node:fs";
import { BpfError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import * as library from "../../src/index.ts";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), "utf8");
const readmes = {
  "README.md": read("../../../../README.md"),
  "packages/bpf-token/README.md": read("../../README.md"),
};

/** Returns the code blocks of a language. */
function blocks(text: string, language: string): readonly string[] {
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)]
    .filter((m) => m[1] === language)
    .map((m) => m[2] ?? "");
}

/** Runs a block that imports from `bpf-token` and returns the error that it throws. */
function thrownBy(code: string): unknown {
  const body = code.replace(/import (\{[^}]*\}) from "bpf-token";/, "const $1 = library;");
  expect(body).toContain("= library;");
  try {
    new Function("library", body)(library);
  } catch (e) {
    return e;
  }
  return undefined;
}

describe.each(Object.entries(readmes))("%s", (_, text) => {
  test("the TypeScript block runs, and its last line throws", () => {
    const thrown = blocks(text, "ts").map(thrownBy);
    expect(thrown).toHaveLength(1);
    expect(BpfError.is(thrown[0], "EPERM")).toBe(true);
  });
});

test("README.md shows the real message of its TypeScript", () => {
  const message = blocks(readmes["README.md"], "text").at(-1);
  const [code = ""] = blocks(readmes["README.md"], "ts");
  expect((thrownBy(code) as Error).message).toBe(message?.trimEnd());
});

test("README.md shows the real output of inspect", async (context) => {
  const command = blocks(readmes["README.md"], "sh").find((text) => text.includes("inspect")) ?? "";
  const [policy] = blocks(readmes["README.md"], "text");
  const object = compiled(context, "count");
  const words = command.trim().replace("count.bpf.o", object).split(" ").slice(2);
  expect(await cli(words)).toMatchObject({ code: 0, out: policy });
});

test.for(["systemd", "lxd", "incus"])(
  "docs/eperm.md shows the real policy for %s",
  async (dialect, context) => {
    const object = compiled(context, "count");
    const { out } = await cli(["inspect", object, "--for", dialect]);
    expect(blocks(read("../../../../docs/eperm.md"), "text")).toContain(out);
  },
);

test("README.md has at most 600 words, and its first link is the page about EPERM", () => {
  expect(readmes["README.md"].trim().split(/\s+/).length).toBeLessThanOrEqual(600);
  expect(/\]\(([^)]*)\)/.exec(readmes["README.md"])?.[1]).toBe("docs/eperm.md");
});

test("README.md has the figures of docs/fidelity.md", () => {
  const page = read("../../../../docs/fidelity.md");
  const [, native, guest] = /^\| agree \| (\d+) \| (\d+) \|/m.exec(page) ?? [];
  expect(readmes["README.md"]).toContain(`Linux 6.18 on ${native} of them, with 6.12 on ${guest}`);
});

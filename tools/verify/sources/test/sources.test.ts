// SPDX-License-Identifier: MIT
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { arm, createBait, leaksIn, readOf, recordsReads } from "../lib/bait.mjs";
import { generate, kinds } from "../lib/generate.mjs";
import { createTemplate } from "../lib/git.mjs";
import { processesWith } from "../lib/processes.mjs";
import { supervise } from "../lib/supervise.mjs";

let top: string;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "bpf-token-sources-test-"));
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

function folderOf(name: string): string {
  const folder = join(top, name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The regular files below a folder, with their contents. */
function contents(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const file = join(entry.parentPath, entry.name);
      const size =
        entry.isFile() && entry.name !== "index" ? readFileSync(file).toString("hex") : "";
      return `${file.slice(folder.length)} ${size.slice(0, 4000)}`;
    })
    .sort();
}

describe("a source", () => {
  test.each(["patch", "archive", "c"])(
    "of kind %s is the same for the same number",
    async (kind) => {
      const bait = createBait(folderOf("bait"));
      const of = async (name: string, run: number) => {
        const folder = folderOf(`${kind}-${name}-${run}`);
        const { place } = await generate(run, 7, kind, { folder, bait, template: "" });
        return { place: place.slice(folder.length), files: contents(folder) };
      };
      const runs = [0, 1, 2, 3, 4, 5];
      const first = await Promise.all(runs.map((run) => of("a", run)));
      expect(await Promise.all(runs.map((run) => of("b", run)))).toEqual(first);
      expect(new Set(first.map(({ files }) => files.join())).size).toBe(runs.length);
    },
  );

  test("of each kind has a place inside its folder", async () => {
    const bait = createBait(folderOf("bait"));
    const template = folderOf("template");
    createTemplate(template);
    for (const kind of kinds) {
      for (let run = 0; run < 8; run++) {
        const folder = folderOf(`place-${kind}-${run}`);
        const { place } = await generate(run, 1, kind, { folder, bait, template });
        expect(place.startsWith(`${folder}/`)).toBe(true);
      }
    }
  });
});

describe("a file outside of the source", () => {
  test("is noticed when it is read, if the file system records reads", () => {
    const bait = createBait(folderOf("read"));
    const records = recordsReads(bait);
    arm(bait);
    expect(readOf(bait)).toEqual([]);
    readFileSync(bait.token);
    expect(readOf(bait)).toEqual(records ? [bait.token] : []);
  });

  test("is noticed by its contents", () => {
    const bait = createBait(folderOf("contents"));
    expect(leaksIn([readFileSync(bait.secret)])).toEqual(["bpf_token_bait_6b1f"]);
    expect(leaksIn([Buffer.from("root:x:0:0:root"), Buffer.from("other")])).toEqual(["root:x:0:0"]);
    expect(leaksIn([Buffer.from("nothing")])).toEqual([]);
  });
});

test("a process that remains is noticed by its environment", async () => {
  const mark = `BPF_TOKEN_TEST_MARK=${top}`;
  const child = spawn("sleep", ["600"], { env: { ...process.env, BPF_TOKEN_TEST_MARK: top } });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const names = () => processesWith(mark).map(({ name }) => name);
  await expect.poll(names, { timeout: 300_000 }).toEqual(["sleep"]);
  expect(processesWith(mark)[0]?.pid).toBe(child.pid);
  child.kill("SIGKILL");
  await ended;
  expect(processesWith(mark)).toEqual([]);
});

test("what a run leaves, and a worker that ends or hangs, are findings", async () => {
  const lines: string[] = [];
  const asked = { runs: 5, seed: 1, from: 0, seconds: 0, kind: "c" };
  const { found, runs } = await supervise(asked, (line: string) => lines.push(line), {
    worker: new URL("fixtures/rude.mjs", import.meta.url),
    hangSeconds: 2,
  });
  expect(runs).toBe(5);
  expect(found).toEqual([
    { run: 1, wrong: "left the process sleep" },
    { run: 2, wrong: "left the temporary file rest" },
    { run: 3, wrong: "ended by exit code 3" },
    { run: 4, wrong: expect.stringMatching(/^hangs in node/) as string },
  ]);
  expect(lines).toContain("run 2: a source: left the temporary file rest");
}, 120_000);

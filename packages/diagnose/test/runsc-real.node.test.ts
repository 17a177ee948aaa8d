// SPDX-License-Identifier: MIT
// Real processes of a program named runsc, which only sleeps: the kernel decides what their facts are.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, type TestContext, test } from "vitest";
import type { RunscFact } from "../src/index.ts";
import { collectFacts } from "../src/node/index.ts";

const unshare = spawnSync("unshare", ["-m", "--", "true"]);
const SECONDS_60 = 60_000;

const folders: string[] = [];
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A folder of the host with a program named runsc, and one where a container mounts. */
function host(context: TestContext): { readonly runsc: string; readonly own: string } {
  if (unshare.status !== 0) return context.skip("mount namespaces: unshare -m needs root");
  const folder = mkdtempSync(join(tmpdir(), "diagnose-runsc-"));
  folders.push(folder);
  const runsc = join(folder, "runsc");
  copyFileSync("/bin/sleep", runsc);
  chmodSync(runsc, 0o755);
  mkdirSync(join(folder, "own"));
  return { runsc, own: join(folder, "own") };
}

/** Runs a script that ends in a program named runsc, and reads the facts of the latter. */
async function factOf(script: string, words: readonly string[]): Promise<RunscFact | undefined> {
  const child = spawn("sh", ["-ec", script, "sh", ...words], { stdio: "ignore" });
  started.push(child);
  const { pid = 0 } = child;
  const commandLine = (): string =>
    readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  await expect.poll(commandLine, { timeout: SECONDS_60 / 2 }).toMatch(/^\S+(?:runsc|fd\/9) 300 $/);
  return collectFacts(pid).runsc;
}

/** As runsc starts its sandbox: the file is still that of the mount on which the host has it. */
const BY_HANDLE = `exec 9<"$1"; exec unshare -m -- /proc/self/fd/9 300`;

test("a file of the host, executed in other mounts, is one", { timeout: SECONDS_60 }, async (c) => {
  const { runsc } = host(c);
  expect(await factOf(BY_HANDLE, [runsc])).toEqual({ ofHost: true, ownMounts: true });
});

test("the same in the mounts of the host is not", { timeout: SECONDS_60 }, async (c) => {
  const { runsc } = host(c);
  const fact = await factOf(`exec "$1" 300`, [runsc]);
  expect(fact).toEqual({ ofHost: true, ownMounts: false });
});

test.for([
  [
    "a copy on a mount of the container",
    `mount -t tmpfs own "$2"; cp "$1" "$2"; exec "$2/runsc" 300`,
  ],
  ["the host's file, bound into the container", `mount --bind "$1" "$1"; exec "$1" 300`],
  ["the host's file, by the container's copy of its mount", `exec "$1" 300`],
])("%s is not a file of the host", { timeout: SECONDS_60 }, async ([, script], context) => {
  const { runsc, own } = host(context);
  const inside = `exec unshare -m --propagation private -- sh -ec '${script}' sh "$1" "$2"`;
  expect(await factOf(inside, [runsc, own])).toEqual({ ofHost: false, ownMounts: true });
});

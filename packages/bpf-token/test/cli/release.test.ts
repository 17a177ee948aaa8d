// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";
import { kernelReleases, newestRelease } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { readRelease } from "../../src/cli/input/release.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { cli } from "./run-cli.ts";

const file = fileURLToPath(
  new URL("../../../conformance/scenarios/userns-owner.yaml", import.meta.url),
);

/** The notes of a release, as a command prints them. */
function read(text: string): { readonly release: string; readonly notes: readonly string[] } {
  const notes: string[] = [];
  const release = readRelease(text, { note: (line) => notes.push(line) });
  return { release, notes };
}

describe("a release", () => {
  test.each(kernelReleases)("with a model is used unchanged: %s", (text) => {
    expect(read(text)).toEqual({ release: text, notes: [] });
  });

  test.each([
    ["6.13", "Linux 6.13 follows the rules of 6.12, the nearest older release that is modelled"],
    ["7.0.13", "Linux 7.0.13 follows the rules of 7.0"],
    ["6.18.15-cloud", "Linux 6.18.15-cloud follows the rules of 6.18"],
  ])("without a model, %s, prints a note", (text, note) => {
    expect(read(text).notes).toEqual([note]);
  });

  test.each([
    ["6.8", "Linux 6.8 has no BPF tokens; they exist since Linux 6.9"],
    [
      "7.99",
      `Linux 7.99 is newer than every modelled release; give ${newestRelease} to use the newest rules`,
    ],
    ["latest", "unknown release 'latest'"],
  ])("'%s' is an error of usage", (text, message) => {
    expect(() => read(text)).toThrow(UsageError);
    expect(() => read(text)).toThrow(message);
  });
});

describe("6.11", () => {
  const note = "Linux 6.11 follows the rules of 6.9, the nearest older release that is modelled";
  const commands: [string[], string][] = [
    [["demo", "--release", "6.11"], "run on the model of Linux 6.9"],
    [["run", "--release", "6.11", file], "1 passed, 0 failed on the model of Linux 6.9"],
    [["run", "--subject", "model@6.11", file], "1 passed, 0 failed on the model of Linux 6.9"],
    [["diff", "--subjects", "model@6.11,model@6.12", file], "model@6.9 : model@6.12"],
    [["support", "--release", "6.11"], "the model of Linux 6.9"],
    [["support", "--subject", "model@6.11"], "the model of Linux 6.9"],
    [["support", "--matrix", "--type", "xdp", "--release", "6.11"], "XDP program, Linux 6.9"],
    [["support", "--changes", "6.11:6.12"], "differences between 6.9 and 6.12"],
  ];

  test.each(commands)("is accepted by %j, with a note on standard error", async (argv, text) => {
    const { code, out, err } = await cli(argv);
    expect(code).toBe(0);
    expect(out).toContain(text);
    expect(err).toBe(`bpf-token: ${note}\n`);
  });

  test.each(commands)("is accepted by %j --json, with a field", async (argv) => {
    const { code, out, err } = await cli([...argv, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ releaseNotes: [note] });
    expect(err).toBe("");
  });
});

test("a modelled release has no field releaseNotes", async () => {
  const { out } = await cli(["support", "--release", "6.12", "--json"]);
  expect(JSON.parse(out)).not.toHaveProperty("releaseNotes");
});

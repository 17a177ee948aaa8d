// SPDX-License-Identifier: MIT
import { fileURLToPath } from "node:url";
import { kernelReleases } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { readRelease } from "../../src/cli/input/release.ts";
import { Output } from "../../src/cli/output.ts";
import { UsageError } from "../../src/cli/usage.ts";
import { cli } from "./run-cli.ts";

const file = fileURLToPath(
  new URL("../../../conformance/scenarios/userns-owner.yaml", import.meta.url),
);

function read(text: string): { readonly release: string; readonly note: string } {
  let note = "";
  const release = readRelease(text, {
    stderr: new Output({ write: (line) => (note += line) }),
  });
  return { release, note };
}

describe("a release", () => {
  test.each(kernelReleases)("with a model is used unchanged: %s", (text) => {
    expect(read(text)).toEqual({ release: text, note: "" });
  });

  test.each([
    ["6.10", "6.9"],
    ["6.11", "6.9"],
    ["6.11.11", "6.9"],
    ["6.13", "6.12"],
    ["6.14", "6.12"],
    ["6.16", "6.15"],
    ["6.12.118", "6.12"],
    ["7.2.12", "7.2"],
  ])(
    "without a model, %s, selects the nearest older one, %s, and prints a note",
    (text, release) => {
      const note = `bpf-token: there is no model of Linux ${text}; using ${release}, the nearest older one\n`;
      expect(read(text)).toEqual({ release, note });
    },
  );

  test.each([
    ["6.8", "Linux has BPF tokens since 6.9"],
    ["5.15", "Linux has BPF tokens since 6.9"],
    ["7.4", "the newest model is 7.3"],
    ["8.0", "the newest model is 7.3"],
    ["7.31", "did you mean '7.3'?"],
    ["v9", "unknown release 'v9'"],
    ["6", "unknown release '6'"],
    ["", "unknown release ''"],
    ["6.12-rc1", "unknown release '6.12-rc1'"],
    ["latest", "unknown release 'latest'"],
  ])("'%s' is an error that lists the known releases", (text, message) => {
    expect(() => read(text)).toThrow(UsageError);
    expect(() => read(text)).toThrow(message);
    expect(() => read(text)).toThrow(`known: ${kernelReleases.join(", ")}`);
  });
});

describe("6.11", () => {
  const note = "bpf-token: there is no model of Linux 6.11; using 6.9, ";
  test.each([
    [["demo", "--release", "6.11"], "run on the model of Linux 6.9"],
    [["run", "--release", "6.11", file], "1 passed, 0 failed on the model of Linux 6.9"],
    [["run", "--subject", "model@6.11", file], "1 passed, 0 failed on the model of Linux 6.9"],
    [["diff", "--subjects", "model@6.11,model@6.12", file], "model@6.9 : model@6.12"],
    [["support", "--release", "6.11"], "the model of Linux 6.9"],
    [["support", "--subject", "model@6.11"], "the model of Linux 6.9"],
    [["support", "--matrix", "--type", "xdp", "--release", "6.11"], "XDP program, Linux 6.9"],
  ])("is accepted by %j", async (argv, text) => {
    const { code, out, err } = await cli(argv);
    expect(code).toBe(0);
    expect(out).toContain(text);
    expect(err).toContain(note);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });
});

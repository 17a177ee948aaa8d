// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli } from "./run-cli.ts";

let folder: string;
let fifo: string;
let large: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-hostile-files-"));
  fifo = join(folder, "fifo");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  large = join(folder, "large");
  writeFileSync(large, "");
  truncateSync(large, 600 * 2 ** 20);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a file that is no regular file, or too large, is refused before it is read by", {
  timeout: 60_000,
}, () => {
  test.each([
    [["run"], 2],
    [["diff", "--subjects", "model@6.12,model@6.18"], 2],
    [["inspect"], 2],
    [["gen"], 2],
    [["load"], 2],
    [["upstream", "build"], 2],
    [["coverage"], 2],
  ])("%s", async (words, code) => {
    for (const place of [fifo, "/dev/zero", large]) {
      const result = await cli(
        [...words, place],
        {},
        { BPF_TOKEN_UPSTREAM: join(folder, "store") },
      );
      expect(result, place).toMatchObject({ code });
      expect(result.err).toMatch(
        place === large ? /(more than 512|600) MiB/ : /is not a regular file/,
      );
      expect(result.err).not.toContain(" at ");
    }
  });

  test("fuzz, in a corpus", async () => {
    const inputs = join(folder, "corpus/inputs");
    mkdirSync(inputs, { recursive: true });
    symlinkSync("/dev/zero", join(inputs, "0"));
    const corpus = join(folder, "corpus");
    const words = ["--subjects", "model@6.12,model@7.3", "--sequences", "1", "--corpus", corpus];
    const { code, err } = await cli(["fuzz", ...words]);
    expect(code).not.toBe(0);
    expect(err).toContain("is not a regular file");
  });
});

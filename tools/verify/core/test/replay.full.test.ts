// SPDX-License-Identifier: MIT
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createKernel } from "@bpf-token/kernel-wasm";
import { parseScenario, run } from "@bpf-token/scenario";
import { kernelReleases } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proofs } from "../../../../packages/conformance/src/proofs/index.ts";
import { nativeCompilers } from "../../../build/core/lib/program.mjs";
import { isRequired } from "../../../lib/chromium.mjs";
import { buildReplay, replay } from "../lib/replay.mjs";
import { recordSuite } from "../lib/suite.mjs";

const [compiler] = nativeCompilers();

test("the suite can be replayed natively, or skips with a reason", (context) => {
  if (compiler !== undefined) return;
  expect(isRequired("native")).toBe(false);
  context.skip("the suite natively: no C compiler with sanitizers found");
});

// Without a compiler, the test above already skips with the reason.
if (compiler !== undefined) {
  describe("the whole suite on the native core", () => {
    let folder: string;
    let program: string;
    let recording: string;
    let kernels: number;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "bpf-token-replay-"));
      recording = join(folder, "suite.rec");
      program = await buildReplay({ compiler, out: folder });
      const packages = { createKernel, parseScenario, run, kernelReleases, proofs };
      ({ kernels } = recordSuite(packages, recording));
    }, 3_600_000);

    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test("gives the same answers as WebAssembly, without sanitizer reports", {
      timeout: 3_600_000,
    }, () => {
      const { ok, text } = replay(program, recording);
      expect(text).toBe(`${kernels} kernels, 0 of them differ or fail`);
      expect(ok).toBe(true);
      expect(kernels).toBeGreaterThan(100);
    });

    test("reports a difference of one bit with its place", () => {
      const bytes = readFileSync(recording);
      const first = bytes.subarray(0, bytes.readUInt32LE(4));
      const name = first.toString("utf8", 12, 12 + first.readUInt32LE(8));
      // The first record is the boot: CALL, BOOT, 4 arguments, no hooks, and its answer.
      const answer = 12 + ((first.readUInt32LE(8) + 3) & ~3) + 4 * 8;
      const changed = Buffer.from(first);
      changed.writeUInt32LE(first.readUInt32LE(answer) ^ 1, answer);
      writeFileSync(join(folder, "changed.rec"), changed);
      const { ok, text } = replay(program, join(folder, "changed.rec"));
      expect(ok).toBe(false);
      expect(text).toContain(`${name}: record 1 `);
      expect(text).toContain("0 natively, 1 on WebAssembly");
    });
  });
}

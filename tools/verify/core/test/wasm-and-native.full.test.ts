// SPDX-License-Identifier: MIT
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chooseCompiler } from "../../../build/core/lib/choose.mjs";
import { findClang } from "../../../build/core/lib/program.mjs";
import { isRequired } from "../../../lib/chromium.mjs";
import { corpus } from "../lib/corpus.mjs";
import {
  buildFingerprints,
  buildSequenceModule,
  runNatively,
  runOnWasm,
  someInputs,
} from "../lib/wasm-and-native.mjs";

const RANDOM_INPUTS = 500;
const compiler = findClang();

test("sequences can run natively, or skip with a reason", (context) => {
  if (compiler !== undefined) return;
  expect(isRequired("native")).toBe(false);
  context.skip("sequences natively: no clang with sanitizers found");
});

// Without a compiler, the test above already skips with the reason.
if (compiler !== undefined) {
  describe("sequences of system calls", () => {
    let folder: string;
    let program: string;
    let module: WebAssembly.Module;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "bpf-token-sequences-"));
      program = await buildFingerprints({ compiler, out: folder });
      module = await buildSequenceModule(chooseCompiler(compiler));
    }, 300_000);

    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    function compare(inputs: readonly Buffer[]): void {
      const native = runNatively(program, inputs, folder);
      expect(native.length).toBe(inputs.length);
      inputs.forEach((input, i) => {
        expect(runOnWasm(module, input), `input ${input.toString("base64")}`).toEqual(native[i]);
      });
    }

    test(
      "of the corpus free everything, and give the same answers natively and on WebAssembly",
      {
        timeout: 600_000,
      },
      () => compare(corpus()),
    );

    test("that are random do so too", { timeout: 600_000 }, () =>
      compare(someInputs(RANDOM_INPUTS, 1)),
    );

    test("mostly create a token and use it", () => {
      const used = corpus().filter((input) => runOnWasm(module, input).uses > 0);
      const made = someInputs(RANDOM_INPUTS, 2).filter(
        (input) => runOnWasm(module, input).tokens > 0,
      );
      expect(used.length).toBeGreaterThan(3);
      expect(made.length).toBeGreaterThan(0.3 * RANDOM_INPUTS);
    });
  });
}

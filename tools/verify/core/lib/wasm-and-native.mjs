// SPDX-License-Identifier: MIT
// Runs the same sequences on WebAssembly and on the native core.
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildKernel } from "../../../build/core/lib/build.mjs";
import { BuildError } from "../../../build/core/lib/errors.mjs";
import { root } from "../../../build/core/lib/paths.mjs";
import { buildProgram, sanitizers } from "../../../build/core/lib/program.mjs";
import { sequenceExports, sequenceSources as wasmSources } from "../../../build/core/lib/sdk.mjs";
import { offsets } from "../../../gen/abi/offsets.mjs";
import { fuzzerSources, fuzzHost, fuzzModelFlags, sequenceSources } from "./fuzz.mjs";

/** The releases that the first byte of an input selects: `releases` of fuzz.c, in its order. */
const RELEASES = [6018, 1, 2, 3, 6009, 6012, 6015, 6017, 6019, 7000, 7001, 7002, 7003];
const RESULT = offsets().seq_result;

/** The kernel with additional exports: the input buffer, and a function that runs an input. */
export async function buildSequenceModule(compiler) {
  const sources = wasmSources();
  const exports = readFileSync(join(root, sequenceExports), "utf8");
  const cache = join(root, "core-c/build/cache");
  const { bytes } = await buildKernel({ compiler, cache, extra: { sources, exports } });
  return new WebAssembly.Module(bytes);
}

/** Runs one input on a new kernel, as LLVMFuzzerTestOneInput() does. */
export function runOnWasm(module, input) {
  const imports = { host: { lsm_ask: () => 0, seq_note: () => {} } };
  const { exports } = new WebAssembly.Instance(module, imports);
  const release = (input[0] ?? 0) % RELEASES.length;
  if (exports.kernel_boot(RELEASES[release], release === 1 ? 0 : 2, 0, 0) !== 0) {
    throw new Error(`the module does not boot as release ${RELEASES[release]}`);
  }
  exports.kernel_settle();
  const at = exports.fuzz_input() >>> 0;
  exports.fuzz_begin();
  new Uint8Array(exports.memory.buffer).set(input.subarray(1), at);
  exports.fuzz_run_setup(input.length - 1);
  const result = exports.fuzz_run_steps(input.length - 1) >>> 0;
  const view = new DataView(exports.memory.buffer);
  const word = (offset) => view.getUint32(result + offset, true);
  const calls = word(RESULT.calls);
  return {
    hash: view
      .getBigUint64(result + RESULT.hash, true)
      .toString(16)
      .padStart(16, "0"),
    calls,
    tokens: word(RESULT.tokens),
    uses: word(RESULT.uses),
    leaked: word(RESULT.leaked),
    trail: Array.from({ length: Math.min(calls, RESULT.trail_length) }, (_, i) =>
      word(RESULT.trail + 4 * i)
        .toString(16)
        .padStart(8, "0"),
    ),
  };
}

/** Builds the program that prints fingerprints; returns its path. */
export function buildFingerprints({ compiler, out, flags = sanitizers }) {
  return buildProgram({
    compiler,
    name: "fingerprints",
    out,
    own: [...sequenceSources(), ...fuzzerSources, "core-c/tests/fuzz/fingerprints.c"],
    host: fuzzHost,
    flags,
    modelFlags: fuzzModelFlags,
  });
}

/** Writes inputs into the file that the program reads. */
export function writeInputs(file, inputs) {
  const parts = inputs.flatMap((input) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(input.length);
    return [length, input];
  });
  writeFileSync(file, Buffer.concat(parts));
}

/** The fingerprints of inputs on the native core, as {@link runOnWasm} returns them. */
export function runNatively(program, inputs, folder) {
  const file = join(folder, "inputs");
  writeInputs(file, inputs);
  const run = spawnSync(program, [file], { encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new BuildError(`${run.stdout.slice(-200)}${run.stderr}`);
  return run.stdout
    .split("\n")
    .map((line) => line.split(" "))
    .filter(([hash]) => hash.length === 16)
    .map(([hash, calls, tokens, uses, ...trail]) => {
      const [counts, leaked] = [[calls, tokens, uses].map(Number), 0];
      return { hash, calls: counts[0], tokens: counts[1], uses: counts[2], leaked, trail };
    });
}

/** Pseudo-random inputs from a seed, with a 32-bit generator. */
export function someInputs(count, seed) {
  let state = seed | 1;
  const random = (below) => {
    state = (state ^ (state << 13)) >>> 0;
    state = (state ^ (state >>> 17)) >>> 0;
    state = (state ^ (state << 5)) >>> 0;
    return state % below;
  };
  return Array.from({ length: count }, () =>
    Buffer.from(Array.from({ length: 2 + random(160) }, () => random(256))),
  );
}

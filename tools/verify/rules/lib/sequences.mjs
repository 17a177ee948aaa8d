// SPDX-License-Identifier: MIT
// Whether random sequences of calls notice a mutant, too.
import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Fuzzer, ModuleComparison, SequenceMachine } from "@bpf-token/fuzz";
import { Cache } from "../../../build/core/lib/cache.mjs";
import { linkedNames, parseExports } from "../../../build/core/lib/exports.mjs";
import { linkFlags } from "../../../build/core/lib/flags.mjs";
import { compileModel } from "../../../build/core/lib/objects.mjs";
import { sequenceExports, sequenceSources } from "../../../build/core/lib/sdk.mjs";

const FUZZ = "core-c/tests/fuzz";

/** Copies what {@link sequenceModule} needs besides the model. */
export function copySequences(top, to) {
  cpSync(join(top, FUZZ), join(to, FUZZ), { recursive: true });
}

/** Builds a module that generates sequences, from the sources below `top`. */
export async function sequenceModule(compiler, cacheFolder, top) {
  const { objects } = await compileModel(compiler, new Cache(cacheFolder), {
    top,
    sources: sequenceSources(top),
  });
  const names = ["core-c/arch/wasm/exports.txt", sequenceExports].flatMap((path) =>
    linkedNames(parseExports(readFileSync(join(top, path), "utf8"), path)),
  );
  const { ok, log, module } = await compiler.link(linkFlags(names), objects);
  if (!ok) throw new Error(`${log.trimEnd()}\nthe mutated kernel does not link`);
  return new WebAssembly.Module(module);
}

/**
 * Compares a mutant with the model by random sequences, until they differ or the CPU time is spent.
 *
 * @param release - the release that both follow.
 * @returns the number of sequences, and whether they differed.
 */
export function trySequences(model, mutant, { release, seconds, seed = 1 }) {
  const subject = (name, module) => {
    return { name, release, machine: new SequenceMachine(module, { release }) };
  };
  const subjects = [subject("model", model), subject("mutant", mutant)];
  const fuzzer = new Fuzzer(new ModuleComparison(subjects), { seed });
  const start = process.cpuUsage();
  const spent = () => {
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1e6;
  };
  let found = false;
  while (!found && spent() < seconds) found = fuzzer.runBlock() !== undefined;
  return { found, sequences: fuzzer.tally.sequences, seconds: spent() };
}

// SPDX-License-Identifier: MIT
// The runs of a worker thread of fuzz.mjs, see ../../object/lib/watched.mjs.
import { createBpfKernel } from "@bpf-token/kernel-bpf";
import { readBpfKernel } from "@bpf-token/kernel-bpf/node";
import { Collection, LoadError } from "@bpf-token/loader";
import * as object from "@bpf-token/object";
import { BpfError, capabilityMask, setCapabilities } from "@bpf-token/syscall";
import { mutator, randomNumbers } from "../../object/lib/mutate.mjs";
import { damageCall, isOfKind } from "./damage.mjs";
import { callBpf, recordCalls } from "./record.mjs";

/** A state serves this many runs, because a restore copies 20 MB. It begins at a multiple. */
export const RUNS_PER_STATE = 512;

/** One run in this many damages the file of an object, and loads it with the loader. */
const OBJECT_EVERY = 50;
/** What the other runs damage. */
const kinds = ["insns", "insns", "insns", "memory", "attr"];

/** Errors that the packages document for a damaged object. */
const documented = ["ObjectFormatError", "TypeError", "RangeError"];
const CLOSE = 3;

/**
 * Starts the runs. A run makes one damaged call, or loads one program of a damaged object. The calls
 * are those with which the loader loaded the objects; the maps and the BTF stay open.
 *
 * @returns a function that takes the number of a run. It returns the finding, if any, and whether a
 *   program was loaded. Runs must be made in order, from a multiple of RUNS_PER_STATE.
 */
export function begin({ release, files, seed }) {
  const kernel = createBpfKernel(readBpfKernel(release));
  const options = {
    ...{ token: "never", env: {}, kconfig: kernel.config, externs: "all" },
    kernelBtf: object.Btf.parse(kernel.btf),
  };
  const calls = recordCalls(kernel.init, files, options).flatMap(({ calls }) => calls);
  const all = kernel.snapshot();
  const few = capabilityMask(["BPF", "NET_ADMIN"]);
  setCapabilities(kernel.init, { effective: few, permitted: few, inheritable: 0n });
  const limited = kernel.snapshot();
  const broken = mutator(object, files);
  let current;
  return (run) => {
    const random = randomNumbers(seed * 1_000_003 + run);
    if (run % RUNS_PER_STATE === 0 || current === undefined) {
      const state = Math.floor(run / RUNS_PER_STATE) % 2 === 0 ? all : limited;
      kernel.restore(state);
      current = { state, warnings: kernel.warnings() };
    }
    const one = attempt({ kernel, options, broken, calls, random });
    if (one.lost) {
      kernel.restore(current.state);
      return one;
    }
    const warnings = kernel.warnings();
    if (warnings === current.warnings) return one;
    current.warnings = warnings;
    return { ...one, wrong: kernel.log.findLast((line) => line.startsWith("WARNING")) };
  };
}

function attempt({ kernel, options, broken, calls, random }) {
  const isObject = random(OBJECT_EVERY) === 0;
  const kind = isObject ? "object" : kinds[random(kinds.length)];
  try {
    if (!isObject) return { read: isLoaded(kernel.init, damaged(calls, kind, random)) };
    const spec = object.parseObject(broken(random), { name: "fuzzed.o" });
    if (spec.programs.length === 0) return { read: false };
    const chosen = spec.programs[random(spec.programs.length)];
    const programs = (one) => one === chosen;
    Collection.load(kernel.init, spec, { ...options, programs }).close();
    return { read: true };
  } catch (error) {
    return outcomeOf(error, kind);
  }
}

function damaged(calls, kind, random) {
  const start = random(calls.length);
  const order = [...calls.slice(start), ...calls.slice(0, start)];
  const call = order.find((one) => isOfKind(one, kind));
  return { cmd: call.cmd, attr: damageCall(kind, call.cmd, call.attr, random) };
}

function isLoaded(task, call) {
  const fd = callBpf(task, call);
  if (fd >= 0) task.syscall(CLOSE, fd);
  return fd >= 0;
}

/** Only the kernel's answers and documented errors are no findings. */
function outcomeOf(error, kind) {
  // The loader makes further calls after one that is not modelled; they name it as their cause.
  const names = [error.name, error.cause?.name];
  if (names.includes("NotModelledError")) return { read: false, lost: true };
  if (error.name === "BpfKernelTrap") {
    const where = error.functions.slice(0, 8).join(" < ");
    return { read: false, lost: true, wrong: `${kind}: trap: ${error.message} (${where})` };
  }
  const isAnswer = error instanceof LoadError || error instanceof BpfError;
  if (isAnswer || documented.includes(error.name)) return { read: false };
  return { read: false, wrong: `${kind}: ${error.stack ?? error}` };
}

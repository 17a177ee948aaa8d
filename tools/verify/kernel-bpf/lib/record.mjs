// SPDX-License-Identifier: MIT
// Records the calls with which the loader loads objects, to make them again alone.
import { Collection, LoadError } from "@bpf-token/loader";
import * as object from "@bpf-token/object";

const BPF = 321;
const MAP_CREATE = 0;
const PROG_LOAD = 5;
const BTF_LOAD = 18;

/** A task that hands each call of BPF_MAP_CREATE, BPF_PROG_LOAD and BPF_BTF_LOAD to `listen`. */
export function recordedTask(task, listen) {
  const syscall = (nr, ...args) => {
    const [cmd, given] = args;
    const isLoad = nr === BPF && [MAP_CREATE, PROG_LOAD, BTF_LOAD].includes(cmd);
    if (isLoad) listen({ cmd, attr: given instanceof Uint8Array ? { bytes: given } : given });
    return task.syscall(nr, ...args);
  };
  return new Proxy(task, {
    get: (target, key) => {
      if (key === "syscall") return syscall;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Makes a call of bpf(2). Returns the file descriptor, or -errno. */
export function callBpf(task, { cmd, attr }) {
  return task.syscall(BPF, cmd, attr, attr.bytes.length);
}

/**
 * Loads each program of the objects alone, without pins. Maps, BTF and programs stay open, because the
 * calls name them.
 *
 * @returns for each program that the kernel accepts: its name, and the calls.
 */
export function recordCalls(task, files, options) {
  const programs = [];
  for (const [i, file] of files.entries()) {
    const spec = object.parseObject(file, { name: "recorded.o" });
    const maps = spec.maps.map((map) => ({ ...map, pinning: "none" }));
    for (const program of spec.programs) {
      const calls = [];
      const recorded = recordedTask(task, (call) => calls.push(call));
      try {
        const only = { programs: (one) => one === program };
        Collection.load(recorded, { ...spec, maps }, { ...options, ...only });
        programs.push({ name: `${i} ${program.name}`, calls });
      } catch (error) {
        if (!(error instanceof LoadError)) throw error;
      }
    }
  }
  return programs;
}

/** The call that loads the program itself: the last one. */
export function loadOf({ calls }) {
  return calls.findLast(({ cmd }) => cmd === PROG_LOAD);
}

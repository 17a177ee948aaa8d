// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";
import { bpf, check } from "@bpf-token/syscall";
import { BPF_F } from "@bpf-token/uapi";
import type { BpfMap } from "./map.js";
import { canMap } from "./memory.js";
import { Variables } from "./variables.js";

/**
 * Gives access to the variables of loaded programs. If the task can map memory, it is shared with
 * the programs. Otherwise each write replaces the whole map, so concurrent writes may be lost.
 */
export function mapVariables(object: ObjectSpec, maps: ReadonlyMap<string, BpfMap>): Variables {
  const map = (name: string): BpfMap => {
    const found = maps.get(name);
    if (found === undefined) throw new RangeError(`the collection has no map ${name}`);
    return found;
  };
  return new Variables(object, {
    read(name, offset, size) {
      const one = map(name);
      const whole = isShared(one) ? new Uint8Array(one.memory()) : readWhole(one);
      return whole.slice(offset, offset + size);
    },
    write(name, offset, bytes) {
      const one = map(name);
      // Writes to constants go through the kernel, which refuses them.
      if (isShared(one) && (one.spec.flags & BPF_F.RDONLY_PROG) === 0) {
        new Uint8Array(one.memory()).set(bytes, offset);
        return;
      }
      const whole = readWhole(one);
      whole.set(bytes, offset);
      writeWhole(one, whole);
    },
  });
}

const isShared = ({ task, spec }: BpfMap): boolean =>
  (spec.flags & BPF_F.MMAPABLE) !== 0 && canMap(task);

const KEY = new Uint8Array(4);

function readWhole({ task, fd, spec }: BpfMap): Uint8Array {
  const value = new Uint8Array(spec.valueSize);
  const ret = bpf(task, "MAP_LOOKUP_ELEM", { map_fd: fd.fd, key: KEY, value });
  check(task, { syscall: "bpf", cmd: "BPF_MAP_LOOKUP_ELEM" }, ret);
  return value;
}

function writeWhole({ task, fd }: BpfMap, value: Uint8Array): void {
  const ret = bpf(task, "MAP_UPDATE_ELEM", { map_fd: fd.fd, key: KEY, value });
  check(task, { syscall: "bpf", cmd: "BPF_MAP_UPDATE_ELEM" }, ret);
}

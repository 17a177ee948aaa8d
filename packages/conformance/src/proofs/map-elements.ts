// SPDX-License-Identifier: MIT
import { bpf, createMap, NotModelledError, raw, type Task } from "@bpf-token/syscall";
import { errnoName } from "@bpf-token/uapi";
import { prepare } from "./map.js";
import { mapTypes } from "./map-types.js";
import { type Proof, proveEqual } from "./proof.js";

const key = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0);

/** Arrays, hash maps, their per-CPU and LRU variants, program arrays and maps of maps. */
const withElements: ReadonlySet<number> = new Set([1, 2, 3, 5, 6, 9, 10, 12, 13]);

/** The result of MAP_UPDATE_ELEM with key 0: an errno name or the unmodelled feature. */
function update(task: Task, fd: number): string {
  try {
    const ret = bpf(task, "MAP_UPDATE_ELEM", { map_fd: fd, key: key(0), value: key(7) });
    return ret < 0 ? (errnoName(ret) ?? String(ret)) : "ok";
  } catch (error) {
    if (error instanceof NotModelledError) return error.what;
    throw error;
  }
}
const entry = { keySize: 4, valueSize: 4, maxEntries: 1 };

/** Proofs about the map types that have elements in the model. */
export const mapElementProofs: readonly Proof[] = [
  {
    name: "elements of some map types are not modelled; the file descriptor is checked first",
    rules: ["CG-09"],
    run(open) {
      const kernel = open();
      const task = kernel.init.fork();
      const { fd: lru } = createMap(task, { ...entry, type: "LRU_HASH" });
      proveEqual(update(task, lru), "ok", "the first element of an LRU map");
      proveEqual(update(task, lru), "eviction from LRU maps", "a full LRU map");
      const things = prepare(task);
      for (const { type, name, attr } of mapTypes.filter((one) => one.name !== "STRUCT_OPS")) {
        const fd = bpf(task, "MAP_CREATE", { ...things, ...attr, map_type: type });
        const modelled = withElements.has(type);
        const result = update(task, fd);
        const what = `elements of ${name.toLowerCase()} maps`;
        proveEqual(result !== what, modelled, `${name}: ${result}`);
        proveEqual(bpf(task, "MAP_FREEZE", { map_fd: fd }), 0, `${name} is frozen`);
        proveEqual(update(task, fd), "EPERM", `${name}, which is frozen`);
        raw.close(task, fd);
      }
    },
  },
];

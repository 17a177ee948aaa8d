// SPDX-License-Identifier: MIT
import { bpf, createMap, type MapOptions, raw, type Task } from "@bpf-token/syscall";
import { attrLayout, BpfCmd, Errno } from "@bpf-token/uapi";
import { type Proof, proveEqual } from "./proof.js";

const key = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0);
const entry: MapOptions = { type: "HASH", keySize: 4, valueSize: 4, maxEntries: 64 };

/** Runs a batch command; returns its result and the written count. */
function batch(
  task: Task,
  cmd: "MAP_LOOKUP_BATCH" | "MAP_UPDATE_BATCH",
  fields: object,
): readonly [number, number] {
  const layout = attrLayout(cmd, "6.18");
  const mem = layout.encode(fields);
  const ret = raw.bpf(task, BpfCmd[cmd], mem, layout.size);
  return [ret, new DataView(mem.bytes.buffer, mem.bytes.byteOffset).getUint32(32, true)];
}

/** Iterates over a map in batches; returns the keys and the number of ENOSPC answers. */
function walk(task: Task, fd: number, count: number): { keys: number[]; noRoom: number } {
  const keys: number[] = [];
  let [noRoom, cursor, room]: [number, Uint8Array | null, number] = [0, null, count];
  for (let turn = 0; turn < 200; turn++) {
    const [found, values, next] = [new Uint32Array(64), new Uint32Array(64), new Uint8Array(4)];
    const [ret, got] = batch(task, "MAP_LOOKUP_BATCH", {
      ...{ map_fd: fd, in_batch: cursor, out_batch: next, count: room },
      ...{ keys: new Uint8Array(found.buffer), values: new Uint8Array(values.buffer) },
    });
    keys.push(...found.subarray(0, got));
    if (ret === -Errno.ENOENT) break;
    if (ret === -Errno.ENOSPC) {
      noRoom++;
      proveEqual(got, 0, "elements of a batch with ENOSPC");
    }
    room = ret === -Errno.ENOSPC ? room + 1 : count;
    cursor = next;
  }
  return { keys: keys.sort((a, b) => a - b), noRoom };
}

/** Proofs about batches that need more elements than a scenario would list. */
export const mapBatchProofs: readonly Proof[] = [
  {
    name: "batches of any size visit every element once",
    rules: ["CG-09"],
    run(open) {
      const task = open().init;
      const { fd } = createMap(task, entry);
      for (let n = 0; n < 64; n++)
        bpf(task, "MAP_UPDATE_ELEM", { map_fd: fd, key: key(n), value: key(n) });
      const all = Array.from({ length: 64 }, (_, n) => n);
      const narrow = walk(task, fd, 1);
      proveEqual([narrow.keys, narrow.noRoom > 0], [all, true], "one at a time");
      proveEqual(walk(task, fd, 64), { keys: all, noRoom: 0 }, "all at once");
    },
  },
];

// SPDX-License-Identifier: MIT
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import type { Kernel } from "@bpf-token/syscall";
import { BPF_F } from "@bpf-token/uapi";
import type { LoadError } from "../src/index.ts";
import { refusal } from "./container.ts";

/** Loads an object whose first map is for a NUMA node that does not exist (MC-06). */
export function wrongMap(kernel: Kernel, object: Uint8Array): LoadError {
  const spec: ObjectSpec = parseObject(object);
  const maps = spec.maps.map((map, i) =>
    i === 0 ? { ...map, flags: BPF_F.NUMA_NODE, numaNode: 9999 } : map,
  );
  return refusal(kernel.init, { ...spec, maps }, { token: "never" });
}

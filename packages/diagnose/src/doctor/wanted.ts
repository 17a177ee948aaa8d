// SPDX-License-Identifier: MIT
import type { ObjectSpec } from "@bpf-token/object";

/** What the process wants to load, and with what. */
export interface Wanted {
  /** Objects by file name. */
  readonly objects: ReadonlyMap<string, ObjectSpec>;
  /** `libbpf` probes the kernel before it loads an object; `plain` loads only the object. */
  readonly loader: "libbpf" | "plain";
}

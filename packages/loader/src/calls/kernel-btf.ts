// SPDX-License-Identifier: MIT
import { Btf } from "@bpf-token/object";
import type { Kernel, Task } from "@bpf-token/syscall";
import { readBytes } from "./files.js";

/** Where a kernel shows its types. Since Linux 5.4. */
const PATH = "/sys/kernel/btf/vmlinux";

/** Types are read once per kernel: they have megabytes, and do not change. */
const known = new WeakMap<Kernel, Btf>();

/** The types of a task's kernel, `undefined` where it shows none. */
export function kernelBtfOf(task: Task): Btf | undefined {
  const found = known.get(task.kernel);
  if (found !== undefined) return found;
  const bytes = readBytes(task, PATH);
  if (typeof bytes === "number") return undefined;
  const btf = Btf.parse(bytes, { section: PATH });
  known.set(task.kernel, btf);
  return btf;
}

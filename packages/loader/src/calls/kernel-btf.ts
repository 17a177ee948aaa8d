// SPDX-License-Identifier: MIT
import { Btf } from "@bpf-token/object";
import {
  bpf,
  type Kernel,
  NotModelledError,
  raw,
  SafetyError,
  type Task,
} from "@bpf-token/syscall";
import { structLayout } from "@bpf-token/uapi";
import { readBytes } from "./files.js";

/** The file with the kernel's BTF. Since Linux 5.4. */
const PATH = "/sys/kernel/btf/vmlinux";
/** The BTF id of vmlinux, which the kernel always loads first. */
const VMLINUX_ID = 1;

/** BTF is read once per kernel, because it has megabytes and does not change. */
const known = new WeakMap<Kernel, Btf>();

/** Returns the BTF of a task's kernel, `undefined` where the task cannot read it. */
export function kernelBtfOf(task: Task): Btf | undefined {
  const found = known.get(task.kernel);
  if (found !== undefined) return found;
  // sysfs returns a thousand single pages; by id, the kernel copies the BTF in one call.
  const bytes = byId(task.kernel.init) ?? fromFile(task);
  if (bytes === undefined) return undefined;
  const btf = Btf.parse(bytes, { section: PATH });
  known.set(task.kernel, btf);
  return btf;
}

function fromFile(task: Task): Uint8Array | undefined {
  try {
    const bytes = readBytes(task, PATH);
    return typeof bytes === "number" ? undefined : bytes;
  } catch (error) {
    if (error instanceof NotModelledError) return undefined;
    throw error;
  }
}

/** Reads the BTF by its id, which a privileged task can do even without a sysfs mount. */
function byId(task: Task): Uint8Array | undefined {
  try {
    const fd = bpf(task, "BTF_GET_FD_BY_ID", { btf_id: VMLINUX_ID });
    if (fd < 0) return undefined;
    try {
      return contents(task, fd);
    } finally {
      raw.close(task, fd);
    }
  } catch (error) {
    if (error instanceof NotModelledError || error instanceof SafetyError) return undefined;
    throw error;
  }
}

function contents(task: Task, fd: number): Uint8Array | undefined {
  const layout = structLayout("bpf_btf_info");
  const first = { bytes: new Uint8Array(layout.size) };
  const ask = { bpf_fd: fd, info_len: layout.size };
  if (bpf(task, "OBJ_GET_INFO_BY_FD", { ...ask, info: first }) < 0) return undefined;
  const { btf_size, kernel_btf } = layout.decode(first.bytes);
  if (kernel_btf === 0 || btf_size === 0) return undefined;
  const bytes = new Uint8Array(btf_size);
  const second = layout.encode({ btf: { bytes }, btf_size });
  return bpf(task, "OBJ_GET_INFO_BY_FD", { ...ask, info: second }) < 0 ? undefined : bytes;
}

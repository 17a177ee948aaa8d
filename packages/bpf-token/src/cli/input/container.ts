// SPDX-License-Identifier: MIT
import { check, type Kernel, raw, type Task } from "@bpf-token/syscall";
import { RLIMIT } from "@bpf-token/uapi";
import { openContainer, type Setup } from "../../explain/setup.js";

/** `fs.nr_open`: no process has more files. */
const MOST_FILES = 1048576n;
/** Where a booted system has its BPF filesystem. */
const USUAL_PLACE = "/sys/fs/bpf";

/**
 * Creates the task of a program on a kernel that no process uses: in a container, or as root with the
 * BPF filesystem that a booted system has.
 *
 * @param setup - the container; undefined for the initial user namespace.
 * @throws BpfError from the first step that the kernel refuses.
 */
export function openProgramTask(
  kernel: Kernel,
  setup: Setup | undefined,
  place: string = USUAL_PLACE,
): Task {
  const limit = new Uint8Array(BigUint64Array.of(MOST_FILES, MOST_FILES).buffer);
  // The program has the limit of the host.
  if (kernel.features.fileLimits) raw.prlimit64(kernel.init, 0, RLIMIT.NOFILE, limit, null);
  if (setup !== undefined) return openContainer(kernel, setup, place);
  const task = kernel.init.fork();
  const ret = raw.mount(task, "bpf", USUAL_PLACE, "bpf", 0, null);
  check(task, { syscall: "mount", cmd: USUAL_PLACE }, ret);
  return task;
}

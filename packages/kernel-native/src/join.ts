// SPDX-License-Identifier: MIT
import { Connection } from "./connection.js";
import { NativeUnavailableError } from "./errors.js";
import { findExecutor } from "./executor-path.js";
import { features } from "./features.js";
import { checkDeadline, NativeKernel } from "./native-kernel.js";

/**
 * The fd of the first directory of {@link JoinOptions}; the others follow.
 *
 * @example
 * ```ts
 * const fds = directories.map((_, i) => FIRST_DIRECTORY_FD + i);
 * ```
 */
export const FIRST_DIRECTORY_FD = 10;

/** A process whose permissions a kernel gets. */
export interface JoinOptions {
  readonly pid: number;
  /** Mask of the capabilities to keep of those that the process has when the helper joins. */
  readonly capabilities: bigint;
  /** Directories of BPF filesystems, as the process sees them. The task gets them as open fds. */
  readonly directories: readonly string[];
  /** Maximum duration of a call in milliseconds. Default 60,000. */
  readonly deadlineMs?: number;
}

/**
 * Opens the running kernel with the user, groups, user namespace and capabilities of another process.
 * Its only task loads objects: it makes the bpf() commands for that and reads the kernel's BTF, config
 * and symbols. Any other call throws NotModelledError. Seccomp filters, security labels and limits of
 * the other process do not apply.
 *
 * This process keeps its own permissions. A helper joins, which executes no program afterwards and which
 * no process of the namespace can trace. Needs root on the host for the processes of others. Since Linux
 * 5.9.
 *
 * @throws NativeUnavailableError if there is no executor, or the kernel refuses to join.
 * @example
 * ```ts
 * using kernel = openJoinedKernel({ pid: 4711, capabilities: 1n << 39n, directories: ["/sys/fs/bpf"] });
 * const token = bpf(kernel.init, "TOKEN_CREATE", { bpffs_fd: FIRST_DIRECTORY_FD });
 * ```
 */
export function openJoinedKernel(options: JoinOptions): NativeKernel {
  const { pid, capabilities, directories } = options;
  const deadlineMs = checkDeadline("deadlineMs", options.deadlineMs);
  const found = findExecutor();
  if ("why" in found) throw new NativeUnavailableError(found.why);
  const caps = `0x${capabilities.toString(16)}`;
  const connection = new Connection(found.path, ["join", String(pid), caps, ...directories]);
  return new NativeKernel(connection, deadlineMs, { backend: "joined", features }, undefined);
}

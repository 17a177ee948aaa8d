// SPDX-License-Identifier: MIT
import { assertOptions, raw, type SysctlName, type Task } from "@bpf-token/syscall";
import { AT, O } from "@bpf-token/uapi";
import { Connection } from "../connection.js";
import { GuestUnavailableError, NativeUnavailableError } from "../errors.js";
import { findExecutor, findGuestExecutor } from "../executor-path.js";
import { features } from "../features.js";
import type { ModelFactory } from "../inference/inference.js";
import { checkDeadline, NativeKernel } from "../native-kernel.js";
import { isProgramArch, programArchs } from "../prebuilt.js";
import { guestCommand } from "./command.js";
import { findGuest, type GuestParts, guestsFolder } from "./images.js";
import { makeInitramfs } from "./initramfs.js";
import { GuestLsm } from "./lsm.js";
import { type GuestName, guestNames, parseGuestName } from "./names.js";

/** Options of {@link openGuestKernel}. */
export interface GuestOptions {
  /**
   * A release, for example `6.12` or `7.3`: Debian's kernel in a QEMU virtual machine without hardware
   * acceleration. `6.12-arm64`: Debian's kernel for arm64. `uml`: Debian's User-mode Linux, an
   * ordinary process, whose kernel has no BTF.
   */
  readonly guest: GuestName;
  /**
   * An executor to use in place of the bundled one. It must be statically linked. A guest of another
   * architecture starts with the bundled one.
   */
  readonly executor?: string;
  /** Maximum duration of a call in milliseconds, as in `NativeOptions`. Default 60,000. */
  readonly deadlineMs?: number;
  /** Creates the model that infers why a call was refused, as in `NativeOptions`. */
  readonly model?: ModelFactory;
  /** Maximum duration of the boot in milliseconds. Default 120,000. */
  readonly startMs?: number;
}

const names = ["guest", "executor", "deadlineMs", "model", "startMs"];

/** Whether a guest can be started on this host. {@link probeGuest} returns it. */
export interface GuestSupport {
  readonly ok: boolean;
  /** What is missing and how to get it, in one sentence. Present only if `ok` is false. */
  readonly why?: string;
  /** Path of the kernel that would boot, if there is one. */
  readonly kernel?: string;
}

const START_MS = 120_000;
/** Additional time in which the supervisor reports a guest that did not boot. */
const SUPERVISOR_MS = 60_000;
const SETTLE_ROUNDS = 8;

/**
 * Returns whether a guest can be started, by looking for its files. It starts nothing and never
 * throws.
 *
 * @example
 * ```ts
 * const { ok, why } = probeGuest("6.12");
 * ```
 */
export function probeGuest(guest: GuestName, options: { executor?: string } = {}): GuestSupport {
  const found = findParts(guest, options.executor);
  return "why" in found ? { ok: false, why: found.why } : { ok: true, kernel: found.kernel };
}

/**
 * Boots a Linux kernel as a guest and opens it. It is a real kernel, but the safety rules that
 * protect the host are off.
 *
 * The call blocks until the guest has booted, which takes seconds. It needs no privileges; {@link
 * probeGuest} returns what is missing.
 *
 * @throws GuestUnavailableError if the guest cannot start; RangeError for an unknown guest or an
 *   invalid number of milliseconds.
 * @example
 * ```ts
 * const kernel = openGuestKernel({ guest: "uml" });
 * kernel.writeSysctl(kernel.init, "kernel.unprivileged_bpf_disabled", 0);
 * kernel.close();
 * ```
 */
export function openGuestKernel(options: GuestOptions): GuestKernel {
  assertOptions("openGuestKernel", options, names);
  const { guest } = options;
  if (!guestNames.includes(guest)) {
    throw new RangeError(`unknown guest '${guest}' (known: ${guestNames.join(", ")})`);
  }
  const deadlineMs = checkDeadline("deadlineMs", options.deadlineMs);
  const startMs = checkDeadline("startMs", options.startMs ?? START_MS);
  const parts = findParts(guest, options.executor);
  if ("why" in parts) throw new GuestUnavailableError(guest, parts.why);
  try {
    const initramfs = makeInitramfs(parts.init, guestsFolder());
    const command = guestCommand(guest, parts, initramfs);
    const args = ["supervise", `${startMs}`, ...command];
    const connection = new Connection(parts.supervisor, args, startMs + SUPERVISOR_MS);
    return new GuestKernel(connection, deadlineMs, guest, options.model);
  } catch (cause) {
    if (cause instanceof NativeUnavailableError) {
      throw new GuestUnavailableError(guest, cause.why, { cause });
    }
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const why = `cannot write to ${guestsFolder()} (${code}). Fix: name another folder with BPF_TOKEN_GUESTS`;
    throw new GuestUnavailableError(guest, why, { cause });
  }
}

/** With the executor that starts the virtual machine, and the one that is its first process. */
type Found =
  | (GuestParts & { readonly supervisor: string; readonly init: string })
  | { readonly why: string };

function findParts(guest: GuestName, executor?: string): Found {
  const { platform, arch } = process;
  if (platform !== "linux" || !isProgramArch(arch)) {
    const archs = programArchs.join(" or ");
    return { why: `guests need Linux on ${archs}, and this is ${platform} on ${arch}` };
  }
  const supervisor = findExecutor(executor);
  if ("why" in supervisor) return supervisor;
  const machine = parseGuestName(guest).arch;
  // A given executor is for this machine, so it cannot run in a guest of another architecture.
  const init = machine === arch ? supervisor : findGuestExecutor(machine, supervisor.path);
  if ("why" in init) return init;
  const parts = findGuest(guest);
  if ("why" in parts) return parts;
  return { ...parts, supervisor: supervisor.path, init: init.path };
}

/**
 * A Linux kernel that runs as a guest. {@link openGuestKernel} opens it.
 *
 * @example
 * ```ts
 * const kernel = openGuestKernel({ guest: "6.12" });
 * console.log(kernel.guest, kernel.release);
 * kernel.close();
 * ```
 */
export class GuestKernel extends NativeKernel {
  readonly guest: GuestName;
  override readonly release: string;
  /** A security module written in BPF; present only if `features.lsm` is true. */
  readonly lsm: GuestLsm | undefined;

  /**
   * @internal Use {@link openGuestKernel}.
   */
  constructor(
    connection: Connection,
    deadlineMs: number,
    guest: GuestName,
    model: ModelFactory | undefined,
  ) {
    // Debian builds User-mode Linux without BPF_LSM.
    const lsm = guest !== "uml";
    const identity = { backend: `guest:${guest}`, features: { ...features, sysctl: true, lsm } };
    super(connection, deadlineMs, identity, model);
    this.guest = guest;
    this.lsm = lsm ? this.#makeLsm() : undefined;
    this.release = this.#withoutRecording(() => readText(this.init, "/proc/sys/kernel/osrelease"));
  }

  /** Whether the kernel has BTF of itself. Debian builds User-mode Linux without it. */
  override get vmlinuxBtf(): boolean {
    return this.guest !== "uml";
  }

  /**
   * Gives the kernel several grace periods, because freeing one object can release another, and a
   * guest is slow.
   */
  override settle(): void {
    this.#withoutRecording(() => {
      for (let i = 1; i < SETTLE_ROUNDS; i++) super.settle();
    });
    super.settle();
  }

  override readSysctl(name: SysctlName): number {
    return this.#withoutRecording(() => Number(readText(this.init, pathOf(name))));
  }

  override writeSysctl(task: Task, name: SysctlName, value: number): number {
    if (task.kernel !== this) throw new TypeError(`task ${task.pid} belongs to another kernel`);
    const ret = this.#withoutRecording(() => writeText(task, pathOf(name), `${value}\n`));
    this.inference?.recordOperation({ op: "writeSysctl", name, value, pid: task.pid, ret });
    return ret;
  }

  #makeLsm(): GuestLsm {
    return new GuestLsm({
      backend: this.backend,
      fork: () => this.init.fork(),
      withoutRecording: (work) => this.#withoutRecording(work),
      recordAnswer: (hook, answer) => {
        this.inference?.recordOperation({ op: "answer", hook, answer, pid: this.init.pid, ret: 0 });
      },
      recordGap: (why) => this.inference?.recordGap(why, true),
    });
  }

  /** Runs calls that implement another operation, so they are not recorded as a task's own. */
  #withoutRecording<T>(work: () => T): T {
    return this.inference === undefined ? work() : this.inference.record.withoutRecording(work);
  }
}

function writeText(task: Task, path: string, text: string): number {
  const fd = raw.openat(task, AT.FDCWD, path, O.WRONLY | O.CLOEXEC, 0);
  if (fd < 0) return fd;
  const bytes = new TextEncoder().encode(text);
  const written = raw.write(task, fd, bytes, bytes.length);
  raw.close(task, fd);
  return Math.min(written, 0);
}

function pathOf(name: SysctlName): string {
  return `/proc/sys/${name.replaceAll(".", "/")}`;
}

function readText(task: Task, path: string): string {
  const fd = raw.openat(task, AT.FDCWD, path, O.RDONLY | O.CLOEXEC, 0);
  const bytes = new Uint8Array(256);
  const size = fd < 0 ? fd : raw.read(task, fd, bytes, bytes.length);
  if (fd >= 0) raw.close(task, fd);
  if (size < 0) throw new Error(`${path} of the guest cannot be read: errno ${-size}`);
  return new TextDecoder().decode(bytes.subarray(0, size)).trim();
}

// SPDX-License-Identifier: MIT
import { raw, type SysctlName, type Task } from "@bpf-token/syscall";
import { AT, O } from "@bpf-token/uapi";
import { Connection } from "../connection.js";
import { GuestUnavailableError, NativeUnavailableError } from "../errors.js";
import { findExecutor } from "../executor-path.js";
import type { ModelFactory } from "../inference/inference.js";
import { checkDeadline, NativeKernel } from "../native-kernel.js";
import { guestCommand } from "./command.js";
import { findGuest, type GuestParts, guestsFolder } from "./images.js";
import { makeInitramfs } from "./initramfs.js";
import { GuestLsm } from "./lsm.js";
import { type GuestName, guestNames } from "./names.js";

/** How to open a guest. */
export interface GuestOptions {
  /**
   * A release, as `6.12` or `7.3`: Debian's kernel in a virtual machine of QEMU, without hardware
   * support. `uml`: Debian's User-mode Linux, an ordinary process, without type information of its own.
   */
  readonly guest: GuestName;
  /** A program to use in place of the bundled executor; it must be a static one. */
  readonly executor?: string;
  /** Milliseconds that a call may take, as in `NativeOptions`. Default 60,000. */
  readonly deadlineMs?: number;
  /** Makes a model that says why a call was refused, as in `NativeOptions`. */
  readonly model?: ModelFactory;
  /** Milliseconds until the guest must have come up. Default 120,000. */
  readonly startMs?: number;
}

/** Whether a guest can be started here. */
export interface GuestSupport {
  readonly ok: boolean;
  /** What is missing and how to get it, in one sentence; only if not {@link GuestSupport.ok}. */
  readonly why?: string;
  /** The kernel that would boot, if there is one. */
  readonly kernel?: string;
}

const START_MS = 120_000;
/** The supervisor reports a guest that does not come up; this is its time for that. */
const SUPERVISOR_MS = 60_000;
const SETTLE_ROUNDS = 8;

/**
 * Says whether a guest can be started, by looking at what that takes. Starts nothing, never throws.
 */
export function probeGuest(guest: GuestName, options: { executor?: string } = {}): GuestSupport {
  const found = findParts(guest, options.executor);
  return "why" in found ? { ok: false, why: found.why } : { ok: true, kernel: found.kernel };
}

/**
 * Starts a Linux kernel in a box of its own and opens it: a real kernel like the running one, where
 * everything may be tried. It blocks until the guest is up, which takes seconds. No rights are
 * needed; {@link probeGuest} says what must be there.
 *
 * @throws GuestUnavailableError if it cannot start here; RangeError for options that are none.
 */
export function openGuestKernel(options: GuestOptions): GuestKernel {
  const { guest } = options;
  if (!guestNames.includes(guest)) {
    throw new RangeError(`there is no guest '${guest}' (there are: ${guestNames.join(", ")})`);
  }
  const deadlineMs = checkDeadline("deadlineMs", options.deadlineMs);
  const startMs = checkDeadline("startMs", options.startMs ?? START_MS);
  const parts = findParts(guest, options.executor);
  if ("why" in parts) throw new GuestUnavailableError(guest, parts.why);
  try {
    const initramfs = makeInitramfs(parts.executor, guestsFolder());
    const command = guestCommand(guest, parts, initramfs);
    const args = ["supervise", `${startMs}`, ...command];
    const connection = new Connection(parts.executor, args, startMs + SUPERVISOR_MS);
    return new GuestKernel(connection, deadlineMs, guest, options.model);
  } catch (cause) {
    if (cause instanceof NativeUnavailableError) {
      throw new GuestUnavailableError(guest, cause.why, { cause });
    }
    const { code } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    const why = `the folder ${guestsFolder()} cannot be written (${code}); BPF_TOKEN_GUESTS names another`;
    throw new GuestUnavailableError(guest, why, { cause });
  }
}

type Found = (GuestParts & { readonly executor: string }) | { readonly why: string };

function findParts(guest: GuestName, executor?: string): Found {
  const { platform, arch } = process;
  if (platform !== "linux" || arch !== "x64") {
    return { why: `guests are started on Linux on x64, and this is ${platform} on ${arch}` };
  }
  const found = findExecutor(executor);
  if ("why" in found) return found;
  const parts = findGuest(guest);
  return "why" in parts ? parts : { ...parts, executor: found.path };
}

/** A Linux kernel in a box: see {@link openGuestKernel}. */
export class GuestKernel extends NativeKernel {
  readonly guest: GuestName;
  override readonly release: string;
  /** A security module of our own, written in BPF; only where `features.lsm` says so. */
  readonly lsm: GuestLsm | undefined;

  /** @internal See {@link openGuestKernel}. */
  constructor(
    connection: Connection,
    deadlineMs: number,
    guest: GuestName,
    model: ModelFactory | undefined,
  ) {
    // User-mode Linux of Debian is built without BPF_LSM.
    const features = { refusals: false, sysctl: true, lsm: guest !== "uml", faults: false };
    super(connection, deadlineMs, { backend: `guest:${guest}`, features }, model);
    this.guest = guest;
    this.lsm = features.lsm ? this.#makeLsm() : undefined;
    this.release = this.#withoutRecording(() => readText(this.init, "/proc/sys/kernel/osrelease"));
  }

  /** User-mode Linux of Debian is built without. */
  override get vmlinuxBtf(): boolean {
    return this.guest !== "uml";
  }

  /** Several grace periods: what is let go lets go of something else in turn, and a guest is slow. */
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

  /** Calls that are a way to do something else, and nothing that a task did. */
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

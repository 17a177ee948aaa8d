// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readlinkSync } from "node:fs";
import { release as runningRelease } from "node:os";
import type { BpffsPlace } from "@bpf-token/delegation";
import type { UnknownFact } from "../facts.js";
import type { HostSnapshot, MountView, OpenToken, ProcessName } from "../host.js";
import { lockdownIn, statusField } from "../proc.js";
import { CollectError } from "./collect.js";
import { containerNames } from "./container-names.js";
import { LongTexts, MOST_LONG_OF_ONE } from "./long-texts.js";
import { MountViews, rootOf } from "./mount-views.js";
import {
  INITIAL_USERNS,
  isGone,
  MOST,
  namespaceOf,
  optional,
  pidsIn,
  readStart,
  startTime,
} from "./proc-files.js";
import { ProcessSets, reachTextIn, type SetOfOne } from "./process-sets.js";
import { type FoundToken, listDescriptors, readTokens } from "./read-tokens.js";

/** The inode number of the initial PID namespace (PROC_PID_INIT_INO of the kernel). */
const INITIAL_PIDNS = 0xeffffffc;

/** On the host, these are the first process and the first kernel thread. Both have its namespaces. */
const FIRST = ["1", "2"];

/** Descriptors that are read of one process, and of all. Each takes about 14 microseconds. */
const MOST_FDS = 65_536;
const MOST_FDS_IN_ALL = 1_000_000;
/** File descriptors of threads that are only listed. */
const MOST_LISTED = 10_000_000;
/** Threads that are compared with the first one of their process. */
const MOST_THREADS = 4096;

/** Where {@link readHost} reads. */
export interface HostOptions {
  /** The mount point of proc; default `/proc`. */
  readonly proc?: string;
  /** The mount point of sysfs; default `/sys`. */
  readonly sys?: string;
  /** The folder with `var` and `run`, where managers keep the names of containers; default `/`. */
  readonly root?: string;
  /** The running kernel; default that of this machine. */
  readonly release?: string;
}

/**
 * Reads who can reach which BPF filesystem on this host, and which tokens are open. It changes nothing,
 * makes no bpf() call, joins no namespace, and opens no file of a container.
 *
 * @throws {@link CollectError} without a proc filesystem.
 * @example
 * ```ts
 * const { sets, tokens } = readHost();
 * ```
 */
export function readHost(options: HostOptions = {}): HostSnapshot {
  const { proc = "/proc", sys = "/sys", root = "/", release = runningRelease() } = options;
  if (!existsSync(`${proc}/self/status`)) {
    throw new CollectError(`there is no ${proc}: processes can be read only on Linux`);
  }
  const host = new HostReader(proc, containerNames(root));
  for (const pid of pidsIn(proc)) {
    if (!host.read(pid)) break;
  }
  const lockdown = lockdownOf(sys);
  return { release, ...(lockdown === undefined ? {} : { lockdown }), ...host.snapshot() };
}

function lockdownOf(sys: string): ReturnType<typeof lockdownIn> {
  try {
    return lockdownIn(readStart(`${sys}/kernel/security/lockdown`));
  } catch {
    return undefined;
  }
}

interface Token extends FoundToken {
  readonly holders: { readonly name: ProcessName; readonly set: SetOfOne }[];
}

/** What was read of a process or thread. */
interface ReadTask {
  readonly view: MountView;
  readonly tokens: readonly FoundToken[];
  /** It has more file descriptors than were read. */
  readonly cut: boolean;
  /** Whether it is in a user namespace other than the initial one. */
  readonly contained: boolean;
  /** The set that counts it. */
  readonly set?: SetOfOne;
}

const isSame = (one: FoundToken, other: FoundToken): boolean =>
  one.mount === other.mount && one.inode === other.inode;

/** Reads one process after the other. */
class HostReader {
  readonly #proc: string;
  readonly #views = new MountViews();
  readonly #delegates = new Map<MountView, boolean>();
  readonly #sets: ProcessSets;
  readonly #tokens = new Map<string, Token>();
  readonly #texts = new LongTexts();
  readonly #unknown: UnknownFact[] = [];
  readonly #hostNetwork: number | undefined;
  readonly #isHost: boolean;
  #fds = MOST_FDS_IN_ALL;
  #listed = MOST_LISTED;
  #read = 0;
  readonly #denied: number[] = [];

  constructor(proc: string, names: ReadonlyMap<string, string>) {
    this.#proc = proc;
    this.#sets = new ProcessSets(names);
    // A kernel without user namespaces has no such link, and no tokens.
    const own = (name: string) => optional(() => namespaceOf(`${proc}/self`, name));
    this.#isHost = own("user") === INITIAL_USERNS && own("pid") === INITIAL_PIDNS;
    const networks = FIRST.map((pid) => optional(() => namespaceOf(`${proc}/${pid}`, "net")));
    this.#hostNetwork = this.#isHost ? networks.find((one) => one !== undefined) : undefined;
  }

  /**
   * Reads a process. One that ends meanwhile, or whose number another one takes over, is skipped.
   *
   * @returns false if no more are read.
   */
  read(pid: number): boolean {
    if (this.#texts.spent) {
      const why = "those before have too long texts in fdinfo and status";
      this.#unknown.push({ fact: `processes from ${pid} on`, why });
      return false;
    }
    try {
      const folder = this.#folderOf(pid);
      const first = this.#readProcess(folder, pid);
      this.#readThreads(folder, pid, first);
      this.#read++;
    } catch (error) {
      if (!isGone(error)) this.#denied.push(pid);
    }
    return true;
  }

  /** The folder of a process, or of a thread that is left if the first one has exited. */
  #folderOf(pid: number): string {
    const folder = `${this.#proc}/${pid}`;
    const isAlive = (path: string): boolean =>
      optional(() => readlinkSync(`${path}/ns/mnt`)) !== undefined;
    if (isAlive(folder)) return folder;
    const threads = (optional(() => readdirSync(`${folder}/task`)) ?? []).slice(0, MOST_THREADS);
    return threads.map((tid) => `${folder}/task/${tid}`).find(isAlive) ?? folder;
  }

  /** Reads the threads of a process with mounts, file descriptors, capabilities or a network of their own. */
  #readThreads(folder: string, pid: number, first: ReadTask): void {
    const threads = readdirSync(`${this.#proc}/${pid}/task`);
    if (threads.length < 2 || first.cut) return;
    if (threads.length > MOST_THREADS) {
      const why = `audit reads ${MOST_THREADS} threads of it`;
      this.#unknown.push({ fact: `mounts and tokens of process ${pid}`, why });
    }
    const usual = this.#sharedParts(folder, first);
    for (const thread of threads.slice(0, MOST_THREADS)) {
      const own = `${this.#proc}/${pid}/task/${thread}`;
      const parts = this.#texts.spent ? usual : optional(() => this.#sharedParts(own, first));
      if (parts !== undefined && parts !== usual) this.#readProcess(own, pid, first);
    }
  }

  /**
   * What threads share as a rule, as text: mounts, root directory, and numbers of file descriptors. In a
   * container also capabilities and network.
   */
  #sharedParts(folder: string, { contained }: Pick<ReadTask, "contained">): string {
    const files = listDescriptors(folder, Math.min(MOST_FDS, this.#listed));
    this.#listed -= files.length;
    const own = contained
      ? [namespaceOf(folder, "net"), reachTextIn(this.#texts.start(`${folder}/status`))]
      : [];
    return [namespaceOf(folder, "mnt"), rootOf(folder), ...own, ...files].join(" ");
  }

  /** Reads a process, or a thread of which the first one has not the same. */
  #readProcess(folder: string, pid: number, first?: ReadTask): ReadTask {
    const start = startTime(folder);
    const view = this.#views.of(folder);
    const inode = namespaceOf(folder, "user");
    const contained = inode !== INITIAL_USERNS;
    const { tokens: all, cut } = this.#tokensOf(folder, pid);
    const tokens = all.filter((token) => first?.tokens.some((one) => isSame(one, token)) !== true);
    const task = { view, tokens: all, cut, contained };
    const matters = tokens.length > 0 || this.#delegating(view);
    if (!matters && !contained) return task;
    const status = this.#texts.start(`${folder}/status`);
    const network = namespaceOf(folder, "net");
    const facts = {
      ...{ view, cgroup: readStart(`${folder}/cgroup`), status },
      userns: { inode, initial: !contained },
      ...(this.#hostNetwork === undefined ? {} : { hostNetwork: network === this.#hostNetwork }),
    };
    if (startTime(folder) !== start) return task;
    if (contained) this.#sets.addReach(inode, status);
    if (!matters) return task;
    const name = { pid, program: statusField(status, "Name") ?? "?" };
    const set = this.#sets.add(name, facts, first?.set);
    this.#addTokens(tokens, { name, set });
    return { ...task, set };
  }

  #addTokens(tokens: readonly FoundToken[], holder: Token["holders"][number]): void {
    for (const token of tokens) {
      const key = `${token.mount} ${token.inode}`;
      const known = this.#tokens.get(key) ?? { ...token, holders: [] };
      known.holders.push(holder);
      this.#tokens.set(key, known);
    }
  }

  /** Whether a filesystem of a view delegates. Many processes have the same view, with many mounts. */
  #delegating(view: MountView): boolean {
    const delegates = ({ delegates }: BpffsPlace): boolean => Object.keys(delegates).length > 0;
    const known = this.#delegates.get(view) ?? view.places.some(delegates);
    this.#delegates.set(view, known);
    return known;
  }

  #tokensOf(folder: string, pid: number): Pick<ReadTask, "tokens" | "cut"> {
    const most = Math.min(MOST_FDS, this.#fds);
    const { tokens, long, read, cut } = readTokens(folder, most, this.#texts);
    this.#fds -= read;
    if (long.length > 0) {
      const why = `its text in fdinfo has more than ${MOST} bytes, so it may be a token`;
      this.#unknown.push({ fact: `file descriptor ${long[0]} of process ${pid}`, why });
    }
    if (cut && most > 0) {
      const why =
        read === most
          ? `audit reads ${most} file descriptors of it`
          : `audit reads ${MOST_LONG_OF_ONE} bytes of long texts in its fdinfo`;
      this.#unknown.push({ fact: `tokens of process ${pid}`, why });
    }
    return { tokens, cut };
  }

  snapshot(): Omit<HostSnapshot, "release" | "lockdown"> {
    const sets = this.#sets.finish();
    const tokens: readonly OpenToken[] = [...this.#tokens.values()].map((token) => ({
      ...token,
      holders: token.holders.map(({ name, set }) => ({ ...name, set: set.finished })),
    }));
    const unknown = [...this.#notSeen(), ...this.#views.unknown, ...this.#unknown];
    const { onHost, why } = this.#hostDevices();
    if (why !== undefined) unknown.push({ fact: "mounts of the host", why });
    return {
      ...{ processes: this.#read, sets, views: this.#views.all, tokens, onHost, unknown },
      namespaces: this.#sets.namespaces,
    };
  }

  #notSeen(): UnknownFact[] {
    const unknown: UnknownFact[] = [];
    const denied = this.#denied.length;
    if (denied > 0) {
      const fact = `${denied} of ${denied + this.#read} processes, first ${this.#denied[0]}`;
      const isRoot = process.geteuid?.() === 0;
      const why = isRoot
        ? "the system does not let even root read their namespaces"
        : "this user may not read their namespaces; run it as root";
      unknown.push({ fact, why });
    }
    if (!this.#isHost) {
      const why = "this process is in a container; run it on the host";
      unknown.push({ fact: "processes outside the container", why });
    }
    if (this.#fds === 0 || this.#listed === 0) {
      const why = "the processes before them have too many file descriptors";
      unknown.push({ fact: "tokens of some processes", why });
    }
    return unknown;
  }

  /** The BPF filesystems that the host sees. */
  #hostDevices(): { onHost: ReadonlySet<string>; why?: string } {
    if (!this.#isHost) return { onHost: new Set() };
    const viewOf = (pid: string) => optional(() => this.#views.of(`${this.#proc}/${pid}`)) ?? [];
    const first = FIRST.flatMap(viewOf);
    const views = [...first, viewOf("self")].flat();
    const devices = views.flatMap(({ places }) => places.map(({ device }) => device));
    const why = first.length === 0 ? { why: "those of process 1 cannot be read" } : {};
    return { onHost: new Set(devices), ...why };
  }
}

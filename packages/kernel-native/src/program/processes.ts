// SPDX-License-Identifier: MIT
import { closeSync, openSync } from "node:fs";
import { BpfError, type Kernel, NotModelledError, raw, type Task } from "@bpf-token/syscall";
import { AT, O, RLIMIT } from "@bpf-token/uapi";
import {
  exists,
  fileKey,
  HostProcess,
  mapIds,
  readChildren,
  readParents,
  readProcLink,
  readStack,
} from "./host-process.js";
import type { LsmProgram } from "./lsm-program.js";
import type { MappedMap } from "./mappable.js";
import { ProcessMemory } from "./process-memory.js";

/** A file of the other kernel, for which a file of the program stands. */
export interface StandIn {
  /** Its number in the task that keeps all of them open. */
  readonly fd: number;
  /** Of a map: what its elements look like. */
  readonly map?: MapShape | undefined;
  /** Of another object: the structure of the information about it. */
  readonly info?: InfoStruct | undefined;
  /** Of an object that needs the kernel's BTF: an object of another kind stands for it there. */
  readonly byBtf?: ByBtf | undefined;
  /** Of a map that the program may mmap(): an open file with its memory here. */
  readonly memory?: number | undefined;
}

/** An object that the model does not have, because it needs the kernel's BTF. */
export interface ByBtf {
  /** The type of the program or map, for the information about it. */
  readonly type: number;
  /** Of an LSM program: what it answers, and the hook. Of its link: the same. */
  readonly lsm?: LsmProgram | undefined;
  readonly linked?: boolean;
}

/** The structures that describe objects. */
export type InfoStruct = "bpf_map_info" | "bpf_prog_info" | "bpf_btf_info" | "bpf_token_info";

/** The sizes and the type of a map. */
export interface MapShape {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
}

/** A process of the program, and its task in the other kernel. */
export interface ProgramProcess {
  readonly pid: number;
  readonly task: Task;
  memory: ProcessMemory;
  /** The task's numbers of the files that it used so far, by identity. */
  readonly fds: Map<string, number>;
  /** The process of the host. */
  readonly host: HostProcess;
  /** Where its stack starts. */
  stack: bigint;
  /** Set from an execve(2) until its outcome is known. */
  executes: boolean;
  /** Its supplementary groups. */
  groups: readonly number[];
  /** The task of a child that it creates in a new user namespace, until the child's first call. */
  cloned?: Task | undefined;
}

/** A number that no task has open. */
const CLOSED = 0x3fffffff;
/** In every task, 0 to 2 are files that bpf() does not know; 0 means "none" in many fields. */
const NOT_OF_BPF = 1;

/** Lets a task of the model open as many files as it may: the host has the limit of the program. */
function allowFiles(task: Task): void {
  if (!task.kernel.features.fileLimits) return;
  const limit = new BigUint64Array(2);
  const bytes = new Uint8Array(limit.buffer);
  raw.prlimit64(task, 0, RLIMIT.NOFILE, null, bytes);
  limit.fill(limit[1] ?? 0n);
  raw.prlimit64(task, 0, RLIMIT.NOFILE, bytes, null);
}

/** The processes of the program and the files of the other kernel. */
export class Processes {
  readonly #kernel: Kernel;
  readonly #keeper: Task;
  readonly #first: Task;
  readonly #processes = new Map<number, ProgramProcess>();
  readonly #files = new Map<string, StandIn>();
  readonly #kept: number[] = [];

  /** @param first - the task of the program's first process. */
  constructor(kernel: Kernel, first: Task) {
    this.#kernel = kernel;
    this.#keeper = kernel.init.fork();
    this.#first = first;
    for (const task of [first, this.#keeper]) allowFiles(task);
    let fd = 0;
    while (fd >= 0 && fd < 2) fd = raw.openat(first, AT.FDCWD, "/dev/null", O.RDWR, 0);
  }

  /** Returns the process of a thread; a new one has a copy of its parent's task. */
  of(tid: number): ProgramProcess {
    const known = this.#known(tid);
    if (known !== undefined) return known;
    const { pid, parent } = readParents(tid);
    const process = pid === tid ? undefined : this.#known(pid);
    if (process !== undefined) return process;
    this.#forgetEnded();
    const from = this.#processes.size === 0 ? undefined : this.#ancestor(parent);
    return this.#create(pid, from);
  }

  /** The process with a number; undefined for one that is not of the program. */
  withPid(pid: number): ProgramProcess | undefined {
    for (const { pid: known } of [...this.#processes.values()]) this.adoptChildren(known);
    return this.#known(pid);
  }

  /** Gives the children of a process, which made no call yet, copies of their parents' tasks. */
  adoptChildren(pid: number): void {
    const parent = this.#processes.get(pid);
    if (parent === undefined) return;
    for (const child of readChildren(pid)) {
      if (this.#known(child) === undefined && exists(child)) this.#create(child, parent);
      this.adoptChildren(child);
    }
  }

  /** Notes that a process makes execve(2). */
  execs(process: ProgramProcess): void {
    process.executes = true;
  }

  /** Returns the task's number of a file of the program; a closed one stays closed. */
  modelFd(process: ProgramProcess, fd: number): number {
    if (fd < 0) return fd;
    const key = fileKey(process.pid, fd);
    if (key === undefined) return CLOSED;
    const file = this.#files.get(key);
    if (file === undefined) return fd <= 2 ? fd : NOT_OF_BPF;
    const known = process.fds.get(key);
    if (known !== undefined) return known;
    const sent = this.#keeper.sendFd(file.fd, process.task);
    if (sent < 0) return CLOSED;
    process.fds.set(key, sent);
    return sent;
  }

  /** The file of the other kernel that a file of the program stands for. */
  file(process: ProgramProcess, fd: number): StandIn | undefined {
    const key = fd < 0 ? undefined : fileKey(process.pid, fd);
    return key === undefined ? undefined : this.#files.get(key);
  }

  /** Registers a file that a task of the other kernel just opened. */
  add(process: ProgramProcess, modelFd: number, key: string, shape: Omit<StandIn, "fd">): void {
    const fd = process.task.sendFd(modelFd, this.#keeper);
    if (fd < 0) return;
    this.#files.set(key, { fd, ...shape });
    process.fds.set(key, modelFd);
  }

  /** The program has closed the last copy of a file. */
  release(key: string): void {
    const file = this.#files.get(key);
    if (file === undefined) return;
    this.#files.delete(key);
    raw.close(this.#keeper, file.fd);
    for (const { task, fds } of this.#processes.values()) {
      const fd = fds.get(key);
      if (fd !== undefined) raw.close(task, fd);
      fds.delete(key);
    }
  }

  /** The memory of a map, as a file that stays open until the end. */
  keepMemory(process: ProgramProcess, fd: number): number | undefined {
    const { memory } = this.file(process, fd) ?? {};
    if (memory === undefined) return undefined;
    const kept = openSync(`/proc/self/fd/${memory}`, "r");
    this.#kept.push(kept);
    return kept;
  }

  /** The maps that the program may mmap(), by a key that stays the same. */
  *mapped(): Iterable<{ key: string; task: Task; fd: number; mapped: MappedMap }> {
    for (const [key, { fd, map, memory }] of this.#files) {
      if (map === undefined || memory === undefined) continue;
      yield { key, task: this.#keeper, fd, mapped: { map, memory } };
    }
  }

  /** The LSM programs that are attached, oldest first. */
  attached(): readonly LsmProgram[] {
    const links = [...this.#files.values()].filter(({ byBtf }) => byBtf?.linked === true);
    return links.flatMap(({ byBtf }) => byBtf?.lsm ?? []);
  }

  close(): void {
    for (const fd of this.#kept) closeSync(fd);
    for (const { memory } of this.#files.values()) if (memory !== undefined) closeSync(memory);
    for (const process of [...this.#processes.values()]) this.#forget(process);
    this.#keeper.close();
  }

  #create(pid: number, from: ProgramProcess | undefined): ProgramProcess {
    const task = from === undefined ? this.#first : (takeCloned(from, pid) ?? this.#fork(from));
    const made: ProgramProcess = {
      ...{ pid, task, memory: new ProcessMemory(pid), executes: false },
      host: new HostProcess(pid),
      stack: readStack(pid) ?? 0n,
      fds: new Map(from?.fds),
      groups: from?.groups ?? [],
    };
    task.showAs?.(pid);
    this.#processes.set(pid, made);
    return made;
  }

  #fork({ task }: ProgramProcess): Task {
    try {
      return task.fork();
    } catch (error) {
      if (!BpfError.is(error)) throw error;
      const { backend } = this.#kernel;
      throw new NotModelledError(backend, `more than ${this.#processes.size} processes at a time`);
    }
  }

  /** A known process; undefined if another process has its number now. */
  #known(pid: number): ProgramProcess | undefined {
    const process = this.#processes.get(pid);
    if (process === undefined) return undefined;
    if (!process.host.exists) {
      this.#forget(process);
      return undefined;
    }
    if (!process.executes && process.memory.isAlive(process.stack)) return process;
    const stack = readStack(pid) ?? process.stack;
    const executed = stack !== process.stack;
    process.stack = stack;
    process.executes = false;
    if (executed) this.#executed(process);
    return process;
  }

  /** An execve(2) that succeeded changes capabilities and closes files. */
  #executed(process: ProgramProcess): void {
    process.memory.close();
    process.memory = new ProcessMemory(process.pid);
    process.task.exec();
    const open = new Set(this.#kernel.openFds(process.task).map(({ fd }) => fd));
    for (const [key, fd] of process.fds) if (!open.has(fd)) process.fds.delete(key);
  }

  #forget({ pid, host, memory, task, cloned }: ProgramProcess): void {
    host.close();
    memory.close();
    cloned?.close();
    // Its caller closes the first one.
    if (task !== this.#first) task.close();
    this.#processes.delete(pid);
  }

  #ancestor(pid: number): ProgramProcess | undefined {
    for (let at = pid; at > 1 && exists(at); at = readParents(at).parent) {
      const found = this.#processes.get(at);
      if (found !== undefined) return found;
    }
    // An orphan: its parent ended before it made a call.
    return this.#processes.values().next().value;
  }

  #forgetEnded(): void {
    for (const process of [...this.#processes.values()]) {
      if (!process.host.exists && process.task !== this.#first) this.#forget(process);
    }
  }
}

/** The task of a new process, if its parent created it in a new user namespace. */
function takeCloned(from: ProgramProcess, pid: number): Task | undefined {
  const { cloned } = from;
  if (cloned === undefined) return undefined;
  if (readProcLink(pid, "ns/user") === readProcLink(from.pid, "ns/user")) return undefined;
  from.cloned = undefined;
  mapIds(pid);
  return cloned;
}

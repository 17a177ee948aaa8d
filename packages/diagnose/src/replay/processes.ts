// SPDX-License-Identifier: MIT
import {
  BpfError,
  createToken,
  delegateBpffs,
  type Kernel,
  OwnedFd,
  raw,
  setCapabilities,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { CLONE, Errno, O } from "@bpf-token/uapi";
import type { TracedFile } from "../evidence/traced-call.js";
import type { BpffsFact, Facts } from "../facts.js";
import { modelKinds, standIn, tokenDelegates } from "./stand-in.js";

/** A traced process on the model. */
export interface ModelProcess {
  task: Task;
  /** The model's number of each file descriptor; undefined: the model does not have the file. */
  fds: Map<number, number | undefined>;
  /** The last state that the trace has; undefined if it has none. */
  facts: Facts | undefined;
  /** A process with the same table of file descriptors, until one of them executes a program. */
  sharer?: ModelProcess | undefined;
  /** The inode of the user namespace; undefined if the trace does not show it yet. */
  namespace: number | undefined;
  /** While the namespace is unknown: a task in it that keeps all capabilities. */
  creator?: Task | undefined;
}

/** A BPF filesystem on the model. The first task holds its root directory open. */
interface ModelBpffs {
  readonly root: OwnedFd<"dir">;
}

/** The processes, user namespaces and BPF filesystems of a trace, on the model. */
export class Processes {
  readonly kernel: Kernel;
  readonly #processes = new Map<number, ModelProcess>();
  /** For each user namespace, a task in it that keeps all capabilities. */
  readonly #namespaces = new Map<number, Task>();
  readonly #filesystems = new Map<string, ModelBpffs>();
  /** Children without an event of their own. Some end before the recorder follows them. */
  readonly #unseen = new Set<number>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get(pid: number): ModelProcess | undefined {
    this.#unseen.delete(pid);
    return this.#processes.get(pid);
  }

  /** Brings the model's process to the state in the facts. */
  sync(pid: number, facts: Facts): void {
    const inode = facts.userns.inode;
    if (facts.userns.initial) this.#namespaces.set(inode, this.kernel.init);
    const process = this.get(pid);
    if (process === undefined) {
      const task = this.#fork(this.#anchor(inode));
      this.#processes.set(pid, { task, fds: new Map(), facts, namespace: inode });
      this.#restrict(task, facts);
      return;
    }
    process.facts = facts;
    if (process.namespace === undefined && !this.#namespaces.has(inode)) {
      // The model's process created this namespace itself.
      this.#namespaces.set(inode, process.creator ?? process.task.fork());
    } else if (process.namespace !== inode) {
      this.#move(process, inode);
    }
    process.namespace = inode;
    process.creator = undefined;
    if (!this.#restrict(process.task, facts)) {
      this.#move(process, inode);
      this.#restrict(process.task, facts);
    }
  }

  /** Notes that a process is in a new user namespace, whose inode the trace does not show yet. */
  enterNew(process: ModelProcess): void {
    process.namespace = undefined;
    // exec(2) drops the capabilities of a user without a mapping, and the trace does not show mappings.
    process.creator = process.task.fork();
  }

  fork(
    parent: ModelProcess,
    pid: number,
    { newUserNamespace, sharesFiles }: { newUserNamespace: boolean; sharesFiles: boolean },
  ): void {
    const { facts, namespace } = parent;
    const task = this.#fork(parent.task);
    if (newUserNamespace) raw.unshare(task, CLONE.NEWUSER);
    const inode = newUserNamespace ? undefined : namespace;
    const child: ModelProcess = { task, fds: new Map(parent.fds), facts, namespace: inode };
    child.creator = parent.creator;
    if (newUserNamespace) this.enterNew(child);
    this.#processes.set(pid, child);
    this.#unseen.add(pid);
    if (!sharesFiles) return;
    child.sharer = parent;
    parent.sharer = child;
  }

  exec(process: ModelProcess): void {
    unshareFiles(process);
    process.task.exec();
    const open = new Set(this.kernel.openFds(process.task).map(({ fd }) => fd));
    for (const [real, model] of process.fds) {
      if (model !== undefined && !open.has(model)) process.fds.delete(real);
    }
  }

  exit(pid: number): void {
    const process = this.get(pid);
    if (process === undefined) return;
    unshareFiles(process);
    process.task.close();
    this.#processes.delete(pid);
  }

  /** Registers the BPF filesystem of a mount that fsmount(2) returned. */
  addFilesystem(device: string, process: ModelProcess, mount: number): void {
    const { init } = this.kernel;
    const sent = process.task.sendFd(mount, init);
    if (sent < 0) return;
    const opened = raw.openat(init, sent, ".", O.RDONLY | O.DIRECTORY | O.CLOEXEC, 0);
    raw.close(init, sent);
    if (opened < 0) return;
    this.#filesystems.set(device, { root: adopt(init, opened) });
  }

  /**
   * Opens a directory of a BPF filesystem in a process.
   *
   * @returns the model's descriptor; undefined if it is unknown which filesystem it is.
   */
  openBpffs(process: ModelProcess, file: TracedFile, flags: number): number | undefined {
    const bpffs = this.#filesystem(process, file.device ?? "");
    if (bpffs === undefined) return undefined;
    const { init } = this.kernel;
    const name = file.root === false ? "part" : ".";
    if (name === "part") this.#createPart(process, bpffs);
    const sent = init.sendFd(bpffs.root.fd, process.task);
    if (sent < 0) return undefined;
    const kept = flags & (O.PATH | O.DIRECTORY | O.CLOEXEC);
    const opened = raw.openat(process.task, sent, name, kept, 0);
    raw.close(process.task, sent);
    return opened < 0 ? undefined : opened;
  }

  /** Creates the directory that stands for any below the root. Only a mapped user can create it. */
  #createPart(process: ModelProcess, { root }: ModelBpffs): void {
    const { init } = this.kernel;
    if (raw.mkdirat(init, root.fd, "part", 0o1777) !== -Errno.EOVERFLOW) return;
    writeIdMaps(process.task, {}, init);
    raw.mkdirat(init, root.fd, "part", 0o1777);
  }

  /** Gives a process a file that it has, if the model does not have it yet. */
  addFile(process: ModelProcess, fd: number, file: TracedFile): void {
    const known = process.fds.get(fd);
    if (file.kind === "closed") {
      if (known !== undefined) raw.close(process.task, known);
      process.fds.set(fd, NEVER_OPEN);
      return;
    }
    if (known !== undefined && this.#kindOf(process, known) === modelKinds[file.kind]) return;
    process.fds.set(fd, this.#opened(process, file));
  }

  /** The model's file; undefined if it cannot create one, such as a token that allows nothing. */
  #opened(process: ModelProcess, file: TracedFile): number | undefined {
    try {
      return file.kind === "bpffs"
        ? this.openBpffs(process, file, O.DIRECTORY | O.CLOEXEC)
        : this.#standIn(process, file);
    } catch (error) {
      if (!BpfError.is(error)) throw error;
      return undefined;
    }
  }

  close(): void {
    this.kernel.close();
  }

  #kindOf(process: ModelProcess, fd: number): string | undefined {
    return this.kernel.openFds(process.task).find((one) => one.fd === fd)?.kind;
  }

  #standIn(process: ModelProcess, file: TracedFile): number | undefined {
    if (file.kind !== "token") return standIn(process.task, file);
    // fdinfo has the masks, but not the owner. A token of another namespace is not found this way.
    const anchor = this.#anchor(process.namespace ?? 0);
    const delegates = tokenDelegates(file.fdinfo ?? "");
    if (anchor === this.kernel.init || delegates === undefined) return undefined;
    const creator = anchor.fork();
    try {
      const token = createToken(creator, delegateBpffs(creator, this.kernel.init, delegates));
      const sent = creator.sendFd(token.fd, process.task);
      return sent < 0 ? undefined : sent;
    } finally {
      creator.close();
    }
  }

  /** The filesystem with a device number: a known one, or one as the facts describe it. */
  #filesystem(process: ModelProcess, device: string): ModelBpffs | undefined {
    const known = this.#filesystems.get(device);
    if (known !== undefined) return known;
    const fact = process.facts?.bpffs.find((one) => one.device === device);
    return fact === undefined ? undefined : this.#stage(device, fact, process);
  }

  #stage(device: string, fact: BpffsFact, process: ModelProcess): ModelBpffs {
    const { init } = this.kernel;
    const ofHost = fact.onHost === true || process.facts?.userns.initial === true;
    const owner = ofHost ? init : this.#anchor(process.namespace ?? 0);
    const root = delegateBpffs(owner, init, fact.delegates);
    const bpffs = { root: owner === init ? root : root.sendTo(init) };
    if (owner !== init) root.close();
    this.#filesystems.set(device, bpffs);
    return bpffs;
  }

  /** The model has few tasks, so children that show nothing make room. */
  #fork(from: Task): Task {
    try {
      return from.fork();
    } catch (error) {
      const [pid] = this.#unseen;
      if (pid === undefined) throw error;
      this.exit(pid);
      return from.fork();
    }
  }

  /** A task in a user namespace. A namespace of unknown origin is a child of the initial one. */
  #anchor(inode: number): Task {
    const known = this.#namespaces.get(inode);
    if (known !== undefined) return known;
    const task = this.kernel.init.fork();
    unshare(task, "user", "mnt");
    this.#namespaces.set(inode, task);
    return task;
  }

  /** Replaces the model's task by one in another user namespace, with the same files. */
  #move(process: ModelProcess, inode: number): void {
    const task = this.#anchor(inode).fork();
    for (const [real, model] of process.fds) {
      if (model === undefined) continue;
      const sent = process.task.sendFd(model, task);
      process.fds.set(real, sent < 0 ? undefined : sent);
    }
    process.task.close();
    process.task = task;
  }

  /** @returns false if the task lacks a capability that it must have. */
  #restrict(task: Task, { capabilities }: Facts): boolean {
    const bits = (hex: string): bigint => BigInt.asUintN(64, BigInt(`0x${hex}`));
    const { effective, permitted } = capabilities;
    const own = { effective: bits(effective), permitted: bits(permitted) };
    try {
      setCapabilities(task, { ...own, inheritable: 0n });
      return true;
    } catch {
      return false;
    }
  }
}

function unshareFiles(process: ModelProcess): void {
  const { sharer } = process;
  if (sharer !== undefined) process.sharer = sharer.sharer = undefined;
}

/** A number that no task can open. */
const NEVER_OPEN = 0x7fff_ffff;

const adopt = (task: Task, fd: number): OwnedFd<"dir"> =>
  OwnedFd.adopt(task, fd, "dir", { syscall: "openat" });

// SPDX-License-Identifier: MIT
import type { Kernel } from "@bpf-token/syscall";
import {
  Errno,
  type Ptr,
  returnsFd,
  type SyscallEntry,
  syscallByName,
  syscallByNr,
} from "@bpf-token/uapi";
import { placeOnHost, sentInParts, sentProgram, socketProgram } from "./attach-calls.js";
import { type BpfCall, BpfTranslator } from "./bpf-call.js";
import { BtfObjects } from "./btf-objects.js";
import { CallMaker } from "./call-maker.js";
import { Directories } from "./directories.js";
import { FileCalls } from "./file-calls.js";
import { followUmask } from "./host-process.js";
import { answerIds, answerUname } from "./identity.js";
import { KernelBtf, type ReadBtf } from "./kernel-btf.js";
import { translateOpenFlags } from "./machine.js";
import { type MappedMap, MemoryOfMaps, pullElement, pushElement } from "./mappable.js";
import { isOnMounts, MountCalls } from "./mount-calls.js";
import { answerNamespaces, isOfPrivileges, NAMESPACES } from "./namespace-calls.js";
import { type Args, CWD, changesProcess, int, NR, older, onlyHost } from "./numbers.js";
import { type AnsweredCall, HOST, type Outcome, value } from "./outcome.js";
import { PathCalls } from "./path-calls.js";
import { ProcFiles } from "./proc-files.js";
import type { Processes, ProgramProcess } from "./processes.js";
import { Survivor } from "./survivor.js";
import { Windows } from "./windows.js";
import { answerXattr, isXattr } from "./xattr-calls.js";

/** The file system that the path names decides who answers these. */
const byPath: ReadonlySet<string> = new Set([
  ...["openat", "openat2", "newfstatat", "mkdirat", "unlinkat", "readlinkat"],
  ...["fchownat", "fchmodat"],
]);
/** The file decides who answers these. */
const byFile: ReadonlySet<string> = new Set(["fstat", "fstatfs", "setns"]);
/** Calls on an open file that no table of ours has, or that take memory by themselves. */
const onFiles: ReadonlySet<number> = new Set<number>([
  ...[NR.read, NR.write, NR.readv, NR.writev, NR.pread64, NR.pwrite64],
  ...[NR.lseek, NR.ioctl, NR.getdents64, NR.fchdir, NR.mmap, NR.epoll_ctl],
  ...[NR.getdents, NR.ftruncate, NR.fchmod, NR.fchown],
]);

/** Requests of io_uring would reach the host past the filter. Programs continue without it. */
const refused: ReadonlySet<number> = new Set<number>([
  ...[NR.io_uring_setup, NR.io_uring_enter, NR.io_uring_register],
]);

/** After these the other kernel runs a program of its own accord. */
const attaches: ReadonlySet<string> = new Set([
  "LINK_CREATE",
  "RAW_TRACEPOINT_OPEN",
  "PROG_ATTACH",
]);

/** These create a file in a BPF filesystem, whose permission bits the umask decides. */
const createsFile: ReadonlySet<string> = new Set(["OBJ_PIN", "TOKEN_CREATE"]);

/** An element of a map that the program may mmap(), by the task's number of the map. */
interface MappedElement extends MappedMap {
  readonly fd: number;
  readonly key: Ptr;
}

/** Answers the calls of a program by another kernel. */
export class Calls {
  readonly #processes: Processes;
  readonly #bpf: BpfTranslator;
  readonly #maker: CallMaker;
  readonly #paths: PathCalls;
  readonly #mounts: MountCalls;
  readonly #files: FileCalls;
  readonly #byBtf: BtfObjects;
  readonly #memory: MemoryOfMaps;
  readonly #survivor: Survivor;
  readonly #runsPrograms: boolean;
  #attached = false;

  /** @param btf - reads the kernel's BTF. */
  constructor(
    kernel: Kernel,
    processes: Processes,
    onAnswer: (call: AnsweredCall) => void,
    btf: ReadBtf,
  ) {
    this.#processes = processes;
    this.#runsPrograms = kernel.features.verifier;
    this.#survivor = new Survivor(kernel);
    this.#bpf = new BpfTranslator(processes, !this.#runsPrograms);
    this.#maker = new CallMaker(kernel, processes, onAnswer);
    const directories = new Directories();
    const kernelBtf = new KernelBtf(btf);
    this.#byBtf = new BtfObjects(this.#maker, kernelBtf);
    this.#memory = new MemoryOfMaps(processes);
    this.#paths = new PathCalls(this.#maker, new ProcFiles(this.#maker, kernelBtf), directories);
    this.#mounts = new MountCalls(this.#maker, this.#paths);
    this.#files = new FileCalls(this.#maker, directories);
  }

  /**
   * Answers a call.
   *
   * @param nr - its number on x86-64.
   * @throws NotModelledError if the other kernel does not have what the call needs.
   */
  answer(process: ProgramProcess, nr: number, args: Args): Outcome {
    if (!this.#attached) return this.#answer(process, nr, args);
    return this.#memory.around(() => this.#answer(process, nr, args));
  }

  #answer(process: ProgramProcess, nr: number, given: Args): Outcome {
    const args = nr === NR.openat ? ofX64(given) : given;
    if (changesProcess.has(nr)) this.#processes.adoptChildren(process.pid);
    const [newer, change] = older[nr] ?? [];
    if (newer !== undefined && change !== undefined) {
      return this.#paths.byPath(process, syscallByName[newer], change(args));
    }
    const [name, ...places] = onlyHost[nr] ?? [];
    if (name !== undefined) return this.#paths.onlyHost(process, name, places, args);
    if (onFiles.has(nr)) return this.#files.answer(process, nr, args);
    if (refused.has(nr)) return value(-Errno.ENOSYS);
    const [first = 0n, second = 0n] = args;
    switch (nr) {
      case NR.execve:
      case NR.execveat:
        this.#processes.execs(process);
        return HOST;
      case NR.sendto:
        return this.#onHost(sentProgram(this.#processes, process, args));
      case NR.sendmsg:
        return this.#onHost(sentInParts(this.#processes, process, args));
      case NR.setsockopt:
        return this.#onHost(socketProgram(this.#processes, process, args));
      case NR.perf_event_open:
        return this.#onHost("perf_event_open()");
      case NR.uname:
        return answerUname(this.#maker.kernel, process, first);
      case NR.access:
        return this.#paths.access(process, CWD, first);
      case NR.faccessat:
      case NR.faccessat2:
        return this.#paths.access(process, first, second);
      case NR.statfs:
        return this.#paths.statfs(process, first, second);
      case NR.statx:
        return this.#paths.statx(process, args);
      case NR.chdir:
        return this.#paths.chdir(process, first);
      case NR.chroot:
        return this.#paths.chroot(process, first);
      case NR.fchmodat2:
        return this.#paths.fchmodat2(process, args);
    }
    const outcome =
      answerIds(process, nr, args) ?? answerNamespaces(this.#maker, process, nr, args);
    if (outcome !== undefined) return outcome;
    const entry = nr === NR.open_tree_attr ? syscallByName.open_tree : syscallByNr.get(nr);
    return entry === undefined ? HOST : this.#known(process, entry, args);
  }

  /** Lets the host make a call, unless it would need what only the other kernel has. */
  #onHost(missing: string | undefined): Outcome {
    if (missing !== undefined) throw this.#maker.missing(missing);
    return HOST;
  }

  #known(process: ProgramProcess, entry: SyscallEntry, args: Args): Outcome {
    if (entry.name === "bpf") return this.#bpfCall(process, args);
    if (byPath.has(entry.name)) return this.#paths.byPath(process, entry, args);
    if (isXattr(entry)) return answerXattr(this.#maker, this.#paths, process, entry, args);
    if (isOnMounts(entry)) return this.#mounts.answer(process, entry, args);
    const [first = 0n] = args;
    if (byFile.has(entry.name) && this.#processes.file(process, int(first)) === undefined)
      return HOST;
    if (entry.name === "unshare" && (first & NAMESPACES) === 0n) return HOST;
    if (entry.name === "prctl" && !isOfPrivileges(args)) return HOST;
    if (entry.name === "capget" || entry.name === "capset") {
      return this.#capabilities(process, entry, args);
    }
    return this.#maker.make(process, entry, args);
  }

  #bpfCall(process: ProgramProcess, args: Args): Outcome {
    const windows = new Windows(process.memory);
    const call = this.#bpf.translate(process, args, windows);
    if (createsFile.has(call.name ?? "")) followUmask(process);
    const { task } = process;
    const mapped = this.#mapped(process, call);
    if (mapped !== undefined && call.name !== "MAP_UPDATE_ELEM") {
      pushElement(task, mapped.fd, mapped, mapped.key);
    }
    const used = this.#byBtf.use(process, call);
    if (used !== undefined) return used;
    const opens = call.name !== undefined && returnsFd(call.name);
    const element = () => call.element && this.#processes.file(process, call.element.fd)?.map?.type;
    const make = () =>
      this.#survivor.call(call.name, element, () =>
        task.syscall(syscallByName.bpf.nr, ...call.args),
      );
    let ret: number;
    try {
      ret = this.#byBtf.underLsm(process, () => {
        if (call.name === "PROG_TEST_RUN") return this.#memory.around(make);
        return this.#maker.underLimit(process, opens, make);
      });
    } catch (error) {
      const program = this.#byBtf.program(process, call, error);
      if (program === undefined) throw error;
      return program;
    }
    if (ret >= 0 && attaches.has(call.name ?? "")) this.#attached = this.#runsPrograms;
    if (ret === -Errno.EBADF) this.#onHost(placeOnHost(this.#processes, process, call));
    const map = this.#byBtf.map(process, call, ret);
    if (map !== undefined) return map;
    this.#maker.report(process, "bpf", call.given, ret);
    const delivered = windows.writeBack(ret >= 0);
    if (ret === 0) this.#byBtf.info(process, call);
    if (ret >= 0 && mapped !== undefined) pullElement(task, mapped.fd, mapped, mapped.key);
    if (ret === 0 && call.pinnedAt !== undefined) this.#paths.pinned(process, call.pinnedAt);
    return this.#maker.result(process, delivered, ret, opens);
  }

  /** The map of a call on an element, if the program may mmap() it. */
  #mapped(process: ProgramProcess, { element }: BpfCall): MappedElement | undefined {
    if (element === undefined) return undefined;
    const { map, memory } = this.#processes.file(process, element.fd) ?? {};
    if (map === undefined || memory === undefined) return undefined;
    const fd = this.#processes.modelFd(process, element.fd);
    return { fd, key: element.key, map, memory };
  }

  #capabilities(process: ProgramProcess, entry: SyscallEntry, args: Args): Outcome {
    const windows = new Windows(process.memory);
    const lifted = this.#maker.lift(process, entry, args, windows);
    const header = lifted[0];
    if (
      header !== null &&
      typeof header === "object" &&
      "bytes" in header &&
      header.bytes.length >= 8
    ) {
      const view = new DataView(header.bytes.buffer, header.bytes.byteOffset);
      // The other kernel has its own numbers of processes.
      if (view.getInt32(4, true) === process.pid) view.setInt32(4, 0, true);
    }
    const ret = process.task.syscall(entry.nr, ...lifted);
    this.#maker.report(process, entry.name, lifted, ret);
    return this.#maker.result(process, windows.writeBack(ret === 0), ret);
  }
}

/** The arguments of openat(2) with the open flags of x86-64. */
function ofX64([dirfd = 0n, path = 0n, flags = 0n, mode = 0n]: Args): Args {
  return [dirfd, path, translateOpenFlags(flags), mode];
}

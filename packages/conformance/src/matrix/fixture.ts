// SPDX-License-Identifier: MIT
import {
  bpf,
  capabilityMask,
  createToken,
  type DelegationOptions,
  delegateBpffs,
  getCapabilities,
  type Kernel,
  loadBtf,
  type OwnedFd,
  raw,
  releaseOf,
  setCapabilities,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import {
  type CapabilityName,
  type KernelRelease,
  releaseCode,
  structLayout,
} from "@bpf-token/uapi";
import { intBtf } from "../proofs/map-types.js";

/** The capabilities that bpf(2) checks. A subset is a number in which bit n stands for the n-th. */
export const matrixCapabilities: readonly CapabilityName[] = [
  "BPF",
  "NET_ADMIN",
  "PERFMON",
  "SYS_ADMIN",
];
/** The number of subsets. */
export const SUBSETS = 16;

/** The callers: a task in the initial user namespace, or one in the user namespace of the token. */
export const callers = ["init", "child"] as const;
/** One of {@link callers}. */
export type Caller = (typeof callers)[number];

/** The tokens that a caller passes. Each differs by one bit: it has one bit, or lacks one. */
export const tokenUses = ["none", "right", "lacks cmd", "lacks type", "lacks attach"] as const;
/** One of {@link tokenUses}. */
export type TokenUse = (typeof tokenUses)[number];

/** File descriptor numbers, which are the same in every task. */
const INNER_MAP = 10;
const BTF = 11;
const FIRST_TOKEN = 20;

/**
 * Tasks for every caller and every subset of capabilities, and tokens that all tasks have open with the same
 * numbers.
 */
export class MatrixFixture {
  readonly kernel: Kernel;
  readonly release: KernelRelease;
  /** A task with all capabilities in the initial user namespace. */
  readonly host: Task;
  /** A task with all capabilities in the user namespace of the tokens. */
  readonly app: Task;
  /** A file descriptor for an array, for maps of maps. */
  readonly innerMap: number = INNER_MAP;
  /** A file descriptor for BTF with `int` as type 1. */
  readonly btf: number = BTF;
  /** The id of that BTF. */
  readonly btfId: number;
  readonly #tokens = new Map<string, number>();
  readonly #tasks = new Map<string, Task>();

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.release = releaseOf(kernel);
    this.host = kernel.init.fork();
    this.#put(bpf(this.host, "MAP_CREATE", innerMap), INNER_MAP);
    place(this.host, loadBtf(this.host, intBtf), BTF);
    this.btfId = btfIdOf(this.host);
    this.app = this.host.fork();
    unshare(this.app, "user", "mnt");
    writeIdMaps(this.app);
  }

  /** Whether MAP_CREATE and similar commands accept tokens. */
  get hasTokens(): boolean {
    return releaseCode(this.release) >= releaseCode("v10");
  }

  /** Whether a flag marks the token field as set. Earlier patches use a number other than 0. */
  get hasTokenFlag(): boolean {
    return releaseCode(this.release) >= releaseCode("6.9");
  }

  /** Returns the number of a token that allows this, and creates it on the first call. */
  token(options: DelegationOptions): number {
    const key = JSON.stringify(options);
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    if (this.#tasks.size > 0) throw new Error("create all tokens before the tasks");
    const fd = FIRST_TOKEN + this.#tokens.size;
    const bpffs = delegateBpffs(this.app, this.host, options);
    const token = createToken(this.app, bpffs);
    bpffs.close();
    const copy = token.sendTo(this.host);
    place(this.app, token, fd);
    place(this.host, copy, fd);
    this.#tokens.set(key, fd);
    return fd;
  }

  /** Returns a task of a caller with a subset of {@link matrixCapabilities} and no other capability. */
  task(caller: Caller, subset: number): Task {
    const key = `${caller} ${subset}`;
    const known = this.#tasks.get(key);
    if (known !== undefined) return known;
    const task = withSubset(caller === "init" ? this.host : this.app, subset);
    this.#tasks.set(key, task);
    return task;
  }

  /** Ends every task of this fixture. */
  end(): void {
    for (const task of [...this.#tasks.values(), this.app, this.host]) task.exit();
    this.kernel.settle();
  }

  #put(fd: number, at: number): void {
    if (fd < 0) throw new Error(`cannot set up the matrix: ${fd}`);
    raw.dup2(this.host, fd, at);
    raw.close(this.host, fd);
  }
}

/** Moves a file descriptor to another number. */
function place(task: Task, owned: OwnedFd, at: number): void {
  raw.dup2(task, owned.fd, at);
  owned.close();
}

/** Forks a task with a subset of {@link matrixCapabilities} and no other capability. */
export function withSubset(parent: Task, subset: number): Task {
  const task = parent.fork();
  const names = matrixCapabilities.filter((_, bit) => (subset & (1 << bit)) !== 0);
  setCapabilities(task, { ...getCapabilities(task), effective: capabilityMask(names) });
  return task;
}

const innerMap = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 };

function btfIdOf(task: Task): number {
  const layout = structLayout("bpf_btf_info");
  const bytes = new Uint8Array(layout.size);
  const attr = { bpf_fd: BTF, info_len: bytes.length, info: { bytes } };
  const ret = bpf(task, "OBJ_GET_INFO_BY_FD", attr);
  if (ret < 0) throw new Error(`cannot set up the matrix: ${ret}`);
  return Number(layout.decode(bytes).id);
}

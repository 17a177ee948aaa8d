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

/** Capabilities that decide about bpf(2); a subset of them is a number whose bit n is the n-th. */
export const matrixCapabilities: readonly CapabilityName[] = [
  "BPF",
  "NET_ADMIN",
  "PERFMON",
  "SYS_ADMIN",
];
/** How many subsets there are. */
export const SUBSETS = 16;

/** Who asks: a task of the first user namespace, or one of the namespace that the token is of. */
export const callers = ["init", "child"] as const;
/** One of {@link callers}. */
export type Caller = (typeof callers)[number];

/** Which token is passed. Each is of the smallest difference: one bit, or all but one. */
export const tokenUses = ["none", "right", "lacks cmd", "lacks type", "lacks attach"] as const;
/** One of {@link tokenUses}. */
export type TokenUse = (typeof tokenUses)[number];

/** Numbers that things of the world have in every task. */
const INNER_MAP = 10;
const BTF = 11;
const FIRST_TOKEN = 20;

/**
 * Tasks for every caller and every subset of capabilities, and tokens that all of them have open
 * under the same numbers.
 */
export class MatrixFixture {
  readonly kernel: Kernel;
  readonly release: KernelRelease;
  /** A task with all capabilities in the first user namespace. */
  readonly host: Task;
  /** A task with all capabilities in the user namespace of the tokens. */
  readonly app: Task;
  /** A descriptor of a map of arrays' kind, for maps of maps. */
  readonly innerMap: number = INNER_MAP;
  /** A descriptor of BTF with `int` as type 1. */
  readonly btf: number = BTF;
  /** The number of that BTF. */
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

  /** Whether tokens can be passed to MAP_CREATE and the like at all. */
  get hasTokens(): boolean {
    return releaseCode(this.release) >= releaseCode("v10");
  }

  /** Whether a flag says that there is a token; before, a number other than 0 did. */
  get hasTokenFlag(): boolean {
    return releaseCode(this.release) >= releaseCode("6.9");
  }

  /** The number of a token that delegates this; made when it is asked for first. */
  token(options: DelegationOptions): number {
    const key = JSON.stringify(options);
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    if (this.#tasks.size > 0) throw new Error("tokens are made before the tasks that have them");
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

  /** A task of a caller with a subset of {@link matrixCapabilities} and no other capability. */
  task(caller: Caller, subset: number): Task {
    const key = `${caller} ${subset}`;
    const known = this.#tasks.get(key);
    if (known !== undefined) return known;
    const task = withSubset(caller === "init" ? this.host : this.app, subset);
    this.#tasks.set(key, task);
    return task;
  }

  /** Ends every task of this world. */
  end(): void {
    for (const task of [...this.#tasks.values(), this.app, this.host]) task.exit();
    this.kernel.settle();
  }

  #put(fd: number, at: number): void {
    if (fd < 0) throw new Error(`the matrix cannot be laid out: ${fd}`);
    raw.dup2(this.host, fd, at);
    raw.close(this.host, fd);
  }
}

/** Puts what a descriptor is open on under another number, and closes it. */
function place(task: Task, owned: OwnedFd, at: number): void {
  raw.dup2(task, owned.fd, at);
  owned.close();
}

/** A child of a task with a subset of {@link matrixCapabilities} and no other capability. */
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
  if (ret < 0) throw new Error(`the matrix cannot be laid out: ${ret}`);
  return Number(layout.decode(bytes).id);
}

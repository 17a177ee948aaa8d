// SPDX-License-Identifier: MIT
import {
  createSuperblock,
  delegateBpffs,
  fsmount,
  fsopen,
  type Kernel,
  type OwnedFd,
  openRoot,
  raw,
  setOption,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { BpfCmd, O } from "@bpf-token/uapi";
import { SUBSETS, withSubset } from "./fixture.js";
import { type Call, type CallRunner, type Row, runSubsets } from "./question.js";

/** The kinds of file descriptors that BPF_TOKEN_CREATE gets. */
const kinds = ["closed", "O_PATH", "no bpffs", "subdirectory", "root"] as const;
/** The user namespace that opened the bpffs. */
const owners = ["init", "child"] as const;
/** The user namespace of the caller: the initial one, that of the owner, or a descendant of it. */
const creators = ["init", "child", "grandchild"] as const;

/** Values of the flags and of a word after the last field. */
const refusals = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

type Creator = (typeof creators)[number];

const CLOSED = 9;
const FIRST = 20;

/** Tasks in three user namespaces, and file descriptors for every kind, open in all tasks. */
class TokenCreateFixture {
  readonly host: Task;
  readonly #app: Task;
  readonly #fds = new Map<string, number>();
  readonly #parents: Readonly<Record<Creator, Task>>;
  readonly #tasks = new Map<string, Task>();

  constructor(kernel: Kernel) {
    this.host = kernel.init.fork();
    this.#app = this.host.fork();
    unshare(this.#app, "user", "mnt");
    writeIdMaps(this.#app);
    for (const owner of owners)
      for (const delegates of [false, true]) this.#mount(owner, delegates);
    const inner = this.#app.fork();
    unshare(inner, "user", "mnt");
    writeIdMaps(inner);
    this.#parents = { init: this.host, child: this.#app, grandchild: inner };
  }

  /** Returns the number of a file descriptor, which is the same in every task. */
  fd(kind: string, owner: string, delegates: boolean): number {
    return this.#fds.get(`${kind} ${owner} ${delegates}`) ?? CLOSED;
  }

  task(creator: Creator, subset: number): Task {
    const key = `${creator} ${subset}`;
    const known = this.#tasks.get(key);
    if (known !== undefined) return known;
    const task = withSubset(this.#parents[creator], subset);
    this.#tasks.set(key, task);
    return task;
  }

  end(): void {
    for (const task of [...this.#tasks.values(), ...Object.values(this.#parents).reverse()])
      task.exit();
  }

  #mount(owner: (typeof owners)[number], delegates: boolean): void {
    const { host } = this;
    const options = delegates ? { delegate_cmds: "0x1" } : {};
    const root = owner === "init" ? ownBpffs(host, options) : this.#childBpffs(options);
    raw.mkdirat(host, root.fd, "below", 0o777);
    const flags = O.RDONLY | O.DIRECTORY;
    const opened: Readonly<Record<string, number>> = {
      O_PATH: raw.openat(host, root.fd, ".", O.PATH | O.DIRECTORY, 0),
      "no bpffs": raw.openat(host, -100, "/", flags, 0),
      subdirectory: raw.openat(host, root.fd, "below", flags, 0),
      root: raw.openat(host, root.fd, ".", flags, 0),
    };
    for (const [kind, fd] of Object.entries(opened)) {
      if (fd < 0) throw new Error(`cannot set up the matrix: ${kind}: ${fd}`);
      this.#share(`${kind} ${owner} ${delegates}`, fd);
    }
    root.close();
  }

  #childBpffs(options: { delegate_cmds?: string }): OwnedFd {
    const root = delegateBpffs(this.#app, this.host, options);
    const copy = root.sendTo(this.host);
    root.close();
    return copy;
  }

  #share(name: string, fd: number): void {
    const at = FIRST + this.#fds.size;
    raw.dup2(this.host, fd, at);
    raw.close(this.host, fd);
    const copy = this.host.sendFd(at, this.#app);
    raw.dup2(this.#app, copy, at);
    raw.close(this.#app, copy);
    this.#fds.set(name, at);
  }
}

/** Creates a bpffs in the initial user namespace. */
function ownBpffs(host: Task, options: { delegate_cmds?: string }): OwnedFd {
  const context = fsopen(host);
  for (const [key, value] of Object.entries(options)) setOption(host, context, key, value);
  createSuperblock(host, context);
  const mount = fsmount(host, context);
  const root = openRoot(host, mount);
  for (const fd of [context, mount]) fd.close();
  return root;
}

function attrOf(fd: number, flags: number, tail: number): Call {
  const attr = new Uint8Array(16);
  const view = new DataView(attr.buffer);
  view.setUint32(0, flags, true);
  view.setUint32(4, fd, true);
  view.setUint32(8, tail, true);
  return { cmd: BpfCmd.TOKEN_CREATE, attr, size: attr.length };
}

/** Every combination of the inputs of BPF_TOKEN_CREATE. */
export function createRows(
  kernel: Kernel,
  runCalls: CallRunner,
): {
  readonly rows: readonly Row[];
  readonly asked: number;
} {
  const fixture = new TokenCreateFixture(kernel);
  const asked = kinds.flatMap((kind) =>
    owners.flatMap((owner) =>
      [false, true].flatMap((delegates) =>
        refusals.map(([flags, tail]) => {
          const name = `${kind}, of ${owner}, ${delegates ? "delegating" : "not delegating"}`;
          const call = attrOf(fixture.fd(kind, owner, delegates), flags, tail);
          return { row: `token ${name}, flags ${flags}, tail ${tail}`, call };
        }),
      ),
    ),
  );
  const taskOf = (creator: number, subset: number): Task =>
    fixture.task(creators[creator] as Creator, subset);
  const calls = asked.map(({ call }) => call);
  const answers = runSubsets(runCalls, taskOf, creators.length, calls);
  fixture.end();
  const rows = asked.map(({ row }, n) => ({
    row,
    asked: { cmd: "BPF_TOKEN_CREATE", attr: {} },
    answers: creators.map((creator, i) => `${creator}: ${answers[n]?.[i]}`),
  }));
  return { rows, asked: rows.length * creators.length * SUBSETS };
}

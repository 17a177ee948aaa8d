// SPDX-License-Identifier: MIT
import {
  bpf,
  createToken,
  delegateBpffs,
  fsmount,
  fsopen,
  loadProgram,
  openRoot,
  raw,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import { AT, BPF_F, CLONE, Errno, MapType, O } from "@bpf-token/uapi";
import { type ModelKernel, type Proof, prove, proveEqual } from "./proof.js";

/** MOV r0, 0 and EXIT. */
const RETURN_0 = new Uint8Array([0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
/** BTF with one type, `int`: header, type, strings. */
const BTF = Uint8Array.of(
  ...[0x9f, 0xeb, 1, 0, 24, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 16, 0, 0, 0, 5, 0, 0, 0],
  ...[1, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 32, 0, 0, 1, 0, 0x69, 0x6e, 0x74, 0],
);

function container(kernel: ModelKernel): Task {
  const app = kernel.init.fork();
  unshare(app, "user", "mnt");
  return app;
}

/** The number of live objects after all deferred work. */
function alive(kernel: ModelKernel, kind: string): number {
  kernel.settle();
  return kernel.live()[kind] ?? Number.NaN;
}

/** Takes a reference to `app`'s user namespace; returns a function that releases it. */
type Holder = (kernel: ModelKernel, app: Task) => () => void;

/** Opens a file in `app` and passes it to the host, so that only this reference is left. */
const held =
  (open: (app: Task, kernel: ModelKernel) => number): Holder =>
  (kernel, app) => {
    const { init } = kernel;
    const opened = open(app, kernel);
    const fd = app.sendFd(opened, init);
    prove(fd >= 0, `a file descriptor, not ${fd}`);
    raw.close(app, opened);
    return () => raw.close(init, fd);
  };

const open = (task: Task, path: string, flags: number): number =>
  raw.openat(task, AT.FDCWD, path, flags, 0);

const holders: Readonly<Record<string, Holder>> = {
  "a process": (_, app) => {
    const child = app.fork();
    return () => child.close();
  },
  "a descendant namespace, kept only by a file": held((app) => {
    const child = app.fork();
    unshare(child, "user");
    const fd = child.sendFd(child.openNamespace("user"), app);
    child.close();
    return fd;
  }),
  "a file on the namespace": held((app) => app.openNamespace("user")),
  "a file on its mount namespace": held((app) => app.openNamespace("mnt")),
  "a file that was opened inside": held((app) => open(app, "/dev/null", O.RDONLY)),
  "a file about its id map": held((app) => open(app, "/proc/self/uid_map", O.RDONLY)),
  "a filesystem context": held((app) => fsopen(app).fd),
  "a superblock": held((app, kernel) => delegateBpffs(app, kernel.init, {}).fd),
  "a token": (kernel, app) => {
    const bpffs = delegateBpffs(app, kernel.init, { delegate_cmds: "any" });
    const token = createToken(app, bpffs).fd;
    bpffs.close();
    return held(() => token)(kernel, app);
  },
};

/** The number of user namespaces that a holder keeps alive. */
const kept = (name: string): number => (name.startsWith("a descendant namespace") ? 2 : 1);

const userNamespacesLive: Proof = {
  name: "a user namespace lives as long as something refers to it",
  rules: ["UN-12", "TP-20"],
  run(openModel) {
    for (const [name, hold] of Object.entries(holders)) {
      const kernel = openModel();
      const before = kernel.live();
      const app = container(kernel);
      writeIdMaps(app);
      const release = hold(kernel, app);
      app.close();
      const more = alive(kernel, "userNamespaces") - (before.userNamespaces ?? 0);
      proveEqual(more, kept(name), `kept by ${name}`);
      release();
      kernel.settle();
      proveEqual(kernel.live(), before, `after ${name}`);
    }
  },
};

const holdersCount: Proof = {
  name: "every reference to a user namespace is released exactly once",
  rules: ["UN-12", "TP-20"],
  run(openModel) {
    for (const [name, hold] of Object.entries(holders)) {
      const kernel = openModel();
      const app = container(kernel);
      writeIdMaps(app);
      const before = alive(kernel, "userNamespaces");
      for (let i = 0; i < 20; i++) hold(kernel, app)();
      proveEqual(alive(kernel, "userNamespaces"), before, `after ${name}, twenty times`);
      proveEqual(raw.getpid(app), app.pid, "the process inside is alive");
    }
  },
};

/** Successful and failing uses of a token, by the created object. */
function useToken(app: Task, token: number): readonly number[] {
  const map = { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 1 };
  const flags = { map_flags: BPF_F.TOKEN_FD, map_token_fd: token };
  const btf = { btf: { bytes: BTF, dir: "in" as const }, btf_size: BTF.length };
  const made = [
    bpf(app, "MAP_CREATE", { ...map, ...flags }),
    bpf(app, "BTF_LOAD", { ...btf, btf_flags: BPF_F.TOKEN_FD, btf_token_fd: token }),
  ];
  proveEqual(bpf(app, "MAP_CREATE", { ...map, ...flags, max_entries: 0 }), -Errno.EINVAL, "map");
  const hash = { ...map, ...flags, map_type: MapType.HASH };
  proveEqual(bpf(app, "MAP_CREATE", hash), -Errno.EPERM, "a map that the token does not allow");
  const cut = { ...btf, btf_size: 3, btf_flags: BPF_F.TOKEN_FD, btf_token_fd: token };
  prove(bpf(app, "BTF_LOAD", cut) < 0, "BTF that is too short");
  return made;
}

const delegation = {
  delegate_cmds: "map_create:btf_load:prog_load",
  delegate_maps: "array",
  delegate_progs: "xdp",
  delegate_attachs: "xdp",
};

const tokensLive: Proof = {
  name: "file descriptors and programs keep a token alive, maps and BTF do not",
  rules: ["TP-17", "FD-02", "FD-03"],
  run(openModel) {
    const kernel = openModel();
    const app = container(kernel);
    const token = createToken(app, delegateBpffs(app, kernel.init, delegation));
    const made = useToken(app, token.fd);
    proveEqual(alive(kernel, "tokens"), 1, "tokens");
    const copy = raw.dup(app, token.fd);
    const child = app.fork();
    token.close();
    raw.close(app, copy);
    proveEqual(alive(kernel, "tokens"), 1, "tokens while a child holds it");
    child.close();
    proveEqual(alive(kernel, "tokens"), 0, "tokens while there are maps and BTF");
    for (const fd of made) proveEqual(raw.close(app, fd), 0, "close");

    const again = createToken(app, delegateBpffs(app, kernel.init, delegation));
    const program = { type: "XDP", attach: "XDP", insns: RETURN_0, token: again } as const;
    const [first, second] = [loadProgram(app, program), loadProgram(app, program)];
    again.close();
    proveEqual(alive(kernel, "tokens"), 1, "tokens while there are programs");
    first.close();
    proveEqual(alive(kernel, "tokens"), 1, "tokens while there is a program");
    second.close();
    proveEqual(alive(kernel, "tokens"), 0, "tokens at the end");
  },
};

const longMap: Proof = {
  name: "an id map has at most 340 lines",
  rules: ["IM-03"],
  run(openModel) {
    const kernel = openModel();
    const app = container(kernel);
    const fd = open(kernel.init, `/proc/${app.pid}/uid_map`, O.RDWR);
    const write = (lines: number): number => {
      const text = Array.from({ length: lines }, (_, i) => `${340 - i} ${i} 1\n`).join("");
      const bytes = new TextEncoder().encode(text);
      return Math.min(raw.write(kernel.init, fd, bytes, bytes.length), 1);
    };
    proveEqual(write(341), -Errno.EINVAL, "341 lines");
    proveEqual(app.refusal(), undefined, "no refusal of the other task");
    proveEqual(kernel.init.refusal()?.check, "idmap.count", "the check");
    proveEqual(write(340), 1, "340 lines");
    proveEqual(raw.setresuid(app, 340, 1, 2), 0, "ids from both ends of the map");
  },
};

const droppedByModule: Proof = {
  name: "a token whose command the security module refuses is ignored",
  rules: ["TA-04"],
  run(openModel) {
    const kernel = openModel({ unprivilegedBpfDisabled: 2 });
    const app = container(kernel);
    const token = createToken(app, delegateBpffs(app, kernel.init, delegation));
    const attr = (fd: number) => ({
      ...{ map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 1 },
      ...{ map_flags: BPF_F.TOKEN_FD, map_token_fd: fd },
    });
    prove(bpf(app, "MAP_CREATE", attr(token.fd)) >= 0, "a map with the token");
    kernel.lsm.answer("bpf_token_cmd", "EACCES");
    proveEqual(bpf(app, "MAP_CREATE", attr(token.fd)), -Errno.EPERM, "in the container");
    proveEqual(app.refusal()?.check, "map.create.sysctl", "the check");
    const decided = app.decisions().map((step) => step.check);
    prove(decided.includes("token.dropped.lsm"), "the kernel ignored the token");
    const given = app.sendFd(token.fd, kernel.init);
    prove(bpf(kernel.init, "MAP_CREATE", attr(given)) >= 0, "the host needs no token");
  },
};

/** A refused call must not leave a partial change. */
const nothingLeft: Proof = {
  name: "a refused unshare changes nothing",
  rules: ["UN-02", "UN-04", "UN-05"],
  run(openModel) {
    const kernel = openModel();
    const app = container(kernel);
    kernel.settle();
    const before = kernel.live();
    proveEqual(raw.unshare(app, CLONE.NEWUSER | CLONE.NEWNS), -Errno.EPERM, "without ids");
    raw.chroot(app, "/tmp");
    proveEqual(
      raw.unshare(app, CLONE.NEWUSER | CLONE.NEWNS),
      -Errno.EPERM,
      "with a changed root directory",
    );
    kernel.settle();
    const now = kernel.live();
    proveEqual(now.userNamespaces, before.userNamespaces, "user namespaces");
    proveEqual(now.creds, before.creds, "credentials");
  },
};

const contextBelongs: Proof = {
  name: "a passed filesystem context belongs to its opener's user namespace",
  rules: ["FD-10"],
  run(openModel) {
    const kernel = openModel();
    const app = container(kernel);
    const other = container(kernel);
    const context = fsopen(app).sendTo(kernel.init);
    proveEqual(raw.fsconfig(kernel.init, context.fd, 6, null, null, 0), 0, "CMD_CREATE");
    const mount = fsmount(kernel.init, context);
    const [mine, theirs] = [mount.sendTo(app), mount.sendTo(other)];
    const inApp = { bpffs_fd: openRoot(app, mine).fd };
    const inOther = { bpffs_fd: openRoot(other, theirs).fd };
    const at = (task: Task) => task.refusal()?.check;
    bpf(app, "TOKEN_CREATE", inApp);
    proveEqual(
      at(app),
      "token.create.delegation",
      "who opened it may, had anything been delegated",
    );
    bpf(other, "TOKEN_CREATE", inOther);
    proveEqual(at(other), "token.create.userns", "another user namespace");
  },
};

/** Proofs about processes and user namespaces that need loops, counts or hooks. */
export const processProofs: readonly Proof[] = [
  userNamespacesLive,
  holdersCount,
  tokensLive,
  longMap,
  droppedByModule,
  nothingLeft,
  contextBelongs,
];

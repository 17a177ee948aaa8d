// SPDX-License-Identifier: MIT
import {
  bpf,
  capabilityMask,
  createMap,
  createToken,
  delegateBpffs,
  getCapabilities,
  loadBtf,
  loadProgram,
  type MapOptions,
  NotModelledError,
  raw,
  setCapabilities,
  type Task,
  unshare,
  writeIdMaps,
} from "@bpf-token/syscall";
import {
  BPF_F,
  type CapabilityName,
  Errno,
  errnoName,
  type KernelRelease,
  type MapCreateAttr,
  structLayout,
} from "@bpf-token/uapi";
import { intBtf, laterMapTypes, type MapClass, mapTypes } from "./map-types.js";
import {
  type ModelKernel,
  type OpenModel,
  type Proof,
  prove,
  proveEqual,
  proveNotModelled,
} from "./proof.js";

/** A host, and a container with a token that allows everything. */
interface TokenFixture {
  readonly kernel: ModelKernel;
  readonly host: Task;
  readonly app: Task;
  readonly token: number;
}

function createFixture(kernel: ModelKernel): TokenFixture {
  const host = kernel.init.fork();
  const app = host.fork();
  unshare(app, "user", "mnt");
  writeIdMaps(app);
  const all = { delegate_maps: "any", delegate_progs: "any", delegate_attachs: "any" };
  const bpffs = delegateBpffs(app, host, { delegate_cmds: "any", ...all });
  const token = createToken(app, bpffs);
  raw.dup2(app, token.fd, 20);
  for (const { fd } of [bpffs, token]) raw.close(app, fd);
  return { kernel, host, app, token: 20 };
}

/** The result of MAP_CREATE: an errno name, or "ok" if the checks of the type are reached. */
function make(task: Task, attr: Partial<MapCreateAttr>): string {
  try {
    const ret = bpf(task, "MAP_CREATE", attr);
    if (ret >= 0) raw.close(task, ret);
    return ret < 0 ? (errnoName(ret) ?? String(ret)) : "ok";
  } catch (error) {
    if (error instanceof NotModelledError) return "ok";
    throw error;
  }
}

const sets: readonly (readonly CapabilityName[])[] = [
  [],
  ["BPF"],
  ["NET_ADMIN"],
  ["BPF", "NET_ADMIN"],
  ["SYS_ADMIN"],
];

/** Section 3.3: whether a capability set is enough for a class, with the sysctl at 2 or 0. */
function allowed(type: MapClass, set: readonly CapabilityName[], closed: boolean): boolean {
  const has = (cap: CapabilityName): boolean => set.includes(cap) || set.includes("SYS_ADMIN");
  if (closed && !has("BPF")) return false;
  return type === "U" || has(type === "B" ? "BPF" : "NET_ADMIN");
}

function only(task: Task, set: readonly CapabilityName[]): Task {
  const fork = task.fork();
  setCapabilities(fork, { ...getCapabilities(fork), effective: capabilityMask(set) });
  return fork;
}

/** Objects that some map types need. */
export function prepare(task: Task): Partial<MapCreateAttr> {
  const inner = createMap(task, { type: "ARRAY", keySize: 4, valueSize: 4, maxEntries: 1 });
  return { inner_map_fd: inner.fd, btf_fd: loadBtf(task, intBtf).fd };
}

function classes(open: OpenModel, release: KernelRelease, unprivilegedBpfDisabled: 0 | 2): void {
  const types = release === "7.3" ? [...mapTypes, ...laterMapTypes] : mapTypes;
  const { kernel, host, app, token } = createFixture(open({ release, unprivilegedBpfDisabled }));
  const closed = unprivilegedBpfDisabled === 2;
  for (const [user, flags] of [
    [host, 0],
    [app, BPF_F.TOKEN_FD],
  ] as const) {
    for (const set of sets) {
      const things = user === host ? prepare(user) : prepareIn(app, token);
      const task = only(user, set);
      for (const { type, name, kind, attr } of types) {
        const full = { ...things, ...attr, map_type: type };
        const map_flags = ((attr.map_flags ?? 0) | flags) >>> 0;
        const result = make(task, { ...full, map_flags, map_token_fd: flags ? token : 0 });
        const may = allowed(kind, set, closed);
        // After the capability check: the kernel's BTF has no struct_ops structure here.
        const expected = name === "STRUCT_OPS" ? "ENOTSUPP" : "ok";
        proveEqual(result, may ? expected : "EPERM", `${name} with {${set.join(", ")}}`);
      }
      task.exit();
    }
  }
  kernel.settle();
}

function prepareIn(app: Task, token: number): Partial<MapCreateAttr> {
  const flags = { map_flags: BPF_F.TOKEN_FD, map_token_fd: token };
  const plain = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 };
  const inner = bpf(app, "MAP_CREATE", { ...plain, ...flags });
  const loaded = bpf(app, "BTF_LOAD", {
    btf: { bytes: intBtf, dir: "in" },
    btf_size: intBtf.length,
    btf_flags: BPF_F.TOKEN_FD,
    btf_token_fd: token,
  });
  return { inner_map_fd: inner, btf_fd: loaded };
}

/** Fails the n-th allocation until the call succeeds; the live objects must not change. */
function withoutMemory(kernel: ModelKernel, what: string, call: () => number): void {
  for (let n = 1; n < 100; n++) {
    kernel.settle();
    const before = kernel.live();
    kernel.failNth("alloc", n);
    const ret = call();
    kernel.failNth("alloc", 0);
    if (ret >= 0) {
      proveEqual(n > 1, true, `${what} takes memory`);
      return;
    }
    kernel.settle();
    proveEqual([ret, kernel.live()], [-Errno.ENOMEM, before], `${what}, allocation ${n}`);
  }
}

const key = (n: number): Uint8Array => Uint8Array.of(n, 0, 0, 0);
const entry: MapOptions = { type: "HASH", keySize: 4, valueSize: 4, maxEntries: 64 };

/** Proofs about maps that need tables, counts of live objects, or ids. */
export const mapProofs: readonly Proof[] = [
  {
    name: "every map type needs the capabilities of its class, with and without a token",
    rules: ["MC-07", "MC-08", "MC-11", "MC-12", "CG-01"],
    run(open) {
      for (const release of ["6.9", "6.12", "6.18", "7.3"] as const)
        for (const sysctl of [0, 2] as const) classes(open, release, sysctl);
    },
  },
  {
    name: "unknown map types and invalid sizes are refused",
    rules: ["MC-07", "MC-08", "MC-13"],
    run(open) {
      const host = open().init;
      const older = open({ release: "v10" }).init;
      const [last, later] = [open({ release: "7.1" }).init, open({ release: "7.3" }).init];
      for (const type of [0, 34, 35, 0x7fffffff, 0xffffffff])
        proveEqual(make(host, { map_type: type, max_entries: 1 }), "EINVAL", `type ${type}`);
      for (const { type, name, attr, wrong } of mapTypes) {
        const result = make(host, { ...prepare(host), ...attr, ...wrong, map_type: type });
        proveEqual(result, "EINVAL", `${name} with ${JSON.stringify(wrong)}`);
      }
      const arena = mapTypes.find(({ name }) => name === "ARENA");
      proveEqual(make(older, { ...arena?.attr, map_type: 33 }), "EINVAL", "an arena before 6.9");
      const [array, hash] = laterMapTypes;
      proveEqual(make(last, { ...array?.attr, map_type: 34 }), "ok", "an insn_array in 7.1");
      proveEqual(make(last, { ...hash?.attr, map_type: 35 }), "EINVAL", "an rhash before 7.2");
      for (const { type, name, attr, wrong } of laterMapTypes) {
        proveEqual(make(later, { ...attr, map_type: type }), "ok", name);
        proveEqual(make(later, { ...attr, ...wrong, map_type: type }), "EINVAL", `wrong ${name}`);
      }
    },
  },
  {
    name: "MAP_CREATE without memory or without a file descriptor leaks nothing",
    rules: ["MC-13", "MC-18"],
    run(open) {
      const { kernel, app, token } = createFixture(open());
      const things = prepareIn(app, token);
      const flags = { map_token_fd: token, map_name: "a" };
      for (const { type, name, attr } of mapTypes.filter((one) => one.name !== "STRUCT_OPS")) {
        const map_flags = ((attr.map_flags ?? 0) | BPF_F.TOKEN_FD) >>> 0;
        const full = { ...things, ...attr, ...flags, map_type: type, map_flags };
        withoutMemory(kernel, name, () => {
          const fd = bpf(app, "MAP_CREATE", full);
          if (fd >= 0) raw.close(app, fd);
          return fd;
        });
        kernel.settle();
        const before = kernel.live();
        kernel.failNth("fd", 1);
        proveEqual(make(app, full), "EMFILE", `${name} without a descriptor`);
        kernel.settle();
        proveEqual(kernel.live(), before, `${name}: live objects`);
      }
    },
  },
  {
    name: "a failed element allocation creates no element; a map frees what it holds",
    rules: ["CG-09", "MC-13"],
    run(open) {
      const kernel = open();
      const task = kernel.init.fork();
      kernel.settle();
      const before = kernel.live();
      for (const type of ["ARRAY", "HASH"] as const) {
        const { fd } = createMap(task, { ...entry, type });
        withoutMemory(kernel, `an element of ${type}`, () =>
          bpf(task, "MAP_UPDATE_ELEM", { map_fd: fd, key: key(1), value: key(7) }),
        );
        raw.close(task, fd);
      }
      kernel.settle();
      proveEqual(kernel.live(), before, "live objects");
    },
  },
  {
    name: "maps and tokens are freed independently: a map does not hold its token",
    rules: ["MC-19", "MC-18", "FD-08"],
    run(open) {
      const { kernel, app, token } = createFixture(open());
      const attr = { map_type: 2, key_size: 4, value_size: 4, max_entries: 1 };
      const fd = bpf(app, "MAP_CREATE", {
        ...{ ...attr, map_flags: BPF_F.TOKEN_FD, map_token_fd: token },
      });
      raw.close(app, token);
      kernel.settle();
      const { tokens, maps } = kernel.live();
      proveEqual([fd >= 0, tokens, maps], [true, 0, 1], "created, tokens, maps");
    },
  },
  {
    name: "map ids are sequential, and elements that hold programs or maps read as ids",
    rules: ["MC-18", "CG-09"],
    run(open) {
      const task = open().init;
      const id = (fd: number): number => {
        const info = new Uint8Array(88);
        bpf(task, "OBJ_GET_INFO_BY_FD", { bpf_fd: fd, info_len: 88, info });
        return new DataView(info.buffer).getUint32(4, true);
      };
      const [first, second] = [createMap(task, entry), createMap(task, entry)];
      proveEqual([id(first.fd), id(second.fd)], [1, 2], "map ids");
      const insns = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
      loadProgram(task, { type: "SOCKET_FILTER", insns });
      const prog = loadProgram(task, { type: "SOCKET_FILTER", insns });
      const progs = createMap(task, { ...entry, type: "PROG_ARRAY" });
      const value = new Uint8Array(4);
      const at = { map_fd: progs.fd, key: key(0) };
      bpf(task, "MAP_UPDATE_ELEM", { ...at, value: key(prog.fd) });
      bpf(task, "MAP_LOOKUP_ELEM", { ...at, value });
      proveEqual([...value], [2, 0, 0, 0], "the id of the program");
    },
  },
  {
    name: "hashes of frozen arrays are not modelled",
    rules: ["CG-11"],
    run(open) {
      const task = open().init;
      const { fd } = createMap(task, { ...entry, type: "ARRAY" });
      bpf(task, "MAP_FREEZE", { map_fd: fd });
      const layout = structLayout("bpf_map_info", "6.18");
      const info = layout.encode({ hash: new Uint8Array(32), hash_size: 32 });
      const given = { bpf_fd: fd, info_len: layout.size, info };
      proveNotModelled(() => bpf(task, "OBJ_GET_INFO_BY_FD", given), "map hashes");
    },
  },
  {
    name: "programs that use an exclusive map are not modelled",
    rules: ["MC-16"],
    run(open) {
      const task = open().init;
      const hash = { excl_prog_hash: new Uint8Array(32), excl_prog_hash_size: 32 };
      const sizes = { key_size: 4, value_size: 4, max_entries: 1 };
      const fd = bpf(task, "MAP_CREATE", { map_type: 2, ...sizes, ...hash });
      const use = [0x18, 0x11, 0, 0, fd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
      const insns = Uint8Array.of(...use, 0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
      prove(fd >= 0, "the map");
      const load = () => loadProgram(task, { type: "SOCKET_FILTER", insns });
      proveNotModelled(load, "program hashes");
    },
  },
];

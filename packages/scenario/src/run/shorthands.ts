// SPDX-License-Identifier: MIT
import { _LINUX_CAPABILITY_VERSION_3, CAP_LAST_CAP } from "@bpf-token/uapi";
import { capabilityNames } from "../language/calls.js";
import type { Args, Value } from "../language/model.js";
import { groups, valueOfName } from "../language/names.js";
import type { Env } from "./env.js";
import type { Expansion, StepAnswer } from "./expand.js";
import { asCleanup, operation, type PlainCall, systemCall } from "./plain-call.js";
import { literal, resolveNumber, resolveText } from "./resolve.js";

/** Expands a shorthand to its plain calls. */
export type Shorthand = (args: Args, by: string, env: Env) => Expansion;

const CHUNK = 4096;
/** The size of the read buffer. The procfs files that scenarios read are smaller. */
const LARGEST = 1 << 20;

function* close(env: Env, by: string, fd: number): Generator<PlainCall, void, number> {
  yield asCleanup(systemCall(env, by, "close", { fd }));
}

function* open(path: string, flag: string, by: string, env: Env): Expansion {
  const call = systemCall(env, by, "openat", {
    dirfd: "FDCWD",
    filename: literal(path),
    flags: [flag, "CLOEXEC"],
  });
  return { value: yield call };
}

/** openat, read until the end, close. */
function* readFile(args: Args, by: string, env: Env): Expansion {
  const path = resolveText(String(args.path), env);
  const { value: fd } = yield* open(path, "RDONLY", by, env);
  if (fd < 0) return { value: fd };
  try {
    const decoder = new TextDecoder();
    let text = "";
    let total = 0;
    while (total < LARGEST) {
      const call = systemCall(env, by, "read", { fd, buf: { zero: CHUNK }, count: CHUNK });
      const buffer = call.memory.get("buf")?.bytes ?? new Uint8Array();
      const n = yield { ...call, memory: new Map() };
      if (n < 0) return { value: n };
      if (n === 0) break;
      text += decoder.decode(buffer.subarray(0, n), { stream: true });
      total += n;
    }
    return { value: total, text: text + decoder.decode(), path };
  } finally {
    yield* close(env, by, fd);
  }
}

/** openat, one write, close. Files of procfs need the text in a single write. */
function* write(path: string, text: string, by: string, env: Env): Expansion {
  const { value: fd } = yield* open(path, "WRONLY", by, env);
  if (fd < 0) return { value: fd };
  try {
    const count = new TextEncoder().encode(text).length;
    const call = systemCall(env, by, "write", { fd, buf: { text: literal(text) }, count });
    const args = call.args.map((arg) =>
      arg.name === "buf" ? { name: "buf", text: JSON.stringify(text) } : arg,
    );
    return { value: yield { ...call, args, memory: new Map() } };
  } finally {
    yield* close(env, by, fd);
  }
}

function* writeFile(args: Args, by: string, env: Env): Expansion {
  const path = resolveText(String(args.path), env);
  return yield* write(path, resolveText(String(args.text), env), by, env);
}

/** Writes the given ones of setgroups, uid_map and gid_map, in the order that the kernel requires. */
function* idMaps(args: Args, by: string, env: Env): Expansion {
  const of = args.of;
  const own = of === undefined || of === by;
  const at = own ? "/proc/self" : `/proc/${env.anyTask(String(of)).pid}`;
  const files: [string, string][] = [];
  if (args.setgroups !== undefined) files.push(["setgroups", String(args.setgroups)]);
  for (const which of ["uid", "gid"]) {
    if (args[which] !== undefined) files.push([`${which}_map`, idMapText(args[which], env)]);
  }
  let answer: StepAnswer = { value: 0 };
  for (const [file, text] of files) {
    answer = yield* write(`${at}/${file}`, text, by, env);
    if (answer.value < 0) break;
  }
  return answer;
}

function idMapText(value: Value, env: Env): string {
  const list = value as readonly Value[];
  const extents = (Array.isArray(list[0]) ? list : [list]) as readonly (readonly Value[])[];
  return extents
    .map((extent) => `${extent.map((item) => resolveNumber(item, [], env)).join(" ")}\n`)
    .join("");
}

/** unshare, then the ID maps: root inside maps to one user outside. */
function* container(args: Args, by: string, env: Env): Expansion {
  const value = yield systemCall(env, by, "unshare", { flags: ["NEWUSER", "NEWNS"] });
  if (value < 0) return { value };
  const uid = [0, args.uid ?? 0, 1];
  const gid = [0, args.gid ?? 0, 1];
  return yield* idMaps({ setgroups: "deny", uid, gid }, by, env);
}

function* become(args: Args, by: string, env: Env): Expansion {
  const { uid, gid } = args;
  let value = 0;
  if (gid !== undefined) {
    value = yield systemCall(env, by, "setresgid", { rgid: gid, egid: gid, sgid: gid });
  }
  if (uid !== undefined && value >= 0) {
    value = yield systemCall(env, by, "setresuid", { ruid: uid, euid: uid, suid: uid });
  }
  return { value };
}

const sets = ["effective", "permitted", "inheritable"] as const;

/** capget, change, capset. */
function* caps(args: Args, by: string, env: Env): Expansion {
  const header = { struct: "cap_header", fields: { version: _LINUX_CAPABILITY_VERSION_3 } };
  const get = systemCall(env, by, "capget", { header, dataptr: { zero: 24 } });
  const got = yield { ...get, memory: new Map() };
  if (got < 0) return { value: got };
  const bytes = (get.memory.get("dataptr")?.bytes ?? new Uint8Array(24)).slice();
  const view = new DataView(bytes.buffer);
  sets.forEach((set, i) => {
    const at = i * 4;
    const held = (BigInt(view.getUint32(at + 12, true)) << 32n) | BigInt(view.getUint32(at, true));
    const mask = changed(held, changesOf(args, set));
    view.setUint32(at, Number(mask & 0xffff_ffffn), true);
    view.setUint32(at + 12, Number(mask >> 32n), true);
  });
  const words = Array.from({ length: 6 }, (_, i) => view.getUint32(i * 4, true));
  return { value: yield systemCall(env, by, "capset", { header, data: { u32: words } }) };
}

/** The changes of one capability set; changes without a set apply to the effective one. */
function changesOf(args: Args, set: (typeof sets)[number]): Args {
  const own = (args[set] ?? {}) as Args;
  return set === "effective" ? { ...args, ...own } : own;
}

function changed(held: bigint, { drop, raise, only }: Args): bigint {
  let mask = only === undefined ? held : capabilities(only);
  if (raise !== undefined) mask |= capabilities(raise);
  if (drop !== undefined) mask &= ~capabilities(drop);
  return BigInt.asUintN(64, mask);
}

function capabilities(value: Value): bigint {
  if (value === "all") return (1n << BigInt(CAP_LAST_CAP + 1)) - 1n;
  if (value === "none") return 0n;
  const names = (Array.isArray(value) ? value : [value]).map(String);
  return names.reduce((mask, name) => {
    const bit = capabilityNames && valueOfName(capabilityNames, name);
    if (bit === undefined) throw new TypeError(`unknown capability '${name}'`);
    return mask | (1n << BigInt(bit));
  }, 0n);
}

/** One fsconfig for each given mask. */
function* delegate(args: Args, by: string, env: Env): Expansion {
  let value = 0;
  for (const mask of ["cmds", "maps", "progs", "attachs"] as const) {
    const given = args[mask];
    if (given === undefined) continue;
    value = yield systemCall(env, by, "fsconfig", {
      fs_fd: args.fs ?? 0,
      cmd: "SET_STRING",
      key: `delegate_${mask}`,
      value: maskText(mask, given),
    });
    if (value < 0) break;
  }
  return { value };
}

const maskGroups = {
  cmds: groups.bpf_cmd,
  maps: groups.bpf_map_type,
  progs: groups.bpf_prog_type,
  attachs: groups.bpf_attach_type,
} as const;

/** The kernel gets a string or an integer unchanged; a list has the shape of a delegation. */
function maskText(mask: keyof typeof maskGroups, value: Value): string {
  if (!Array.isArray(value)) return typeof value === "string" ? value : hex(value as number);
  const items = value as readonly Value[];
  const bits = items.filter((item) => typeof item !== "string");
  const names = items.filter((item) => typeof item === "string");
  const number = bits.reduce((sum: bigint, bit) => sum | (1n << BigInt(bit as number)), 0n);
  // A number replaces the names before it (rule OP-08), so it comes first.
  return [
    ...(bits.length === 0 ? [] : [hex(number)]),
    ...names.map((name) => bareName(mask, name)),
  ].join(":");
}

const hex = (mask: number | bigint): string => `0x${BigInt(mask).toString(16)}`;

/** The kernel takes names without the prefix of its headers. It gets unknown names unchanged. */
function bareName(mask: keyof typeof maskGroups, name: string): string {
  const group = maskGroups[mask];
  const word = name.toUpperCase();
  const known = group !== undefined && valueOfName(group, word) !== undefined;
  return known && word.startsWith(group.prefix) ? name.slice(group.prefix.length) : name;
}

/** The canonical setup of a bpffs with delegate options (rule MN-04), with file descriptors passed both ways. */
function* bpffs(args: Args, by: string, env: Env): Expansion {
  const owner = String(args.for);
  const opened: [string, number][] = [];
  const keep = (task: string, fd: number): number => {
    if (fd >= 0) opened.push([task, fd]);
    return fd;
  };
  try {
    const call = systemCall(env, owner, "fsopen", { fs_name: "bpf", flags: "CLOEXEC" });
    const context = keep(owner, yield call);
    if (context < 0) return { value: context };
    const here = by === owner ? context : keep(by, yield send(env, owner, context, by));
    if (here < 0) return { value: here };
    const set = yield* delegate({ ...args, fs: here }, by, env);
    if (set.value < 0) return set;
    const create = { fs_fd: here, cmd: "CMD_CREATE" };
    const created = yield systemCall(env, by, "fsconfig", create);
    if (created < 0) return { value: created };
    const mount = keep(by, yield systemCall(env, by, "fsmount", { fs_fd: here, flags: "CLOEXEC" }));
    if (mount < 0) return { value: mount };
    const there = by === owner ? mount : keep(owner, yield send(env, by, mount, owner));
    if (there < 0) return { value: there };
    const root = { dirfd: there, filename: ".", flags: ["RDONLY", "DIRECTORY", "CLOEXEC"] };
    return { value: yield systemCall(env, owner, "openat", root), returns: "fd" };
  } finally {
    for (const [task, fd] of opened.reverse()) yield* close(env, task, fd);
  }
}

function send(env: Env, by: string, fd: number, to: string): PlainCall {
  const sender = env.task(by);
  const receiver = env.task(to);
  const shown = [
    { name: "fd", text: `${fd}` },
    { name: "to", text: to },
  ];
  return operation(by, "send", shown, () => sender.sendFd(fd, receiver), "fd");
}

/** The shorthands by name; docs/scenario.md lists them. */
export const shorthands: Readonly<Record<string, Shorthand>> = {
  read_file: readFile,
  write_file: writeFile,
  id_maps: idMaps,
  caps,
  become,
  container,
  delegate,
  bpffs,
};

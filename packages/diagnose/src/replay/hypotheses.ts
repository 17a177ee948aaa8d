// SPDX-License-Identifier: MIT
// A refused call whose process nobody looked at: the model makes it in each state that is possible.
import { axisNames, type DelegationMasks } from "@bpf-token/delegation";
import {
  attrLayout,
  Capability,
  Errno,
  Insn,
  type KernelRelease,
  newestRelease,
  type PointerSlot,
  wrongMapFields,
} from "@bpf-token/uapi";
import { attrIn, commandIn } from "../evidence/call-text.js";
import { instructionsOf } from "../evidence/from-recording.js";
import type { TracedCall, TracedFile, TraceEvent } from "../evidence/traced-call.js";
import { FACTS_SCHEMA, type Facts } from "../facts.js";
import type { CallFinding } from "./call-finding.js";
import { replayCalls } from "./replay.js";
import { trivial } from "./stand-in.js";
import { field, hasTokenFlag, tokenFd, tokenField } from "./translate.js";

/** What is known of the process that made a call; what is undefined is open. */
export interface KnownState {
  readonly release: KernelRelease;
  readonly initial: boolean | undefined;
  readonly effective: bigint | undefined;
  readonly masks: DelegationMasks | undefined;
  readonly unprivilegedBpfDisabled: number | undefined;
}

/** A state in which a call can have been made. */
interface World {
  readonly initial: boolean;
  readonly effective: bigint;
  readonly masks: DelegationMasks;
  /** What the file descriptor of TOKEN_CREATE refers to. */
  readonly from?: TracedFile["kind"] | "host" | "part";
}

const ALL = (1n << 41n) - 1n;
const MASK = (1n << 64n) - 1n;
const full: DelegationMasks = { cmds: MASK, maps: MASK, progs: MASK, attachs: MASK };
const empty: DelegationMasks = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };
const BPF = 1n << BigInt(Capability.BPF);
const NET_ADMIN = 1n << BigInt(Capability.NET_ADMIN);

/**
 * Says why a kernel may have refused a call: makes it on the model in each state that is possible, and
 * returns the reasons of those in which the model gives the kernel's answer, the most usual state first.
 *
 * @returns empty if no state explains the answer: something else than the kernel's checks decides.
 */
export function possibleReasons(call: TracedCall, known: KnownState): readonly CallFinding[] {
  const { release } = known;
  const made = completed(call);
  if (made.incomplete !== undefined) return [];
  // A fact excludes a reason later, and then the answer names both.
  const isToken = commandIn(call) === "TOKEN_CREATE";
  const open = { ...known, initial: undefined, effective: undefined };
  const worlds = [
    ...worldsOf(call, known),
    ...worldsOf(call, isToken ? { ...open, masks: undefined } : open),
  ];
  const events = worlds.flatMap((world, i) => eventsOf(made, i + 1, world, known));
  const explained = replayCalls(events, { release }).filter(
    ({ outcome }) => outcome === "explained",
  );
  return explained.filter(({ id }, i) => explained.findIndex((one) => one.id === id) === i);
}

function worldsOf(call: TracedCall, known: KnownState): readonly World[] {
  const { initial, effective, masks } = known;
  const own = { initial: false, effective: effective ?? ALL };
  if (commandIn(call) === "TOKEN_CREATE") {
    const worlds: readonly World[] = [
      { ...own, masks: full, effective: effective ?? 0n },
      ...(["host", "part", "other", "closed"] as const).map((from) => ({
        ...{ ...own, masks: full, from },
      })),
      { ...own, masks: masks ?? empty },
      { ...own, masks: full, initial: true },
    ];
    return worlds.filter((one) => initial === undefined || one.initial === initial);
  }
  if (hasTokenFlag(call)) {
    const lacking = masks === undefined ? lackingFirst : [];
    return [
      ...lacking.map((axis) => ({ ...own, masks: { ...full, [axis]: 0n } })),
      ...heldBy(known).map((held) => ({ ...own, effective: held, masks: masks ?? full })),
    ];
  }
  return [false, true]
    .filter((one) => initial === undefined || one === initial)
    .flatMap((one) =>
      heldBy(known).map((held) => ({ initial: one, effective: held, masks: empty })),
    );
}

/** The masks that can lack a bit; that of the command seldom does. */
const lackingFirst = ["maps", "progs", "attachs", "cmds"] as const;

/** Who has a token had CAP_BPF when it created it, so that comes first. */
const heldBy = ({ effective }: KnownState): readonly bigint[] =>
  effective === undefined ? [BPF, BPF | NET_ADMIN, 0n] : [effective];

/** Each state is that of a process of its own. */
function eventsOf(
  call: TracedCall,
  pid: number,
  world: World,
  known: KnownState,
): readonly TraceEvent[] {
  const files = filesOf(call, world, pid);
  return [
    { type: "process", pid, facts: factsOf(world, known, pid) },
    ...files.map(([fd, file]) => ({ type: "file", pid, fd, file }) as const),
    { ...call, type: "call", pid },
  ];
}

const device = (pid: number): string => `0:${pid}`;
const hex = (value: bigint): string => value.toString(16);

function factsOf(
  { initial, effective, masks, from }: World,
  known: KnownState,
  pid: number,
): Facts {
  const set = hex(effective);
  const delegates = axisNames
    .filter((axis) => masks[axis] !== 0n)
    .map((axis) => [`delegate_${axis}`, `0x${hex(masks[axis])}`]);
  const { unprivilegedBpfDisabled = 2 } = known;
  return {
    ...{ schema: FACTS_SCHEMA, pid, program: "", release: known.release, uid: 0 },
    capabilities: {
      ...{ effective: set, permitted: set, inheritable: "0", bounding: set, ambient: "0" },
    },
    userns: { inode: initial ? 4026531837 : 4026531838, initial },
    bpffs: [
      {
        ...{ path: "/sys/fs/bpf", device: device(pid), root: "/" },
        onHost: from === "host",
        delegates: Object.fromEntries(delegates),
      },
    ],
    ...{ unprivilegedBpfDisabled, seccomp: 0, noNewPrivileges: false, unknown: [] },
  } as Facts;
}

/** What the file descriptors of a call refer to. */
function filesOf(
  call: TracedCall,
  { masks, from }: World,
  pid: number,
): readonly (readonly [number, TracedFile])[] {
  const cmd = commandIn(call);
  const fd = (name: string): number => field(call, name);
  if (cmd === "TOKEN_CREATE") {
    const kind = from === undefined || from === "host" || from === "part" ? "bpffs" : from;
    const root = from !== "part";
    return [[fd("bpffs_fd"), kind === "bpffs" ? { kind, device: device(pid), root } : { kind }]];
  }
  const fdinfo = axisNames.map((axis) => `allowed_${axis}:\t0x${hex(masks[axis])}`).join("\n");
  return [
    ...(hasTokenFlag(call) ? [[tokenFd(call), { kind: "token", fdinfo }] as const] : []),
    ...(cmd === "MAP_CREATE" && fd("inner_map_fd") > 0
      ? [[fd("inner_map_fd"), { kind: "map", fdinfo: anArray }] as const]
      : []),
  ];
}

const anArray = "map_type:\t2\nkey_size:\t4\nvalue_size:\t4\nmax_entries:\t1";

/** What comes after the checks of permissions, or is not in the log. */
const dropped: readonly string[] = [
  ...["btf_fd", "btf_key_type_id", "btf_value_type_id", "prog_btf_fd", "attach_prog_fd"],
  ...["func_info_rec_size", "func_info_cnt", "line_info_rec_size", "line_info_cnt"],
  ...["core_relo_cnt", "core_relo_rec_size", "fd_array_cnt", "log_level", "log_size"],
  ...["btf_log_level", "btf_log_size"],
];

/** A call with what the log lacks, and without what the model cannot check. */
function completed(call: TracedCall): TracedCall {
  const cmd = commandIn(call);
  const attr = attrIn(call);
  if (cmd === undefined || attr === undefined) return call;
  const bytes = attr.bytes.slice();
  const view = new DataView(bytes.buffer);
  const pointers: PointerSlot[] = [];
  const layout = attrLayout(cmd, newestRelease);
  const token = tokenField(call);
  // 0 stands for none in other fields, so a token whose number the log lacks gets another one.
  const unnamed = token !== undefined && hasTokenFlag(call) && tokenFd(call) === 0;
  const values = { ...valuesFor(call), ...(unnamed && { [token]: UNNAMED }) };
  for (const { name, offset, type } of layout.fields) {
    const given = attr.pointers?.find((slot) => slot.offset === offset)?.to;
    const to = given instanceof Uint8Array && name !== "insns" ? given : values[name];
    if (type === "ptr" && to instanceof Uint8Array) pointers.push({ offset, to });
    if (type === "ptr") view.setBigUint64(offset, 0n, true);
    const value = dropped.includes(name) ? 0 : values[name];
    if (typeof value === "number") view.setInt32(offset, value, true);
  }
  const { incomplete, args, ...rest } = call;
  // What permissions are needed for is known: the log has the types first.
  const isCut = incomplete !== undefined && call.result !== -Errno.EPERM;
  return {
    ...rest,
    args: [args[0] ?? 0, { bytes, pointers }, bytes.length],
    ...(isCut && { incomplete }),
  };
}

const UNNAMED = 1000;

type Values = Readonly<Record<string, number | Uint8Array>>;

function valuesFor(call: TracedCall): Values {
  switch (commandIn(call)) {
    case "MAP_CREATE":
      return call.result === -Errno.EPERM ? sizesFor(call) : {};
    case "PROG_LOAD":
      return programFor(call);
    case "BTF_LOAD":
      return { btf: header, btf_size: header.length };
    default:
      return {};
  }
}

/** Sizes that the type accepts, if the log lacks them: the kernel checks them before permissions. */
function sizesFor(call: TracedCall): Values {
  const type = field(call, "map_type");
  const [key, value, entries] = [
    field(call, "key_size"),
    field(call, "value_size"),
    field(call, "max_entries"),
  ];
  const found = [[key, value, entries], ...usual].find(
    ([keySize = 0, valueSize = 0, maxEntries = 0]) =>
      wrongMapFields({ type, keySize, valueSize, maxEntries }).length === 0,
  );
  const [key_size = key, value_size = value, max_entries = entries] = found ?? [];
  return { key_size, value_size, max_entries };
}

const usual = [
  [4, 4, 1],
  [8, 8, 1],
  [0, 4, 1],
  [0, 0, 4096],
];

function programFor(call: TracedCall): Values {
  const count = field(call, "insn_cnt");
  const insns = instructionsOf(call, count)?.bytes;
  if (insns !== undefined) return { license: GPL, insns: withoutMaps(insns) };
  // The kernel compares the number before it reads the instructions.
  const insn_cnt = call.result === -Errno.E2BIG ? count : trivial.length / INSN;
  return { license: GPL, insns: trivial, insn_cnt };
}

/** A licence, for a log that lacks it. */
const GPL = new TextEncoder().encode("GPL\0");
const INSN = 8;
const LOAD_64 = 0x18;

/** Instructions with numbers in place of maps, which the log does not describe. */
function withoutMaps(insns: Uint8Array): Uint8Array {
  const bytes = insns.slice();
  for (let at = 0; at + INSN <= bytes.length; at += INSN) {
    const source = (bytes[at + 1] ?? 0) >> 4;
    if (bytes[at] !== LOAD_64) continue;
    if (source !== Insn.PSEUDO_FUNC) bytes[at + 1] = (bytes[at + 1] ?? 0) & 15;
    at += INSN;
  }
  return bytes;
}

/** A BTF header without types. */
const header = Uint8Array.of(0x9f, 0xeb, 1, 0, 24, ...new Array<number>(19).fill(0));

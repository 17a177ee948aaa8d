// SPDX-License-Identifier: MIT
// What the readers of strace and of recordings make of each line.
// `npx vitest run --project node FILE -u` writes the files; read their difference.
import { BpfCmd, type Mem } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { callText, fieldsIn, resultText } from "../src/evidence/call-text.ts";
import { tracedBpf } from "../src/evidence/from-strace.ts";
import { field, parseStraceLine } from "../src/evidence/strace-line.ts";
import { RecordedCallReader, TRACE_SCHEMA, type TracedCall } from "../src/index.ts";
import { probeName } from "../src/replay/probe.ts";
import { grouped } from "./grouped.ts";
import { refused } from "./replay-events.ts";

const EPERM = "= -1 EPERM (Operation not permitted)";
const map = (fields: string, end = EPERM): string => `bpf(BPF_MAP_CREATE, {${fields}}, 80) ${end}`;
const whole = "map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4, max_entries=1";
const load = (fields: string, end = EPERM): string =>
  `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_XDP, insn_cnt=2, ${fields}}, 148) ${end}`;
const insns = (...all: readonly string[]): string => load(`insns=[${all.join(", ")}]`);
const insn = (code: string, src = "BPF_REG_0", imm = "0", off = "0", dst = "BPF_REG_0"): string =>
  `{code=${code}, dst_reg=${dst}, src_reg=${src}, off=${off}, imm=${imm}}`;

const lines: readonly string[] = [
  ...[
    "",
    "[pid 12] ",
    "[pid     7]    ",
    "12    ",
    "  12 ",
    "12:01:02 ",
    "12:01:02.5 ",
    "17.5 ",
  ].map((prefix) => `${prefix}${map(whole)}`),
  `[pid 7] 12:01:02 ${map(whole)}`,
  `7 1700000000.123456 ${map(whole)}`,
  `pid 7 ${map(whole)}`,
  `12 BPF(BPF_MAP_CREATE, {${whole}}, 80) ${EPERM}`,
  map(whole, "= 5"),
  map(whole, "= 5</x>"),
  map(whole, "= 0x5"),
  map(whole, "= ?"),
  map(whole, "= ? ERESTARTSYS (To be restarted)"),
  map(whole, "     = -1 EPERM"),
  map(whole, "= -1 EPERM (Operation not permitted) <0.000012>"),
  map(whole, "= -1 ENOTSUPP"),
  map(whole, "= -1 EWHAT (Unknown)"),
  map(whole, "=5"),
  `bpf(BPF_MAP_CREATE, {${whole}} <unfinished ...>`,
  `[pid 9] bpf(BPF_MAP_CREATE, {${whole}} <unfinished ...>  `,
  `[pid 9] <... bpf resumed>, 80) ${EPERM}`,
  `[pid 9] <... bpf resumed>) ${EPERM}`,
  `<... bpf resumed>`,
  "+++ exited with 1 +++",
  "--- SIGCHLD {si_signo=SIGCHLD} ---",
  "",
  `bpf(0, {${whole}}, 80) ${EPERM}`,
  `bpf(0x0 /* BPF_MAP_CREATE */, {${whole}}, 80) ${EPERM}`,
  `bpf(0x10000, {${whole}}, 80) ${EPERM}`,
  `bpf(BPF_MAP_CREATE|0x10000, {${whole}}, 80) ${EPERM}`,
  `bpf(MAP_CREATE, {${whole}}, 80) ${EPERM}`,
  `bpf(BPF_NO_COMMAND, {${whole}}, 80) ${EPERM}`,
  `bpf(99, {${whole}}, 80) ${EPERM}`,
  `bpf(BPF_MAP_CREATE, 0x7ffc, 80) ${EPERM}`,
  `bpf(BPF_MAP_CREATE, NULL, 0) ${EPERM}`,
  "close(3) = 0",
  map("map_type=0x1, key_size=0x10, value_size=-1, max_entries=1"),
  map("map_type=BPF_MAP_TYPE_NEW, key_size=4, value_size=4, max_entries=1"),
  map("map_type=0x1 /* BPF_MAP_TYPE_HASH */, key_size=4, value_size=4, max_entries=1"),
  map("map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4"),
  map("key_size=4, value_size=4, max_entries=1"),
  map(`${whole}, ...`),
  map(`${whole}, map_name="a..."`),
  map(`${whole}, map_name="abcdefghijklmnopqrstuvwxyz"`),
  map(`${whole}, map_name="a"...`),
  map(`${whole}, map_name="a\\"b\\\\c\\n\\t\\r\\v\\f\\0\\x41\\101\\7z"`),
  map(`${whole}, map_name="ä"`),
  map(`${whole}, map_flags=BPF_F_NO_PREALLOC|BPF_F_MMAPABLE`),
  map(`${whole}, map_flags=BPF_F_NO_PREALLOC|0x10000 /* BPF_F_??? */`),
  map(`${whole}, map_flags=BPF_F_NEW`),
  map(`${whole}, map_flags=0x10000 /* BPF_F_TOKEN_FD */, map_token_fd=7</a>`),
  map(`${whole}, map_flags=1|2`),
  map(`${whole}, map_extra=0x1f00000001`),
  map(`${whole}, key_size=8`),
  map(`${whole}, extra_data="\\x00\\x00\\x00\\x00\\x06\\x00\\x00\\x00" /* bytes 72..79 */`),
  map(`${whole}, extra_data="\\x06" /* bytes 9999..9999 */`),
  map(`${whole}, extra_data="\\x06"`),
  load('license="GPL"'),
  load('license=""'),
  load('license="G..."'),
  load('license="GPL"...'),
  load("license=0x7ffc"),
  load('license="GPL", log_level=1, log_size=9, log_buf="a reason\\nprocessed 1 insns"'),
  load('log_buf=""'),
  load('log_buf="prog_type=BPF_PROG_TYPE_KPROBE, insn_cnt=9"'),
  load('log_buf="a cut log"...'),
  load("log_buf=NULL"),
  load("kern_version=KERNEL_VERSION(6, 18, 44)"),
  load("kern_version=KERNEL_VERSION(6, 18)"),
  load("kern_version=395324"),
  load("expected_attach_type=BPF_XDP_CPUMAP, prog_flags=BPF_F_SLEEPABLE"),
  load('prog_name="count", prog_ifindex=if_nametoindex("eth0")'),
  load("prog_btf_fd=-1, func_info_cnt=3"),
  load("insns=[...]"),
  load("insns=0x7ffc"),
  load("insns=[]"),
  insns(insn("BPF_ALU64|BPF_K|BPF_MOV", "BPF_REG_0", "0x2"), insn("BPF_JMP|BPF_K|BPF_EXIT")),
  insns(insn("BPF_ALU64|BPF_K|BPF_MOV", "BPF_REG_0", "-2", "-8", "BPF_REG_10")),
  insns(insn("0x85", "BPF_REG_0", "BPF_FUNC_map_lookup_elem")),
  insns(insn("BPF_LD|BPF_DW|BPF_IMM", "BPF_PSEUDO_MAP_FD", "0x5"), insn("BPF_LD|BPF_W|BPF_IMM")),
  insns(insn("BPF_LD|BPF_DW|BPF_IMM", "0x2", "0x5"), insn("0")),
  insns(insn("BPF_LD|BPF_DW|BPF_IMM", "0x4", "0x5"), insn("0")),
  insns(insn("BPF_JMP|BPF_K|BPF_CALL", "BPF_REG_0", "0x6"), insn("BPF_JMP|BPF_K|BPF_EXIT")),
  insns(insn("BPF_NEW|BPF_K"), insn("BPF_JMP|BPF_K|BPF_EXIT")),
  `bpf(BPF_BTF_LOAD, {btf="\\x9f\\xeb\\x01\\x00", btf_size=4}, 40) ${EPERM}`,
  `bpf(BPF_BTF_LOAD, {btf="\\x9f\\xeb bpf_spin_lock", btf_size=16}, 40) ${EPERM}`,
  `bpf(BPF_BTF_LOAD, {btf="\\x9f\\xeb"..., btf_size=400}, 40) ${EPERM}`,
  `bpf(BPF_BTF_LOAD, {btf="", btf_size=0}, 40) ${EPERM}`,
  `bpf(BPF_OBJ_PIN, {pathname="/sys/fs/bpf/x", bpf_fd=5}, 16) ${EPERM}`,
  `bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) ${EPERM}`,
  `bpf(BPF_LINK_CREATE, {link_create={prog_fd=5, target_fd=6, attach_type=BPF_XDP, flags=0}}, 64) ${EPERM}`,
];

const clean = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => {
    if (typeof one === "bigint") return `${one}n`;
    if (typeof one === "symbol") return "unreadable";
    return one instanceof Uint8Array ? [...one].join(" ") : one;
  });
const notZero = (fields: object): object =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== 0 && value !== 0n && value !== ""),
  );

function callAnswer(call: TracedCall): string {
  const { args, pid, result, log, incomplete } = call;
  const { pointers } = (args[1] ?? {}) as Partial<Mem>;
  const probe = probeName(call);
  const parts = { pid, result, log, incomplete, probe, pointers, ...notZero(fieldsIn(call)) };
  return `${callText(call)}\n    ${clean(parts)}`;
}

test("lines of strace", async () => {
  const answers = lines.map((line) => {
    const parsed = parseStraceLine(line);
    if (parsed?.kind !== "call") return [line, clean(parsed ?? null)] as const;
    const traced = tracedBpf(parsed.call);
    return [line, traced === undefined ? clean(parsed) : callAnswer(traced)] as const;
  });
  await expect(grouped(answers)).toMatchFileSnapshot("./answers/strace-lines.txt");
});

test("fields in the arguments of strace", () => {
  const args = 'a=1, xb=2, b={c=3, d="e}, f"}, g="h\\"i, j", k= l , m=7}';
  const found = ["a", "b", "xb", "c", "d", "g", "k", "m", "n"].map((name) => field(args, name));
  expect(found).toEqual([
    "1",
    '{c=3, d="e}',
    "2",
    "3",
    '"e}, f"',
    '"h\\"i, j"',
    "l",
    "7",
    undefined,
  ]);
});

test("recorded calls as text", async () => {
  const numbers = [-1, "text", null, new Uint8Array(3), { bytes: new Uint8Array(5) }, 7n, -100];
  const others = ["fsconfig", "openat", "mount", "bpf"].flatMap((name) =>
    numbers.map((arg): TracedCall => {
      return { pid: 1, name, args: [arg, arg, arg], result: -2 } as TracedCall;
    }),
  );
  const configs = [0, 1, 5, 6, 99].map((cmd): TracedCall => {
    return { pid: 1, name: "fsconfig", args: [3, cmd, "a", Symbol("x")], result: 0 } as never;
  });
  const given = { pid: 1, name: "bpf", args: [99], result: 5, text: "bpf(as given)" };
  const calls = refused.flatMap((event) => (event.type === "call" ? [event] : []));
  const texts = [...calls, ...others, ...configs, given].map(callAnswer);
  await expect(`${texts.join("\n")}\n`).toMatchFileSnapshot("./answers/recorded-lines.txt");
  expect([0, 7, -1, -524, -4000].map(resultText)).toEqual([
    ...["0", "7", "-1 EPERM", "-1 ENOTSUPP", "-1 error 4000"],
  ]);
});

/** The calls of a text that is read in pieces of a length. */
function read(text: string, length = text.length): string {
  const reader = new RecordedCallReader();
  try {
    for (let at = 0; at < text.length; at += length) reader.push(text.slice(at, at + length));
    const { calls, notes } = reader.finish();
    return [...calls.map(clean), ...notes].join("\n");
  } catch (error) {
    return String(error);
  }
}

const strace = (...some: readonly string[]): string => some.join("\n");
const begun = (pid: number, fields = whole): string =>
  `[pid ${pid}] bpf(BPF_MAP_CREATE, {${fields}} <unfinished ...>`;
const ended = (pid: number): string => `[pid ${pid}] <... bpf resumed>, 80) ${EPERM}`;
const header = JSON.stringify({ schema: TRACE_SCHEMA, arch: "x64" });
const recorded = (pid: number, result: number, size = 8): string => {
  const attr = new Uint8Array(80);
  attr.set([1, 0, 0, 0, size, 0, 0, 0, 4, 0, 0, 0, 1]);
  const memory = [["0x5", btoa(String.fromCharCode(...attr))]];
  const args = [`0x${BpfCmd.MAP_CREATE.toString(16)}`, "0x5", "0x50"];
  return JSON.stringify({ type: "call", pid, name: "bpf", args, memory, result });
};
const closed = JSON.stringify({
  type: "call",
  pid: 1,
  name: "close",
  args: ["0x3"],
  memory: [],
  result: 0,
});

const texts: readonly string[] = [
  "",
  "\n\n",
  strace(map(whole), map(whole)),
  strace("", map(whole), "noise bpf(x)", load("prog_flags=0"), ""),
  strace(`${map(whole)}\r`, "close(3) = 0\r"),
  strace(begun(1), begun(2), ended(2), ended(1)),
  strace(begun(1), map(`${whole}, map_flags=1`), begun(2, `${whole}, map_flags=2`)),
  strace(ended(1)),
  strace(ended(1), begun(1)),
  strace("bpf(BPF_MAP_CREATE, {map_type=BPF_"),
  strace("bpf(BPF_MAP_CREATE, {map_type=BPF_", "bpf(99, cut", map(whole)),
  strace(map("map_type=BPF_MAP_TYPE_HASH, ..."), map("key_size=4, ..."), map(whole)),
  strace(load('log_buf="one"'), load('log_buf="two"')),
  strace(load("...", "= ?")),
  strace(map(whole, "= ?"), map(whole, "= 3")),
  strace(map(`${whole}, map_name="\\x01name\\n"`)),
  strace("bpf(0x24, {}, 8) = 5", "bpf(99, {}, 8) = -1 EINVAL (x)"),
  strace(header),
  strace(header, recorded(1, -1), closed, recorded(2, -1), recorded(1, 5)),
  strace(header, recorded(1, -1), ""),
  strace(header, recorded(1, -1), "", recorded(1, 7)),
  strace(header, recorded(1, -1), '{"type":"call","pid":'),
  strace(header, '{"type":"call","pid":', recorded(1, -1)),
  strace(header, '{"type":"dance","pid":1}'),
  strace('{"schema":"bpf-token/trace@9"}', recorded(1, -1)),
  strace("", header, recorded(1, -1)),
  strace(`${header}\r`, `${recorded(1, -524)}\r`),
];

const shown = (text: string): string => text.replaceAll("\r", "\\r").replaceAll("\n", "\n  ");

test("the calls of whole texts, in pieces of any length", async () => {
  const answers = texts.map((text) => [shown(text), read(text)] as const);
  await expect(grouped(answers)).toMatchFileSnapshot("./answers/read-texts.txt");
  for (const text of texts) {
    for (const length of [1, 7, 64]) expect(read(text, length)).toBe(read(text));
  }
});

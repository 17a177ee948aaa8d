// SPDX-License-Identifier: MIT
// Policies from logs of strace and from recordings. The full suite makes them of real loaders.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dialects, parseDelegation, sameDelegation } from "@bpf-token/delegation";
import { RecordedCallReader } from "@bpf-token/diagnose";
import { attrLayout, MapType, ProgType } from "@bpf-token/uapi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Policy, policyOfCalls } from "../../src/policy/index.ts";
import { masksOfCalls } from "../../src/policy/recorded.ts";
import { cli } from "./run-cli.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "bpf-token-policy-from-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const policyFrom = (...lines: readonly string[]): Policy => {
  const reader = new RecordedCallReader();
  reader.push(`${lines.join("\n")}\n`);
  return policyOfCalls(reader.finish());
};
const file = (...lines: readonly string[]): string => {
  const path = join(folder, "trace.log");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
};
const row = ({ reasons }: Policy, axis: string, name: string) =>
  reasons.find((reason) => reason.axis === axis && reason.name === name);

const eperm = "-1 EPERM (Operation not permitted)";
const map = (type: string, more = "", result = "5"): string =>
  `bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_${type}, key_size=4, value_size=8, max_entries=1, map_flags=0, map_name="flows"${more}}, 80) = ${result}`;
const exit = "{code=BPF_JMP|BPF_K|BPF_EXIT, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=0}";
const helper = (id: string): string =>
  `{code=BPF_JMP|BPF_K|BPF_CALL, dst_reg=BPF_REG_0, src_reg=BPF_REG_0, off=0, imm=${id}}`;
const insn = (code: string, dst: number, src: number | string, off = 0, imm = "0"): string =>
  `{code=${code}, dst_reg=BPF_REG_${dst}, src_reg=${typeof src === "number" ? `BPF_REG_${src}` : src}, off=${off}, imm=${imm}}`;
const prog = (
  type: string,
  { attach = "BPF_CGROUP_INET_INGRESS", name = "main", size = 9, insns = `[${exit}]`, more = "" },
  result = "7",
): string =>
  `bpf(BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${type}, insn_cnt=${size}, insns=${insns}, license="GPL"${more}, prog_flags=0, prog_name="${name}", expected_attach_type=${attach}}, 148) = ${result}`;
const test2 = { name: "", size: 2 };

describe("policy of a log of strace", () => {
  test("has each type, with the call that needs it, refused or not", () => {
    const policy = policyFrom(
      'execve("/bin/x", ["x"], 0x7ffc /* 3 vars */) = 0',
      `12 ${map("HASH")}`,
      `[pid 13] ${map("SOCKHASH", "", eperm)}`,
      prog("XDP", { attach: "BPF_XDP" }),
      'bpf(BPF_BTF_LOAD, {btf="\\237", btf_log_buf=NULL, btf_size=81}, 40) = 3',
    );
    expect(policy.delegation).toEqual({
      ...{ cmds: ["map_create", "prog_load", "btf_load"], maps: ["hash", "sockhash"] },
      ...{ progs: ["xdp"], attachs: ["xdp"] },
    });
    expect(policy.capabilities).toEqual(["bpf", "net_admin"]);
    expect(row(policy, "maps", "sockhash")).toEqual({
      ...{ axis: "maps", name: "sockhash", because: ["call 2 (line 3), map flows"] },
      ...{ required: true, without: "the load fails with EPERM" },
    });
    expect(row(policy, "cmds", "btf_load")).toMatchObject({
      ...{ required: true, without: "a loader that needs types stops with EPERM" },
    });
    expect(policy.open.join()).toContain("The kernel refused call 2 (MAP_CREATE) with EPERM");
    expect(policy.open.join()).toContain("The program passes no token.");
  });

  test("counts only calls with the token, if there is one", () => {
    const policy = policyFrom(
      prog("SOCKET_FILTER", { ...test2, insns: `[${helper("0xa0")}, ${exit}]` }),
      "bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = 4",
      map("ARRAY").replace("map_flags=0", "map_flags=BPF_F_TOKEN_FD"),
      map("HASH").replace("map_flags=0", "map_flags=0x10000 /* BPF_F_??? */"),
      map("RINGBUF", ", map_token_fd=4", eperm),
    );
    expect(policy.delegation).toEqual({ cmds: ["map_create"], maps: ["hash", "array"] });
    expect(policy.open).toEqual([
      "No delegation permits call 1 (PROG_LOAD): the token comes later.",
      "No delegation permits call 5 (MAP_CREATE), because no token is passed.",
    ]);
  });

  test("knows libbpf's tests without names, as in a container", () => {
    const token = (text: string): string => text.replace("prog_flags=0", "prog_flags=0x10000");
    const name = prog("SOCKET_FILTER", { ...test2, name: "libbpf_nametest" });
    const context = prog("KPROBE", { name: "", size: 4, insns: `[${helper("0xad")}, ${exit}]` });
    const own = prog("XDP", { name: "", size: 2, attach: "BPF_XDP" });
    const policy = policyFrom(...[name, context, own].map(token));
    expect(policy.delegation.progs).toEqual(["socket_filter", "xdp"]);
    expect(row(policy, "progs", "xdp")?.required).toBe(true);
    expect(row(policy, "progs", "socket_filter")?.required).toBe(false);
  });

  test("knows libbpf's tests, and omits the one whose refusal loses nothing", () => {
    const first = prog("SOCKET_FILTER", test2);
    const attach = prog("CGROUP_SOCK", { ...test2, attach: "BPF_CGROUP_INET_SOCK_CREATE" });
    const name = prog("SOCKET_FILTER", { ...test2, name: "libbpf_nametest" });
    const context = prog("KPROBE", { size: 4, name: "det_arg_ctx" });
    const own = prog("XDP", { attach: "BPF_XDP" });
    const policy = policyFrom(first, name, context, attach, own);
    expect(policy.delegation.progs).toEqual(["socket_filter", "xdp", "cgroup_sock"]);
    expect(policy.capabilities).toEqual(["bpf", "net_admin"]);
    expect(row(policy, "progs", "socket_filter")).toMatchObject({
      because: ["call 1 (line 1), a test of the loader", "call 2 (line 2), a test of the loader"],
      ...{ required: true, without: "libbpf stops at the first program that it loads as a test" },
    });
    expect(row(policy, "progs", "cgroup_sock")).toMatchObject({
      ...{ required: false, without: "libbpf loads the programs with attach type 0" },
    });
    expect(policy.open.join()).toContain("does not permit call 3 (PROG_LOAD)");
    // Without libbpf's first test, its loss is another one.
    expect(row(policyFrom(name, own), "progs", "socket_filter")?.required).toBe(false);
    // A small program without a name is no test if it is the only one.
    expect(row(policyFrom(first), "progs", "socket_filter")?.required).toBe(true);
  });

  /** libbpf 1.5 in a container: only its test for names has a name. */
  const libbpf = prog("SOCKET_FILTER", { ...test2, name: "libbpf_nametest" });
  const empty = (size: number, ...helpers: readonly string[]) => ({
    ...{ name: "", size, insns: `[${[...helpers.map(helper), exit].join(", ")}]` },
  });

  test.each([
    ["loading", prog("SOCKET_FILTER", empty(2)), "progs socket_filter"],
    ["loading, with its second type", prog("TRACEPOINT", empty(2)), "progs tracepoint"],
    ["a helper", prog("SOCKET_FILTER", empty(2, "0xa0")), "progs socket_filter"],
    ["global variables", prog("SOCKET_FILTER", empty(5)), "progs socket_filter"],
    ["attach types", prog("CGROUP_SOCK", empty(2)), "progs cgroup_sock"],
    ["bpf_probe_read_kernel()", prog("TRACEPOINT", empty(6, "0x71")), "progs tracepoint"],
  ])("a test of libbpf for %s is none of the program's own loads", (_, test, what) => {
    const [axis = "", name = ""] = what.split(" ");
    const because = row(policyFrom(libbpf, test), axis, name)?.because ?? [];
    expect(because.at(-1)).toBe("call 2 (line 2), a test of the loader");
  });

  test("an unnamed program is no test of libbpf if it calls another helper than the test", () => {
    const reads = prog("SOCKET_FILTER", empty(2, "0x5"));
    const found = row(policyFrom(libbpf, reads), "progs", "socket_filter");
    expect(found).toMatchObject({
      ...{ required: true, without: "the load fails with EPERM" },
      because: ["call 2 (line 2)", "call 1 (line 1), a test of the loader"],
    });
  });

  test("libbpf continues without a map that it creates as a test", () => {
    const tested = map("ARRAY").replace("flows", "libbpf_mmap");
    const first = prog("SOCKET_FILTER", empty(2));
    const policy = policyFrom(first, libbpf, tested, prog("XDP", { attach: "BPF_XDP" }));
    for (const [axis, name] of [
      ["cmds", "map_create"],
      ["maps", "array"],
    ] as const)
      expect(row(policy, axis, name)).toMatchObject({
        required: false,
        without: "libbpf treats features as missing, such as names of programs",
      });
  });

  test("libbpf can stop at its first test of either type", () => {
    const own = prog("XDP", { attach: "BPF_XDP" });
    const stops = (...lines: string[]) =>
      row(policyFrom(libbpf, ...lines, own), "progs", "socket_filter")?.without;
    expect(stops(prog("TRACEPOINT", empty(2)))).not.toContain("libbpf stops");
    expect(row(policyFrom(libbpf, prog("TRACEPOINT", empty(2))), "cmds", "prog_load")).toEqual({
      ...{ axis: "cmds", name: "prog_load", required: true },
      because: [1, 2].map((n) => `call ${n} (line ${n}), a test of the loader`),
      without: "libbpf stops at the first program that it loads as a test",
    });
  });

  test.each([
    ["a program of libbpf that has a name", [libbpf, prog("XDP", { size: 2 })], "progs xdp"],
    ["a map without a name", [map("HASH").replace("flows", ""), prog("XDP", {})], "maps hash"],
    [
      "a small program without a name, next to a map that has one",
      [map("HASH"), prog("TRACING", empty(6))],
      "progs tracing",
    ],
    [
      "a large program without a name",
      [prog("XDP", {}), prog("TRACING", empty(7))],
      "progs tracing",
    ],
  ])("%s is no test", (_, lines, what) => {
    const [axis = "", name = ""] = what.split(" ");
    expect(row(policyFrom(...lines), axis, name)?.required).toBe(true);
  });

  test.each(["my_libbpf_x", "det_arg_ctx2", "my_det_arg_ctx", "feature_test2", "aya_name_check2"])(
    "%s is no name of a test",
    (name) => {
      const btf = "bpf(BPF_BTF_LOAD, {btf=0x7ffc, btf_size=81}, 40) = 3";
      const policy = policyFrom(btf, prog("SOCKET_FILTER", { name }), prog("XDP", {}));
      expect(row(policy, "progs", "socket_filter")?.because).toEqual([
        `call 2 (line 2), program ${name}`,
      ]);
      // libbpf continues without types.
      expect(row(policy, "cmds", "btf_load")?.required).toBe(true);
    },
  );

  test("a small program without a name is a test if another one has a name", () => {
    const found = row(policyFrom(prog("XDP", {}), prog("TRACING", empty(6))), "progs", "tracing");
    expect([found?.required, found?.without]).toEqual([
      false,
      "the loader treats a feature of the kernel as missing",
    ]);
  });

  test("a capability that a type needs besides a helper is required by the kernel's rule", () => {
    const printk = prog("XDP", { insns: `[${helper("0x6")}, ${exit}]` });
    expect(row(policyFrom(printk, prog("KPROBE", {})), "caps", "perfmon")?.without).toBe(
      "the load fails with EPERM",
    );
  });

  test.each(["PROG_GET_NEXT_ID", "MAP_GET_FD_BY_ID", "PROG_QUERY", "ENABLE_STATS"])(
    "no token helps with %s",
    (command) => {
      const policy = policyFrom(`bpf(BPF_${command}, {}, 12) = 0`, map("HASH"));
      expect(policy.open.join()).toContain(`No token helps with call 1 (${command})`);
      const others = policyFrom("bpf(BPF_PROG_ATTACH, {}, 12) = 0", map("HASH"));
      expect(others.open.join()).not.toContain("No token helps");
    },
  );

  test("knows capabilities of helpers and of the verifier, and maps that need types", () => {
    const traced = policyFrom(
      prog("XDP", { attach: "BPF_XDP", insns: `[${helper("0x6")}, ${exit}]` }),
    );
    expect(row(traced, "caps", "perfmon")).toMatchObject({
      because: ["call 1 (line 1), program main, which calls bpf_trace_printk()"],
      without: "the verifier refuses the helper with EINVAL",
    });
    const log =
      ', log_level=1, log_buf="0: R1=ctx()\\nR1 pointer comparison prohibited\\nprocessed 1"';
    const compared = policyFrom(prog("XDP", { more: log }, "-1 EACCES (Permission denied)"));
    expect(row(compared, "caps", "perfmon")?.because).toEqual([
      "call 1 (line 1), program main: R1 pointer comparison prohibited",
    ]);
    for (const [text, needs] of [
      ["R3 pointer -= pointer prohibited", true],
      ["R0 leaks addr as return value", true],
      ["back-edge is not allowed for !root", true],
      ["R3 pointer += pointer prohibited", false],
    ] as const) {
      const { capabilities } = policyFrom(prog("XDP", { more: `, log_buf="${text}\\n"` }));
      expect(capabilities.includes("perfmon"), text).toBe(needs);
    }
    const btf = "bpf(BPF_BTF_LOAD, {btf=0x7ffc, btf_size=81}, 40) = 3";
    expect(row(policyFrom(btf, map("TASK_STORAGE")), "cmds", "btf_load")).toMatchObject({
      ...{ required: true, without: "call 2 (line 2), map flows needs its types: EINVAL" },
    });
    const without = policyFrom(prog("XDP", { insns: "0x7ffc" }));
    expect(without.open.join()).toContain(
      "The instructions of call 1 (PROG_LOAD) are not in the log",
    );
  });

  test("computes CAP_PERFMON of the verifier from the instructions", () => {
    const policyOf = (...list: readonly string[]): Policy => {
      const all = [...list, insn("BPF_ALU64|BPF_K|BPF_MOV", 0, 0, 0, "0x2"), exit];
      return policyFrom(
        prog("XDP", { attach: "BPF_XDP", size: all.length, insns: `[${all.join(", ")}]` }),
      );
    };
    const data = insn("BPF_LDX|BPF_W|BPF_MEM", 2, 1);
    const end = insn("BPF_LDX|BPF_W|BPF_MEM", 3, 1, 4);
    const minus = policyOf(data, end, insn("BPF_ALU64|BPF_X|BPF_SUB", 3, 2));
    expect(row(minus, "caps", "perfmon")).toEqual({
      ...{ axis: "caps", name: "perfmon", basis: "computed", required: true },
      because: [
        "call 1 (line 1), program main, instruction 2: r3 -= r2 subtracts a pointer from a pointer",
      ],
      without: "the verifier refuses the program with EACCES",
    });
    expect(minus.proof.join()).toContain("CAP_PERFMON: required by the instructions");
    const harmless = policyOf(data, end);
    expect(harmless.capabilities).toEqual(["bpf", "net_admin"]);
    expect(harmless.proof.join()).toContain("CAP_PERFMON: not required by the instructions");
    // The map is not known, so a pointer into its value may leave it.
    const value = "BPF_PSEUDO_MAP_VALUE";
    const moved = policyOf(
      ...[insn("BPF_LD|BPF_DW|BPF_IMM", 2, value, 0, "0x5"), insn("BPF_LD|BPF_W|BPF_IMM", 0, 0)],
      insn("BPF_ALU64|BPF_K|BPF_ADD", 2, 0, 0, "0x8"),
    );
    expect(row(moved, "caps", "perfmon")).toMatchObject({ basis: "assumed", required: false });
    const strange = policyOf(insn("BPF_NOTHING|BPF_K", 2, 2));
    expect(strange.open.join()).toContain("it is not known whether they need CAP_PERFMON");
  });

  test.each<readonly [string, string, string, string | undefined]>([
    ["plain values", map("HASH"), "flows", undefined],
    ["values with a lock", map("HASH"), "bpf_spin_lock", "assumed"],
    ...["SOCKMAP", "SOCKHASH", "XSKMAP", "ARENA", "ARRAY_OF_MAPS", "HASH_OF_MAPS"].map(
      (type) => [`pointers (${type})`, map(type), "flows", "assumed"] as const,
    ),
    ["another type", map("LRU_HASH"), "flows", undefined],
    ["a type that the log lacks", map("HASH").replace(/map_type=\w+, /, ""), "flows", "assumed"],
    ["no other map", "bpf(BPF_OBJ_GET_INFO_BY_FD, {info={bpf_fd=3}}, 16) = 0", "flows", undefined],
    ["an id", "bpf(BPF_MAP_GET_FD_BY_ID, {map_id=1}, 12) = 5", "flows", "assumed"],
    [
      "a pinned map",
      'bpf(BPF_OBJ_GET, {pathname="/sys/fs/bpf/x", bpf_fd=0, file_flags=0}, 16) = 5',
      "flows",
      "assumed",
    ],
  ])("a value of a map with %s", (_what, create, name, basis) => {
    const list = [
      insn("BPF_ST|BPF_W|BPF_MEM", 10, 0, -4),
      insn("BPF_LD|BPF_DW|BPF_IMM", 1, "BPF_PSEUDO_MAP_FD", 0, "0x5"),
      insn("BPF_LD|BPF_W|BPF_IMM", 0, 0),
      insn("BPF_ALU64|BPF_X|BPF_MOV", 2, 10),
      insn("BPF_ALU64|BPF_K|BPF_ADD", 2, 0, 0, "-4"),
      helper("0x1"),
      insn("BPF_JMP|BPF_K|BPF_JEQ", 0, 0, 2),
      insn("BPF_LDX|BPF_DW|BPF_MEM", 1, 0),
      insn("BPF_STX|BPF_DW|BPF_MEM", 0, 1, 8),
      insn("BPF_ALU64|BPF_K|BPF_MOV", 0, 0, 0, "0x2"),
      exit,
    ];
    const types = `bpf(BPF_BTF_LOAD, {btf="\\237\\353\\0${name}\\0", btf_size=${name.length + 4}}, 40) = 3`;
    const load = { attach: "BPF_XDP", size: list.length, insns: `[${list.join(", ")}]` };
    const policy = policyFrom(types, create, prog("XDP", load));
    expect(row(policy, "caps", "perfmon")?.basis).toBe(basis);
  });

  test.each(["SK_STORAGE", "INODE_STORAGE", "CGRP_STORAGE", "STRUCT_OPS"])(
    "a map of type %s needs types",
    (type) => {
      const btf = "bpf(BPF_BTF_LOAD, {btf=0x7ffc, btf_size=81}, 40) = 3";
      const found = row(policyFrom(libbpf, btf, map(type)), "cmds", "btf_load");
      expect([found?.required, found?.without]).toEqual([
        true,
        type === "STRUCT_OPS"
          ? "struct_ops needs the BTF of the object"
          : "call 3 (line 3), map flows needs its types: EINVAL",
      ]);
      const other = row(policyFrom(libbpf, btf, map("HASH")), "cmds", "btf_load");
      expect(other?.required).toBe(false);
    },
  );

  test.each([
    ["0x5d", "uses fields of maps that need types: EINVAL"],
    ["0xa9", "uses fields of maps that need types: EINVAL"],
    ["0xc2", "uses fields of maps that need types: EINVAL"],
    ["0x6", "the object is loaded without types: no names of fields and lines"],
  ])("helper %s: %s", (id, text) => {
    const btf = "bpf(BPF_BTF_LOAD, {btf=0x7ffc, btf_size=81}, 40) = 3";
    const own = prog("XDP", { insns: `[${helper(id)}, ${exit}]` });
    expect(row(policyFrom(libbpf, btf, own), "cmds", "btf_load")?.without).toContain(text);
  });

  test("a callback needs types", () => {
    const callback = [
      ...[insn("BPF_LD|BPF_DW|BPF_IMM", 2, "BPF_PSEUDO_FUNC", 0, "0x2")],
      ...[insn("BPF_LD|BPF_W|BPF_IMM", 0, 0), exit],
    ];
    const btf = "bpf(BPF_BTF_LOAD, {btf=0x7ffc, btf_size=81}, 40) = 3";
    const own = prog("XDP", { size: 3, insns: `[${callback.join(", ")}]` });
    expect(row(policyFrom(libbpf, btf, own), "cmds", "btf_load")?.without).toContain(
      "has a callback: EINVAL",
    );
  });

  test("the masks of the calls with a token are those of tests, too", () => {
    const reader = new RecordedCallReader();
    const token = (text: string): string => text.replace("map_flags=0", "map_flags=0x10000");
    reader.push(
      `${[map("HASH"), token(map("ARRAY", "", eperm)), token(map("ARRAY"))].join("\n")}\n`,
    );
    expect(masksOfCalls(reader.finish())).toEqual({ cmds: 1n, maps: 4n, progs: 0n, attachs: 0n });
  });

  test("CAP_BPF has one reason, and that of the verifier is short", () => {
    const log = `R1 leaks addr ${"x".repeat(300)}`;
    const policy = policyFrom(prog("XDP", { more: `, log_buf="${log}\\n"` }));
    expect(row(policy, "caps", "bpf")?.because).toEqual(["creates and uses a token"]);
    expect(row(policy, "caps", "perfmon")?.because).toEqual([
      `call 1 (line 1), program main: ${log.slice(0, 200)}`,
    ]);
  });

  test("a program whose type has the number of a map with types needs none", () => {
    const btf = "bpf(BPF_BTF_LOAD, {btf=0x7ffc, btf_size=81}, 40) = 3";
    expect(MapType.SK_STORAGE).toBe(ProgType.RAW_TRACEPOINT_WRITABLE);
    expect(MapType.STRUCT_OPS).toBe(ProgType.TRACING);
    for (const type of ["RAW_TRACEPOINT_WRITABLE", "TRACING"]) {
      const own = policyFrom(libbpf, btf, prog(type, {}));
      expect(row(own, "cmds", "btf_load")?.required).toBe(false);
    }
  });

  test("follows the release, and knows no other option", () => {
    const reader = new RecordedCallReader();
    reader.push(`${prog("KPROBE", { attach: "57" })}\n`);
    const recorded = reader.finish();
    const unknown = (release: "6.12" | "6.18") => policyOfCalls(recorded, { release }).unknown;
    expect([unknown("6.12"), unknown("6.18")]).toEqual([["attach type trace_uprobe_session"], []]);
    expect(() => policyOfCalls(recorded, { relase: "6.12" } as object)).toThrow(TypeError);
  });

  test("a call without a name is named by its place", () => {
    const btf = "bpf(BPF_BTF_LOAD, {btf=0x7ffc, btf_size=81}, 40) = 3";
    const policy = policyFrom(btf, map("HASH").replace("flows", ""), prog("XDP", { name: "" }));
    for (const [i, [axis, name]] of [
      ["cmds", "btf_load"],
      ["maps", "hash"],
      ["progs", "xdp"],
    ].entries())
      expect(row(policy, axis ?? "", name ?? "")?.because).toEqual([
        `call ${i + 1} (line ${i + 1})`,
      ]);
  });

  test("a program of the shape of a test is one, if its instructions are not in the log", () => {
    const test = prog("SOCKET_FILTER", { ...test2, insns: "0x7ffc" });
    expect(row(policyFrom(libbpf, test), "progs", "socket_filter")?.because.at(-1)).toBe(
      "call 2 (line 2), a test of the loader",
    );
  });

  test("names at most five calls", () => {
    const refused = (count: number): string =>
      policyFrom(
        ...Array.from({ length: count }, (_, i) =>
          map("HASH", "", eperm).replace("flows", `m${i}`),
        ),
      ).open.join();
    const names = (...numbers: number[]) => numbers.map((n) => `${n} (MAP_CREATE)`).join(", ");
    expect(refused(1)).toContain("The kernel refused call 1 (MAP_CREATE) with EPERM");
    expect(refused(2)).toContain("calls 1 (MAP_CREATE) and 2 (MAP_CREATE) with");
    expect(refused(5)).toContain(`calls ${names(1, 2, 3, 4)} and 5 (MAP_CREATE) with`);
    expect(refused(6)).toContain(`calls ${names(1, 2, 3, 4, 5)} and 1 more with`);
  });

  test("a recording without programs proves nothing, and needs no token if it creates one", () => {
    const create = "bpf(BPF_TOKEN_CREATE, {token_create={flags=0, bpffs_fd=3}}, 8) = 4";
    const { proof, open, versions } = policyFrom(create, map("HASH"));
    expect([proof, open, versions]).toEqual([[], [], ["Tokens need Linux 6.9 or newer."]]);
  });

  test("types beyond a mask are no bit of it", () => {
    const [create, load] = [map("0x40"), prog("0x40", {})].map((text) =>
      text.replace(/BPF_(?:MAP|PROG)_TYPE_(0x40)/, "$1"),
    );
    const { delegation, open } = policyFrom(create ?? "", load ?? "");
    expect(delegation).toEqual({
      cmds: ["map_create", "prog_load"],
      attachs: ["cgroup_inet_ingress"],
    });
    expect(open.join()).toContain(
      "No mask has a bit for the type or attach type of calls 1 (MAP_CREATE) and 2",
    );
    const last = policyFrom(
      map("0x3f").replace("BPF_MAP_TYPE_0x3f", "0x3f"),
      prog("XDP", { attach: "0x3f" }),
    );
    expect([last.delegation.maps, last.delegation.attachs]).toEqual([[63], [63]]);
    expect(last.open.join()).not.toContain("No mask has a bit");
  });

  test("a BTF that is opened by id is for an extension only", () => {
    const byId = "bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1}, 12) = 3";
    // Storage of inodes has the number that programs of type ext have.
    for (const other of [map("INODE_STORAGE"), prog("XDP", {})])
      expect(policyFrom(byId, other).delegation.cmds).not.toContain("btf_get_fd_by_id");
    const withToken = byId.replace("btf_id=1", "btf_id=1, open_flags=0x10000, fd_by_id_token_fd=4");
    expect(policyFrom(withToken).delegation.cmds).toEqual(["btf_get_fd_by_id"]);
    const load = prog("XDP", {}).replace("prog_flags=0", "prog_flags=0x10000");
    expect(policyFrom(withToken, load).delegation.cmds).toEqual(["prog_load", "btf_get_fd_by_id"]);
  });

  test("reads calls that are interrupted, cut, or printed as numbers", () => {
    const begin = map("HASH").replace(/ *\}?, 80\) = 5$/, "}, 80 <unfinished ...>");
    const policy = policyFrom(
      `21 ${begin}`,
      `22 bpf(0 /* BPF_MAP_CREATE */, {map_type=0x2 /* BPF_MAP_TYPE_ARRAY */, map_flags=0}, 80) = 4`,
      "21 <... bpf resumed>) = 3",
      `23 ${begin.replace("HASH", "RINGBUF")}`,
      "24 <... bpf resumed>) = 3",
      "25 bpf(BPF_MAP_CREATE, {map_ty",
      "bpf(0x5, {prog_type=0x6, insn_cnt=0x2, insns=[{code=0x85, dst_reg=0, src_reg=0, off=0, imm=0x6}], prog_flags=0, expected_attach_type=0x25}, 0x94) = 0x4",
    );
    expect(policy.delegation).toMatchObject({
      maps: ["hash", "array", "ringbuf"],
      ...{ progs: ["xdp"], attachs: ["xdp"] },
    });
    expect(row(policy, "maps", "hash")?.because).toEqual(["call 1 (line 1), map flows"]);
    expect(policy.capabilities).toContain("perfmon");
    expect(policy.open.slice(0, 2)).toEqual([
      "The log lacks the start of a bpf() call, so its type is unknown.",
      "The log cuts a call on line 6. Record with: strace -f -v -s 65536 -o FILE COMMAND",
    ]);
  });

  test("a string that looks like a field is none", () => {
    const policy = policyFrom(
      prog("XDP", {
        attach: "BPF_XDP",
        more: ', log_buf="expected_attach_type=BPF_SK_LOOKUP, prog_type=2"',
      }),
    );
    expect(policy.delegation).toEqual({ cmds: ["prog_load"], progs: ["xdp"], attachs: ["xdp"] });
  });

  test("names what no delegation covers", () => {
    const policy = policyFrom(
      "bpf(BPF_PROG_GET_NEXT_ID, {start_id=0, next_id=0, open_flags=0}, 12) = 0",
      "bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1, open_flags=0}, 12) = 3",
      prog("STRUCT_OPS", { attach: "0x60 /* BPF_??? */" }),
      prog("KPROBE", {}),
    );
    expect(policy.delegation.cmds).toEqual(["prog_load"]);
    const open = policy.open.join("\n");
    expect(open).toContain(
      "No token helps with calls 1 (PROG_GET_NEXT_ID) and 2 (BTF_GET_FD_BY_ID)",
    );
    expect(open).toContain("No mask has a bit for the type or attach type of call 3");
    expect(open).toContain("struct_ops: the attach type is the index");
    expect(open).toContain("kprobe: loading is covered, attaching is not");
    const ext = policyFrom("bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1}, 12) = 3", prog("EXT", {}));
    expect(ext.delegation.cmds).toEqual(["prog_load", "btf_get_fd_by_id"]);
    expect(ext.capabilities).toContain("sys_admin");
  });

  // As libxdp 1.5 does when it cannot load its dispatcher.
  test("omits a replacement that was refused, if the program continues without it", () => {
    const calls = [
      "bpf(BPF_BTF_GET_FD_BY_ID, {btf_id=1}, 12) = 3",
      prog("EXT", { name: "xdp_pass" }, eperm),
    ];
    const policy = policyFrom(...calls, prog("XDP", { attach: "BPF_XDP" }));
    expect(policy.delegation).toEqual({ cmds: ["prog_load"], progs: ["xdp"], attachs: ["xdp"] });
    expect(policy.capabilities).toEqual(["bpf", "net_admin"]);
    expect(policy.open.join("\n")).toContain(
      "The policy does not permit calls 1 (BTF_GET_FD_BY_ID) and 2 (PROG_LOAD): the program continues without a function that the kernel refused to replace (ext)",
    );
    expect(policyFrom(...calls).delegation.progs).toEqual(["ext"]);
  });

  test.each([
    ["no program follows", ["refused"]],
    ["the program was loaded before", ["XDP", "refused"]],
    ["a replacement is refused after the program", ["refused", "XDP", "refused later"]],
    ["another replacement succeeded", ["refused", "accepted", "XDP"]],
    ["the program was refused, too", ["refused", "XDP refused"]],
  ])("keeps a refused replacement if %s", (_, steps) => {
    const lines: Readonly<Record<string, string>> = {
      refused: prog("EXT", { name: "xdp_pass" }, eperm),
      "refused later": prog("EXT", { name: "xdp_drop" }, eperm),
      accepted: prog("EXT", { name: "xdp_pass" }),
      XDP: prog("XDP", { attach: "BPF_XDP" }),
      "XDP refused": prog("XDP", { attach: "BPF_XDP" }, eperm),
    };
    const policy = policyFrom(...steps.map((step) => lines[step] ?? ""));
    expect(policy.delegation.progs).toContain("ext");
    expect(policy.open.join()).not.toContain("continues without a function");
  });

  test("keeps a refused replacement if the program only creates a map afterwards", () => {
    const calls = [prog("EXT", { name: "xdp_pass" }, eperm), map("HASH")];
    expect(policyFrom(...calls).delegation.progs).toContain("ext");
  });

  test("keeps a refused replacement if only a test of the loader follows", () => {
    const calls = [prog("EXT", { name: "xdp_pass" }, eperm), prog("SOCKET_FILTER", test2)];
    expect(policyFrom(...calls).delegation.progs).toContain("ext");
  });
});

describe("policy of a recording", () => {
  const header = '{"schema":"bpf-token/trace@1","arch":"x64"}';
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  function call(
    nr: number,
    attr: Uint8Array,
    more: object,
    memory: readonly unknown[] = [],
  ): string {
    return JSON.stringify({
      ...{ type: "call", pid: 7, name: "bpf", result: 3 },
      args: [`0x${nr.toString(16)}`, "0x1000", `0x${attr.length.toString(16)}`],
      memory: [["0x1000", base64(attr)], ...memory],
      ...more,
    });
  }
  const attr = (command: "MAP_CREATE" | "PROG_LOAD", fields: object): Uint8Array =>
    attrLayout(command, "6.18").encode(fields).bytes.slice();
  const create = attr("MAP_CREATE", { map_type: 1, map_name: "flows" });
  const insns = Uint8Array.from([0x85, 0, 0, 0, 6, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
  const load = attr("PROG_LOAD", {
    ...{ prog_type: 6, insn_cnt: 2, prog_name: "main", expected_attach_type: 37 },
  });
  // The address of the instructions.
  new DataView(load.buffer).setBigUint64(8, 0x2000n, true);

  test("has types, helpers and what seccomp refused", () => {
    const policy = policyFrom(
      header,
      call(0, create, {}),
      call(5, load, { result: -1, seccomp: true }, [["0x2000", base64(insns)]]),
    );
    expect(policy.delegation).toEqual({
      ...{ cmds: ["map_create", "prog_load"], maps: ["hash"] },
      ...{ progs: ["xdp"], attachs: ["xdp"] },
    });
    expect(row(policy, "caps", "perfmon")?.because[0]).toContain("bpf_trace_printk()");
    expect(row(policy, "maps", "hash")?.because).toEqual(["call 1 (line 2), map flows"]);
    expect(policy.open.join()).toContain("A seccomp filter refused call 2 (PROG_LOAD)");
  });

  test("has what the verifier requires of its instructions", () => {
    const code = [
      ...[0x61, 0x12, 0, 0, 0, 0, 0, 0, 0x61, 0x13, 4, 0, 0, 0, 0, 0, 0x1f, 0x23, 0, 0, 0, 0, 0, 0],
      ...[0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0],
    ];
    const five = attr("PROG_LOAD", {
      ...{ prog_type: 6, insn_cnt: 5, prog_name: "main", expected_attach_type: 37 },
    });
    new DataView(five.buffer).setBigUint64(8, 0x2000n, true);
    const run = (bytes: readonly number[]): string =>
      call(5, five, {}, [["0x2000", base64(Uint8Array.from(bytes))]]);
    // The two calls differ only in an instruction.
    const harmless = [...code.slice(0, 16), ...code.slice(0, 8), ...code.slice(24)];
    const policy = policyFrom(header, run(harmless), run(code));
    expect(row(policy, "caps", "perfmon")).toMatchObject({
      basis: "computed",
      because: [expect.stringContaining("call 2 (line 3), program main, instruction 2: r3 -= r2")],
    });
    expect(policyFrom(header, run(harmless)).capabilities).toEqual(["bpf", "net_admin"]);
    expect(policy.open.join()).not.toContain("CAP_PERFMON");
  });

  test("that is cut has a note, and one that is damaged is refused", async () => {
    const one = call(0, create, {});
    const policy = policyFrom(header, one, '{"type":"ca');
    expect(policy.delegation.maps).toEqual(["hash"]);
    expect(policy.open[0]).toMatch(/^The recording is cut: line 3: not JSON/);
    const damaged = await cli(["policy", "--from", file(header, '{"type":"ca', one)]);
    expect([damaged.code, damaged.out]).toEqual([1, ""]);
    expect(damaged.err).toContain("trace.log: line 2: not JSON");
    const other = await cli(["policy", "--from", file(header.replace("@1", "@9"))]);
    expect(other.err).toContain('schema: expected "bpf-token/trace@1"');
  });
});

describe("policy --from", () => {
  test("prints the same policy in every dialect, and --check compares it", async () => {
    const trace = file(map("HASH"), prog("XDP", { attach: "BPF_XDP" }));
    const { delegation } = policyFrom(map("HASH"), prog("XDP", { attach: "BPF_XDP" }));
    for (const dialect of dialects) {
      const { code, out } = await cli(["policy", "--from", trace, "--for", dialect]);
      expect(code).toBe(0);
      expect(sameDelegation(parseDelegation(out).delegation, delegation), dialect).toBe(true);
    }
    const { out: unit } = await cli(["policy", "--from", trace, "--for", "systemd"]);
    const settings = join(folder, "unit");
    writeFileSync(settings, unit.replace("BPFMapTypeHash", "BPFMapTypeArray"));
    const checked = await cli(["policy", "--from", trace, "--check", settings]);
    expect(checked.code).toBe(1);
    expect(checked.out).toContain("  - map hash: without it, the load fails with EPERM");
  });

  test("text fits in 80 columns and says why", async () => {
    const { code, out } = await cli(["policy", "--from", file(map("HASH"), prog("KPROBE", {}))]);
    expect(code).toBe(0);
    expect(out).toContain("  map    hash\n        why: call 1 (line 1), map flows\n");
    const lines = out.split("\n").filter((line) => !/trace\.log|bpf-token exec/.test(line));
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(80);
  });

  test("JSON has the input", async () => {
    const trace = file(map("HASH"));
    const { out } = await cli(["policy", "--from", trace, "--json"]);
    expect(JSON.parse(out)).toMatchObject({ from: trace, files: [], capabilities: ["bpf"] });
  });

  test.each([
    [["x.o", "--from", "x"], "give OBJECTs or --from, not both"],
    [["--from", "x", "--loader", "cilium"], "--loader needs an OBJECT, not --from"],
    [["--from", "x", "--try"], "--try needs an OBJECT, not --from"],
    [["--from", "/nowhere/x"], "cannot read '/nowhere/x': the file does not exist"],
    [["--from", "/"], "cannot read '/': it is a directory"],
  ])("refuses %j", async (args, message) => {
    const { code, err } = await cli(["policy", ...args]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  test("an input without calls is a finding", async () => {
    const { code, err } = await cli(["policy", "--from", file("hello", "bpf(")]);
    expect(code).toBe(1);
    expect(err).toContain("no bpf() call that a delegation permits");
    expect(err).not.toContain("no token");
    const query = file("bpf(BPF_PROG_GET_NEXT_ID, {start_id=0, next_id=0, open_flags=0}, 12) = 0");
    expect((await cli(["policy", "--from", query])).err).toContain("No token helps with call 1");
  });
});

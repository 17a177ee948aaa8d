// SPDX-License-Identifier: MIT
import { bpf } from "@bpf-token/syscall";
import { BAD_ADDRESS, BPF_F, type ProgLoadAttr } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import {
  type Case,
  closing,
  expectAgreement,
  type Known,
  makeTasks,
  type Tasks,
} from "./matrix-pair.ts";

type Attr = Partial<ProgLoadAttr>;

const tokens = ["no token", "token", "useless token"] as const;
type TokenUse = (typeof tokens)[number];

/** `mov r0, RETURNS; exit`, with copies of the first instruction up to the needed length. */
function program(length: number, returns = 0): Uint8Array {
  const insns = new Uint8Array(length * 8);
  for (let at = 0; at < insns.length; at += 8) {
    insns[at] = 0xb7;
    insns[at + 4] = returns;
  }
  insns.fill(0, -8);
  insns[insns.length - 8] = 0x95;
  return insns;
}

const fine: Attr = { insns: program(2), insn_cnt: 2, license: "GPL" };

/** Types whose programs may not return 0 with every attach type. All of them may return 1. */
const returns: Readonly<Record<number, number>> = { 18: 1 };

/** Types that always need an attach type. */
const attach: Readonly<Record<number, number>> = { 18: 8, 25: 21, 30: 36, 32: 45 };
const bits = Array.from({ length: 32 }, (_, bit) => bit).filter((bit) => bit !== 16);

const variants: Readonly<Record<string, Attr>> = {
  "": {},
  "no insns": { insn_cnt: 0 },
  "one insn": { insns: program(1), insn_cnt: 1 },
  "4096 insns": { insns: program(4096), insn_cnt: 4096 },
  "4097 insns": { insns: program(4097), insn_cnt: 4097 },
  "1000001 insns": { insn_cnt: 1000001 },
  "4294967295 insns": { insn_cnt: 0xffffffff },
  "insns shorter than insn_cnt": { insn_cnt: 3 },
  "insns bad": { insns: BAD_ADDRESS },
  "insns null": { insns: null },
  "license bad": { license: BAD_ADDRESS },
  "license null": { license: null },
  "license without end": { license: Uint8Array.of(71, 80, 76) },
  "license empty": { license: "" },
  "license long": { license: "x".repeat(300) },
  "license other": { license: "Proprietary" },
  ...each("flag", bits, (bit) => ({ prog_flags: (1 << bit) >>> 0 })),
  ...each("name", ["a", "fifteen_letters", "a b", "a.b", "a-b", " "], (prog_name) => ({
    prog_name,
  })),
  "name without end": { prog_name: new Uint8Array(16).fill(97) },
  "name after its NUL": { prog_name: Uint8Array.of(97, 0, 98) },
  attach_btf_id: { attach_btf_id: 1 },
  "attach_btf_id huge": { attach_btf_id: 0x100000 },
  "attach_prog_fd bad": { attach_prog_fd: 99 },
  "attach_prog_fd token": { attach_prog_fd: 20 },
  "attach_btf_obj_fd alone": { attach_btf_obj_fd: 99 },
  kern_version: { kern_version: 1 },
  log_level: { log_level: 1 },
  "log_level 16": { log_level: 16 },
  log_buf: { log_buf: new Uint8Array(256), log_size: 256, log_level: 1 },
  "log_buf without size": { log_buf: new Uint8Array(256), log_level: 1 },
  "log_buf without level": { log_buf: new Uint8Array(256), log_size: 256 },
  "log_size without buf": { log_size: 256 },
  "log_size huge": { log_buf: new Uint8Array(256), log_size: 0x40000000, log_level: 1 },
  "btf fd": { prog_btf_fd: 99 },
  func_info_cnt: { func_info_cnt: 1 },
  func_info_rec_size: { func_info_rec_size: 8 },
  line_info_cnt: { line_info_cnt: 1 },
  core_relo_cnt: { core_relo_cnt: 1 },
  "fd_array bad": { fd_array: BAD_ADDRESS },
  "fd_array_cnt 1, bad": { fd_array: BAD_ADDRESS, fd_array_cnt: 1 },
  "fd_array_cnt 1, no array": { fd_array_cnt: 1 },
  "fd_array_cnt 1, bad fd": { fd_array: Uint8Array.of(99, 0, 0, 0), fd_array_cnt: 1 },
  "fd_array_cnt 1, token": { fd_array: Uint8Array.of(20, 0, 0, 0), fd_array_cnt: 1 },
  "fd_array_cnt huge": { fd_array_cnt: 0xffffffff },
  signature_size: { signature_size: 1 },
  keyring_id: { keyring_id: 1 },
  "token fd without flag": { prog_token_fd: 99 },
};

function each<T>(
  what: string,
  values: readonly T[],
  attr: (value: T) => Attr,
): Record<string, Attr> {
  return Object.fromEntries(values.map((value) => [`${what} ${value}`, attr(value)]));
}

function question(
  who: string,
  type: number,
  token: TokenUse,
  name: string,
  attr: Attr,
): Case<Tasks> {
  return {
    label: `${who}, type ${type}, ${token}, ${name || "fine"}`,
    ask: (world) => {
      const task = world.tasks[who];
      if (!task) throw new Error(`no task ${who}`);
      const fd = token === "token" ? world.token : world.useless;
      const flags = ((attr.prog_flags ?? 0) | BPF_F.TOKEN_FD) >>> 0;
      const used = token === "no token" ? {} : { prog_flags: flags, prog_token_fd: fd };
      const insns = program(2, returns[type]);
      const all = { ...fine, insns, prog_type: type, ...attr, ...used };
      return closing(task, bpf(task, "PROG_LOAD", all));
    },
  };
}

const types = Array.from({ length: 41 }, (_, type) => type);

/** Differences of some kernels only, which depend on their configuration and security modules. */
const lirc: Known = {
  match: /type 20, .*: model .*, real EINVAL$/,
  machine: true,
  why: "only kernels with BPF_LIRC_MODE2 have the type LIRC_MODE2 (20)",
};
const trampolines: Known = {
  match: /type (26|28|29), .*: model .*, real EPERM$/,
  machine: true,
  why: "this kernel refuses TRACING (26, as FENTRY, FEXIT and MODIFY_RETURN), EXT (28) and LSM (29) to every caller",
};
const notVerified: Known = {
  match: /, one insn: model \d+, real EACCES$/,
  why: "this program returns an unset register, and the model does not track registers",
};
const known: readonly Known[] = [lirc, trampolines];

const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("PROG_LOAD on model and running kernel", { timeout: 600_000 }, () => {
    test("every type with every set of capabilities, with and without token", () => {
      const sets = ["none", "bpf", "bpf+net", "net", "perfmon", "bpf+perfmon", "sys", "all"];
      const who = ["host", "app"].flatMap((user) => sets.map((set) => `${user}/${set}`));
      const cases = who.flatMap((w) =>
        types.flatMap((type) =>
          tokens.map((token) =>
            question(w, type, token, "", { expected_attach_type: attach[type] ?? 0 }),
          ),
        ),
      );
      expectAgreement("PROG_LOAD: capabilities", makeTasks, cases, known);
    });

    test("every type with every expected attach type", () => {
      const numbers = [...Array.from({ length: 66 }, (_, n) => n), 255, 0x7fffffff, 0xffffffff];
      const cases = ["host/all", "app/all"].flatMap((w) =>
        types.flatMap((type) =>
          numbers.flatMap((n) =>
            tokens
              .slice(0, 2)
              .map((token) => question(w, type, token, `attach ${n}`, { expected_attach_type: n })),
          ),
        ),
      );
      expectAgreement("PROG_LOAD: attach types", makeTasks, cases, known);
    });

    test("every type with every variant of its attributes", () => {
      const cases = ["host/all", "host/none", "app/all"].flatMap((w) =>
        types.flatMap((type) =>
          tokens.slice(0, 2).flatMap((token) =>
            Object.entries(variants).map(([name, attr]) =>
              question(w, type, token, name, {
                expected_attach_type: attach[type] ?? 0,
                ...attr,
              }),
            ),
          ),
        ),
      );
      expectAgreement("PROG_LOAD: attributes", makeTasks, cases, [...known, notVerified]);
    });
  });

// SPDX-License-Identifier: MIT
import { Ajv } from "ajv";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { scenarioSchema } from "../src/index.ts";

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
const validate = ajv.compile(scenarioSchema);

/** Validates a text with the schema; returns the reason if it is invalid. */
function fault(text: string): string | undefined {
  if (validate(parse(text))) return undefined;
  return JSON.stringify(validate.errors?.map((error) => `${error.instancePath} ${error.message}`));
}

const steps = (lines: string) => `name: x\nsteps:\n${lines}`;

test.each([
  "  - fsopen: bpf\n    as: ctx\n    say: hello",
  "  - fsopen: { fs_name: bpf, flags: [CLOEXEC, 0x2] }",
  "  - unshare: [NEWUSER, CLONE_NEWNS]",
  "  - unshare: NEWUSER",
  "  - close: $ctx",
  "  - exec:",
  "  - fork: app",
  "  - send: { fd: $x, to: app }",
  "  - fstat: { fd: 0, statbuf: { struct: stat } }",
  "  - bpf: TOKEN_CREATE",
  "  - bpf: TOKEN_CREATE\n    attr: { bpffs_fd: $x }\n    size: 8\n    tail: { hex: 01 }\n    poke: { 8: 1 }",
  "  - bpf: TOKEN_CREATE\n    attr: { zero: 8 }",
  "  - bpf: TOKEN_CREATE\n    attr: bad_address",
  "  - bpf: { cmd: 36, attr: null, size: 0 }",
  "  - bpf: PROG_LOAD\n    attr: { insns: return_0, license: GPL }",
  "  - caps: { drop: [BPF], permitted: { only: all } }",
  "  - id_maps: { uid: [0, 0, 1], gid: [[0, 0, 1]], setgroups: deny }",
  "  - become: 1000",
  "  - container:",
  "  - delegate: { fs: 3, cmds: [map_create, 0x4], maps: any, progs: 4 }",
  "  - read_file: /x\n    expect: { contains: [a, b], lacks: c }",
  "  - exec:\n    expect: { errno: EPERM, check: a.b }",
  '  - exec:\n    expect: { "6.18": ok, "6.12": { errno: EINVAL }, "6.9": 3 }',
  "  - exec:\n    expect: $x",
  "  - exec:\n    needs: { since: 6.17, features: [sysctl] }",
])("the schema takes: %s", (lines) => {
  expect(fault(steps(lines))).toBeUndefined();
});

test.each([
  ["no name", "steps: []"],
  ["no steps", "name: x"],
  ["an unknown key", "name: x\nsteps: []\nnmae: x"],
  ["a bad rule", "name: x\nrules: [TC7]\nsteps: []"],
  ["an unknown call", steps("  - fsopne: bpf")],
  ["two calls", steps("  - exec:\n    settle:")],
  ["no call", steps("  - say: x")],
  ["an unknown argument", steps("  - fsopen: { nmae: bpf }")],
  ["an unknown flag", steps("  - unshare: [NEWUSR]")],
  ["an unknown field", steps("  - bpf: MAP_CREATE\n    attr: { map_tpye: 1 }")],
  ["an unknown errno", steps("  - exec:\n    expect: EPREM")],
  ["attr with another call", steps("  - exec:\n    attr: {}")],
  ["an unknown capability", steps("  - caps: { drop: [BFP] }")],
  ["an unknown structure", steps("  - fstat: { fd: 0, statbuf: { struct: stta } }")],
  ["a missing argument", steps("  - write_file: { path: x }")],
])("the schema refuses %s", (_what, text) => {
  expect(fault(text)).toBeDefined();
});

// SPDX-License-Identifier: MIT
import { bpf, type Kernel, raw } from "@bpf-token/syscall";
import { BPF_F, insn, type ProgLoadAttr } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import {
  type Case,
  closing,
  expectAgreement,
  type Known,
  makeTasks,
  randomNumbers,
  type Tasks,
  taskOf,
} from "./matrix-pair.ts";
import { drawProgram, mapFds } from "./random-program.ts";

/** Tasks that have the same maps open with the same numbers. */
function makeTasksWithMaps(kernel: Kernel): Tasks {
  const world = makeTasks(kernel);
  const maps = [
    { fd: mapFds.array, attr: { map_type: 2, key_size: 4, value_size: 16, max_entries: 1 } },
    { fd: mapFds.many, attr: { map_type: 2, key_size: 4, value_size: 16, max_entries: 2 } },
    { fd: mapFds.hash, attr: { map_type: 1, key_size: 4, value_size: 8, max_entries: 1 } },
    { fd: mapFds.sockmap, attr: { map_type: 15, key_size: 4, value_size: 4, max_entries: 1 } },
  ];
  for (const who of ["host", "app"]) {
    for (const { fd, attr } of maps) {
      const maker = taskOf(world, `${who}/all`);
      const token = { map_flags: BPF_F.TOKEN_FD, map_token_fd: world.token };
      const made = bpf(maker, "MAP_CREATE", who === "app" ? { ...attr, ...token } : attr);
      raw.dup2(maker, made, fd);
      raw.close(maker, made);
    }
  }
  return world;
}

/** The tasks that load the programs, with all capabilities and with fewer. */
const loaders: readonly {
  who: string;
  type: number;
  token: boolean;
  attr?: Partial<ProgLoadAttr>;
}[] = [
  { who: "host/all", type: 1, token: false },
  { who: "host/all", type: 6, token: false },
  { who: "app/all", type: 6, token: true },
  { who: "app/all", type: 8, token: true },
  { who: "app/all", type: 31, token: true, attr: { prog_flags: BPF_F.SLEEPABLE } },
  { who: "host/bpf", type: 1, token: false },
  { who: "app/bpf", type: 31, token: true, attr: { prog_flags: BPF_F.SLEEPABLE } },
  { who: "app/bpf", type: 1, token: true },
  { who: "app/bpf+net", type: 6, token: true },
  { who: "app/bpf+net", type: 8, token: true, attr: { license: "Proprietary" } },
];

function load(label: string, insns: Uint8Array, more: Partial<ProgLoadAttr> = {}): Case<Tasks>[] {
  return loaders.map(({ who, type, token, attr = {} }) => ({
    label: `${who}, type ${type}${token ? ", token" : ""}, ${label}`,
    ask: (world) => {
      const task = taskOf(world, who);
      const flags = (attr.prog_flags ?? 0) | (more.prog_flags ?? 0);
      const all = { insns, insn_cnt: insns.length / 8, license: "GPL", ...attr, ...more };
      const used = token
        ? { prog_flags: (flags | BPF_F.TOKEN_FD) >>> 0, prog_token_fd: world.token }
        : { prog_flags: flags };
      return closing(task, bpf(task, "PROG_LOAD", { prog_type: type, ...all, ...used }));
    },
  }));
}

const notVerified: Known = {
  match: /: model \d+, real E[A-Z0-9]+$/,
  why: "the model accepts programs that it does not verify; the kernel may refuse them",
};

const hex = (insns: Uint8Array): string => Buffer.from(insns).toString("hex");
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const mov0 = insn(0xb7);
const exit = insn(0x95);

const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("instructions on model and running kernel", { timeout: 300_000 }, () => {
    test("every opcode", () => {
      const operands = [
        [0, 0, 0, 0],
        [1, 0, 0, 16],
        [0, 0, 1, 0],
        [2, 10, -8, 0],
        [10, 2, -8, 0],
        [11, 1, 0, 1],
      ] as const;
      const cases = Array.from({ length: 256 }, (_, code) => code).flatMap((code) =>
        operands.flatMap(([dst, src, off, imm]) =>
          load(
            `code ${code.toString(16)} ${dst} ${src} ${off} ${imm}`,
            join(mov0, insn(code, dst, src, off, imm), mov0, exit),
          ),
        ),
      );
      expectAgreement("PROG_LOAD: codes", makeTasksWithMaps, cases, [notVerified]);
    });

    test("every helper", () => {
      const cases = Array.from({ length: 220 }, (_, id) => id).flatMap((id) =>
        load(`helper ${id}`, join(insn(0x85, 0, 0, 0, id), mov0, exit)),
      );
      expectAgreement("PROG_LOAD: helpers", makeTasksWithMaps, cases, [notVerified]);
    });

    test("random programs", () => {
      const random = randomNumbers(20241125);
      const cases = Array.from({ length: 4000 }, () => drawProgram(random)).flatMap((insns) =>
        load(hex(insns), insns),
      );
      expectAgreement("PROG_LOAD: random programs", makeTasksWithMaps, cases, [notVerified]);
    });
  });

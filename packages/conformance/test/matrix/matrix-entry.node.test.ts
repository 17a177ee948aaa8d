// SPDX-License-Identifier: MIT
import { createMap, type Kernel, loadBtf, loadProgram, raw } from "@bpf-token/syscall";
import { BAD_ADDRESS, BpfCmd } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import {
  type Case,
  closing,
  expectAgreement,
  type Known,
  makeTasks,
  type Tasks,
  taskOf,
  tinyBtf,
} from "./matrix-pair.ts";

const UNION = 168;
/** The file descriptor numbers that every task has open, and one that none has. */
const fds = { null: 0, token: 20, map: 22, prog: 23, btf: 24, none: 99 };

/** The tasks of all matrices, each with a map, a program and a BTF object in addition. */
function createFixture(kernel: Kernel): Tasks {
  const made = makeTasks(kernel);
  const insns = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
  const owner = taskOf(made, "host/all");
  using map = createMap(owner, { type: "ARRAY", keySize: 4, valueSize: 4, maxEntries: 1 });
  using prog = loadProgram(owner, { type: "SOCKET_FILTER", insns });
  using btf = loadBtf(owner, tinyBtf);
  for (const task of Object.values(made.tasks)) {
    for (const [fd, at] of [
      [map, fds.map],
      [prog, fds.prog],
      [btf, fds.btf],
    ] as const) {
      using copy = fd.sendTo(task);
      raw.dup2(task, copy.fd, at);
    }
  }
  return made;
}

/** Commands that are not tested, because they attach programs or affect the whole machine. */
const never: readonly number[] = [
  BpfCmd.PROG_ATTACH,
  BpfCmd.PROG_DETACH,
  BpfCmd.RAW_TRACEPOINT_OPEN,
  BpfCmd.LINK_CREATE,
  BpfCmd.LINK_UPDATE,
  BpfCmd.LINK_DETACH,
  BpfCmd.ENABLE_STATS,
];
const commands = [
  -1,
  -0x80000000,
  ...Array.from({ length: 42 }, (_, cmd) => cmd),
  255,
  65536,
  0x7fffffff,
].filter((cmd) => !never.includes(cmd));
const who = ["host/all", "host/none", "host/bpf+net", "host/sys", "app/all", "app/none"];

function attr(words: Readonly<Record<number, number>>, size = UNION): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  for (const [at, value] of Object.entries(words)) view.setUint32(Number(at) * 4, value, true);
  return bytes;
}

const ask = (
  user: string,
  cmd: number,
  label: string,
  make: () => Uint8Array | null | typeof BAD_ADDRESS,
  size = UNION,
): Case<Tasks> => ({
  label: `${user}, cmd ${cmd}, ${label}`,
  ask: (tasks) => {
    const task = taskOf(tasks, user);
    return closing(task, raw.bpf(task, cmd, make(), size));
  },
});

const values = [
  1,
  2,
  fds.token,
  fds.map,
  fds.prog,
  fds.btf,
  fds.none,
  0x10000,
  0x7fffffff,
  0x80000000,
  0xffffffff,
];

const nextId: Known = {
  match: /cmd (11|12|23), .*: model ENOENT, real 0$/,
  machine: true,
  why: "a real machine has other programs, maps and BTF, so there is a next id",
};
const ids: Known = {
  match: /cmd (13|14|19), .*: model \d+, real ENOENT$/,
  machine: true,
  why: "ids on a real machine do not start where those of the model start",
};
/** Command 65536 is MAP_CREATE with BPF_COMMON_ATTRS (Linux 7.2), which the executor recognises. */
const large: Known = {
  match: /cmd (0|65536), .*: model (EINVAL|E2BIG), real kept from the kernel/,
  why: "the test creates no map of 4 GiB on a real kernel",
};
const always = [nextId, ids, large];
const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("bpf() on model and running kernel", { timeout: 600_000 }, () => {
    test("sizes and pointers of the attribute, for every command", () => {
      const sizes = [
        0, 1, 3, 4, 7, 8, 12, 16, 151, 152, 153, 167, 168, 169, 176, 4095, 4096, 4097, 0x7fffffff,
        0xffffffff,
      ];
      const cases = who.flatMap((user) =>
        commands.flatMap((cmd) => [
          ...sizes.flatMap((size) => [
            ask(user, cmd, `zeroes, size ${size}`, () => new Uint8Array(4096), size),
            ask(user, cmd, `NULL, size ${size}`, () => null, size),
            ask(user, cmd, `bad, size ${size}`, () => BAD_ADDRESS, size),
            ask(user, cmd, `100 bytes, size ${size}`, () => new Uint8Array(100), size),
            ask(user, cmd, `ones, size ${size}`, () => new Uint8Array(4096).fill(0xff), size),
          ]),
          ask(user, cmd, "one after the union", () => attr({ 42: 1 }, 180), 180),
          ask(user, cmd, "one at the end of the union", () => attr({ 41: 1 })),
        ]),
      );
      expectAgreement("bpf(): sizes", createFixture, cases, always);
    });

    test("every word of the attribute, for every command", () => {
      const cases = who.flatMap((user) =>
        commands.flatMap((cmd) =>
          Array.from({ length: UNION / 4 }, (_, word) => word).flatMap((word) =>
            values.flatMap((value) => [
              ask(user, cmd, `word ${word} = ${value}`, () => attr({ [word]: value })),
            ]),
          ),
        ),
      );
      expectAgreement("bpf(): words", createFixture, cases, always);
    });

    test("two words of the attribute, for commands that take file descriptors or ids", () => {
      const few = [1, fds.token, fds.map, fds.prog, fds.none, 0xffffffff];
      const cases = ["host/all", "app/all"].flatMap((user) =>
        commands
          .filter((cmd) => cmd >= 0 && cmd <= 40)
          .flatMap((cmd) =>
            few.flatMap((first) =>
              [1, 2, 3, 4, 5].flatMap((word) =>
                [1, 3, fds.token, fds.map, fds.prog, 0x10000, 0x8].map((value) =>
                  ask(user, cmd, `word 0 = ${first}, word ${word} = ${value}`, () =>
                    attr({ 0: first, [word]: value }),
                  ),
                ),
              ),
            ),
          ),
      );
      expectAgreement("bpf(): pairs of words", createFixture, cases, [nextId, ids]);
    });
  });

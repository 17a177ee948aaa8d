// SPDX-License-Identifier: MIT
import { createMap, type Kernel, loadBtf, loadProgram, raw, type Task } from "@bpf-token/syscall";
import { BPF_F, type BpfCmdName, type MapCreateAttr } from "@bpf-token/uapi";
import { describe, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import { type Datum, MapScript, type Op, type Spec } from "./matrix-map-script.ts";
import { type Case, expectAgreement, tinyBtf } from "./matrix-pair.ts";

/** The file descriptor numbers in the calling task. */
const fds = {
  prog: 30,
  otherProg: 31,
  map: 32,
  otherMap: 33,
  memfd: 34,
  btf: 35,
  dir: 36,
  none: 99,
};

interface Fixture {
  readonly task: Task;
}

function createFixture(kernel: Kernel): Fixture {
  const task = kernel.init.fork();
  const insns = Uint8Array.of(0xb7, 0, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0);
  using prog = loadProgram(task, { type: "SOCKET_FILTER", insns });
  using xdp = loadProgram(task, { type: "XDP", attach: "XDP", insns });
  using map = createMap(task, { type: "ARRAY", keySize: 4, valueSize: 4, maxEntries: 1 });
  using other = createMap(task, { type: "ARRAY", keySize: 4, valueSize: 8, maxEntries: 1 });
  using btf = loadBtf(task, tinyBtf);
  const memfd = raw.memfd_create(task, "a file of another kind", 0);
  const from = [prog.fd, xdp.fd, map.fd, other.fd, memfd, btf.fd];
  for (const [i, fd] of from.entries()) raw.dup2(task, fd, fds.prog + i);
  raw.close(task, memfd);
  return { task };
}

const plain = { key_size: 4, value_size: 4, max_entries: 3 };

function spec(label: string, map_type: number, attr: Partial<MapCreateAttr>, more = {}): Spec {
  return { label, attr: { ...plain, ...attr, map_type }, ...more };
}

const hash = { unordered: true } as const;
const cpus = { room: 1024 } as const;
const specs: readonly Spec[] = [
  spec("array", 2, {}),
  spec("array of 8", 2, { value_size: 8, max_entries: 1 }),
  spec("array of 3", 2, { value_size: 3 }),
  spec("array, mmapable", 2, { map_flags: BPF_F.MMAPABLE }),
  spec("array, rdonly", 2, { map_flags: BPF_F.RDONLY }),
  spec("array, wronly", 2, { map_flags: BPF_F.WRONLY }),
  spec("array, rdonly_prog", 2, { map_flags: BPF_F.RDONLY_PROG }),
  spec("hash", 1, {}, hash),
  spec("hash of 1", 1, { max_entries: 1 }, hash),
  spec("hash, no prealloc", 1, { map_flags: BPF_F.NO_PREALLOC }, hash),
  spec("hash by 1", 1, { key_size: 1, value_size: 5 }, hash),
  spec("hash by 13", 1, { key_size: 13, value_size: 64 }, hash),
  spec("hash, rdonly", 1, { map_flags: BPF_F.RDONLY }, hash),
  spec("hash, wronly", 1, { map_flags: BPF_F.WRONLY }, hash),
  spec("percpu_hash", 5, {}, { ...hash, ...cpus }),
  spec("percpu_array", 6, {}, cpus),
  spec("lru_hash", 9, { max_entries: 1000 }, hash),
  spec("lru_percpu_hash", 10, { max_entries: 1000 }, { ...hash, ...cpus }),
  spec("prog_array", 3, {}, { ids: true }),
  spec("array_of_maps", 12, {}, { inner: true, ids: true }),
  spec("hash_of_maps", 13, {}, { ...hash, inner: true, ids: true }),
];

/** Values that are valid for at least one map type. */
function goods(one: Spec): readonly number[] {
  switch (one.attr.map_type) {
    case 3:
      return [fds.prog];
    case 12:
    case 13:
      return [fds.map];
    default:
      return [7];
  }
}

const named: readonly Datum[] = [0, 1, ...Object.values(fds), 0x7fffffff, 0x80000000, 0xffffffff];
const wide: readonly Datum[] = [
  [fds.prog, 0, 0, 0, 1],
  [1, 0, 0, 0, 1],
  [1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 0, 1],
  [0, 0, 0, 0, fds.prog],
];
const unreadable: readonly Datum[] = ["null", "bad", "short"];
const flags = [0, 1, 2, 3, 4, 5, 8, 2n ** 32n, 2n ** 63n];

const keys: readonly Datum[] = [0, 1, 2, 3, fds.dir, fds.prog, fds.none, 0xffffffff, ...unreadable];
const valuesOf = (one: Spec): readonly Datum[] => [
  ...named,
  ...(one.attr.value_size === 8 ? wide : []),
  ...(one.room ? unreadable.slice(0, 2) : unreadable),
];

const elem: readonly BpfCmdName[] = [
  "MAP_LOOKUP_ELEM",
  "MAP_UPDATE_ELEM",
  "MAP_DELETE_ELEM",
  "MAP_GET_NEXT_KEY",
  "MAP_LOOKUP_AND_DELETE_ELEM",
];
const batches: readonly BpfCmdName[] = [
  "MAP_LOOKUP_BATCH",
  "MAP_LOOKUP_AND_DELETE_BATCH",
  "MAP_UPDATE_BATCH",
  "MAP_DELETE_BATCH",
];

/** The commands that prepare the map. */
function befores(one: Spec): Readonly<Record<string, readonly Op[]>> {
  const [value = 0] = goods(one);
  const update = (key: number): Op => ({ cmd: "MAP_UPDATE_ELEM", key, value });
  return {
    empty: [],
    one: [update(0)],
    "too many": [0, 1, 2, 3, 4].map(update),
    "all but one": [...[0, 1, 2].map(update), { cmd: "MAP_DELETE_ELEM", key: 1 }],
    frozen: [update(0), { cmd: "MAP_FREEZE" }],
  };
}

/** The commands, with one varying argument each. */
function singles(one: Spec, cmd: BpfCmdName, before: string): readonly Op[] {
  const key = 0;
  const [value = 0] = goods(one);
  const bad = one.room ? unreadable.slice(0, 2) : unreadable;
  if (cmd === "MAP_GET_NEXT_KEY") return nextKeys(one);
  const byKey = keys.map((k): Op => ({ cmd, key: k, value }));
  if (cmd === "MAP_DELETE_ELEM") return byKey;
  if (before === "frozen")
    return [
      { cmd, key, value },
      { cmd, key: "bad", value, flags: 4 },
    ];
  const flagged = flags.map((f): Op => ({ cmd, key, value, flags: f }));
  if (cmd !== "MAP_UPDATE_ELEM")
    return [...byKey, ...flagged, ...bad.map((v): Op => ({ cmd, key, value: v }))];
  const values = before === "one" ? [0, 1, 2, 4, 8] : [0];
  return [
    ...byKey,
    ...flagged,
    ...values.flatMap((f) => valuesOf(one).map((v): Op => ({ cmd, key, value: v, flags: f }))),
    ...[2, 1000].flatMap((k) => [1, 2].map((f): Op => ({ cmd, key: k, value, flags: f }))),
  ];
}

/** The order of keys is not compared if the map type does not define it. */
function nextKeys(one: Spec): readonly Op[] {
  const cmd = "MAP_GET_NEXT_KEY";
  const from = one.unordered ? [1000, ...unreadable] : keys;
  const key = one.unordered ? 1000 : 0;
  return [
    ...from.map((k): Op => ({ cmd, key: k })),
    ...unreadable.map((value): Op => ({ cmd, key, value })),
  ];
}

function batchOps(one: Spec, cmd: BpfCmdName, before: string): readonly Op[] {
  const [value = 0] = goods(one);
  const same = { cmd, value: one.ids ? value : 1 };
  if (!inBatches.has(one.attr.map_type ?? 0)) return [{ ...same, batch: {} }];
  // The order of elements in a hash map is not defined.
  const alone = !one.unordered || !cmd.startsWith("MAP_LOOKUP") || before.length <= 5;
  const all = alone ? {} : { count: 5 };
  return [
    ...(alone ? [0, 1, 2, 3, 5] : [0, 5]).map((count): Op => ({ ...same, batch: { count } })),
    ...[1, 4, 8, 2n ** 32n].map((e): Op => ({ ...same, batch: { ...all, elem: e } })),
    { ...same, batch: { ...all, flags: 1 } },
    ...[1, 4].map((e): Op => ({ ...same, batch: { elem: e, flags: 1, count: 0 } })),
    ...[...(one.unordered ? [] : [0, 1, 2]), 5000, 0xffffffff, "bad" as const].map(
      (i): Op => ({ ...same, batch: { ...all, in: i } }),
    ),
    ...(["null", "bad"] as const).flatMap((d): Op[] => [
      { ...same, batch: { out: d, count: 5 } },
      ...(alone ? [{ ...same, key: d, batch: {} }] : []),
      ...(alone ? [{ ...same, value: d, batch: {} }] : []),
    ]),
    ...(alone ? [1, 2, 1000] : []).map((key): Op => ({ ...same, key, batch: { count: 2 } })),
  ];
}

/** Map types that support batches. */
const inBatches = new Set([1, 2, 5, 6, 9, 10, 12, 13]);

function cases(
  cmds: readonly BpfCmdName[],
  ops: (one: Spec, cmd: BpfCmdName, before: string) => readonly Op[],
) {
  return specs.flatMap((one) =>
    Object.entries(befores(one)).flatMap(([name, before]) =>
      cmds.flatMap((cmd) =>
        ops(one, cmd, name).map(
          (op): Case<Fixture> => ({
            label: `${one.label}, ${name}, ${formatOp(op)}`,
            ask: ({ task }) => MapScript.run(task, one, [...before, op]),
          }),
        ),
      ),
    ),
  );
}

const formatOp = (op: Op): string =>
  JSON.stringify(op, (_, v: unknown) => (typeof v === "bigint" ? `${v}` : v)).replaceAll('"', "");

const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("elements of maps on model and running kernel", { timeout: 600_000 }, () => {
    test("commands on one element", () => {
      expectAgreement("elements", createFixture, cases(elem, singles));
    });

    test("commands on several elements", () => {
      expectAgreement("batches", createFixture, cases(batches, batchOps));
    });
  });

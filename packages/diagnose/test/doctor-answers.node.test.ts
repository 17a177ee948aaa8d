// SPDX-License-Identifier: MIT
// The whole diagnosis for processes in many states, with and without objects, recorded calls and trials.
// `npx vitest run --project node FILE -u` writes the files; read their difference.
import type { ObjectSpec } from "@bpf-token/object";
import { AttachType, insn, MapType, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  type Diagnosis,
  diagnose,
  type Facts,
  ProcessObserver,
  type TraceEvent,
  type TrialAnswer,
} from "../src/index.ts";
import { BPF, BPF_NET_ADMIN, bpffs, container, withCapabilities } from "./facts.ts";
import { filterBytes, refusing } from "./filters.ts";
import { grouped } from "./grouped.ts";
import { bpf, call, PID, refused, states, withToken } from "./replay-events.ts";

function text({ verdict, ok, release, findings, token, calls, trial }: Diagnosis): string {
  const lines = findings.flatMap(
    ({ id, severity, confidence, cause, evidence, fix, lacks = [] }) => [
      `${severity} ${confidence} ${id}${lacks.map(({ axis, name }) => ` ${axis}:${name}`).join("")}: ${cause}`,
      ...evidence.map((line) => `  + ${line}`),
      ...fix.map((line) => `  > ${line}`),
    ],
  );
  return [
    `${ok ? "ok" : "not ok"}, Linux ${release}: ${verdict}`,
    ...(token === undefined ? [] : [`token: ${JSON.stringify(token)}`]),
    ...(calls === undefined ? [] : [`calls: ${calls.made} made, ${calls.refused} refused`]),
    ...(trial ?? []).map((row) => `trial: ${JSON.stringify(row)}`),
    ...lines,
  ].join("\n");
}

type Maps = readonly (readonly [type: number, origin?: string])[];
type Programs = readonly (readonly [section: string, type: number, attach: number])[];
const object = (maps: Maps, programs: Programs, insns = new Uint8Array()): ObjectSpec =>
  ({
    maps: maps.map(([type, origin = "definition"], i) => ({ name: `m${i}`, type, origin })),
    programs: programs.map(([section, type, attach], i) => ({
      ...{ name: `p${i}`, section, type, attach, attachOptional: attach > 3 },
      ...{ autoload: true, function: i },
    })),
    functions: programs.map((_, i) => ({ name: `p${i}`, insns, calls: [], relocations: [] })),
    ...{ structOps: [], externs: [], btf: undefined },
  }) as unknown as ObjectSpec;
const printing = Uint8Array.of(
  0x85,
  0,
  0,
  0,
  6,
  0,
  0,
  0,
  0xb7,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  0x95,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
);

/** An XDP program with code after the load of its packet. */
function withCode(...code: readonly Uint8Array[]): ObjectSpec {
  const whole = [
    insn(0x61, 2, 1, 0),
    insn(0x61, 3, 1, 4),
    ...code,
    insn(0xb7, 0, 0, 0, 2),
    insn(0x95),
  ];
  const insns = Uint8Array.from(whole.flatMap((one) => [...one]));
  const spec = object([[MapType.ARRAY]], [["xdp", ProgType.XDP, AttachType.XDP]], insns);
  const functions = spec.functions.map((one) => ({
    ...one,
    section: "xdp",
    start: 0,
    global: true,
  }));
  return { ...spec, functions } as ObjectSpec;
}

const objects: Readonly<Record<string, ReadonlyMap<string, ObjectSpec>>> = {
  "no object": new Map(),
  "an XDP program": new Map([
    ["xdp.o", object([[MapType.ARRAY]], [["xdp", ProgType.XDP, AttachType.XDP]])],
  ]),
  "programs that trace": new Map([
    [
      "trace.o",
      object(
        [[MapType.PERF_EVENT_ARRAY], [MapType.ARRAY, "bss"], [MapType.HASH]],
        [
          ["kprobe/f", ProgType.KPROBE, 0],
          ["fentry/f", ProgType.TRACING, AttachType.TRACE_FENTRY],
          ["tracepoint/x", ProgType.TRACEPOINT, 0],
        ],
        printing,
      ),
    ],
  ]),
  "maps in another order": new Map([
    [
      "maps.o",
      {
        ...object(
          [[MapType.DEVMAP], [MapType.ARRAY, "bss"], [MapType.RINGBUF], [MapType.HASH, "legacy"]],
          [["lsm/x", ProgType.LSM, AttachType.LSM_MAC]],
        ),
        // Only whether there are types decides.
        btf: {} as ObjectSpec["btf"],
      } as ObjectSpec,
    ],
  ]),
  "a difference of pointers": new Map([["difference.o", withCode(insn(0x1f, 3, 2))]]),
  "an index that is not known": new Map([
    [
      "open.o",
      withCode(
        ...[insn(0x61, 3, 1, 12), insn(0x57, 3, 0, 0, 7), insn(0x7a, 10, 0, -8, 0)],
        ...[insn(0xbf, 4, 10), insn(0x07, 4, 0, 0, -8), insn(0x0f, 4, 3)],
      ),
    ],
  ]),
  "two objects": new Map([
    [
      "a.o",
      object(
        [[MapType.DEVMAP]],
        [
          ["tc", ProgType.SCHED_CLS, 0],
          ["kprobe/f", ProgType.KPROBE, 0],
        ],
      ),
    ],
    ["b.o", object([[MapType.RINGBUF]], [["cgroup_skb/egress", ProgType.CGROUP_SKB, 1]])],
  ]),
};

const initial = { inode: 4026531837, initial: true };
const mounts = (...all: readonly Partial<Facts["bpffs"][number]>[]): Partial<Facts> => ({
  bpffs: all.map((one) => ({ ...bpffs, ...one })),
});
const any = {
  ...{ delegate_cmds: "any", delegate_maps: "any" },
  ...{ delegate_progs: "any", delegate_attachs: "any" },
};
const base64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));
const filters = (...codes: readonly (readonly [number, number, number, number][])[]) => ({
  seccomp: 2,
  seccompFilters: { arch: "x64" as const, filters: codes.map((one) => base64(filterBytes(one))) },
});
const answering = (value: number): [number, number, number, number][] => [[0x06, 0, 0, value]];
/** An answer for MAP_CREATE alone. */
const forMaps = (value: number): [number, number, number, number][] => [
  ...(
    [
      [0x20, 0, 0, 0],
      [0x15, 0, 3, 321],
      [0x20, 0, 0, 16],
      [0x15, 0, 1, 0],
    ] as const
  ).map((one) => [...one] as [number, number, number, number]),
  [0x06, 0, 0, value],
  [0x06, 0, 0, 0x7fff0000],
];
const kind = (name: "systemd" | "lxc" | "docker" | "podman" | "kubernetes") => ({
  manager: { kind: name, name: "x" },
});

const facts: Readonly<Record<string, Facts>> = {
  ...Object.fromEntries(Object.entries(states).map(([name, [one]]) => [name, one])),
  "no filesystem, systemd": container({ bpffs: [], ...kind("systemd") }),
  "no filesystem and no CAP_BPF, lxc": withCapabilities("0", { bpffs: [], ...kind("lxc") }),
  "no filesystem, docker": withCapabilities("0", { bpffs: [], ...kind("docker") }),
  "no delegation, kubernetes": container({ ...mounts({ delegates: {} }), ...kind("kubernetes") }),
  "no delegation, podman, owner unknown": container({
    bpffs: [{ path: "/a b", device: "0:1", root: "/", delegates: {} }],
    ...kind("podman"),
  }),
  "a part of a filesystem": container(mounts({ root: "/a part" })),
  "several filesystems": withCapabilities(
    "0",
    mounts({ path: "/a" }, { path: "/b" }, { root: "/x" }),
  ),
  "the second filesystem": container(
    mounts({ onHost: true }, { path: "/run/bpf", delegates: any }),
  ),
  "masks that contradict": container(
    mounts({ delegates: { delegate_maps: "hash", delegate_progs: "xdp" } }),
  ),
  "commands without an effect": container(
    mounts({
      delegates: { ...any, delegate_cmds: "map_create:prog_load:btf_get_fd_by_id:obj_pin" },
    }),
  ),
  "one command without an effect": container({
    ...mounts({ delegates: { ...any, delegate_cmds: "prog_load:obj_get:0x1" } }),
    release: "6.12.1",
  }),
  "an old kernel": container({ release: "6.8.0-40-generic" }),
  "the first kernel with tokens": container({ release: "6.9.0" }),
  gVisor: container({ release: "4.4.0" }),
  "a filter that answers EPERM": container(filters([...refusing("x64", 1)].map((one) => [...one]))),
  "a filter that answers ENOSYS to MAP_CREATE": container(filters(forMaps(0x50026))),
  "a filter that answers 0": container(filters(answering(0x50000))),
  "a filter that kills": container(filters(forMaps(0x80000000), answering(0x7fff0000))),
  "a filter that traps": container(filters(answering(0x30000))),
  "filters that trace and notify": container(filters(forMaps(0x7ff00000), answering(0x7fc00000))),
  "filters that allow": container(filters(answering(0x7fff0000), answering(0x7ffc0000))),
  "a filter that looks at the caller": container(
    filters([
      [0x20, 0, 0, 8],
      [0x16, 0, 0, 0],
    ]),
  ),
  "a filter on the host": withCapabilities(BPF, { ...filters(forMaps(0x50001)), userns: initial }),
  "the network of the host": container({ ...mounts({ delegates: any }), hostNetwork: true }),
  "a network of its own": container({ ...mounts({ delegates: any }), hostNetwork: false }),
  "CAP_PERFMON on the host": withCapabilities(((1n << 38n) | (1n << 39n)).toString(16), {
    ...{ userns: initial, lockdown: "integrity", lsms: ["lockdown", "apparmor"] },
  }),
  "empty masks": container(
    mounts({ delegates: { ...any, delegate_maps: "", delegate_attachs: "" } }),
  ),
  "only empty masks": container(mounts({ delegates: { delegate_cmds: "" } })),
  "a mask that the model does not know": container(
    mounts({ delegates: { delegate_cmds: "no_such" } }),
  ),
  "a probe for attach types": container(
    mounts({ delegates: { ...any, delegate_progs: "xdp:cgroup_sock", delegate_attachs: "xdp" } }),
  ),
  "a probe for attach types that is allowed": container(
    mounts({
      delegates: { ...any, delegate_attachs: "xdp:cgroup_inet_ingress:cgroup_inet_sock_create" },
    }),
  ),
  "no attach type": container(mounts({ delegates: { ...any, delegate_attachs: "lsm_mac" } })),
  "no program type": withCapabilities(
    "0",
    mounts({ delegates: { ...any, delegate_progs: "lsm" } }),
  ),
  "no command, systemd": container({
    ...mounts({
      delegates: { delegate_maps: "any", delegate_progs: "any", delegate_attachs: "any" },
    }),
    ...kind("systemd"),
  }),
  "CAP_SYS_ADMIN on the host": withCapabilities((1n << 21n).toString(16), { userns: initial }),
  "CAP_NET_ADMIN on the host": withCapabilities((1n << 12n).toString(16), { userns: initial }),
  "few maps, no CAP_NET_ADMIN": withCapabilities(
    BPF,
    mounts({ delegates: { ...any, delegate_maps: "devmap", delegate_cmds: "prog_load" } }),
  ),
  "no command of a load": withCapabilities(
    BPF,
    mounts({ delegates: { ...any, delegate_maps: "array:lpm_trie", delegate_cmds: "obj_pin" } }),
  ),
  "no types": container(mounts({ delegates: { ...any, delegate_cmds: "map_create:prog_load" } })),
  "an old hook": container({ oldHook: "/usr/local/libexec/bpf-token-hook" }),
  "several commands without an effect": container(
    mounts({ delegates: { ...any, delegate_cmds: "prog_load:obj_get:obj_pin:0x7:99" } }),
  ),
  "bpf() for everybody": container({ unprivilegedBpfDisabled: 0, bpffs: [] }),
  "gVisor from the host": container({ runsc: { ofHost: true, ownMounts: true } }),
  "a file named runsc": container({ runsc: { ofHost: false, ownMounts: true } }),
};

describe.each(Object.entries(objects))("with %s", (name, wanted) => {
  test.each(["libbpf", "plain"] as const)("and the loader %s", async (loader) => {
    const answers = Object.entries(facts).map(
      ([state, one]) => [`= ${state}`, text(diagnose(one, { objects: wanted, loader }))] as const,
    );
    const file = `./answers/doctor ${name} ${loader}.txt`.replaceAll(" ", "-");
    await expect(grouped(answers)).toMatchFileSnapshot(file);
  });
});

/** What doctor says about each process of a recorded run. */
function observed(events: readonly TraceEvent[], succeeded?: boolean): string {
  const isWhole = succeeded === undefined;
  const observer = new ProcessObserver();
  for (const event of events) observer.add(event);
  const run = isWhole ? {} : { succeeded };
  const all = observer.end(run).map((one) => {
    const { alike, outdated, unattached, failed } = one;
    const about = JSON.stringify({ alike, outdated, unattached, failed });
    const found = diagnose(one.facts, { observed: one });
    const ids = found.findings.map(({ id, severity }) => `${severity} ${id}`).join(", ");
    return `${about}\n${isWhole ? text(found) : `${found.verdict}: ${ids}`}`;
  });
  return all.length === 0 ? "nobody" : all.join("\n");
}

const map = (result: number, more: object = {}): TraceEvent =>
  bpf("MAP_CREATE", { map_type: 2, key_size: 4, value_size: 4, max_entries: 1, ...more }, result);
const load = (prog_type: number, result: number, more: object = {}): TraceEvent => {
  const attr = { prog_type, insns: printing, insn_cnt: 3, license: "GPL", prog_name: "count" };
  return bpf("PROG_LOAD", { ...attr, ...more }, result);
};
const short = { prog_name: "", insn_cnt: 2, insns: printing.slice(8) };
const ofToken = { map_flags: 0x10000, map_token_fd: 6 };
const progToken = { prog_flags: 0x10000, prog_token_fd: 6 };
const token = (result: number): TraceEvent => bpf("TOKEN_CREATE", { bpffs_fd: 5 }, result);
const types = bpf("BTF_LOAD", { btf: new Uint8Array(24), btf_size: 24 }, -1);
const link = bpf("LINK_CREATE", { prog_fd: 8, target_fd: 2 }, 9);
const exec = call("execve", ["/bin/x", null, null], 0);
const state = (one: Facts, pid = PID): TraceEvent => ({ type: "process", pid, facts: one });
const as = (pid: number, event: TraceEvent): TraceEvent => ({ ...event, pid });
const otherFile: TraceEvent = { type: "file", pid: PID, fd: 5, file: { kind: "other" } };
const XDP = ProgType.XDP;
const mine = withToken(container({ hostNetwork: true }), 6);

const runs: Readonly<Record<string, readonly TraceEvent[]>> = {
  nothing: [],
  "no state": [map(-1)],
  "no call": [state(container())],
  "a program that calls nothing": [state(container()), exec],
  "a map": [...mine, map(7, ofToken)],
  "a refused map": [state(container()), map(-1)],
  "a refused map of two processes": [
    ...[state(container()), state(container({ pid: 2 }), 2)],
    ...[map(-1), as(2, map(-1)), as(2, map(-1))],
  ],
  "a refused map of two users": [
    ...[state(container()), state(withCapabilities("0", { pid: 2, uid: 5 }), 2)],
    ...[map(-1), as(2, map(-1))],
  ],
  "a refused map after a token": [...mine, map(-1, ofToken), map(-1, ofToken)],
  "a refused hash with a token": [...mine, map(-1, { ...ofToken, map_type: 1 })],
  "a refused token": [...withToken(withCapabilities("0"), -1), map(-1)],
  "a refused token, and a map": [...withToken(withCapabilities("0"), -1), map(7)],
  "refused types, and a map": [...mine, types, map(7, ofToken)],
  "refused types alone": [...mine, types],
  "a refused probe, and a map": [...mine, load(1, -1, short), map(7, ofToken)],
  "a refused probe with a token, and a map": [
    ...[...mine, load(1, -1, { ...short, ...progToken }), map(7, ofToken)],
  ],
  "a refused probe alone": [...mine, load(1, -1, { ...short, ...progToken })],
  "a refused short load": [...mine, load(XDP, -1, { ...short, ...progToken })],
  "a refused short load, and a call": [
    ...mine,
    load(XDP, -1, { ...short, ...progToken }),
    map(7, ofToken),
  ],
  "a load that is repeated with a log": [
    ...mine,
    load(XDP, -13, progToken),
    {
      ...load(XDP, -13, progToken),
      log: "R1 leaks addr into map\nprocessed 3 insns",
    } as TraceEvent,
  ],
  "a load that lacks the map of variables": [
    ...mine,
    map(-1, { ...ofToken, map_type: 1 }),
    map(-1, { map_flags: 0x10000, map_token_fd: 5 }),
    { ...load(XDP, -22, progToken), log: "fd 0 is not pointing to valid bpf_map" } as TraceEvent,
  ],
  "a loaded program": [...mine, load(XDP, 8, { ...progToken, expected_attach_type: 37 })],
  "an attached program": [...mine, load(XDP, 8, { ...progToken, expected_attach_type: 37 }), link],
  "a state after an exec": [state(container()), exec, state(container({ release: "6.12.1" }))],
  "a call, and an exec": [state(container()), map(-2), exec],
  "a refused call by a filter": [
    state(container({ seccomp: 2 })),
    bpf("MAP_CREATE", { map_type: 2 }, -1, { seccomp: true }),
  ],
  "on the host": [state(withCapabilities("0", { userns: initial })), map(-1), load(XDP, -1)],
  "a file, and a refused map": [...[state(container()), otherFile, map(-1)]],
  "refused maps in another order of processes": [
    ...[state(container()), state(withCapabilities("0", { pid: 2 }), 2), as(2, map(-1)), map(-1)],
  ],
  "notes before an error of another process": [
    ...[
      ...mine,
      types,
      map(7, ofToken),
      state(withCapabilities("0", { pid: 2 }), 2),
      as(2, map(-1)),
    ],
  ],
  "an attach that failed": [
    ...[...mine, load(XDP, 8, { ...progToken, expected_attach_type: 37 })],
    { ...link, result: -22 } as TraceEvent,
  ],
  "a process that called, and one that did not": [
    ...[state(container()), state(container({ pid: 2, program: "other" }), 2)],
    ...[as(2, exec), as(2, map(7)), exec],
  ],
  "two that did not call": [
    ...[state(container()), state(container({ pid: 2, program: "other" }), 2)],
    ...[as(2, exec), exec],
  ],
  "an exec that failed": [state(container()), { ...exec, result: -2 } as TraceEvent],
  "an exec by another name": [state(container()), { ...exec, name: "execveat" } as TraceEvent],
  "a map, and another state": [
    ...[state(container()), map(0), state(container({ program: "later" })), map(7)],
  ],
  "several reasons of one process": [
    ...[...mine, map(-1, { ...ofToken, map_type: 1 }), map(-1), load(XDP, -1), token(-1)],
  ],
  "a refused call of each credential": [
    ...[
      state(container()),
      map(-1),
      state(withCapabilities("0")),
      map(-1),
      state(container()),
      map(-1),
    ],
  ],
  "a refused load after a map": [...mine, map(7, ofToken), load(2, -1, progToken)],
  "refused ids, and a map": [
    ...[...mine, bpf("PROG_GET_NEXT_ID", {}, -1), bpf("PROG_QUERY", { target_fd: 9 }, -1)],
    map(7, ofToken),
  ],
  "refused ids after a map": [...mine, map(7, ofToken), bpf("PROG_GET_NEXT_ID", {}, -1)],
  "a refused token after a map": [...mine, map(7, ofToken), token(-1)],
  "a named probe, and a map": [
    ...[...mine, map(-1, { map_name: "libbpf_global", map_type: 1 }), map(0), map(7, ofToken)],
  ],
  "every call": [...withToken(container(), 6), ...refused],
};

test.each([undefined, true, false])("recorded runs that succeed: %s", async (succeeded) => {
  const some = Object.entries(runs);
  const answers = some.map(([name, events]) => [`= ${name}`, observed(events, succeeded)] as const);
  const name = succeeded === undefined ? "runs" : succeeded ? "good runs" : "failed runs";
  await expect(grouped(answers)).toMatchFileSnapshot(
    `./answers/doctor ${name}.txt`.replaceAll(" ", "-"),
  );
});

const tried: readonly TrialAnswer[] = [
  { closed: true, answer: "EBADF" },
  { closed: true, answer: "EPERM" },
  ...["ok", "EPERM", "ENOENT", "EOPNOTSUPP", "ENOSYS"].map((answer) => ({
    ...{ path: "/sys/fs/bpf", answer },
  })),
  { path: "/other", answer: "EPERM" },
  ...["ok", "EPERM"].flatMap((answer) => [
    { path: "/sys/fs/bpf", file: "xdp.o", answer, reason: "because" },
    { path: "/sys/fs/bpf", file: "xdp.o", answer, byVerifier: true },
    { file: "xdp.o", answer },
    { file: "other.o", answer },
  ]),
];

test("what the kernel answered in a trial", async () => {
  const wanted = objects["an XDP program"] as ReadonlyMap<string, ObjectSpec>;
  const some = Object.entries({
    ...Object.fromEntries(Object.entries(facts).filter((_, i) => i % 4 === 0)),
    "a filter": withCapabilities(BPF_NET_ADMIN, { seccomp: 2, lsms: ["bpf"] }),
    "a filter and a module": container({ seccomp: 2, lsms: ["selinux"] }),
  });
  const answers = some.flatMap(([state, one]) =>
    tried.map((answer) => {
      const found = diagnose(one, { objects: wanted, trial: [answer] });
      const about = found.findings.filter(({ id }) => /^doctor\.(?:try|seccomp)$/.test(id));
      const rows = { ...found, verdict: "", findings: about };
      return [`${state}: ${JSON.stringify(answer)}`, text(rows)] as const;
    }),
  );
  await expect(grouped(answers)).toMatchFileSnapshot("./answers/doctor-trial.txt");
  const [first] = Object.values(facts) as [Facts];
  const all = text(diagnose(first, { objects: wanted, trial: tried }));
  await expect(`${all}\n`).toMatchFileSnapshot("./answers/doctor-trials.txt");
});

test("a run with an object that was not refused, and other options", async () => {
  const wanted = objects["an XDP program"] as ReadonlyMap<string, ObjectSpec>;
  const observer = new ProcessObserver();
  for (const event of [...mine, map(7, ofToken)]) observer.add(event);
  const [run] = observer.end();
  const answers = [
    ["with an object", diagnose(container(), { objects: wanted, ...(run && { observed: run }) })],
    [
      "an old kernel, judged as another",
      diagnose(container({ release: "6.8.0" }), { release: "6.12" }),
    ],
    ["another release", diagnose(container(), { release: "6.9" })],
  ] as const;
  const texts = answers.map(([name, one]) => [`= ${name}`, text(one)] as const);
  await expect(grouped(texts)).toMatchFileSnapshot("./answers/doctor-options.txt");
  expect(() => diagnose(container(), { loader: "other" as "plain" })).toThrow("diagnose: loader");
  expect(() => diagnose(container(), { objcts: wanted } as object)).toThrow("objcts");
});

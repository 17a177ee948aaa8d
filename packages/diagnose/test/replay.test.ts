// SPDX-License-Identifier: MIT
import { addCapabilities } from "@bpf-token/delegation";
import {
  attrLayout,
  BAD_ADDRESS,
  BpfCmd,
  type BpfCmdName,
  FsconfigCmd,
  newestRelease,
} from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import {
  type CallFinding,
  type Facts,
  replayCalls,
  type TracedCall,
  type TraceEvent,
} from "../src/index.ts";
import { cureOfHelpers } from "../src/replay/verifier-cure.ts";
import { BPF, bpffs, container, withCapabilities } from "./facts.ts";

const EPERM = -1;
const EINVAL = -22;
const TOKEN_FD = 0x10000;
const PID = 4711;

const call = (
  name: string,
  args: readonly unknown[],
  result: number,
  more: object = {},
): TraceEvent => ({ type: "call", pid: PID, name, args, result, ...more }) as TraceEvent;
const bpf = (cmd: BpfCmdName, attr: object, result: number, more: object = {}): TraceEvent => {
  const memory = attrLayout(cmd, "6.18").encode(attr);
  return call("bpf", [BpfCmd[cmd], memory, memory.bytes.length], result, more);
};
const state = (facts: Facts, pid = PID): TraceEvent => ({ type: "process", pid, facts });
const close = (fd: number): TraceEvent => call("close", [fd], 0);

/** A process in a container opens the BPF filesystem as fd 5 and creates the token 6. */
const opened = call("openat", [-100, "/sys/fs/bpf", 0x10000], 5, {
  file: { kind: "bpffs", device: bpffs.device, root: true },
});
const withToken = (facts: Facts = container()): readonly TraceEvent[] => [
  state(facts),
  opened,
  bpf("TOKEN_CREATE", { bpffs_fd: 5 }, 6),
];
const map = (type: number, result: number, token: object = {}): TraceEvent =>
  bpf(
    "MAP_CREATE",
    { map_type: type, key_size: 4, value_size: 4, max_entries: 1, ...token },
    result,
  );
const token = { map_flags: TOKEN_FD, map_token_fd: 6 };
const ids = (findings: readonly CallFinding[]): readonly string[] => findings.map(({ id }) => id);

const insns = new Uint8Array([0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0]);
const program = { prog_type: 6, insns, insn_cnt: 2, license: "GPL", prog_name: "count" };

describe("a refused call", () => {
  test("is explained by the mask that made the kernel ignore the token", () => {
    const [finding, ...more] = replayCalls([...withToken(), map(1, EPERM, token)]);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      id: "token.dropped.map",
      pid: PID,
      index: 2,
      outcome: "explained",
      confidence: "certain",
      severity: "error",
      fix: ["mount the BPF filesystem with delegate_maps=hash:array"],
    });
    expect(finding?.call).toBe(
      "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4, max_entries=1, map_flags=0x10000, map_token_fd=6}, 168) = -1 EPERM",
    );
    expect(finding?.cause).toMatch(/^the token does not allow the map type.*CAP_BPF/);
    expect(finding?.evidence[0]).toMatch(/^the token 6 allows: cmds map_create:prog_load/);
  });

  test("of types is a warning: most loaders continue without them", () => {
    const types = { btf: new Uint8Array(24), btf_size: 24, btf_flags: TOKEN_FD, btf_token_fd: 6 };
    const delegates = { ...bpffs.delegates, delegate_cmds: "map_create" };
    const facts = container({ bpffs: [{ ...bpffs, delegates }] });
    const [finding] = replayCalls([...withToken(facts), bpf("BTF_LOAD", types, EPERM)]);
    expect(finding).toMatchObject({ id: "token.dropped.cmd", severity: "warning" });
  });

  test("names what it lacks as data", () => {
    const refused = [
      map(1, EPERM, token),
      bpf("PROG_LOAD", { ...program, prog_flags: TOKEN_FD, prog_token_fd: 6 }, EPERM),
    ];
    expect(replayCalls([...withToken(), ...refused]).map(({ lacks }) => lacks)).toEqual([
      [{ axis: "maps", bit: 1, name: "hash" }],
      [{ axis: "attachs", bit: 0, name: "cgroup_inet_ingress" }],
    ]);
    const create = bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EPERM);
    const [finding] = replayCalls([state(withCapabilities("0")), opened, create]);
    expect(finding?.lacks).toEqual([{ axis: "caps", bit: 39, name: "bpf" }]);
  });

  test("names the capability of a helper, if the call asks for no log", () => {
    const helper = new Uint8Array([0x85, 0, 0, 0, 6, 0, 0, 0, ...insns]);
    const load = { ...program, insns: helper, insn_cnt: 3, expected_attach_type: 37 };
    const [modelled] = replayCalls([
      ...withToken(),
      bpf("PROG_LOAD", { ...load, prog_flags: TOKEN_FD, prog_token_fd: 6 }, EINVAL),
    ]);
    expect(modelled).toMatchObject({ id: "verify.helper.perfmon", lacks: [{ name: "perfmon" }] });
    // A program with debug information, which the model does not read.
    const call = bpf("PROG_LOAD", { ...load, prog_flags: TOKEN_FD, prog_token_fd: 6 }, EINVAL);
    const perfmon = ((1n << 39n) | (1n << 12n) | (1n << 38n)).toString(16);
    expect(cureOfHelpers(call as TracedCall, container())).toMatchObject({
      because: "; it accepts bpf_trace_printk() only from a caller with CAP_PERFMON",
      lacks: [{ axis: "caps", bit: 38, name: "perfmon" }],
    });
    expect(cureOfHelpers(call as TracedCall, withCapabilities(perfmon))).toBeUndefined();
  });

  test("names the attach type that the kernel puts in the place of 0", () => {
    const delegates = { ...bpffs.delegates, delegate_progs: "any", delegate_attachs: "xdp" };
    const facts = container({ bpffs: [{ ...bpffs, delegates }] });
    const load = { ...program, prog_type: 9, prog_flags: TOKEN_FD, prog_token_fd: 6 };
    const [finding] = replayCalls([...withToken(facts), bpf("PROG_LOAD", load, EPERM)]);
    expect(finding?.fix).toEqual([
      "mount the BPF filesystem with delegate_attachs=cgroup_inet_sock_create:xdp",
    ]);
  });

  test("with ENOENT is an error, except for a command that looks something up", () => {
    const reports = Object.keys(BpfCmd).filter((cmd) => {
      const memory = attrLayout(cmd as BpfCmdName, newestRelease).encode({});
      const args = [BpfCmd[cmd as BpfCmdName], memory, memory.bytes.length];
      return replayCalls([state(container()), call("bpf", args, -2)]).length === 0;
    });
    expect(reports.sort()).toEqual(
      [
        ...["BTF_GET_NEXT_ID", "LINK_GET_NEXT_ID", "MAP_DELETE_BATCH", "MAP_DELETE_ELEM"],
        ...["MAP_GET_NEXT_KEY", "MAP_LOOKUP_AND_DELETE_BATCH", "MAP_LOOKUP_AND_DELETE_ELEM"],
        ...["MAP_LOOKUP_BATCH", "MAP_LOOKUP_ELEM", "MAP_UPDATE_BATCH", "OBJ_GET"],
        ...["MAP_GET_NEXT_ID", "PROG_GET_NEXT_ID"],
      ].sort(),
    );
  });

  test("of an id is no error right after the kernel listed it: the object went", () => {
    const next = bpf("MAP_GET_NEXT_ID", { start_id: 8 }, 0);
    const open = (cmd: BpfCmdName, pid = PID) => ({ ...bpf(cmd, {}, -2), pid }) as TraceEvent;
    const findings = (...events: readonly TraceEvent[]) =>
      replayCalls([state(container()), ...events]).length;
    expect(findings(next, open("MAP_GET_FD_BY_ID"))).toBe(0);
    expect(findings(open("MAP_GET_FD_BY_ID"))).toBe(1);
    expect(findings(next, open("PROG_GET_FD_BY_ID"))).toBe(1);
    expect(findings(next, open("MAP_GET_FD_BY_ID"), open("MAP_GET_FD_BY_ID"))).toBe(1);
    expect(findings(next, open("MAP_GET_FD_BY_ID", 1))).toBe(1);
  });

  test("without a token names the reason once, and what to do", () => {
    const [finding] = replayCalls([state(container()), map(1, EPERM)]);
    expect(finding?.cause).toMatch(
      /in the user namespace of the process\); the call gives no token$/,
    );
    expect(finding?.cause).not.toContain("without a token");
    expect(finding?.fix).toEqual([expect.stringContaining("pass a token that allows map_create")]);
  });

  test("of a filesystem or a token that the trace does not show is not explained", () => {
    const elsewhere = call("openat", [-100, "/x", 0x10000], 5, {
      file: { kind: "bpffs", device: "9:9", root: true },
    });
    const create = bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EPERM);
    expect(ids(replayCalls([state(container()), elsewhere, create]))).toEqual(["trace.unknown"]);
    const empty = { type: "file", pid: PID, fd: 6, file: { kind: "token", fdinfo: "" } } as const;
    expect(ids(replayCalls([state(container()), empty, map(1, EPERM, token)]))).toEqual([
      "trace.unknown",
    ]);
  });

  test("with a token of another namespace says where to create it", () => {
    const stranger = container({ pid: 4712, userns: { inode: 4026532999, initial: false } });
    const [finding] = replayCalls([
      ...withToken(),
      call("clone", [0], 4712),
      state(stranger, 4712),
      { ...map(2, EPERM, token), pid: 4712 } as TraceEvent,
    ]);
    expect(finding?.fix).toEqual([
      expect.stringMatching(/^create the token in the user namespace/),
    ]);
  });

  test("of a command that only a later release has is reported", () => {
    const cmd = "PROG_ASSOC_STRUCT_OPS";
    const memory = attrLayout(cmd, newestRelease).encode({ map_fd: 3 });
    const args = [BpfCmd[cmd], memory, memory.bytes.length];
    const [finding] = replayCalls([state(container()), call("bpf", args, EINVAL)]);
    expect(finding).toMatchObject({
      call: expect.stringMatching(/^bpf\(BPF_PROG_ASSOC_STRUCT_OPS, \{map_fd=3\}, .* = -1 EINVAL$/),
      outcome: "unknown",
    });
  });

  test("of a load that the model refuses too, with another errno, is not the verifier's", () => {
    const load = { ...program, prog_type: 1, prog_flags: TOKEN_FD, prog_token_fd: 6 };
    expect(replayCalls([...withToken(), bpf("PROG_LOAD", load, EINVAL)])).toMatchObject([
      { id: "trace.disagreement", cause: expect.stringContaining("answers -1 EPERM, the kernel") },
    ]);
  });

  test.each<[string, readonly TraceEvent[], string]>([
    [
      "a program type",
      [
        ...withToken(),
        bpf(
          "PROG_LOAD",
          { ...program, prog_type: 1, prog_flags: TOKEN_FD, prog_token_fd: 6 },
          EPERM,
        ),
      ],
      "token.dropped.prog",
    ],
    [
      "an attach type",
      [
        ...withToken(),
        bpf("PROG_LOAD", { ...program, prog_flags: TOKEN_FD, prog_token_fd: 6 }, EPERM),
      ],
      "token.dropped.attach",
    ],
    ["no token at all", [state(container()), map(1, EPERM)], "map.create.sysctl"],
    [
      "no CAP_BPF",
      [state(withCapabilities("0")), opened, bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EPERM)],
      "token.create.capable",
    ],
    [
      "a filesystem of the host",
      [
        state(container({ bpffs: [{ ...bpffs, onHost: true }] })),
        opened,
        bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EPERM),
      ],
      "token.create.userns",
    ],
    [
      "a file that is no token",
      [
        ...withToken(),
        { type: "file", pid: PID, fd: 9, file: { kind: "other" } },
        map(2, EINVAL, { ...token, map_token_fd: 9 }),
      ],
      "token.fd.kind",
    ],
    [
      "the token without its flag",
      [...withToken(), map(2, EPERM, { map_token_fd: 6 })],
      "trace.token_without_flag",
    ],
    [
      "a token of another namespace",
      [
        ...withToken(),
        call("clone", [0], 4712),
        state({ ...container(), userns: { inode: 4026532999, initial: false } }, 4712),
        { ...map(2, EPERM, token), pid: 4712 } as TraceEvent,
      ],
      "trace.foreign_token",
    ],
    [
      "seccomp",
      [
        ...withToken(),
        map(2, EPERM, { ...token }),
        { ...map(2, EPERM, token), seccomp: true } as TraceEvent,
      ].toSpliced(3, 1),
      "trace.seccomp",
    ],
    [
      "the verifier",
      [
        ...withToken(),
        bpf(
          "PROG_LOAD",
          { ...program, expected_attach_type: 37, prog_flags: TOKEN_FD, prog_token_fd: 6 },
          -13,
          {
            log: "0: (b7) r0 = 2\nR1 invalid mem access 'scalar'\nprocessed 1 insns (limit 1000000)\n",
          },
        ),
      ],
      "trace.verifier",
    ],
    [
      "a place that is no BPF filesystem",
      [...withToken(), map(2, 7, token), bpf("OBJ_PIN", { pathname: "/tmp/x", bpf_fd: 7 }, EPERM)],
      "obj.pin.place",
    ],
  ])("names the cause: %s", (_, events, id) => {
    const findings = replayCalls(events);
    expect(ids(findings)).toEqual([id]);
    expect(findings[0]).toMatchObject({ outcome: "explained" });
    // No required and actual values without a text.
    expect(findings[0]?.cause).not.toMatch(/\(;|; \)/);
  });

  test("is not explained where the model gives another answer", () => {
    const [finding] = replayCalls([...withToken(), map(2, EPERM, token)]);
    expect(finding).toMatchObject({
      id: "trace.disagreement",
      outcome: "disagreement",
      cause: expect.stringMatching(
        /^cannot tell: the model of Linux 6\.18 answers \d+, the kernel -1 EPERM/,
      ),
    });
  });

  test("is not explained without the state of the process, or without its memory", () => {
    const unknown = { outcome: "unknown", id: "trace.unknown" };
    expect(replayCalls([map(2, EPERM)])).toEqual([expect.objectContaining(unknown)]);
    const cut = { ...map(2, EPERM, token), incomplete: "the log cuts the attr" } as TraceEvent;
    expect(replayCalls([...withToken(), cut])).toEqual([
      expect.objectContaining({ ...unknown, cause: "cannot tell: the log cuts the attr" }),
    ]);
    const stranger = map(2, EPERM, { ...token, map_token_fd: 8 });
    expect(replayCalls([...withToken(), stranger])[0]?.cause).toBe(
      "cannot tell: the trace does not show where file descriptor 8 comes from",
    );
  });

  test("is printed with its arguments, also those that cannot be read", () => {
    const mount = call("mount", ["bpf", BAD_ADDRESS, "bpf", 0x20, null], EPERM);
    const [finding] = replayCalls([state(container()), mount]);
    expect(finding?.call).toBe('mount("bpf", (unreadable), "bpf", 32, NULL) = -1 EPERM');
  });

  test("has its number among the calls: other events do not count", () => {
    const gone: TraceEvent = { type: "exit", pid: 4712 };
    const [finding] = replayCalls([...withToken(), gone, map(1, EPERM, token)]);
    expect(finding?.index).toBe(2);
  });

  test("of a probe without a token is a note that names the probe", () => {
    const attr = { ...program, prog_type: 1, prog_name: "libbpf_nametest" };
    const [finding] = replayCalls([state(container()), bpf("PROG_LOAD", attr, EPERM)]);
    expect(finding).toMatchObject({ severity: "note", id: "prog.load.sysctl" });
    expect(finding?.evidence[0]).toMatch(/^a feature probe of libbpf, libbpf_nametest/);
  });
});

describe("a call that succeeds", () => {
  test("with its token needs no finding", () => {
    expect(replayCalls([...withToken(), map(2, 7, token), close(7)])).toEqual([]);
  });

  test("although its token is ignored is a warning", () => {
    const facts = container({ unprivilegedBpfDisabled: 0 });
    const findings = replayCalls([...withToken(facts), map(1, 7, token)]);
    expect(findings).toEqual([
      expect.objectContaining({
        id: "token.dropped.map",
        severity: "warning",
        outcome: "explained",
      }),
    ]);
  });
});

describe("the state", () => {
  test("of a delegation that the trace shows from the start", () => {
    const root = withCapabilities("1ffffffffff", {
      userns: { inode: 4026531837, initial: true },
      bpffs: [],
    });
    const inside = { ...container({ bpffs: [] }), capabilities: root.capabilities };
    const other = { pid: 4712 };
    const findings = replayCalls([
      state(root),
      call("clone", [0], 4712),
      call("unshare", [0x10020000], 0, other),
      state(inside, 4712),
      call("fsopen", ["bpf", 1], 3, other),
      call("fsconfig", [3, FsconfigCmd.SET_STRING, "delegate_cmds", "any", 0], EPERM, other),
      call("sendmsg", [9], 1, { ...other, fds: [3] }),
      call("recvmsg", [9], 1, { fds: [12] }),
      call("fsconfig", [12, FsconfigCmd.SET_STRING, "delegate_cmds", "map_create", 0], 0),
      call("fsconfig", [12, FsconfigCmd.CMD_CREATE, null, null, 0], 0),
      call("fsmount", [3, 1, 0], 4, other),
      call("openat", [-100, "/bpf", 0], 5, {
        ...other,
        file: { kind: "bpffs", root: true, device: "descriptor 4 of process 4712" },
      }),
      { ...bpf("TOKEN_CREATE", { bpffs_fd: 5 }, 6), ...other } as TraceEvent,
      { ...map(2, EPERM, token), ...other } as TraceEvent,
    ]);
    expect(ids(findings)).toEqual(
      ["option.delegate", "token.dropped.map"].map((id) =>
        expect.stringContaining(id.split(".")[0] ?? ""),
      ),
    );
    expect(findings[1]?.id).toBe("token.dropped.map");
  });

  describe("of a filesystem that the trace shows being mounted", () => {
    const root = withCapabilities("1ffffffffff", {
      userns: { inode: 4026531837, initial: true },
      bpffs: [],
    });
    const inside = { ...container({ bpffs: [] }), capabilities: root.capabilities };
    const other = { pid: 4712 };
    const delegated = ["cmds", "maps"].map((axis) =>
      call("fsconfig", [12, FsconfigCmd.SET_STRING, `delegate_${axis}`, "0x1", 0], 0),
    );
    const mounted = [
      state(root),
      call("clone", [0], 4712),
      call("unshare", [0x10020000], 0, other),
      state(inside, 4712),
      call("fsopen", ["bpf", 1], 3, other),
      call("sendmsg", [9], 1, { ...other, fds: [3] }),
      call("recvmsg", [9], 1, { fds: [12] }),
      ...delegated,
      call("fsconfig", [12, FsconfigCmd.CMD_CREATE, null, null, 0], 0),
      call("fsmount", [3, 1, 0], 4, other),
    ];
    const move = (from: number, to: string, result: number) =>
      call("move_mount", [from, "", -100, to, 4], result, other);
    /** A refused map, after the process got a token from the path. */
    const withTokenOf = (path: string) => [
      call("openat", [-100, path, 0x10000], 5, other),
      { ...bpf("TOKEN_CREATE", { bpffs_fd: 5 }, 6), ...other } as TraceEvent,
      { ...map(2, EPERM, token), ...other } as TraceEvent,
    ];
    const outcome = (...moved: readonly TraceEvent[]) =>
      replayCalls([...mounted, ...moved, ...withTokenOf("/bpf")]).map(({ id }) => id);

    test("names the mask that lacks a bit", () => {
      expect(outcome(move(4, "/bpf", 0))).toEqual(["token.dropped.map"]);
      expect(outcome(move(4, "/bpf", 0), move(9, "/bpf", 0))).toEqual(["token.dropped.map"]);
    });

    test("is not that of a path that the trace does not show", () => {
      const unreadable = call("openat", [-100, BAD_ADDRESS, 0x10000], 5, other);
      const rest = withTokenOf("/bpf").slice(1);
      expect(ids(replayCalls([...mounted, move(4, "", 0), unreadable, ...rest]))).toEqual([
        "trace.unknown",
      ]);
    });

    test.each<[string, TraceEvent]>([
      ["the kernel refused to mount it", move(4, "/bpf", EPERM)],
      ["it is mounted elsewhere", move(4, "/other", 0)],
      ["it is mounted at an open directory", move(4, "", 0)],
      ["another filesystem is mounted there", move(9, "/bpf", 0)],
    ])("cannot tell if %s", (_, moved) => {
      expect(outcome(moved)).toEqual(["trace.unknown"]);
    });
  });

  test("of a user namespace whose mappings the trace does not show", () => {
    const all = { effective: "1ffffffffff", permitted: "1ffffffffff" };
    const root = withCapabilities("1ffffffffff", {
      userns: { inode: 4026531837, initial: true },
      bpffs: [],
    });
    const inside = {
      ...container({ bpffs: [] }),
      capabilities: { ...root.capabilities, ...all },
    };
    const [finding, ...more] = replayCalls([
      state(root),
      call("unshare", [0x10000000], 0),
      call("execve", ["/bin/agent"], 0),
      state(inside),
      map(1, EPERM),
    ]);
    expect(more).toEqual([]);
    expect(finding?.id).toBe("map.create.sysctl");
    expect(finding?.cause).toContain("actual: all 41 capabilities in the user namespace");
  });

  test("of the initial user namespace, where no token can be created", () => {
    const facts = withCapabilities("0", {
      userns: { inode: 4026531837, initial: true },
      bpffs: [],
    });
    const [finding] = replayCalls([state(facts), map(1, EPERM)]);
    expect(finding?.id).toBe("map.create.sysctl");
    expect(finding?.fix).toEqual([
      expect.stringContaining("CAP_BPF"),
      "or for a token: run it in a user namespace of its own, with a delegation",
    ]);
  });

  describe("of a descriptor that a message brings", () => {
    const other = { pid: 4712 };
    const sent = (result: number, ...fds: readonly number[]) =>
      call("sendmsg", [9], result, { fds });
    const received = (result: number, ...fds: readonly number[]) =>
      call("recvmsg", [9], result, { ...other, fds });
    /** Whether the other process then creates a map with the token that it got as 11. */
    const outcome = (...events: readonly TraceEvent[]) =>
      replayCalls([
        ...withToken(),
        call("clone", [0], 4712),
        state({ ...container(), pid: 4712 }, 4712),
        ...events,
        { ...map(1, EPERM, { ...token, map_token_fd: 11 }), ...other } as TraceEvent,
      ]).map(({ id }) => id);

    test.each([
      ["one", [sent(1, 6), received(1, 11)]],
      ["a message without data", [sent(0, 6), received(0, 11)]],
      ["the second of two", [sent(1, 5, 6), received(1, 10, 11)]],
      ["after one without descriptors", [sent(1), sent(1, 6), received(1), received(1, 11)]],
      ["after a message of another length", [sent(1, 5, 5), sent(1, 6), received(1, 11)]],
      ["after a failed call", [sent(EPERM, 5), sent(1, 6), received(EPERM, 11), received(1, 11)]],
    ])("is that of the sender: %s", (_, events) => {
      expect(outcome(...events)).toEqual(["token.dropped.map"]);
    });

    test.each([
      ["the call failed", [sent(1, 6), received(EPERM, 11)]],
      ["the message was not sent", [sent(EPERM, 6), received(1, 11)]],
      ["the sender has no such descriptor", [sent(1, 77), received(1, 11)]],
      ["another message came first", [sent(1, 77), sent(1, 6), received(1, 11)]],
      ["the message has another length", [sent(1, 6, 6), received(1, 11)]],
    ])("is unknown if %s", (_, events) => {
      expect(outcome(...events)).toEqual(["trace.unknown"]);
    });
  });

  test.each([0x1000_0000, 0x1000_0000n])("of a clone into a new user namespace: %s", (flags) => {
    const all = withCapabilities("1ffffffffff", {
      userns: { inode: 4026531837, initial: true },
      bpffs: [],
    });
    const refused = { ...map(1, EPERM), pid: 4712 } as TraceEvent;
    expect(ids(replayCalls([state(all), call("clone", [flags], 4712), refused]))).toEqual([
      "map.create.sysctl",
    ]);
    // The thread's number is no process, and a process without the flag is no container.
    const thread = typeof flags === "bigint" ? 0x10000n : 0x10000;
    expect(ids(replayCalls([state(all), call("clone", [thread], 4712), refused]))).toEqual([
      "trace.unknown",
    ]);
    expect(ids(replayCalls([state(all), call("clone", [0], 4712), refused]))).toEqual([
      "trace.disagreement",
    ]);
  });

  test("of a program that could not be executed: its descriptors stay open", () => {
    const failed = call("execve", ["/bin/none"], -2);
    expect(ids(replayCalls([...withToken(), failed, map(1, EPERM, token)]))).toEqual([
      "token.dropped.map",
    ]);
  });

  describe("of the token's descriptor", () => {
    const use = (fd: number): TraceEvent => map(1, EPERM, { ...token, map_token_fd: fd });
    const exec = call("execve", ["/bin/true"], 0);
    const after = (fd: number, ...calls: readonly TraceEvent[]) =>
      replayCalls([...withToken(), ...calls, use(fd)])[0]?.id;

    test.each([
      ["a copy of dup()", 8, [call("dup", [6], 8), close(6)]],
      ["a copy of dup2() with the number 0", 0, [call("dup2", [6, 0], 0), close(6)]],
      ["a copy that an exec does not close", 8, [call("dup", [6], 8), exec]],
      ["the first one, if dup() failed", 6, [call("dup", [6], -24)]],
      ["the first one, if close() failed", 6, [call("close", [6], -9)]],
      ["the first one, if close_range() failed", 6, [call("close_range", [3, 9, 0], EINVAL)]],
      ["one outside of the closed range", 6, [call("close_range", [7, 9, 0], 0)]],
      ["one below the closed range", 6, [call("close_range", [3, 5, 0], 0)]],
      ["one that the next exec closes", 6, [call("close_range", [3, 9, 4], 0)]],
    ])("is known: %s", (_, fd, calls) => {
      expect(after(fd, ...calls)).toBe("token.dropped.map");
    });

    test.each([
      ["close()", 6, [close(6)]],
      ["close_range()", 6, [call("close_range", [6, 6, 0], 0)]],
      [
        "an exec after close_range()",
        8,
        [call("dup", [6], 8), call("close_range", [8, 8, 4], 0), exec],
      ],
      ["dup2() of another file", 6, [call("dup2", [5, 6], 6), close(6)]],
    ])("is unknown after %s", (_, fd, calls) => {
      expect(after(fd, ...calls)).toBe("trace.unknown");
    });
  });

  test("of a closed, duplicated and executed descriptor", () => {
    const copy = call("dup", [6], 8);
    const used = map(2, 9, { ...token, map_token_fd: 8 });
    expect(replayCalls([...withToken(), copy, close(6), used])).toEqual([]);
    const gone = map(2, EINVAL, { ...token, map_token_fd: 8 });
    const exec = call("execve", ["/bin/true"], 0);
    expect(replayCalls([...withToken(), copy, close(6), close(8), gone])[0]?.outcome).toBe(
      "unknown",
    );
    expect(replayCalls([...withToken(), exec, map(2, EINVAL, token)])[0]?.outcome).toBe("unknown");
  });
});

describe("a program with debug information, which the model does not have", () => {
  // A container that may load and attach programs for cgroups.
  const delegates = {
    delegate_cmds: "prog_load:btf_load",
    delegate_progs: "cgroup_skb",
    delegate_attachs: "any",
  };
  const facts = container({ bpffs: [{ ...bpffs, delegates }] });
  const debug = { func_info: new Uint8Array(8), func_info_cnt: 1, func_info_rec_size: 8 };
  const fields = { ...program, ...debug, prog_type: 8, prog_btf_fd: 8 };
  const skb = { ...fields, prog_flags: TOKEN_FD, prog_token_fd: 6 };
  /** BTF with the type int: a header, the type, and two names. */
  const btf = new Uint8Array(45);
  new DataView(btf.buffer).setUint32(0, 0x1eb9f, true);
  [24, 0, 16, 16, 5, 1, 0x0100_0000, 4, 0x0100_0020].forEach((word, i) => {
    new DataView(btf.buffer).setUint32(4 + 4 * i, word, true);
  });
  btf.set([0, 0x69, 0x6e, 0x74, 0], 40);
  const loaded = [
    ...withToken(facts),
    bpf("BTF_LOAD", { btf, btf_size: 45, btf_flags: TOKEN_FD, btf_token_fd: 6 }, 8),
  ];

  test("keeps its token in the calls that follow", () => {
    const link = (target_fd: number, result: number): TraceEvent =>
      bpf("LINK_CREATE", { prog_fd: 7, target_fd, attach_type: 0 }, result);
    const findings = replayCalls([...loaded, bpf("PROG_LOAD", skb, 7), link(0xffff_ffff, -9)]);
    expect(findings).toMatchObject([
      { id: "attach.cgroup", outcome: "explained", severity: "note" },
    ]);
    expect(findings[0]?.evidence[0]).toMatch(/^a feature probe, without a target: /);
    // Without CAP_NET_ADMIN the kernel does not look at the target.
    const lacking = { ...facts, ...withCapabilities(BPF) };
    const [refused] = replayCalls([
      ...loaded,
      bpf("PROG_LOAD", skb, 7),
      state(lacking),
      link(9, EPERM),
    ]);
    expect(refused?.id).not.toBe("attach.cgroup");
  });

  test("is refused by the verifier if no permission is missing, also without a log", () => {
    expect(replayCalls([...loaded, bpf("PROG_LOAD", skb, EINVAL)])).toMatchObject([
      { id: "trace.verifier", confidence: "likely", fix: [expect.stringContaining("log_level")] },
    ]);
    const other = { ...skb, prog_type: 1 };
    expect(ids(replayCalls([...loaded, bpf("PROG_LOAD", other, EPERM)]))).toEqual([
      "token.dropped.prog",
    ]);
  });
});

test("a link that the model does not have lacks a permission only with EPERM or EACCES", () => {
  const EOPNOTSUPP = -95;
  const kprobe = { ...program, prog_type: 2, expected_attach_type: 42, prog_name: "multi" };
  const root = container({ userns: { inode: 4026531837, initial: true } });
  const link = (result: number) =>
    replayCalls([
      state(root),
      bpf("PROG_LOAD", kprobe, 7),
      bpf("LINK_CREATE", { prog_fd: 7, attach_type: 42 }, result),
    ]);
  expect(link(EOPNOTSUPP)).toMatchObject([
    { id: "trace.unknown", severity: "note", cause: expect.stringMatching(/^no permission/) },
  ]);
  expect(link(EPERM)).toMatchObject([{ id: "trace.unknown", severity: "error" }]);
});

test("a token that the kernel refuses where the model creates it names the likely owner", () => {
  const events = [state(container()), opened, bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EPERM)];
  expect(replayCalls(events)).toMatchObject([
    {
      id: "trace.disagreement",
      evidence: expect.arrayContaining([expect.stringContaining("likely token.create.userns")]),
    },
  ]);
});

test("any order and any numbers give findings or nothing, and no exception", () => {
  let seed = 7;
  const random = (n: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % n;
  };
  const names = [
    "openat",
    "close",
    "dup",
    "dup2",
    "fcntl",
    "clone",
    "unshare",
    "execve",
    "fsopen",
    "fsconfig",
    "fsmount",
    "mount",
    "capset",
    "prctl",
    "setns",
    "sendmsg",
    "recvmsg",
    "bpf",
    "nonsense",
  ];
  const values = [
    0,
    1,
    5,
    -1,
    null,
    "/sys/fs/bpf",
    "bpf",
    0x10000000,
    2 ** 40,
    new Uint8Array(8),
    undefined,
  ];
  let refused = 0;
  for (let run = 0; run < 60; run++) {
    const events = Array.from({ length: 30 }, () => {
      const args = Array.from({ length: random(6) }, () => values[random(values.length)]);
      return call(
        names[random(names.length)] ?? "",
        args,
        random(3) === 0 ? -random(40) - 1 : random(12),
        random(4) === 0 ? { fds: [random(12)] } : {},
      );
    });
    refused += replayCalls([...withToken(withCapabilities(BPF)), ...events]).length;
  }
  expect(refused).toBeGreaterThan(0);
});

describe("what other programs than ours do", () => {
  const given = { prog_flags: TOKEN_FD, prog_token_fd: 6 };
  const refused = (attr: object, more: object, facts = container()) =>
    replayCalls([
      ...withToken(facts),
      bpf("PROG_LOAD", { ...program, ...given, ...attr }, EINVAL, more),
    ]);

  test("a probe of libbpf without a name has no kernel version and no line info", () => {
    const socket = { ...program, ...given, prog_type: 1, prog_name: "", insn_cnt: 5 };
    const five = { insns: new Uint8Array([...insns, ...insns, ...insns.subarray(8)]) };
    const severities = [{}, { kern_version: 1 }].map(
      (more) =>
        replayCalls([...withToken(), bpf("PROG_LOAD", { ...socket, ...five, ...more }, EPERM)])[0]
          ?.severity,
    );
    expect(severities).toEqual(["warning", "error"]);
  });

  test("two instructions of type xdp are a program, not a probe", () => {
    const two = { ...program, ...given, prog_name: "", insn_cnt: 2 };
    const severities = [{ prog_type: 6 }, { prog_type: 1 }, { prog_type: 1, kern_version: 1 }].map(
      (more) =>
        replayCalls([...withToken(), bpf("PROG_LOAD", { ...two, ...more }, EPERM)])[0]?.severity,
    );
    expect(severities).toEqual(["error", "warning", "error"]);
  });

  test("a token from a subdirectory is refused, also if the container owns the filesystem", () => {
    const subdirectory = call("openat", [-100, "/sys/fs/bpf/x", 0x10000], 5, {
      file: { kind: "bpffs", device: bpffs.device, root: false },
    });
    const create = bpf("TOKEN_CREATE", { bpffs_fd: 5 }, EINVAL);
    expect(ids(replayCalls([state(container()), subdirectory, create]))).toEqual([
      "token.create.root",
    ]);
  });

  test.each(["maps", "part"])("a directory that only the kernel has is not guessed: %s", (name) => {
    const below = call("openat", [5, name, 0x10000], 7);
    const create = bpf("TOKEN_CREATE", { bpffs_fd: 7 }, EINVAL);
    expect(replayCalls([state(container()), opened, below, create])[0]).toMatchObject({
      id: "trace.unknown",
      cause: "cannot tell: the trace does not show where file descriptor 7 comes from",
    });
  });

  test("EACCES for a pin is a matter of file permissions", () => {
    const pathname = new TextEncoder().encode("/sys/fs/bpf/m\0");
    const [finding] = replayCalls([
      state(container({ uid: 1000 })),
      bpf("OBJ_GET", { pathname }, -13),
    ]);
    expect(finding).toMatchObject({ id: "trace.pin_mode", confidence: "likely" });
    expect(finding?.cause).toContain("/sys/fs/bpf/m");
    expect(finding?.evidence[0]).toBe("user of the process: 1000");
  });

  test.each([
    ["R10 pointer comparison prohibited", addCapabilities(undefined, ["PERFMON"])],
    ["back-edge from insn 3 to 1", undefined],
    ["R1 invalid mem access 'scalar'", undefined],
  ])("the verifier's line %j names the capability that the process lacks", (log, fix) => {
    const attr = { expected_attach_type: 37, log_level: 1 };
    const [finding] = refused(attr, { log: `${log}\nprocessed 1 insns\n` });
    expect([finding?.id, finding?.fix[0]]).toEqual(["trace.verifier", fix]);
  });

  test.each([
    [EINVAL, undefined, "trace.verifier"],
    [-13, ["apparmor"], "trace.disagreement"],
    [-12, undefined, "trace.disagreement"],
  ])("a load that the model accepts, refused with %i and without a log", (result, lsms, id) => {
    const facts = container(lsms === undefined ? {} : { lsms });
    const attr = { ...program, ...given, expected_attach_type: 37 };
    expect(ids(replayCalls([...withToken(facts), bpf("PROG_LOAD", attr, result)]))).toEqual([id]);
  });

  test("lockdown removes a helper for everybody", () => {
    const log = "program of this type cannot use helper bpf_probe_read_kernel#113\n";
    const facts = container({ lockdown: "confidentiality" });
    const [finding] = refused({ expected_attach_type: 37 }, { log }, facts);
    expect(finding?.id).toBe("doctor.lockdown");
    expect(finding?.fix[0]).toContain("lockdown=integrity");
  });

  test.each<[string, TraceEvent]>([
    ["MAP_CREATE", map(1, EPERM, token)],
    ["PROG_ATTACH", bpf("PROG_ATTACH", { target_fd: 9, attach_bpf_fd: 7 }, EPERM)],
  ])("%s with a file descriptor of unknown origin is not explained", (_, refused) => {
    const [finding] = replayCalls([
      state(container()),
      { type: "file", pid: PID, fd: 7, file: { kind: "prog", fdinfo: "prog_type:\t8\n" } },
      refused,
    ]);
    expect([finding?.outcome, finding?.cause]).toEqual([
      "unknown",
      expect.stringMatching(/the trace does not show where file descriptor [69] comes from/),
    ]);
  });

  test("a file descriptor that an unseen message brought is not explained", () => {
    const received = call("recvmsg", [9], 1, { fds: [6] });
    const [finding] = replayCalls([state(container()), received, map(1, EPERM, token)]);
    expect([finding?.outcome, finding?.cause]).toEqual([
      "unknown",
      expect.stringContaining("the model could not create what file descriptor 6 refers to"),
    ]);
  });

  test("a program of a process whose state is unknown gives no advice about its network", () => {
    const load = bpf("PROG_LOAD", { ...program, expected_attach_type: 37 }, 7);
    expect(replayCalls([load, map(1, EPERM)])).toMatchObject([
      { outcome: "unknown", cause: expect.stringContaining("does not show the state") },
    ]);
  });

  test("an errno without a name is printed as a number", () => {
    expect(replayCalls([...withToken(), map(1, -999, token)])[0]?.call).toMatch(/ = -1 error 999$/);
  });

  test("PROG_ATTACH without CAP_NET_ADMIN is explained without its target", () => {
    const [finding] = replayCalls([
      state(withCapabilities(BPF)),
      { type: "file", pid: PID, fd: 7, file: { kind: "prog", fdinfo: "prog_type:\t8\n" } },
      bpf("PROG_ATTACH", { target_fd: 9, attach_bpf_fd: 7, attach_type: 0 }, EINVAL),
    ]);
    expect(finding?.id).toBe("attach.prog.capable");
    expect(finding?.cause).not.toContain("gives no token");
  });
});

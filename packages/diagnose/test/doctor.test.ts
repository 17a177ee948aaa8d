// SPDX-License-Identifier: MIT

import { addCapabilities } from "@bpf-token/delegation";
import type { ObjectSpec } from "@bpf-token/object";
import { AttachType, insn, MapType, ProgType } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { diagnose, type Facts, type Finding, parseFacts } from "../src/index.ts";
import { BPF, BPF_NET_ADMIN, bpffs, container, withCapabilities } from "./facts.ts";

/** What a compiled XDP program with an array map needs; only the fields that decide. */
const xdp = {
  maps: [{ name: "packets", type: MapType.ARRAY, origin: "definition" }],
  programs: [
    {
      name: "count",
      section: "xdp",
      type: ProgType.XDP,
      attach: AttachType.XDP,
      attachOptional: true,
      autoload: true,
      function: 0,
    },
  ],
  functions: [{ name: "count", insns: new Uint8Array(), calls: [], relocations: [] }],
  structOps: [],
  externs: [],
  btf: undefined,
} as unknown as ObjectSpec;
const objects = new Map([["xdp.bpf.o", xdp]]);
/** The options for a loader that makes no probes. */
const plain = { objects, loader: "plain" } as const;

const errors = ({ findings }: { readonly findings: readonly Finding[] }): readonly string[] =>
  findings.filter(({ severity }) => severity === "error").map(({ id }) => id);
const without = (option: string): Facts => {
  const delegates = Object.fromEntries(
    Object.entries(bpffs.delegates).filter(([name]) => name !== option),
  );
  return container({ bpffs: [{ ...bpffs, delegates }] });
};
const PERFMON = 1n << 38n;
const SYS_ADMIN = 1n << 21n;
const initial = { userns: { inode: 4026531837, initial: true } } as const;

test("without a BPF filesystem one mount has all masks that the objects need", () => {
  const { findings } = diagnose(container({ bpffs: [] }), plain);
  expect(findings[0]?.fix).toContain(
    "mount the BPF filesystem with delegate_cmds=map_create:prog_load,delegate_maps=array,delegate_progs=xdp,delegate_attachs=xdp",
  );
  expect(diagnose(container({ bpffs: [] })).findings[0]?.fix).toEqual([
    "let the host create a BPF filesystem for the container: `bpf-token exec` does",
  ]);
});

describe("a token", () => {
  test("can be created in a container with a delegation and CAP_BPF", () => {
    const { verdict, ok, token, findings } = diagnose(container());
    expect({ ok, token }).toEqual({
      ok: true,
      token: { path: "/sys/fs/bpf", allows: bpffs.delegates },
    });
    expect(verdict).toBe("agent (pid 4711) can create a token from /sys/fs/bpf");
    expect(findings).toEqual([]);
  });

  test.each<[string, Facts, readonly string[]]>([
    ["no CAP_BPF", withCapabilities("0"), ["token.create.capable"]],
    ["CAP_SYS_ADMIN alone", withCapabilities((1n << 21n).toString(16)), ["token.create.capable"]],
    [
      "a filesystem of the host",
      container({ bpffs: [{ ...bpffs, onHost: true }] }),
      ["token.create.userns"],
    ],
    [
      "a part of a filesystem",
      container({ bpffs: [{ ...bpffs, root: "/d" }] }),
      ["token.create.root"],
    ],
    [
      "a part of the host's filesystem",
      container({ bpffs: [{ ...bpffs, root: "/d", onHost: true }] }),
      ["token.create.root"],
    ],
    ["no masks", container({ bpffs: [{ ...bpffs, delegates: {} }] }), ["token.create.delegation"]],
    ["no BPF filesystem", container({ bpffs: [] }), ["doctor.bpffs"]],
    ["Linux 6.8", container({ release: "6.8.0-40-generic" }), ["doctor.release"]],
    ["the initial user namespace", withCapabilities("0", initial), ["token.create.init_ns"]],
  ])("cannot be created: %s", (_, facts, ids) => {
    const { ok, findings } = diagnose(facts);
    expect({ ok, ids: errors({ findings }) }).toEqual({ ok: false, ids });
    for (const { cause, evidence, fix } of findings) {
      expect([cause, evidence.length > 0, fix.length > 0]).toEqual([
        expect.any(String),
        true,
        true,
      ]);
    }
  });

  test("names gVisor by the release that it reports, and does not advise another kernel", () => {
    const { findings, verdict } = diagnose(container({ release: "4.4.0", bpffs: [] }));
    expect(verdict).toMatch(/cannot create a token: gVisor has no BPF tokens$/);
    expect(findings).toEqual([
      expect.objectContaining({
        ...{ id: "doctor.release", severity: "error", confidence: "likely" },
        cause: expect.stringMatching(/gVisor, .* EPERM or ENOSYS/),
        evidence: ["uname -r: 4.4.0, as gVisor reports for every host"],
        fix: [expect.stringMatching(/runc or crun/)],
      }),
    ]);
    // Kernels of distributions have a suffix.
    const { findings: old } = diagnose(container({ release: "4.4.0-210-generic" }));
    expect(old[0]?.cause).toMatch(/^Linux 4\.4\.0-210-generic has no BPF tokens/);
  });

  test("names both answers if nobody knows who owns a filesystem without delegation", () => {
    const { onHost, ...unknown } = bpffs;
    const of = (mount: typeof unknown): string => {
      const [finding] = diagnose(container({ bpffs: [{ ...mount, delegates: {} }] })).findings;
      expect(finding?.confidence).toBe("certain");
      return finding?.cause ?? "";
    };
    expect(of(unknown)).toContain("gives ENOENT, or EPERM if the host owns this BPF filesystem: ");
    expect(of({ ...unknown, onHost } as typeof unknown)).toContain("gives ENOENT: ");
    const { findings } = diagnose(container({ bpffs: [{ ...unknown, root: "/d" }] }));
    expect(findings[0]?.cause).toContain("TOKEN_CREATE gives EINVAL: ");
  });

  test("comes from the second filesystem if the first one gives none", () => {
    const second = { ...bpffs, path: "/run/bpf", device: "0:41" };
    const facts = container({ bpffs: [{ ...bpffs, onHost: true }, second] });
    expect(diagnose(facts).token?.path).toBe("/run/bpf");
  });

  test("is not needed in the initial user namespace with CAP_BPF", () => {
    const [refused] = diagnose(withCapabilities("0", initial)).findings;
    expect(refused?.evidence).toEqual([
      "user namespace: 4026531837, the initial one",
      "CapEff: 0 (none)",
    ]);
    const { ok, verdict, findings } = diagnose(withCapabilities(BPF, initial));
    expect(findings.map(({ evidence }) => evidence)).toEqual([
      ["user namespace: 4026531837, the initial one", "CapEff: 8000000000 (CAP_BPF)"],
    ]);
    expect([ok, verdict]).toEqual([true, "agent (pid 4711) can call bpf() without a token"]);
  });

  test("may not be needed if unprivileged bpf() is permitted", () => {
    const { ok, findings } = diagnose(
      withCapabilities("0", { ...initial, unprivilegedBpfDisabled: 0 }),
    );
    expect([ok, findings[0]?.severity, findings[0]?.confidence]).toEqual([
      ...[true, "warning", "possible"],
    ]);
  });

  test("a mount that the model cannot repeat gives no verdict about it", () => {
    const delegates = { delegate_cmds: "a_command_of_a_later_release" };
    const { findings } = diagnose(container({ bpffs: [{ ...bpffs, delegates }] }));
    expect(findings[0]).toMatchObject({ id: "doctor.unknown", confidence: "possible" });
  });
});

describe("an object", () => {
  test("loads with everything delegated", () => {
    const { ok, verdict } = diagnose(container(), plain);
    expect([ok, verdict]).toEqual([
      true,
      "agent (pid 4711) can load xdp.bpf.o with a token from /sys/fs/bpf",
    ]);
  });

  test.each([
    ["delegate_cmds", "token.dropped.cmd"],
    ["delegate_maps", "token.dropped.map"],
    ["delegate_progs", "token.dropped.prog"],
    ["delegate_attachs", "token.dropped.attach"],
  ])("does not load without %s, and the finding names the bit", (option, id) => {
    expect(errors(diagnose(without(option), plain))).toEqual([id]);
  });

  test("all that is missing is said at once", () => {
    const delegates = { delegate_cmds: "btf_load" };
    const facts = withCapabilities(BPF, { bpffs: [{ ...bpffs, delegates }] });
    expect(errors(diagnose(facts, plain))).toEqual([
      ...["token.dropped.cmd", "token.dropped.map", "token.dropped.prog", "token.dropped.attach"],
      "prog.load.net_admin",
    ]);
  });

  test("missing masks are said even if CAP_BPF is missing too", () => {
    const delegates = { ...bpffs.delegates, delegate_maps: "hash" };
    const facts = withCapabilities((1n << 12n).toString(16), { bpffs: [{ ...bpffs, delegates }] });
    expect(errors(diagnose(facts, plain))).toEqual([
      ...["token.create.capable", "token.dropped.map", "prog.load.sysctl"],
    ]);
  });

  test("masks as numbers and 'any' count", () => {
    const delegates = {
      delegate_cmds: "any",
      delegate_maps: "0x4",
      delegate_progs: "64",
      delegate_attachs: `0x${(1n << 37n).toString(16)}`,
    };
    expect(diagnose(container({ bpffs: [{ ...bpffs, delegates }] }), plain).ok).toBe(true);
  });
});

describe("the fix is in the syntax of the manager", () => {
  const hash = { ...bpffs, delegates: { ...bpffs.delegates, delegate_maps: "hash" } };
  test.each<[string, Facts["manager"], readonly string[]]>([
    [
      "systemd",
      { kind: "systemd", name: "a.service" },
      ["BPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray"],
    ],
    [
      "lxc",
      { kind: "lxc", name: "web" },
      [
        "Incus: security.bpffs.delegate_maps=hash,array",
        "LXD: security.delegate_bpf.map_types=hash:array",
      ],
    ],
    [
      "docker",
      { kind: "docker", name: "a1" },
      ["mount the BPF filesystem with delegate_maps=hash:array"],
    ],
    ["none", undefined, ["mount the BPF filesystem with delegate_maps=hash:array"]],
  ])("%s", (_, manager, fix) => {
    const facts = container({ bpffs: [hash], ...(manager === undefined ? {} : { manager }) });
    const found = diagnose(facts, plain).findings.find(({ id }) => id === "token.dropped.map");
    expect(found?.fix).toEqual(fix);
  });
});

describe("what is no token matter", () => {
  test.each<[string, Partial<Facts>, string]>([
    ["seccomp", { seccomp: 2 }, "doctor.seccomp"],
    ["lockdown", { lockdown: "confidentiality" }, "doctor.lockdown"],
    ["SELinux", { lsms: ["capability", "selinux"] }, "doctor.lsm"],
  ])("%s is only possible, and no error", (_, more, id) => {
    const { ok, findings } = diagnose(container(more));
    expect(ok).toBe(true);
    expect(findings.map((one) => [one.id, one.confidence])).toEqual([[id, "possible"]]);
  });

  test.each<[string, Partial<Facts>]>([
    ["no seccomp", { seccomp: 0 }],
    ["lockdown off", { lockdown: "none" }],
    ["harmless LSMs", { lsms: ["capability", "landlock", "bpf"] }],
  ])("%s gives no finding", (_, more) => {
    expect(diagnose(container(more)).findings).toEqual([]);
  });
});

test("an old hook on the host is a warning, whatever the process asks for", () => {
  const { ok, findings } = diagnose(container({ oldHook: "/x/hook" }));
  expect(ok).toBe(true);
  expect(findings.map(({ id, severity }) => [id, severity])).toEqual([["doctor.hook", "warning"]]);
  expect(diagnose(container()).findings).toEqual([]);
  const report = { ...container(), oldHook: 1 };
  expect(() => parseFacts(JSON.stringify(report))).toThrow("oldHook: expected a string");
});

describe("the first probe of libbpf", () => {
  const withProbe = (progs: string, attachs: string): Facts =>
    container({
      bpffs: [
        {
          ...bpffs,
          delegates: { ...bpffs.delegates, delegate_progs: progs, delegate_attachs: attachs },
        },
      ],
    });

  test.each([
    ["xdp", "xdp", ["token.dropped.prog", "token.dropped.attach"]],
    ["xdp", "xdp:cgroup_inet_ingress", ["token.dropped.prog"]],
    ["xdp:socket_filter", "xdp", ["token.dropped.attach"]],
    ["xdp:socket_filter", "xdp:cgroup_inet_ingress", []],
    // A tracepoint needs CAP_PERFMON, too.
    ["xdp:tracepoint", "xdp:cgroup_inet_ingress", ["token.dropped.prog"]],
    ["xdp:tracepoint", "xdp", ["token.dropped.attach", "token.dropped.prog"]],
  ])("with progs=%s and attachs=%s", (progs, attachs, ids) => {
    const diagnosis = diagnose(withProbe(progs, attachs), { objects });
    expect(errors(diagnosis)).toEqual(ids);
    for (const { severity, confidence } of diagnosis.findings) {
      if (severity === "error") expect(confidence).toBe("likely");
    }
  });

  test("takes a tracepoint of a process that has CAP_PERFMON in place of the socket_filter", () => {
    const effective = ((1n << 39n) | (1n << 38n) | (1n << 12n)).toString(16);
    const facts = withProbe("xdp:tracepoint", "xdp:cgroup_inet_ingress");
    const able = { ...facts, capabilities: { ...facts.capabilities, effective } };
    expect(errors(diagnose(able, { objects }))).toEqual([]);
  });

  test("hides nothing else that the object lacks, also not the same bit of another mask", () => {
    const delegates = { delegate_cmds: "map_create:prog_load:btf_load" };
    const hash = [{ name: "flows", type: MapType.HASH, origin: "definition" }];
    const lacking = new Map([["a.o", { ...xdp, maps: hash } as unknown as ObjectSpec]]);
    const { findings } = diagnose(container({ bpffs: [{ ...bpffs, delegates }] }), {
      objects: lacking,
    });
    const named = findings
      .filter(({ severity }) => severity === "error")
      .map(({ lacks = [] }) => lacks.map(({ axis, name }) => `${axis} ${name}`).join());
    expect(named).toEqual([
      ...["progs socket_filter", "attachs cgroup_inet_ingress"],
      ...["maps hash", "progs xdp"],
    ]);
  });

  test("and that for attach types, if refused, leaves programs with an optional type without one", () => {
    const lacks = (progs: string, attachs: string) =>
      diagnose(withProbe(`socket_filter:${progs}`, attachs), { objects })
        .findings.filter(({ severity }) => severity === "error")
        .flatMap((one) => one.lacks?.map(({ name }) => name));
    expect(lacks("xdp", "cgroup_inet_ingress")).toEqual([]);
    const probed = "cgroup_inet_ingress:cgroup_inet_sock_create";
    expect(lacks("xdp:cgroup_sock", probed)).toEqual(["xdp"]);
  });

  test("comes before others, which may need more: each bit that the object does not need is named", () => {
    const later = (progs: string, programs = xdp.programs) => {
      const all = new Map([["a.o", { ...xdp, programs } as ObjectSpec]]);
      const { findings } = diagnose(withProbe(progs, "any"), { objects: all });
      return findings.map(({ severity, cause, lacks = [] }) => [
        ...[severity, cause.includes("probes"), lacks.map(({ name }) => name).join()],
      ]);
    };
    expect(later("xdp:socket_filter")).toEqual([["warning", true, "cgroup_sock"]]);
    const [program] = xdp.programs;
    const socket = { ...program, type: ProgType.CGROUP_SOCK, attach: 2 } as typeof program;
    expect(later("socket_filter", socket && [socket])).toEqual([["error", false, "cgroup_sock"]]);
  });

  test("does not matter for another loader", () => {
    expect(diagnose(withProbe("xdp", "xdp"), plain).ok).toBe(true);
  });
});

test("masks without effect are named", () => {
  const delegates = {
    delegate_cmds: "prog_load:link_create",
    delegate_maps: "array",
    delegate_progs: "xdp",
  };
  const { findings } = diagnose(container({ bpffs: [{ ...bpffs, delegates }] }));
  expect(findings.map(({ id }) => id)).toEqual([
    ...["token.dropped.cmd", "token.dropped.attach", "doctor.idle_command"],
  ]);
});

test.each([
  ["6.12", ["doctor.idle_command"]],
  ["6.15", []],
  ["6.17", []],
  ["7.2", []],
] as const)("btf_get_fd_by_id takes a token since Linux 6.15: %s", (release, ids) => {
  const delegates = { ...bpffs.delegates, delegate_cmds: "map_create:prog_load:btf_get_fd_by_id" };
  const { findings } = diagnose(container({ bpffs: [{ ...bpffs, delegates }] }), { release });
  const idle = findings.filter(({ id }) => id === "doctor.idle_command");
  expect(idle.map(({ id }) => id)).toEqual(ids);
});

test("a release of nobody's is a RangeError", () => {
  expect(() => diagnose(container({ release: "unknown" }))).toThrow(RangeError);
  expect(diagnose(container({ release: "unknown" }), { release: "6.12" }).release).toBe("6.12");
});

test("names what is missing in the order in which the kernel asks for it", () => {
  const delegates = { delegate_cmds: "map_create", delegate_progs: "any", delegate_attachs: "any" };
  const facts = withCapabilities(BPF, { bpffs: [{ ...bpffs, delegates }] });
  expect(errors(diagnose(facts, plain))).toEqual([
    "token.dropped.map",
    "token.dropped.cmd",
    "prog.load.net_admin",
  ]);
  // libbpf loads its probe before it creates maps.
  const progs = { delegate_cmds: "prog_load", delegate_attachs: "any" };
  const first = container({ bpffs: [{ ...bpffs, delegates: progs }] });
  expect(errors(diagnose(first, { objects })).slice(0, 2)).toEqual([
    "token.dropped.prog",
    "token.dropped.cmd",
  ]);
  const devmap = { ...xdp, maps: [{ name: "ports", type: MapType.DEVMAP, origin: "definition" }] };
  const maps = new Map([["devmap.bpf.o", devmap as unknown as ObjectSpec]]);
  const any = { delegate_cmds: "any", delegate_maps: "any", delegate_progs: "any" };
  const lacking = withCapabilities(BPF, { bpffs: [{ ...bpffs, delegates: any }] });
  expect(errors(diagnose(lacking, { objects: maps, loader: "plain" }))).toEqual([
    "map.create.capable",
    "token.dropped.attach",
  ]);
  // A program without an attach type needs that with the number 0, which MAP_CREATE has too.
  const filter = { ...xdp.programs[0], type: ProgType.SOCKET_FILTER, attach: 0 };
  const filters = new Map([["f.o", { ...xdp, programs: [filter] } as unknown as ObjectSpec]]);
  const loads = { delegate_cmds: "any", delegate_progs: "any" };
  const least = container({ bpffs: [{ ...bpffs, delegates: loads }] });
  expect(errors(diagnose(least, { objects: filters, loader: "plain" }))).toEqual([
    "token.dropped.map",
    "token.dropped.attach",
  ]);
  const none = container({ bpffs: [{ ...bpffs, delegates: { delegate_cmds: "btf_load" } }] });
  expect(errors(diagnose(none, plain))).toEqual([
    "token.dropped.cmd",
    "token.dropped.map",
    "token.dropped.prog",
    "token.dropped.attach",
  ]);
});

describe("a trial on the running kernel", () => {
  const path = "/sys/fs/bpf";
  const tried = (facts: Facts, answer: string) => diagnose(facts, { trial: [{ path, answer }] });

  test("confirms the prediction without a finding", () => {
    const { trial, findings, ok } = tried(container(), "ok");
    const row = { what: `TOKEN_CREATE from ${path}`, kernel: "ok", reason: "", predicted: "ok" };
    expect([trial, findings, ok]).toEqual([[row], [], true]);
    const lacking = tried(withCapabilities("0"), "EPERM");
    expect(lacking.trial).toEqual([{ ...row, kernel: "EPERM", predicted: "EPERM" }]);
    expect(lacking.findings.map(({ id }) => id)).toEqual(["token.create.capable"]);
  });

  test.each([
    ["refuses what the facts allow", container(), "EPERM", "error", /something else answers/],
    ["allows what doctor refuses", withCapabilities("0"), "ok", "warning", /it works, although/],
  ] as const)("reports that the kernel %s", (_, facts, answer, severity, cause) => {
    const { findings } = tried(facts, answer);
    const finding = findings.find(({ id }) => id === "doctor.try");
    expect(finding).toMatchObject({ severity, cause: expect.stringMatching(cause) });
  });

  test("takes the seccomp filter of the process for what answers", () => {
    const { findings } = tried(container({ seccomp: 2 }), "EPERM");
    expect(findings).toMatchObject([
      { id: "doctor.seccomp", severity: "error", confidence: "likely" },
    ]);
    const lsms = ["selinux"];
    const more = tried(container({ seccomp: 2, lsms }), "EPERM").findings.map(({ id }) => id);
    expect(more).toEqual(["doctor.try", "doctor.seccomp", "doctor.lsm"]);
    expect(tried(container({ seccomp: 2 }), "ENOENT").findings[0]?.id).toBe("doctor.try");
  });

  test("knows that a filter refuses bpf() from a call that needs no permission", () => {
    const closed = (answer: string, facts: Facts) =>
      diagnose(facts, {
        trial: [
          { closed: true, answer },
          { path, answer: "EPERM" },
        ],
      });
    const facts = { ...withCapabilities("0"), seccomp: 2, lsms: ["capability"] };
    const { trial, findings } = closed("EPERM", facts);
    expect(trial?.[0]).toMatchObject({ kernel: "EPERM", predicted: "EBADF" });
    expect(findings.map(({ id, severity, confidence }) => [id, severity, confidence])).toEqual([
      ["doctor.seccomp", "error", "certain"],
      ["token.create.capable", "error", "certain"],
    ]);
    expect(closed("EBADF", facts).findings[0]?.id).toBe("token.create.capable");
    const [likely] = closed("EPERM", { ...facts, lsms: ["capability", "bpf"] }).findings;
    expect(likely).toMatchObject({ id: "doctor.seccomp", confidence: "likely" });
  });

  test("without a filter, a call that needs no permission is refused by a security module", () => {
    const trial = [{ closed: true, answer: "EPERM" } as const];
    const [without] = diagnose(container({ seccomp: 0 }), { trial }).findings;
    expect(without).toMatchObject({ id: "doctor.try", confidence: "likely" });
    expect(without?.evidence).toContain("Seccomp: 0 in /proc/PID/status");
    const [unknown] = diagnose(container({ seccomp: 2 }), { trial }).findings;
    expect(unknown).toMatchObject({ id: "doctor.seccomp", confidence: "likely" });
  });

  test.each([
    ["EPERM", container(), /likely the BPF filesystem belongs to another user namespace/],
    ["EOPNOTSUPP", container(), /made in the initial user namespace/],
    ["ENOENT", container(), /delegates nothing/],
    ["ENOENT", withCapabilities("0"), /answers ENOENT and doctor predicts EPERM/],
  ])("says of %s what can answer it", (answer, facts, cause) => {
    const finding = tried(facts, answer).findings.find(({ id }) => id === "doctor.try");
    expect(finding?.cause).toMatch(cause);
  });

  test.each([
    ["0", "EACCES", "likely", /lacks CAP_PERFMON/],
    ["4000000000", "EACCES", "certain", /refused the object itself$/],
    ["0", "ok", undefined, undefined],
  ])("an object that the verifier refused with the sets %s and %s", (more, answer, sure, cause) => {
    const held = BigInt(`0x${container().capabilities.effective}`) | BigInt(`0x${more}`);
    const trial = [{ path, file: "xdp.bpf.o", answer, byVerifier: true }];
    const { findings } = diagnose(withCapabilities(held.toString(16)), { objects, trial });
    const finding = findings.find(({ id }) => id === "doctor.try");
    expect(finding?.confidence).toBe(sure);
    if (cause !== undefined) expect(finding?.cause).toMatch(cause);
  });

  test("names the filter once if it also refuses the token", () => {
    const trial = [{ closed: true, answer: "ENOSYS" } as const, { path, answer: "ENOSYS" }];
    const { findings } = diagnose(container({ seccomp: 2 }), { trial });
    const errors = findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ id }) => id)).toEqual(["doctor.seccomp"]);
  });

  const cmds = `${bpffs.delegates.delegate_cmds}:link_create`;
  const delegates = { ...bpffs.delegates, delegate_cmds: cmds };
  const idle = container({ bpffs: [{ ...bpffs, delegates }] });
  test.each([
    ["everything is delegated", container(), "ok"],
    ["a mask is missing", without("delegate_maps"), "refused"],
    ["a mask has no effect", idle, "ok"],
  ])("predicts for a load with a token: %s", (_, facts, predicted) => {
    const trial = [{ path, file: "xdp.bpf.o", answer: "EPERM" }];
    expect(diagnose(facts, { objects, trial }).trial).toMatchObject([
      { what: `load xdp.bpf.o with a token from ${path}`, predicted },
    ]);
  });

  test("does not predict for a filesystem that the facts do not have", () => {
    const { trial, findings } = diagnose(container(), { trial: [{ path: "/x", answer: "EPERM" }] });
    expect([trial?.[0]?.predicted, findings]).toEqual([undefined, []]);
  });
});

test("the fix of a later finding keeps what an earlier one adds", () => {
  const delegates = { ...bpffs.delegates, delegate_progs: "lsm", delegate_attachs: "xdp" };
  const facts = container({ bpffs: [{ ...bpffs, delegates }] });
  const { findings } = diagnose(facts, { objects: new Map([["count.bpf.o", xdp]]) });
  const fixes = findings
    .filter(({ id }) => id === "token.dropped.prog")
    .map(({ fix }) => fix.join().replace(/^.*=/, "").split(":"));
  expect(fixes.length).toBeGreaterThan(1);
  for (const [i, words] of fixes.entries())
    expect(words).toEqual(expect.arrayContaining(fixes[i - 1] ?? ["lsm"]));
});

describe("CAP_PERFMON for the verifier", () => {
  /** `r2 = data; r3 = data_end; r3 -= r2`, or with `r3 += 0`, which nobody refuses. */
  const withCode = (...code: readonly Uint8Array[]): ReadonlyMap<string, ObjectSpec> => {
    const insns = Uint8Array.from(code.flatMap((one) => [...one]));
    const [body] = xdp.functions;
    const functions = [{ ...body, section: "xdp", start: 0, global: true, insns }];
    return new Map([["xdp.bpf.o", { ...xdp, functions } as unknown as ObjectSpec]]);
  };
  const end = [insn(0xb7, 0, 0, 0, 2), insn(0x95)];
  const packet = [insn(0x61, 2, 1, 0), insn(0x61, 3, 1, 4)];
  const difference = withCode(...packet, insn(0x1f, 3, 2), ...end);
  const harmless = withCode(...packet, ...end);

  test("an instruction that needs it is an error, and the trial expects a refusal", () => {
    const trial = [{ path: "/sys/fs/bpf", file: "xdp.bpf.o", answer: "EACCES" }];
    const options = { objects: difference, loader: "plain", trial } as const;
    const { ok, findings, trial: rows } = diagnose(container(), options);
    expect(findings).toMatchObject([
      {
        id: "verify.leak",
        severity: "error",
        confidence: "certain",
        cause: expect.stringContaining("lacks CAP_PERFMON in its user namespace"),
        fix: [addCapabilities(undefined, ["PERFMON"])],
      },
    ]);
    expect(findings[0]?.evidence.join()).toContain("r3 -= r2 subtracts a pointer from a pointer");
    expect([ok, rows?.[0]?.predicted]).toEqual([false, "refused"]);
  });

  test("in the initial user namespace too", () => {
    const facts = withCapabilities(BPF_NET_ADMIN, initial);
    const { findings } = diagnose(facts, { objects: difference });
    expect(findings[0]?.cause).toContain("lacks CAP_PERFMON");
    expect(errors(diagnose(facts, { objects: harmless }))).toEqual([]);
  });

  test.each([PERFMON, SYS_ADMIN])("%s is enough", (capability) => {
    const effective = (BigInt(`0x${BPF_NET_ADMIN}`) | capability).toString(16);
    const options = { objects: difference, loader: "plain" } as const;
    expect(errors(diagnose(withCapabilities(effective), options))).toEqual([]);
  });

  test("what the instructions leave open is a warning, and predicts nothing", () => {
    // r3 = *(u32 *)(r1 + 8): a number that moves the stack pointer
    const open = withCode(
      ...[insn(0x61, 3, 1, 12), insn(0x57, 3, 0, 0, 7), insn(0x7a, 10, 0, -8, 0)],
      ...[insn(0xbf, 4, 10), insn(0x07, 4, 0, 0, -8), insn(0x0f, 4, 3), ...end],
    );
    const trial = [{ path: "/sys/fs/bpf", file: "xdp.bpf.o", answer: "ok" }];
    const options = { objects: open, loader: "plain", trial } as const;
    const { ok, findings, trial: rows } = diagnose(container(), options);
    expect(findings).toMatchObject([
      { id: "verify.leak", severity: "warning", confidence: "possible" },
    ]);
    expect(findings[0]?.cause).toContain("may require CAP_PERFMON");
    expect([ok, rows?.[0]?.predicted]).toEqual([true, undefined]);
  });

  test("an instruction that nobody refuses needs nothing", () => {
    const { findings } = diagnose(container(), { objects: harmless, loader: "plain" });
    expect(findings).toEqual([]);
  });
});

// SPDX-License-Identifier: MIT
// What a policy says about objects that are made up here: one fact of an object in each case.
import { delegationMasks } from "@bpf-token/delegation";
import type { MapSpec, ObjectSpec, ProgramSpec } from "@bpf-token/object";
import { capabilityMask, getCapabilities } from "@bpf-token/syscall";
import {
  AttachType,
  BpfCmd,
  Errno,
  HelperId,
  type KernelRelease,
  MapType,
  type Mem,
  ProgType,
  syscallByName,
} from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { createKernel, type Kernel } from "../src/index.ts";
import {
  type ManagerFix,
  managerFix,
  type Policy,
  type PolicyOptions,
  policyOf,
  policySettings,
  reachOf,
} from "../src/policy/index.ts";
import { outOfReach } from "../src/policy/reach.ts";
import { type AskOptions, askVerifier } from "../src/policy/verifier.ts";

const exit = [0x95, 0, 0, 0, 0, 0, 0, 0];
const call = (id: number) => [0x85, 0, 0, 0, id, 0, 0, 0];
/** Loads the address of a function. */
const callback = [0x18, 0x42, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 8 }, () => 0)];
const returns = [0xb7, 0, 0, 0, 2, 0, 0, 0, ...exit];

const map = (name: string, more: Partial<MapSpec> = {}): MapSpec => ({
  ...{ name, kernelName: name, section: ".maps", origin: "definition", type: MapType.ARRAY },
  ...{ keySize: 4, valueSize: 8, maxEntries: 1, flags: 0, extra: 0n, numaNode: 0 },
  ...{ pinning: "none", keyTypeId: 0, valueTypeId: 0, values: [] },
  ...more,
});
const global = map(".bss", { section: ".bss", origin: "bss" });
const usesGlobal = [{ kind: "map", insn: 0, map: ".bss", offset: 0 }];

interface Code {
  readonly insns?: readonly number[];
  readonly relocations?: readonly object[];
}
/** A program with its function. */
const program = (name: string, more: Partial<ProgramSpec> & Code = {}) => {
  const { insns = returns, relocations = [], ...rest } = more;
  const spec = { name, section: "xdp", type: ProgType.XDP, attach: AttachType.XDP };
  return {
    spec: { ...spec, attachOptional: false, autoload: true, ...rest },
    body: {
      name,
      section: "xdp",
      start: 0,
      global: true,
      insns: Uint8Array.from(insns),
      relocations,
    },
  };
};
const objectOf = (
  programs: readonly ReturnType<typeof program>[],
  more: Partial<ObjectSpec> = {},
): ObjectSpec => {
  const object = {
    ...{ maps: [], structOps: [], externs: [], coreRelocations: [], btf: undefined },
    programs: programs.map(({ spec }, i) => ({ ...spec, function: i })),
    functions: programs.map(({ body }) => body),
  };
  return { ...object, ...more } as unknown as ObjectSpec;
};
const policy = (object: ObjectSpec, options: PolicyOptions = {}): Policy =>
  policyOf([{ file: "x.bpf.o", object }], options);
const without = (
  { reasons }: Policy,
  axis: string,
  name: string,
): readonly [boolean, string] | undefined => {
  const found = reasons.find((one) => one.axis === axis && one.name === name);
  return found && [found.required, found.without];
};

describe("without a bit that only a test of libbpf needs", () => {
  const reads = program("unused", {
    ...{ autoload: false, insns: [...call(HelperId.probe_read_kernel), ...exit] },
  });

  test.each([
    ["progs", "tracepoint", "libbpf replaces bpf_probe_read_kernel() with bpf_probe_read()"],
    ["caps", "perfmon", "libbpf replaces bpf_probe_read_kernel() with bpf_probe_read()"],
    // Its test program is then one of type tracepoint.
    ["progs", "socket_filter", "libbpf treats features as missing, such as names of programs"],
  ])("%s %s: the object is loaded, but %s", (axis, name, text) => {
    const found = policy(objectOf([program("count"), reads]));
    expect(without(found, axis, name)).toEqual([false, text]);
  });

  test("the load fails if libbpf has no second type for its test program", () => {
    const alone = policy(objectOf([program("count")]));
    expect(without(alone, "progs", "socket_filter")).toEqual([
      true,
      "libbpf stops at the first program that it loads as a test",
    ]);
  });
});

describe("without the type of the maps of global variables", () => {
  const fails = [true, "libbpf creates no maps for global variables: EINVAL"];
  const user = program("user", { relocations: usesGlobal });

  test.each<[string, ObjectSpec, unknown]>([
    [
      "no program uses them, so the object is loaded",
      objectOf([program("count")], { maps: [global] }),
      [false, "libbpf creates no maps for global variables, which no program uses"],
    ],
    [
      "one of two programs uses them",
      objectOf([program("count"), user], { maps: [global] }),
      fails,
    ],
    [
      "the only map that a program uses is another one, so the object is loaded",
      objectOf([program("own", { relocations: [{ ...usesGlobal[0], map: "own" }] })], {
        maps: [global, map("own", { type: MapType.HASH })],
      }),
      [false, "libbpf creates no maps for global variables, which no program uses"],
    ],
    [
      "the object has a variable of the kernel's configuration",
      objectOf([program("count")], {
        maps: [global],
        externs: [{ name: "CONFIG_HZ", kind: "kconfig" }] as unknown as ObjectSpec["externs"],
      }),
      fails,
    ],
    [
      "a map of an old definition is no variable",
      objectOf([program("count")], { maps: [map("old", { origin: "legacy" })] }),
      [true, "the load fails with EPERM"],
    ],
    [
      "another map needs the type too",
      objectOf([program("count")], { maps: [global, map("own")] }),
      [true, "the load fails with EPERM"],
    ],
  ])("%s", (_, object, expected) => {
    expect(without(policy(object), "maps", "array")).toEqual(expected);
  });
});

describe("without a capability", () => {
  const prints = program("a", { insns: [...call(HelperId.trace_printk), ...exit] });
  const kprobe = program("b", { section: "kprobe/f", type: ProgType.KPROBE, attach: 0 });

  test.each([
    ["that only a helper needs", [prints], "the verifier refuses the helper with EINVAL"],
    ["that a program type needs, too", [prints, kprobe], "the load fails with EPERM"],
  ])("%s", (_, programs, text) => {
    expect(without(policy(objectOf(programs)), "caps", "perfmon")).toEqual([true, text]);
  });
});

describe("without the BTF of the object", () => {
  const uses = (insns: readonly number[]) =>
    objectOf([program("p", { insns: [...insns, ...exit] })]);
  const optional = "the object is loaded without types: no names of fields and lines";

  test.each<[string, ObjectSpec, readonly [boolean, string]]>([
    ["nothing needs them", uses(returns), [false, optional]],
    [
      "a field of a map that the kernel finds by its type",
      uses(call(HelperId.timer_init)),
      [true, "program p uses fields of maps that need types: EINVAL"],
    ],
    ["a callback", uses(callback), [true, "program p has a callback: EINVAL"]],
    // r1 = r4 has the number of a callback in another instruction.
    [
      "a register with the number of a callback",
      uses([0xbf, 0x41, 0, 0, 0, 0, 0, 0]),
      [false, optional],
    ],
    [
      "a register with that number in the second half of an address",
      uses([...callback.slice(0, 1), 0x02, ...callback.slice(2, 8), 0x18, 0x42, 0, 0, 0, 0, 0, 0]),
      [false, optional],
    ],
    [
      "a program that is not loaded does not count",
      objectOf([program("p"), program("q", { autoload: false, insns: [...callback, ...exit] })]),
      [false, optional],
    ],
    [
      "a map of storage",
      objectOf([], { maps: [map("m", { type: MapType.TASK_STORAGE })] }),
      [true, "map m needs its types: EINVAL"],
    ],
    [
      "struct_ops",
      objectOf([], { structOps: [{ name: "ops" }] as unknown as ObjectSpec["structOps"] }),
      [true, "struct_ops needs the BTF of the object"],
    ],
  ])("%s", (_, object, expected) => {
    const btf = { idsOf: () => [] } as unknown as NonNullable<ObjectSpec["btf"]>;
    expect(without(policy({ ...object, btf }), "cmds", "btf_load")).toEqual(expected);
  });
});

test("bpf-token's own loader needs the BTF of the object", () => {
  const btf = { idsOf: () => [] } as unknown as NonNullable<ObjectSpec["btf"]>;
  const object = objectOf([program("p")], { btf });
  const [own, cilium] = (["bpf-token", "cilium"] as const).map((loader) =>
    without(policy(object, { loader }), "cmds", "btf_load"),
  );
  expect(own).toEqual([true, "bpf-token's own loader stops with EPERM"]);
  expect(cilium?.[0]).toBe(false);
});

test("bpf-token's own loader does not load without the maps of global variables", () => {
  const object = objectOf([program("count")], { maps: [global] });
  expect(without(policy(object, { loader: "bpf-token" }), "maps", "array")).toEqual([
    true,
    "the load fails with EPERM",
  ]);
});

test.each([
  ["libbpf@1.4", true],
  ["libbpf@1.5", true],
  ["libbpf@1.6", false],
  ["libbpf@1.7", false],
] as const)("%s passes no token to BPF_BTF_GET_FD_BY_ID: %s", (loader, isOld) => {
  const notes = policy(objectOf([program("p")]), { loader }).versions.join();
  expect(notes.includes("Before 1.6, libbpf passes no token")).toBe(isOld);
});

test("libbpf after 1.7 loads no test program, which the policy says", () => {
  const { versions } = policy(objectOf([program("p")]), { loader: "libbpf@head" });
  expect(versions.at(-1)).toContain("no longer loads a test program");
});

test("types with the number of BTF_LOAD, or of the probe of a loader, are types", () => {
  expect(MapType.SOCKHASH).toBe(BpfCmd.BTF_LOAD);
  const sockhash = policy(objectOf([], { maps: [map("m", { type: MapType.SOCKHASH })] }));
  expect(without(sockhash, "maps", "sockhash")).toEqual([true, "the load fails with EPERM"]);
  // TRACEPOINT is 5, as PROG_LOAD; SOCKET_FILTER is 1, as HASH.
  const tracepoint = program("t", { section: "tp/x", type: ProgType.TRACEPOINT, attach: 0 });
  const found = policy(objectOf([tracepoint], { maps: [map("m", { type: MapType.HASH })] }));
  expect(without(found, "progs", "tracepoint")).toEqual([true, "the load fails with EPERM"]);
  expect(without(found, "maps", "hash")).toEqual([true, "the load fails with EPERM"]);
});

test("only an object with struct_ops needs every attach type", () => {
  const table = program("ops", { type: ProgType.STRUCT_OPS, attach: 0 });
  expect(policy(objectOf([table, program("count")])).delegation.attachs).toBe("any");
  const maps = [map("m", { type: MapType.HASH })];
  expect(policy(objectOf([], { maps }), { loader: "bpf-token" }).delegation).toEqual({
    cmds: ["map_create"],
    maps: ["hash"],
  });
});

describe("what is not proven", () => {
  /** Moves a pointer to the stack by the number of the interface. */
  const moves = [
    0x61, 0x12, 12, 0, 0, 0, 0, 0, 0xbf, 0xa4, 0, 0, 0, 0, 0, 0, 0x0f, 0x24, 0, 0, 0, 0, 0, 0,
  ];
  test.each<[string, ObjectSpec, readonly string[]]>([
    ["an object without programs", objectOf([], { maps: [map("m")] }), []],
    [
      "a program for which a rule requires the capability",
      objectOf([program("k", { section: "kprobe/f", type: ProgType.KPROBE, attach: 0 })]),
      [],
    ],
    [
      "a program that does not need it",
      objectOf([program("p")]),
      ["not required by the instructions"],
    ],
    [
      "a program that needs it",
      objectOf([program("p", { insns: [0x2d, 0xa1, 0, 0, 0, 0, 0, 0, ...returns] })]),
      ["required by the instructions"],
    ],
    [
      "a program that may need it",
      objectOf([program("p", { insns: [...moves, ...returns] })]),
      ["assumed, not proven"],
    ],
  ])("of %s", (_, object, expected) => {
    const { proof } = policy(object);
    expect(proof).toEqual(expected.map((text) => expect.stringMatching(`^CAP_PERFMON: ${text}`)));
    for (const sentence of proof) expect(sentence).toContain("To prove it, build a module");
  });
});

test("libbpf after 1.7 needs no command for an object without programs", () => {
  const maps = [map("m", { type: MapType.HASH })];
  const { delegation } = policy(objectOf([], { maps }), { loader: "libbpf@head" });
  expect(delegation.cmds).toEqual(["map_create"]);
});

test("libxdp loads a program of another type as it is", () => {
  const other = program("tc", { section: "tc", type: ProgType.SCHED_CLS, attach: 0 });
  const { delegation } = policy(objectOf([program("count"), other]), { loader: "libxdp" });
  expect(delegation.progs).toEqual(["socket_filter", "sched_cls", "xdp", "cgroup_sock", "ext"]);
});

test("libxdp's dispatcher is of type xdp, whatever program is first in the object", () => {
  const other = program("tc", { section: "tc", type: ProgType.SCHED_CLS, attach: 0 });
  const found = policy(objectOf([other, program("count")]), { loader: "libxdp" });
  expect(found.reasons.find(({ name }) => name === "xdp")?.because).toEqual([
    "program xdp_dispatcher",
  ]);
  const [own, usual] = (["libxdp", "libbpf"] as const).map(
    (loader) => policy(objectOf([other]), { loader }).delegation,
  );
  expect(own).toEqual(usual);
});

test("libxdp's dispatcher has a configuration and the attach type of the program", () => {
  const { reasons } = policy(objectOf([program("count")]), { loader: "libxdp" });
  const of = (axis: string, name: string) =>
    reasons.find((one) => one.axis === axis && one.name === name)?.because;
  expect(of("maps", "array")).toContain("map .rodata of the dispatcher");
  expect(of("attachs", "xdp")).toEqual(["program xdp_dispatcher"]);
});

describe("what the policy leaves open", () => {
  test("nothing for an XDP program", () => {
    expect(policy(objectOf([program("count")])).open).toEqual([]);
  });

  test.each([
    ["prog0", "the function prog0"],
    [undefined, "a function of another program"],
  ])("for an extension of %s: the program of %s", (target, what) => {
    const ext = program("e", { type: ProgType.EXT, attach: 0, ...(target && { target }) });
    expect(policy(objectOf([program("count"), ext])).open).toEqual([
      expect.stringContaining(`program e is an extension (freplace): it replaces ${what},`),
    ]);
  });
});

test("a mask with every bit is known to each release", () => {
  const table = program("p", { type: ProgType.STRUCT_OPS, attach: 0 });
  const { delegation, unknown } = policy(objectOf([table]), { release: "6.9" });
  expect([delegation.attachs, unknown]).toEqual(["any", []]);
});

describe("CAP_PERFMON computed from the instructions", () => {
  /** Compares r1, the context, with r10, the stack. */
  const compares = [0x2d, 0xa1, 0, 0, 0, 0, 0, 0, ...returns];
  const perfmon = ({ reasons }: Policy) => reasons.find(({ name }) => name === "perfmon");

  test("names the object, if there are several", () => {
    const object = objectOf([program("p", { insns: compares })]);
    const other = objectOf([program("count")]);
    const found = policyOf([
      { file: "a.o", object },
      { file: "b.o", object: other },
    ]);
    expect(perfmon(found)?.because).toEqual([
      expect.stringMatching(/^a\.o: program p, instruction 0: r10, a pointer to the stack/),
    ]);
  });

  test("counts a program that is loaded on request only if it is wanted", () => {
    const object = objectOf([program("p", { insns: compares, autoload: false })]);
    expect(perfmon(policy(object))).toBeUndefined();
    expect(perfmon(policy(object, { all: true }))?.basis).toBe("computed");
  });

  test("follows the release: before 6.12, helpers also read the number that they write", () => {
    // r1 = r10 - 8 is not written before bpf_strtol() gets it.
    const strtol = [
      ...[0xb7, 1, 0, 0, 0x31, 0, 0, 0, 0x7b, 0x1a, 0xf8, 0xff, 0, 0, 0, 0],
      ...[0xbf, 0xa1, 0, 0, 0, 0, 0, 0, 0x07, 1, 0, 0, 0xf8, 0xff, 0xff, 0xff],
      ...[0xb7, 2, 0, 0, 8, 0, 0, 0, 0xb7, 3, 0, 0, 0, 0, 0, 0],
      ...[0xbf, 0xa4, 0, 0, 0, 0, 0, 0, 0x07, 4, 0, 0, 0xf0, 0xff, 0xff, 0xff],
      ...call(HelperId.strtol),
      ...returns,
    ];
    const object = objectOf([program("p", { insns: strtol })]);
    expect(perfmon(policy(object, { release: "6.9" }))).toBeDefined();
    expect(perfmon(policy(object, { release: "6.12" }))).toBeUndefined();
  });
});

describe("the reach of a program type", () => {
  const reach = (types: readonly number[]): readonly string[] =>
    reachOf(delegationMasks({ progs: types })).map((text) =>
      text.replace(/^(.*?): (\w+).*$/s, "$2 $1"),
    );
  const all = Object.values(ProgType);

  test("is the network, cgroups, or the host", () => {
    expect(reach(all)).toEqual([
      "attaches sched_cls, xdp",
      "attaches cgroup_skb, cgroup_sock, sock_ops, cgroup_device, cgroup_sock_addr, cgroup_sysctl, cgroup_sockopt",
      "sees kprobe, tracepoint, perf_event, raw_tracepoint, raw_tracepoint_writable, tracing, struct_ops, ext, lsm",
    ]);
  });

  test("is the host's if perf_event_open() attaches it, which no token permits", () => {
    const [text, ...more] = outOfReach([...all, ProgType.KPROBE]);
    expect([text?.split(":")[0], more]).toEqual(["kprobe, tracepoint, perf_event", []]);
    expect(outOfReach([ProgType.XDP, ProgType.TRACING])).toEqual([]);
  });
});

test("a policy for old types needs no newer release", () => {
  const versions = (type: number) =>
    policy(objectOf([], { maps: [map("m", { type })] }), { loader: "bpf-token" }).versions;
  expect(versions(MapType.HASH)).toEqual(["Tokens need Linux 6.9 or newer."]);
  expect(versions(60)).toEqual(["Tokens need Linux 6.9 or newer."]);
});

test("libbpf after 1.7 still tests bpf_probe_read_kernel() with a tracepoint program", () => {
  const reads = program("r", { insns: [...call(HelperId.probe_read_kernel), ...exit] });
  const { delegation } = policy(objectOf([reads]), { loader: "libbpf@head" });
  expect(delegation).toEqual({
    cmds: ["prog_load"],
    progs: ["tracepoint", "xdp"],
    attachs: ["cgroup_inet_ingress", "xdp"],
  });
});

describe("askVerifier", () => {
  const one = (file: string) => ({
    file,
    object: objectOf([program("count")], { license: "GPL" }),
  });
  const ask = async (policy: Policy, files: readonly string[], options: AskOptions = {}) => {
    using kernel = createKernel();
    return await askVerifier(kernel, files.map(one), policy, options);
  };
  const own = policyOf([one("a.o")], { loader: "bpf-token" });
  const lacking = { ...own, delegation: {} };

  test("proves what the kernel accepts", async () => {
    const { proof, refused } = await ask(own, ["a.o", "b.o"], { name: "the model" });
    expect([proof, refused]).toEqual([
      [
        "Proven on the model: with this delegation, the verifier accepts all programs without CAP_PERFMON.",
      ],
      [],
    ]);
  });

  test("proves nothing if an object is refused, and names it among several", async () => {
    const alone = await ask(lacking, ["a.o"]);
    expect([alone.proof, alone.refused]).toEqual([own.proof, [expect.stringMatching(/^(?!a\.o)/)]]);
    const both = await ask(lacking, ["a.o", "b.o"]);
    expect(both.refused).toEqual([/^a\.o: /, /^b\.o: /].map((text) => expect.stringMatching(text)));
  });

  test("proves nothing if it ends early", async () => {
    let left = 1;
    const isOver = () => left-- === 0;
    const { proof, refused } = await ask(own, ["a.o", "b.o"], { isOver });
    expect([proof, refused]).toEqual([own.proof, []]);
  });

  /** A model whose verifier refuses every program without CAP_PERFMON, with a log. */
  function refusing(log: string): Kernel {
    const kernel = createKernel();
    const { init } = kernel;
    const fork = init.fork.bind(init);
    init.fork = () => {
      const task = fork();
      const syscall = task.syscall.bind(task);
      task.syscall = (nr, ...args) => {
        const [cmd, attr] = args;
        const isLoad = nr === syscallByName.bpf.nr && cmd === BpfCmd.PROG_LOAD;
        const mask = capabilityMask(["PERFMON"]);
        if (!isLoad || (getCapabilities(task).effective & mask) !== 0n) return syscall(nr, ...args);
        // The address of the log is at byte 32.
        const buffer = (attr as Mem).pointers?.find(({ offset }) => offset === 32)?.to;
        if (buffer) new TextEncoder().encodeInto(log, (buffer as Mem).bytes);
        return -Errno.EACCES;
      };
      return task;
    };
    return kernel;
  }
  test.each([
    [
      "without lines",
      "0: (2d) if r1 > r10 goto pc+0\nR10 pointer comparison prohibited\n",
      "instruction 0, if r1 > r10 goto pc+0: R10 pointer comparison prohibited",
    ],
    [
      "with the line of the source",
      "; if (a > b) @ x.bpf.c:7\n0: (2d) if r1 > r10 goto pc+0\nR10 pointer comparison prohibited\n",
      "instruction 0, if r1 > r10 goto pc+0 (x.bpf.c:7): R10 pointer comparison prohibited",
    ],
    [
      "with a line that names no file",
      "; if (a > b)\n0: (2d) if r1 > r10 goto pc+0\nR10 pointer comparison prohibited\n",
      "instruction 0, if r1 > r10 goto pc+0: R10 pointer comparison prohibited",
    ],
    ["without instructions", "BPF program is too large\n", "BPF program is too large"],
  ])("a need has the message of the log, %s", async (_, log, text) => {
    using kernel = refusing(log);
    const { reasons, refused } = await askVerifier(kernel, [one("a.o")], own);
    expect([reasons.find(({ name }) => name === "perfmon"), refused]).toEqual([
      expect.objectContaining({ basis: "proven", because: [`program count, ${text}`] }),
      [],
    ]);
  });

  test("hides no error that is not about the object", async () => {
    using kernel = createKernel();
    const broken = { file: "x.o", object: 3 as unknown as ObjectSpec };
    await expect(askVerifier(kernel, [broken], own)).rejects.toThrow(TypeError);
  });
});

describe("settings", () => {
  const uprobe = {
    delegation: { attachs: [AttachType.TRACE_UPROBE_SESSION] },
    capabilities: ["bpf"],
  };

  test("what a dialect cannot express is a comment", () => {
    expect(policySettings(uprobe, "systemd", "6.9")).toEqual([
      "# systemd has no name for attach type bit 57; it accepts only names and 'any'",
    ]);
  });

  test("a release that does not exist is an error", () => {
    expect(() => policySettings(uprobe, "kernel", "6.8" as KernelRelease)).toThrow(RangeError);
  });

  type Manager = Parameters<typeof managerFix>[0]["manager"];
  const kinds = ["systemd", "lxc", "docker", "podman", "kubernetes"] as const;
  const fixFor = (manager: Manager, loader: "libbpf" | "plain" = "plain"): ManagerFix =>
    managerFix(
      { manager } as Parameters<typeof managerFix>[0],
      new Map([["x.o", objectOf([program("count")])]]),
      {
        loader,
        release: "6.18",
      },
    );

  test.each([
    ["systemd", "systemd", "BPFDelegatePrograms=BPFProgTypeXdp", "app.service.d/override.conf"],
    ["lxc", "incus", "security.bpffs.delegate_progs=xdp", "incus config set app.service KEY=VALUE"],
    ["docker", "docker", "--annotation=bpf-token/delegate_progs=xdp", "docker run"],
    ["podman", "podman", "--annotation=bpf-token/delegate_progs=xdp", "podman run"],
    ["kubernetes", "k8s", 'bpf-token/delegate_progs: "xdp"', "add it to the pod"],
    [undefined, "kernel", "delegate_progs=xdp", "no container manager was found"],
  ] as const)("for a container of %s: %s", (kind, dialect, setting, place) => {
    const manager = kind && { kind, name: "app.service" };
    const found = fixFor(manager as Manager);
    expect(found.dialect).toBe(dialect);
    expect(found.settings.join("\n")).toContain(setting);
    expect(found.place).toContain(place);
  });

  test("are those of the newest release, without another one", () => {
    const object = objectOf([program("u", { type: ProgType.KPROBE, attach: 57 })]);
    const fix = managerFix({}, new Map([["x.o", object]]), { loader: "plain" });
    expect(fix.settings.join()).toContain("trace_uprobe_session");
    const old = { loader: "plain", release: "6.12" } as const;
    expect(managerFix({}, new Map([["x.o", object]]), old).settings.join()).toContain("0x2");
  });

  test("have what the probes of the loader need", () => {
    expect(fixFor(undefined).settings.join()).not.toContain("socket_filter");
    expect(fixFor(undefined, "libbpf").settings.join()).toContain("socket_filter");
  });

  test.each(["a;reboot", "-o", "x y", "", "$(reboot)"])(
    "have no name that a shell would execute or read as an option: '%s'",
    (name) => {
      for (const kind of kinds) {
        const { place } = fixFor({ kind, name } as Manager);
        expect(place).not.toContain("reboot");
        expect(place).not.toMatch(/ -o| x y/);
      }
      expect(fixFor({ kind: "systemd", name } as Manager).place).toContain("restart UNIT");
      expect(fixFor({ kind: "lxc", name } as Manager).place).toContain("config set NAME ");
    },
  );
});

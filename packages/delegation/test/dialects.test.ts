// SPDX-License-Identifier: MIT
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Delegation,
  DelegationError,
  delegationOf,
  detectDialect,
  dialects,
  formatDelegation,
  parseDelegateOptions,
  parseDelegation,
  sameDelegation,
  systemdName,
} from "../src/index.ts";
import { assertRoundTrips } from "./round-trip.ts";

/** The same policy in each dialect. The settings are those of the documentation of each program. */
const policy: Delegation = {
  cmds: ["map_create", "prog_load", "btf_load"],
  maps: ["array"],
  progs: ["socket_filter", "xdp"],
  attachs: ["cgroup_inet_ingress", "xdp"],
};
const samples = {
  kernel: [
    "delegate_cmds=map_create:prog_load:btf_load,delegate_maps=array,delegate_progs=socket_filter:xdp,delegate_attachs=cgroup_inet_ingress:xdp",
  ],
  systemd: [
    ...["[Service]", "PrivateUsers=yes", "PrivateMounts=yes", "DelegateNamespaces=mnt"],
    "PrivateBPF=yes",
    "BPFDelegateCommands=BPFMapCreate,BPFProgLoad,BPFBtfLoad",
    "BPFDelegateMaps=BPFMapTypeArray",
    "BPFDelegatePrograms=BPFProgTypeSocketFilter,BPFProgTypeXdp",
    "BPFDelegateAttachments=BPFCgroupInetIngress,BPFXdp",
    "AmbientCapabilities=CAP_BPF CAP_NET_ADMIN",
  ],
  lxd: [
    "security.delegate_bpf=true",
    "security.delegate_bpf.cmd_types=map_create:prog_load:btf_load",
    "security.delegate_bpf.map_types=array",
    "security.delegate_bpf.prog_types=socket_filter:xdp",
    "security.delegate_bpf.attach_types=cgroup_inet_ingress:xdp",
  ],
  incus: [
    "security.bpffs.delegate_cmds=map_create,prog_load,btf_load",
    "security.bpffs.delegate_maps=array",
    "security.bpffs.delegate_progs=socket_filter,xdp",
    "security.bpffs.delegate_attachs=cgroup_inet_ingress,xdp",
  ],
  podman: [
    "podman run --userns=auto \\",
    "  --cap-add=CAP_BPF \\",
    "  --cap-add=CAP_NET_ADMIN \\",
    "  --annotation=bpf-token/delegate_cmds=map_create:prog_load:btf_load \\",
    "  --annotation=bpf-token/delegate_maps=array \\",
    "  --annotation=bpf-token/delegate_progs=socket_filter:xdp \\",
    "  --annotation=bpf-token/delegate_attachs=cgroup_inet_ingress:xdp \\",
    '  "$@"',
  ],
  exec: [
    "bpf-token exec --caps bpf,net_admin --delegate cmds=map_create:prog_load:btf_load,maps=array,progs=socket_filter:xdp,attachs=cgroup_inet_ingress:xdp -- COMMAND",
  ],
} as const;

describe("the golden sample", () => {
  test.each(Object.entries(samples))("%s", (dialect, lines) => {
    const options = { capabilities: ["bpf", "CAP_NET_ADMIN"] };
    const formatted = formatDelegation(policy, dialect as keyof typeof samples, options);
    expect(formatted).toEqual(lines);
  });

  test.each(Object.entries(samples))("%s in every direction", (dialect, lines) => {
    const parsed = parseDelegation(lines.join("\n"));
    expect(parsed).toMatchObject({ dialect, delegation: policy, notes: [] });
    for (const other of dialects) {
      const there = formatDelegation(parsed.delegation, other).join("\n");
      const read = parseDelegation(there);
      expect(read).toMatchObject({ dialect: other, delegation: policy, notes: [] });
    }
  });

  test("the allow-list of the hook", () => {
    const lines = formatDelegation({ maps: ["hash"], cmds: [62], progs: "any" }, "hook");
    const allow = { cmds: [62], maps: ["hash"], progs: "any" };
    expect(JSON.parse(lines.join("\n"))).toEqual({ allow });
    const parsed = parseDelegation(JSON.stringify({ path: "/run/bpf", allow }));
    expect(parsed).toEqual({ dialect: "hook", delegation: allow, notes: [] });
    expect(() => parseDelegation('{"allow": {"maps": ["arry"]}}')).toThrow(/arry/);
    expect(() => parseDelegation('{"allow": {"map": []}}')).toThrow(/map/);
    expect(() => parseDelegation('{"allow": {')).toThrow(/no JSON/);
    for (const text of ["2", "null", "[]", '{"allow": null}', '{"allow": 3}', '{"allow": "any"}']) {
      expect(() => parseDelegation(text, "hook"), text).toThrow(DelegationError);
    }
  });

  test("annotations of single containers count", () => {
    const yaml = 'a.org/delegate_maps.container.web: "hash"\nbpf-token/delegate_maps: "array"';
    expect(parseDelegation(yaml)).toMatchObject({ delegation: { maps: ["hash", "array"] } });
  });

  test("a command of Docker, and a misspelt annotation", () => {
    const lines = formatDelegation({ maps: ["hash"] }, "docker");
    expect(lines[0]).toBe("docker run --runtime=bpf-token \\");
    expect(detectDialect(lines.join("\n"))).toBe("docker");
    expect(() => parseDelegation("podman run --annotation a/delegate_map=hash x")).toThrow(
      /delegate_map/,
    );
  });

  test("annotations of the OCI runtime and of a pod", () => {
    const oci = formatDelegation({ maps: ["hash", "array"] }, "oci").join("\n");
    expect(JSON.parse(oci)).toEqual({
      annotations: { "bpf-token/delegate_maps": "hash:array" },
      process: {
        capabilities: { bounding: ["CAP_BPF"], effective: ["CAP_BPF"], permitted: ["CAP_BPF"] },
      },
    });
    const pod = formatDelegation({ maps: "any" }, "k8s", { prefix: "example.org/" });
    expect(pod).toContain('    example.org/delegate_maps: "any"');
    expect(pod).toContain("  hostUsers: false");
  });
});

test("random policies survive each pair of dialects", () => assertRoundTrips(300));

describe("text as people have it", () => {
  test.each<[string, string, Delegation]>([
    [
      "a line of mountinfo",
      "67 47 0:40 / /sys/fs/bpf rw,nosuid,nodev - bpf none rw,mode=700,delegate_cmds=map_create:prog_load,delegate_maps=0x6",
      { cmds: ["map_create", "prog_load"], maps: ["hash", "array"] },
    ],
    ["several options", "delegate_maps=hash,delegate_maps=array", { maps: ["hash", "array"] }],
    [
      "a line that mount(8) prints",
      "none on /run/bpf type bpf (rw,nosuid,relatime,mode=700,delegate_maps=hash:array)",
      { maps: ["hash", "array"] },
    ],
    [
      "flags of a mount point",
      "strictatime,nodiratime,nosymfollow,noatime,suid,exec,dev,delegate_maps=hash:array,defaults",
      { maps: ["hash", "array"] },
    ],
    [
      "a unit with several lines and a reset",
      "[Service]\nPrivateUsers=yes\nDelegateNamespaces=mnt\nPrivateBPF=yes\nBPFDelegateMaps=BPFMapTypeRingbuf\nBPFDelegateMaps=\nBPFDelegateMaps = BPFMapTypeHash,BPFMapTypeArray \n",
      { maps: ["hash", "array"] },
    ],
    [
      "systemd-run",
      "systemd-run -p PrivateUsers=yes -p DelegateNamespaces=mnt -p PrivateBPF=yes -p BPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray -p X=y true",
      { maps: ["hash", "array"] },
    ],
    [
      "YAML of LXD",
      'config:\n  security.delegate_bpf: "true"\n  security.delegate_bpf.map_types: "hash:array"\n',
      { maps: ["hash", "array"] },
    ],
    [
      "a Terraform resource of LXD",
      'config = {\n  "security.delegate_bpf" = "true"\n  "security.delegate_bpf.map_types" = "hash:array"\n}',
      { maps: ["hash", "array"] },
    ],
    [
      "YAML of Incus",
      "config:\n  security.bpffs.delegate_maps: hash, array\n  security.bpffs.path: /bpf\n",
      { maps: ["hash", "array"] },
    ],
    [
      "a unit with spaces around values",
      "DelegateNamespaces = user mnt\nPrivateBPF = yes\nBPFDelegateMaps = BPFMapTypeHash,BPFMapTypeArray\n",
      { maps: ["hash", "array"] },
    ],
    [
      "mount options after a word that only contains a name of systemd",
      "NoPrivateBPF=yes delegate_maps=hash:array",
      { maps: ["hash", "array"] },
    ],
    [
      "JSON of an OCI configuration with spaces",
      '{ "annotations": { "bpf-token/delegate_maps" : "hash:array" , "x" : "y" } }',
      { maps: ["hash", "array"] },
    ],
    [
      "YAML of a pod with quotes inside of quotes",
      `metadata:\n  annotations:\n    bpf-token/delegate_maps: '"hash:array"'\n`,
      { maps: ["hash", "array"] },
    ],
    ["arguments of exec", "cmds=map_create;maps=BPF_MAP_TYPE_HASH", { cmds: [0], maps: [1] }],
  ])("%s", (_, text, delegation) => {
    const parsed = parseDelegation(text);
    expect(parsed.notes).toEqual([]);
    expect(sameDelegation(parsed.delegation, delegation), JSON.stringify(parsed)).toBe(true);
  });

  test.each([
    [
      "delegate_cmds=prog_load,map_create",
      "the kernel ignores 'map_create', because a comma ends an option; write 'delegate_cmds=prog_load:map_create'",
    ],
    [
      "delegate_cmds=prog_load,delegate_attaches=xdp",
      "the kernel ignores the unknown option 'delegate_attaches=xdp'; write 'delegate_attachs='",
    ],
    [
      "delegate_cmds=BPF_PROG_LOAD",
      "the kernel refuses the full name 'BPF_PROG_LOAD'; write 'prog_load'",
    ],
    ["security.delegate_bpf.cmd_types=prog_load", "LXD mounts nothing"],
    [
      "DelegateNamespaces=yes\nPrivateBPF=yes\nBPFDelegatePrograms=BPFProgTypeNetfilter",
      "systemd 262 has the index of syscall for BPFProgTypeNetfilter; write 'any'",
    ],
    [
      "BPFDelegateCommands=BPFProgLoad",
      "systemd ignores the settings BPFDelegate…= without PrivateBPF=yes",
    ],
    [
      "[Service]\nPrivateBPF=yes\nBPFDelegateCommands=BPFProgLoad",
      "without a user namespace of its own, the service gets no token (EOPNOTSUPP); write PrivateUsers=yes and DelegateNamespaces=mnt",
    ],
    [
      "PrivateUsers=no\nPrivateBPF=yes\nBPFDelegateCommands=BPFProgLoad",
      "write PrivateUsers=yes and DelegateNamespaces=mnt",
    ],
    [
      "PrivateUsers=yes\nPrivateBPF=yes\nBPFDelegateCommands=BPFProgLoad",
      "the BPF filesystem belongs to the host's user namespace, so the service gets no token (EPERM); write DelegateNamespaces=mnt",
    ],
    [
      "PrivateUsers=yes\nDelegateNamespaces=net ipc\nPrivateBPF=yes\nBPFDelegateCommands=BPFProgLoad",
      "write DelegateNamespaces=mnt",
    ],
    [
      "mount -t bpf -o delegate_maps=hash none /sys/fs/bpf",
      "no token comes from a BPF filesystem that mount(8) mounts: on the host it belongs to the host's user namespace, and in another one the kernel refuses the mount; 'bpf-token exec' creates one for a container",
    ],
    [
      "bpffs /run/bpf bpf rw,relatime,delegate_maps=hash 0 0",
      "no token comes from a BPF filesystem that mount(8) mounts",
    ],
  ])("%s has a note", (text, note) => {
    const { notes } = parseDelegation(text);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain(note);
  });

  test.each([
    ["", "the text is no delegation"],
    ["PrivateBPF=yes", "the text delegates nothing"],
    [`a/delegate_maps: 'x"hash"'`, "'x\\\"hash\\\"' is not a map type"],
    [`a/delegate_maps: '"hash"x'`, "'\\\"hash\\\"x' is not a map type"],
    ["delegate_maps=hsah", "did you mean 'hash'?"],
    ["delegate_attaches=xdp", "the text delegates nothing"],
    ["BPFDelegateMaps=hash", "systemd does not know 'hash'; write 'BPFMapTypeHash'"],
    [
      "BPFDelegateMaps=BPFMapTypeHsh",
      "systemd does not know 'BPFMapTypeHsh'; write 'BPFMapTypeHash'",
    ],
    ["BPFDelegateMaps=BPFProgTypeXdp", "'BPFProgTypeXdp' belongs to BPFDelegatePrograms="],
    ["BPFDelegateMap=BPFMapTypeHash", "unknown key 'BPFDelegateMap='; known: Commands, Maps"],
    ["security.bpffs.delegate_map=hash", "unknown key 'security.bpffs.delegate_map'"],
    ["security.delegate_bpf.maps=hash", "unknown key 'security.delegate_bpf.maps'"],
    ['{"bpf-token/delegate_map": "hash"}', "unknown key 'delegate_map'"],
  ])("'%s' throws", (text, message) => {
    expect(() => parseDelegation(text)).toThrow(DelegationError);
    expect(() => parseDelegation(text)).toThrow(message);
  });

  test("any text gives a result or a DelegationError", () => {
    const parts = fc.constantFrom(
      ...["delegate_", "cmds=", "maps", "hash", ":", ",", "\n", " ", '"', "BPFDelegate", "Maps="],
      ...[
        "security.bpffs.",
        "security.delegate_bpf.",
        "any",
        "0x",
        "99",
        "/delegate_cmds",
        "\u0000",
      ],
    );
    fc.assert(
      fc.property(
        fc.array(fc.oneof(parts, fc.string({ maxLength: 3 })), { maxLength: 12 }),
        (list) => {
          try {
            const { dialect, delegation } = parseDelegation(list.join(""));
            expect(dialects).toContain(dialect);
            expect(delegationOf({})).toEqual({});
            expect(sameDelegation(delegation, delegation)).toBe(true);
          } catch (error) {
            expect(error).toBeInstanceOf(DelegationError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

test("systemd has no name for a bit without one, and accepts no number", () => {
  expect(systemdName("maps", 11)).toBe("BPFMapTypeLpmTrie");
  expect(systemdName("maps", 60)).toBeUndefined();
  expect(systemdName("progs", 31)).toBeUndefined();
  expect(() => formatDelegation({ progs: ["netfilter"] }, "systemd")).toThrow(
    "systemd has no name for program type netfilter; it accepts only names and 'any'",
  );
  expect(() => formatDelegation({ maps: [60] }, "systemd")).toThrow(
    "systemd has no name for map type bit 60; it accepts only names and 'any'",
  );
  expect(formatDelegation({ maps: [60, 1] }, "kernel")).toEqual([
    "delegate_maps=0x1000000000000000:hash",
  ]);
});

test("detectDialect returns the dialect by its keys", () => {
  expect(detectDialect("security.bpffs.delegate_maps=hash")).toBe("incus");
  expect(() => detectDialect("hello")).toThrow("the text is no delegation");
});

describe("parseDelegateOptions", () => {
  test.each([
    [["cmds=map_create"], ["delegate_cmds=map_create"]],
    [
      ["cmds=map_create:PROG_LOAD,maps=array", "progs=xdp;attachs=any"],
      [
        "delegate_cmds=map_create",
        "delegate_cmds=PROG_LOAD",
        "delegate_maps=array",
        "delegate_progs=xdp",
        "delegate_attachs=any",
      ],
    ],
    [["delegate_maps=0x6:010:7"], ["0x6", "010", "7"].map((n) => `delegate_maps=${n}`)],
    [["cmds=prog_run, maps=unspec ,"], ["delegate_cmds=prog_run", "delegate_maps=unspec"]],
    [["attachs=0xffffffffffffffff"], ["delegate_attachs=0xffffffffffffffff"]],
    [
      ["cmds=BPF_PROG_LOAD,maps=BPF_MAP_TYPE_HASH"],
      ["delegate_cmds=prog_load", "delegate_maps=hash"],
    ],
  ])("%j", (texts, options) => {
    expect(parseDelegateOptions(texts)).toEqual(options);
  });

  test.each([
    [["cmds=prog_lod"], "'prog_lod' is not a command; did you mean 'prog_load'?"],
    [["progs=tc"], "it is an ELF section name; its type is 'sched_cls'"],
    [["maps=xdp"], "it is a program type: write 'progs=xdp'"],
    [["cmds=ANY"], "write 'any' in lower case"],
    [["cmds=map_create,prog_load"], "with ':', as in 'cmds=map_create:prog_load'"],
    [["prog_load"], "'prog_load' has no axis; write one of cmds= maps= progs= attachs="],
    [["attaches=xdp"], "unknown axis 'attaches='; did you mean 'attachs='?"],
    [["teapot=xdp"], "unknown axis 'teapot='; known: cmds= maps= progs= attachs="],
    [["cmds="], "'cmds=' has no value; remove it, or write 'cmds=any'"],
    [["cmds=map_create::prog_load"], "'cmds=map_create::prog_load' has an empty name"],
    [["maps=0x10000000000000000"], "the mask '0x10000000000000000' does not fit in 64 bits"],
    [["maps=089"], "'089' is not a map type"],
    [["maps=-1"], "'-1' is not a map type"],
    [[], "--delegate is missing"],
    [[" , "], "--delegate is missing"],
  ])("%j throws, with the text to write", (texts, message) => {
    expect(() => parseDelegateOptions(texts)).toThrow(DelegationError);
    expect(() => parseDelegateOptions(texts)).toThrow(message);
  });
});

// SPDX-License-Identifier: MIT
// What a manager or the kernel ignores is no setting, and what it reads otherwise is read so.
import { describe, expect, test } from "vitest";
import {
  type Delegation,
  type Dialect,
  type FoundDelegation,
  lacksCapability,
  parseDelegation,
  readDelegations,
  sameDelegation,
} from "../src/index.ts";

const needed = "PrivateUsers=yes\nDelegateNamespaces=mnt\nPrivateBPF=yes\n";

/** Expects what a text delegates, and one note for each of `notes`. */
function expectReading(text: string, delegation: Delegation, ...notes: readonly string[]): void {
  const found = parseDelegation(text);
  expect(sameDelegation(found.delegation, delegation), JSON.stringify(found)).toBe(true);
  expect(found.notes).toEqual(notes.map((note) => expect.stringContaining(note)));
}

describe("comments are not settings", () => {
  test.each<[string, string, Delegation]>([
    [
      "of a unit, also between continued lines",
      `[Service]\n${needed}; BPFDelegateMaps=any\nBPFDelegateCommands=BPFMapCreate,\\\n# BPFMapFreeze,\\\nBPFProgLoad\n#BPFDelegatePrograms=any`,
      { cmds: ["map_create"] },
    ],
    [
      "of a shell",
      "# podman run --annotation a/delegate_cmds=any x\npodman run --userns=auto --annotation=a/delegate_maps=hash x # --annotation=a/delegate_progs=any",
      { maps: ["hash"] },
    ],
    [
      "of YAML",
      'config:\n  # security.bpffs.delegate_cmds: any\n  security.bpffs.delegate_maps: "hash" # not array\n',
      { maps: ["hash"] },
    ],
    ["of fstab", "#none /b bpf delegate_cmds=any 0 0\ndelegate_maps=hash", { maps: ["hash"] }],
  ])("%s", (what, text, delegation) => {
    expect(sameDelegation(parseDelegation(text).delegation, delegation), what).toBe(true);
  });

  test.each([
    ["#PrivateBPF=yes", "without PrivateBPF=yes"],
    [";DelegateNamespaces=mnt", "write DelegateNamespaces=mnt"],
  ])("'%s' has no effect", (comment, note) => {
    const name = comment.slice(1);
    const unit = `[Service]\n${needed}BPFDelegateMaps=BPFMapTypeHash\n`.replace(name, comment);
    expectReading(unit, { maps: ["hash"] }, note);
  });

  test("a text with nothing but comments is no delegation", () => {
    expect(() => parseDelegation("# delegate_cmds=any\n; BPFDelegateMaps=any\n")).toThrow(
      "the text is no delegation",
    );
  });

  test("a key of LXD in a comment does not switch the delegation on", () => {
    const yaml = "# security.delegate_bpf: true\nsecurity.delegate_bpf.map_types: hash";
    expectReading(yaml, { maps: ["hash"] }, "LXD mounts nothing");
  });
});

/** Printed by systemd 262.1 for these lines: `systemd --test`. */
describe("systemd", () => {
  test.each<[string, Delegation, string]>([
    [
      "BPFDelegateMaps=BPFMapTypeRingbuf\nBPFDelegateMaps=BPFMapTypeHash",
      { maps: ["hash"] },
      "systemd keeps only the last BPFDelegateMaps=",
    ],
    ["BPFDelegateMaps=any,BPFMapTypeHash", { maps: ["hash"] }, "'any' stands alone"],
    [
      "BPFDelegateMaps=BPFMapTypeHash\nBPFDelegateCommands=BPFMapCreate BPFProgLoad",
      { maps: ["hash"] },
      "write 'BPFMapCreate,BPFProgLoad'",
    ],
    [
      "BPFDelegateMaps=BPFMapTypeHash, BPFMapTypeArray",
      { maps: ["hash"] },
      "systemd ignores ' BPFMapTypeArray'",
    ],
    [
      'BPFDelegateMaps=BPFMapTypeHash\nBPFDelegateAttachments="BPFXdp"',
      { maps: ["hash"] },
      "systemd does not remove the quotes",
    ],
    [
      "BPFDelegateCommands=any\nBPFDelegateMaps=BPFMapTypeHash # all",
      { cmds: "any" },
      "systemd ignores 'BPFMapTypeHash # all', because a comment needs its own line",
    ],
  ])("%s", (lines, delegation, note) => {
    expectReading(`[Service]\n${needed}${lines}\n`, delegation, note);
  });

  test("an empty name is ignored, and an empty value is a reset", () => {
    const lines = "BPFDelegatePrograms=BPFProgTypeXdp\nBPFDelegatePrograms=\n";
    const last = "BPFDelegatePrograms=BPFProgTypeKprobe,,BPFProgTypeXdp,\n";
    expectReading(`${needed}${lines}${last}`, { progs: ["kprobe", "xdp"] });
  });

  test("each property of a command counts", () => {
    const run =
      'systemd-run -p PrivateUsers=yes -p DelegateNamespaces=mnt -p PrivateBPF=yes -p BPFDelegateCommands=BPFMapCreate -p "BPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray" --property=BPFDelegatePrograms=any -p BPFDelegateAttachments="BPFXdp" agent';
    expectReading(run, {
      ...{ cmds: ["map_create"], maps: ["hash", "array"], progs: "any", attachs: ["xdp"] },
    });
  });

  test("a list of NixOS becomes one line for each name", () => {
    const unit = `PrivateBPF = true;\n  PrivateUsers = true;\n DelegateNamespaces = "mnt";\n`;
    const list = `BPFDelegateMaps = [ "BPFMapTypeHash"\n "BPFMapTypeArray" ];\n`;
    const text = `  BPFDelegateCommands = "BPFMapCreate,BPFProgLoad";\n`;
    expectReading(`${unit}${text}`, { cmds: ["map_create", "prog_load"] });
    expectReading(`${unit}${list}`, { maps: ["array"] }, "write 'BPFMapTypeHash,BPFMapTypeArray'");
  });

  test.each([
    ["SystemCallFilter=@system-service", "SystemCallFilter= refuses bpf()"],
    ["SystemCallFilter=~@privileged", "SystemCallFilter= refuses bpf()"],
    ["SystemCallFilter=@system-service\nSystemCallFilter=~bpf", "SystemCallFilter= refuses bpf()"],
    ["SystemCallFilter=~bpf:EPERM", "SystemCallFilter= refuses bpf()"],
  ])("%s", (line, note) => {
    expectReading(`${needed}BPFDelegateMaps=BPFMapTypeHash\n${line}`, { maps: ["hash"] }, note);
  });

  test.each([
    ...["@system-service bpf", "@known", "~@mount", "@system-service\nSystemCallFilter="],
    ...["~@privileged\nSystemCallFilter=bpf"],
  ])("SystemCallFilter=%s permits bpf()", (words) => {
    const line = `SystemCallFilter=${words}`;
    expectReading(`${needed}BPFDelegateMaps=BPFMapTypeHash\n${line}`, { maps: ["hash"] });
  });

  test("a user other than root has only the capabilities that the unit names", () => {
    const caps = (lines: string) =>
      parseDelegation(`${needed}BPFDelegateMaps=BPFMapTypeHash\n${lines}`).capabilities;
    expect(caps("")).toBeUndefined();
    expect(caps("User=root")).toBeUndefined();
    expect(caps("User=agent")).toEqual([]);
    expect(caps("DynamicUser=yes")).toEqual([]);
    expect(caps("User=agent\n#AmbientCapabilities=CAP_BPF")).toEqual([]);
    expect(caps("User=agent\nAmbientCapabilities=CAP_BPF CAP_SYS_ADMIN")).toEqual([
      "bpf",
      "sys_admin",
    ]);
    // Root of a user namespace has all, whatever it names: tried on Linux 6.18.
    const root = (text: string) =>
      parseDelegation(`${needed}BPFDelegateMaps=BPFMapTypeHash\n${text}`).root;
    expect([caps("AmbientCapabilities=CAP_BPF"), root("AmbientCapabilities=CAP_BPF")]).toEqual([
      ...[["bpf"], true],
    ]);
    for (const text of ["", "User=agent\nAmbientCapabilities=CAP_BPF"]) {
      expect(root(text)).toBeUndefined();
    }
    const bounded = "AmbientCapabilities=CAP_BPF CAP_PERFMON\nCapabilityBoundingSet=~CAP_PERFMON";
    expect(caps(bounded)).toEqual(["bpf"]);
    expect(caps(`User=agent\n${bounded}`)).toEqual(["bpf"]);
    expect(caps("CapabilityBoundingSet=CAP_BPF CAP_NET_ADMIN")).toEqual(["bpf", "net_admin"]);
    const ambient = "AmbientCapabilities=CAP_BPF\nCapabilityBoundingSet=CAP_BPF CAP_NET_ADMIN";
    expect([caps(ambient), caps(`User=agent\n${ambient}`)]).toEqual([
      ["bpf", "net_admin"],
      ["bpf"],
    ]);
  });
});

test("a task of Ansible that remounts changes no mask", () => {
  const task = (state: string) =>
    `ansible.posix.mount:\n  fstype: bpf\n  opts: delegate_maps=hash\n  state: ${state}\n`;
  const ids = (text: string) => readDelegations(text, "kernel")[0]?.remarks.map(({ id }) => id);
  expect(ids(task("remounted"))).toEqual(["host_mount", "remount"]);
  expect(ids(task("mounted"))).toEqual(["host_mount"]);
});

test("remarks about a unit stand at the setting that decides", () => {
  const at = (text: string) => {
    const unit = `${text}\nBPFDelegateMaps=BPFMapTypeHash\n`;
    return readDelegations(unit, "systemd").flatMap(({ remarks }) =>
      remarks.map((one) => `${one.id} ${unit.slice(one.at, one.end)}`),
    );
  };
  expect(at("PrivateUsers=yes\nPrivateBPF=no")).toEqual(["not_enabled no"]);
  expect(at("PrivateUsers=yes")).toEqual(["not_enabled BPFMapTypeHash"]);
  expect(at("PrivateBPF=yes")).toEqual(["user_namespace yes"]);
  expect(at("PrivateBPF=yes\nPrivateUsers=yes\nDelegateNamespaces=net")).toEqual([
    "mount_namespace net",
  ]);
});

test.each<[string, string, readonly string[]]>([
  ["root", "", []],
  ["root without CAP_BPF, which creates the token", "CapabilityBoundingSet=~CAP_BPF", ["bpf"]],
  [
    "root without CAP_PERFMON, for which CAP_SYS_ADMIN stands",
    "CapabilityBoundingSet=~CAP_PERFMON",
    [],
  ],
  [
    "root without both",
    "AmbientCapabilities=CAP_BPF\nCapabilityBoundingSet=~CAP_PERFMON CAP_SYS_ADMIN",
    ["perfmon"],
  ],
  ["root with one", "CapabilityBoundingSet=CAP_BPF", ["perfmon"]],
  ["a user", "User=agent", ["bpf", "perfmon"]],
  ["a user with CAP_SYS_ADMIN", "User=agent\nAmbientCapabilities=CAP_SYS_ADMIN", ["bpf"]],
])("what %s lacks", (_, lines, wanted) => {
  const parsed = parseDelegation(`${needed}BPFDelegateMaps=BPFMapTypeHash\n${lines}`);
  expect(["bpf", "perfmon"].filter((name) => lacksCapability(parsed, name))).toEqual(wanted);
});

describe("what gives no token has a note", () => {
  const pod = (spec: string) =>
    `kind: Pod\nmetadata:\n  annotations:\n    bpf-token/delegate_maps: hash\nspec:\n${spec}  containers: []\n`;

  test.each([
    ["podman run --annotation a/delegate_maps=hash x", "without --userns=auto"],
    ["podman run --userns=host --annotation a/delegate_maps=hash x", "without --userns=auto"],
    ["docker run --annotation a/delegate_maps=hash x", "write --runtime=bpf-token"],
    [pod(""), "write hostUsers: false"],
    [pod("  hostUsers: true\n"), "write hostUsers: false"],
    [pod("  #hostUsers: false\n"), "write hostUsers: false"],
    ['security.privileged: "true"\nsecurity.bpffs.delegate_maps: hash', "a privileged container"],
    [
      "security.privileged=true\nsecurity.delegate_bpf=true\nsecurity.delegate_bpf.map_types=hash",
      "a privileged container",
    ],
    ["[Container]\nAnnotation=a/delegate_maps=hash\n", "write UserNS=auto"],
    [
      "services:\n  app:\n    annotations:\n      a/delegate_maps: hash\n",
      "write runtime: bpf-token",
    ],
    ["[Mount]\nType=bpf\nWhere=/b\nOptions=delegate_maps=hash\n", "no token comes from"],
    ["- mount: type=bpf\n  options: delegate_maps=hash", "no token comes from"],
  ])("%j", (text, note) => expectReading(text, { maps: ["hash"] }, note));

  test.each([
    "podman run --userns auto --annotation a/delegate_maps=hash x",
    "docker run --runtime bpf-token --annotation a/delegate_maps=hash x",
    "[Container]\nAnnotation=a/delegate_maps=hash\nUserNS=auto\n",
    "services:\n  app:\n    runtime: bpf-token\n    annotations:\n      - a/delegate_maps=hash\n",
    pod("  hostUsers: false\n"),
    'security.privileged: "false"\nsecurity.bpffs.delegate_maps: hash',
  ])("%j has none", (text) => expectReading(text, { maps: ["hash"] }));
});

describe("capabilities of containers", () => {
  test.each<[string, readonly string[] | undefined]>([
    ["podman run --userns=auto --annotation a/delegate_maps=hash x", []],
    [
      "podman run --userns=auto --cap-add BPF --cap-add=cap_net_admin --annotation a/delegate_maps=hash x",
      ["bpf", "net_admin"],
    ],
    ["podman run --userns=auto --annotation a/delegate_maps=hash --cap-add BPF image x", ["bpf"]],
    ["podman run --userns=auto --privileged --annotation a/delegate_maps=hash x", undefined],
    ["[Container]\nUserNS=auto\nAddCapability=CAP_BPF\nAnnotation=a/delegate_maps=hash\n", ["bpf"]],
    [
      "kind: Pod\n a/delegate_maps: hash\n hostUsers: false\n capabilities:\n  add:\n  - BPF\n  - NET_ADMIN\n",
      ["bpf", "net_admin"],
    ],
    ["bpf-token exec --caps bpf,net_admin --delegate maps=hash -- x", ["bpf", "net_admin"]],
    ["security.bpffs.delegate_maps=hash", undefined],
  ])("%j", (text, capabilities) => {
    expect(parseDelegation(text).capabilities).toEqual(capabilities);
  });
});

describe("mount options", () => {
  test.each([
    "none on /b type bpf (rw,nosuid,nodev,noexec,relatime,mode=700,delegate_maps=hash)",
    "rw,relatime,uid=0,gid=0,seclabel,X-mount.mkdir,x-systemd.automount,nofail,_netdev,bind,private,delegate_maps=hash",
  ])("%s has no note", (text) => expectReading(text, { maps: ["hash"] }));

  test.each<[string, Delegation, string]>([
    ["remount,delegate_maps=hash", { maps: ["hash"] }, "a remount changes no mask"],
    [
      "delegate_cmds=map_create:0x20",
      { cmds: ["prog_load"] },
      "the number 0x20 replaces 'map_create'",
    ],
    ["delegate_cmds=010", { cmds: [3] }, "010 is octal: 8"],
    ["security.delegate_bpf=1\nsecurity.delegate_bpf.map_types=010", { maps: [3] }, "010 is octal"],
  ])("%s", (text, delegation, note) => expectReading(text, delegation, note));

  test("a variable has the options", () => {
    expectReading("BPF_OPTS=rw,delegate_maps=hash", { maps: ["hash"] });
    expectReading("export O=delegate_maps=hash", { maps: ["hash"] });
    expectReading("mode=700,delegate_maps=hash", { maps: ["hash"] });
  });

  test("words without a value are no options", () => {
    expectReading("delegate_cmds and delegate_progs/delegate_maps\ndelegate_maps=hash", {
      maps: ["hash"],
    });
  });

  test.each([
    ["delegate_cmds=ANY", "write 'any' in lower case"],
    [
      "security.delegate_bpf=1\nsecurity.delegate_bpf.map_types=hash,array",
      "separate names by ':'",
    ],
    ["a/delegate_maps: hash,array", "separate names by ':'"],
  ])("%j throws", (text, message) => expect(() => parseDelegation(text)).toThrow(message));
});

describe("two delegations in one text are not merged", () => {
  test.each<[string, string]>([
    [
      "mount -t bpf -o delegate_maps=hash none /a\nmount -t bpf -o delegate_maps=array none /b",
      "1 and 2",
    ],
    ["none /a bpf delegate_maps=hash 0 0\nnone /b bpf delegate_progs=xdp 0 0", "1 and 2"],
    [
      "podman run --userns=auto --annotation a/delegate_maps=hash x\npodman run --userns=auto --annotation a/delegate_progs=xdp x",
      "1 and 2",
    ],
    [`systemd-run -p BPFDelegateMaps=any x\nsystemd-run -p BPFDelegatePrograms=any x`, "1 and 2"],
    ["a/delegate_maps: hash\n---\na/delegate_progs: xdp", "1 and 3"],
    [
      "- config:\n    security.bpffs.delegate_maps: hash\n- config:\n    security.bpffs.delegate_maps: array",
      "2 and 4",
    ],
  ])("%j", (text, lines) => {
    expect(() => parseDelegation(text)).toThrow(`the text has 2 delegations, in lines ${lines};`);
  });

  test("a message names some of thousands", () => {
    const mount = (mask: number): string => `mount -t bpf -o delegate_maps=${mask} none /b\n`;
    const text = Array.from({ length: 20_000 }, (_, i) => mount(i + 1)).join("");
    expect(() => parseDelegation(text)).toThrow(
      "the text has 20000 delegations, in lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and others; give",
    );
    const first = (lines: number): string => text.split("\n").slice(0, lines).join("\n");
    expect(() => parseDelegation(first(10))).toThrow(
      "in lines 1, 2, 3, 4, 5, 6, 7, 8, 9 and 10; give",
    );
    expect(() => parseDelegation(first(11))).toThrow("8, 9, 10 and others; give");
  });

  test("the same one twice is one", () => {
    expectReading(
      ...(["none on /a type bpf (rw,delegate_maps=hash)\n".repeat(2), { maps: ["hash"] }] as const),
    );
  });

  test("the lines of one mount are one", () => {
    expectReading("delegate_maps=hash\ndelegate_progs=xdp\n", { maps: ["hash"], progs: ["xdp"] });
  });
});

test("lines with very many words are merged in linear time", () => {
  const maps = `delegate_maps=${"hash:".repeat(200_000)}hash`;
  const wrong = `delegate_cmds=${"any:1:".repeat(100_000)}any`;
  const [found, ...others] = readDelegations(`${maps}\n${wrong}\n${"delegate_x=1\n".repeat(1000)}`);
  expect(others).toEqual([]);
  expect(found?.delegation).toEqual({ cmds: "any", maps: ["hash"] });
  expect(found?.remarks.length).toBeGreaterThan(100_000);
});

describe("what a template fills in is not judged", () => {
  test.each<[string, Delegation]>([
    ["delegate_cmds={{ .Values.cmds }},delegate_maps=hash", { maps: ["hash"] }],
    [`mount -o "delegate_cmds=$CMDS,delegate_maps=hash"`, { maps: ["hash"] }],
    [`${needed}BPFDelegateCommands=@CMDS@\nBPFDelegateMaps=BPFMapTypeHash`, { maps: ["hash"] }],
    ["a/delegate_cmds: {{ cmds }}\na/delegate_maps: hash", { maps: ["hash"] }],
    ["security.bpffs.delegate_cmds=<list>\nsecurity.bpffs.delegate_maps=hash", { maps: ["hash"] }],
  ])("%j", (text, delegation) => expectReading(text, delegation, "is filled in later"));
});

test.each<[string, Dialect]>([
  ["`delegate_maps=hash:array`", "kernel"],
  ["write `BPFDelegateMaps=BPFMapTypeHash,BPFMapTypeArray` into the unit", "systemd"],
  ["incus config set c security.bpffs.delegate_maps=hash,array user.x=y", "incus"],
  ["incus config set c security.bpffs.delegate_maps hash,array", "incus"],
  ["metadata: {annotations: {a/delegate_maps: hash:array, b: c}}", "k8s"],
  ["[Container]\nAnnotation=a/delegate_maps=hash:array a/b=c\nUserNS=auto", "podman"],
])("%j has two names", (text, dialect) => {
  const found = parseDelegation(text);
  expect(found.dialect).toBe(dialect);
  expect(found.delegation).toEqual({ maps: ["hash", "array"] });
});

describe("what does not look like it", () => {
  const only = (text: string, dialect: Dialect): FoundDelegation => {
    const [found, ...others] = readDelegations(text, dialect);
    expect(others).toEqual([]);
    return found as FoundDelegation;
  };
  const ids = (text: string, dialect: Dialect): readonly string[] =>
    only(text, dialect).remarks.map(({ id }) => id);

  test("an annotation of a command is no mount option", () => {
    const text = "helper delegate_maps=hash --annotation=a/delegate_progs=xdp x.delegate_cmds=any";
    expect(only(text, "kernel").delegation).toEqual({ maps: ["hash"] });
    expect(ids(text, "kernel")).toEqual([]);
  });

  test("only mount(8) mounts on the host", () => {
    expect(ids("helper -t bpf -o delegate_maps=hash /b", "kernel")).toEqual([]);
    expect(ids("/bin/mount -t bpf -o delegate_maps=hash none /b", "kernel")).toEqual([
      "host_mount",
    ]);
  });

  test("DelegateNamespaces= with ~ adds nothing to an earlier list", () => {
    const unit = (...namespaces: readonly string[]): string =>
      `PrivateUsers=yes\nPrivateBPF=yes\nBPFDelegateMaps=any\n${namespaces.map((one) => `DelegateNamespaces=${one}\n`).join("")}`;
    expect(ids(unit("net", "~ipc"), "systemd")).toEqual(["mount_namespace"]);
    expect(ids(unit("~ipc"), "systemd")).toEqual([]);
    expect(ids(unit("mnt", "~ipc"), "systemd")).toEqual([]);
    expect(ids(unit("mnt", "~mnt"), "systemd")).toEqual(["mount_namespace"]);
  });

  test.each(["--uidmap 0:1000:1000", "--subuidname x"])("%s is a user namespace", (option) => {
    const run = `podman run ${option} --annotation=a/delegate_maps=hash x`;
    expect(ids(run, "podman")).toEqual([]);
    expect(ids(run.replace(option, ""), "podman")).toEqual(["user_namespace"]);
  });

  test("--cap-add all gives all capabilities", () => {
    const run = "podman run --userns=auto --cap-add all --annotation=a/delegate_maps=hash x";
    expect(only(run, "podman").capabilities).toBeUndefined();
    expect(only(run.replace("all", "bpf"), "podman").capabilities).toEqual(["bpf"]);
  });

  test("a # in a word starts no comment", () => {
    expect(() => parseDelegation("delegate_maps=hash#array")).toThrow("'hash#array' is not a map");
    expect(only("delegate_maps=hash #array", "kernel").delegation).toEqual({ maps: ["hash"] });
  });

  test.each(["00", "0010", "010"])("%s is octal, and 0 and 0x10 are not", (number) => {
    expect(ids(`delegate_maps=${number}`, "kernel")).toEqual(["octal"]);
    expect(ids("delegate_maps=0", "kernel")).toEqual([]);
    expect(ids("delegate_maps=0x10", "kernel")).toEqual([]);
  });

  test("all capabilities of exec, and of root without some, are no list", () => {
    const exec = (caps: string): FoundDelegation =>
      only(`bpf-token exec --caps ${caps} --delegate maps=hash -- x`, "exec");
    expect(exec("all").capabilities).toBeUndefined();
    expect(exec("cap_bpf,none").capabilities).toEqual(["bpf"]);
    const unit = (set: string): FoundDelegation =>
      only(`${needed}BPFDelegateMaps=any\nCapabilityBoundingSet=${set}\n`, "systemd");
    expect(unit("~CAP_SYS_PTRACE").capabilities).toBeUndefined();
    expect([unit("~CAP_SYS_PTRACE").root, unit("~CAP_SYS_PTRACE").dropped]).toEqual([
      ...[true, ["sys_ptrace"]],
    ]);
    expect([unit("CAP_BPF").root, unit("CAP_BPF").dropped]).toEqual([undefined, undefined]);
    for (const key of ["root", "dropped"]) expect(unit("CAP_BPF")).not.toHaveProperty(key);
    expect(exec("all")).not.toHaveProperty("capabilities");
    expect(unit("CAP_BPF").capabilities).toEqual(["bpf"]);
  });
});

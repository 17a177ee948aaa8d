// SPDX-License-Identifier: MIT
// What the settings around a delegation decide: the user namespace, the network, the capabilities.
import { describe, expect, test } from "vitest";
import {
  type Dialect,
  detectDialect,
  type FoundDelegation,
  readDelegations,
} from "../src/index.ts";

/** The only delegation of a text. */
function only(text: string, dialect?: Dialect): FoundDelegation {
  const [found, ...more] = readDelegations(text, dialect);
  expect(more).toEqual([]);
  return found as FoundDelegation;
}
const ids = (text: string): readonly string[] => only(text).remarks.map(({ id }) => id);

const sound = { PrivateUsers: "yes", PrivateBPF: "yes", DelegateNamespaces: "mnt" };
const unit = (settings: Readonly<Record<string, string>>, more = ""): string =>
  `${Object.entries({ ...sound, ...settings, BPFDelegateMaps: "any" })
    .map(([key, value]) => `${key}=${value}\n`)
    .join("")}${more}`;

describe("a word of systemd for", () => {
  test.each(["yes", "y", "true", "t", "1", "on", "YES"])("yes: '%s'", (word) => {
    expect(ids(unit({ PrivateBPF: word, DelegateNamespaces: word }))).toEqual([]);
    expect(only(unit({ DynamicUser: word })).capabilities).toEqual([]);
    expect(only(unit({ PrivateNetwork: word })).ownNetwork).toBe(true);
  });

  test.each(["no", "n", "false", "f", "0", "off", "OFF"])("no: '%s'", (word) => {
    expect(ids(unit({ PrivateBPF: word }))).toEqual(["not_enabled"]);
    expect(ids(unit({ DelegateNamespaces: word, PrivateUsers: word }))).toEqual([
      "mount_namespace",
    ]);
    expect(ids(unit({ DelegateNamespaces: "", PrivateUsers: word }))).toEqual(["user_namespace"]);
    expect(only(unit({ DynamicUser: word })).capabilities).toBeUndefined();
    expect(only(unit({ PrivateNetwork: word })).ownNetwork).toBe(false);
  });

  test.each(["yesno", "oyes", "tt", "10", "son"])("neither: '%s'", (word) => {
    expect(ids(unit({ PrivateBPF: word }))).toEqual(["not_enabled"]);
    expect(ids(unit({ DelegateNamespaces: word }))).toEqual(["mount_namespace"]);
    expect(only(unit({ DynamicUser: word })).capabilities).toBeUndefined();
  });
});

describe("a unit", () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ["has a user namespace by path", { PrivateUsers: "no", UserNamespacePath: "/u" }, []],
    [
      "has a user namespace by path, but no mount namespace",
      { PrivateUsers: "no", UserNamespacePath: "/u", DelegateNamespaces: "net" },
      ["mount_namespace"],
    ],
    ["delegates no mounts", { DelegateNamespaces: "~mnt net" }, ["mount_namespace"]],
    ["delegates all but another", { DelegateNamespaces: "~net" }, []],
    [
      "delegates a namespace whose name contains mnt",
      { DelegateNamespaces: "xmnt" },
      ["mount_namespace"],
    ],
    ["maps other users", { PrivateUsers: "self" }, []],
    ["permits a call whose name only ends with bpf", { SystemCallFilter: "~ebpf" }, []],
    ["permits a call whose name only starts with bpf", { SystemCallFilter: "~bpfilter" }, []],
    ["refuses bpf among others", { SystemCallFilter: "~ptrace  bpf" }, ["seccomp"]],
    ["refuses all that is known", { SystemCallFilter: "~@known:EPERM" }, ["seccomp"]],
    ["refuses a privileged call only", { SystemCallFilter: "~@privilegedx" }, []],
    [
      "permits what a later line adds",
      { SystemCallFilter: "@system-service\nSystemCallFilter=@privileged" },
      [],
    ],
  ])("%s", (_, settings, expected) => {
    // An earlier list of DelegateNamespaces= would add up, so each unit has one.
    expect(ids(unit(settings))).toEqual(expected);
  });

  test.each<[string, readonly string[] | undefined]>([
    ["User=0", undefined],
    ["User=root0", []],
    ["User=10", []],
    ["User=a\nAmbientCapabilities=CAP_BPF, CAP_PERFMON", ["bpf", "perfmon"]],
    ["User=a\nAmbientCapabilities=CAP_BPF\nAmbientCapabilities=cap_perfmon", ["bpf", "perfmon"]],
    [
      "User=a\nAmbientCapabilities=CAP_BPF\nAmbientCapabilities=\nAmbientCapabilities=CAP_PERFMON",
      ["perfmon"],
    ],
    ["User=a\nAmbientCapabilities=CAP_BPF CAP_PERFMON\nAmbientCapabilities=~CAP_BPF", ["perfmon"]],
    ["User=a\nAmbientCapabilities=~CAP_BPF", undefined],
    ["User=a\nAmbientCapabilities=CAP_BPF CAP_PERFMON\nAmbientCapabilities=~ CAP_BPF", ["perfmon"]],
    [
      "User=a\nAmbientCapabilities=CAP_BPF\nCapabilityBoundingSet=~CAP_BPF\nCapabilityBoundingSet=CAP_BPF",
      ["bpf"],
    ],
  ])("with %j has the capabilities %j", (lines, expected) => {
    expect(only(unit({}, lines)).capabilities).toEqual(expected);
  });

  test("has no setting whose name only ends with another", () => {
    const text =
      "PrivateUsers=yes\nDelegateNamespaces=mnt\nNoPrivateBPF=yes\nBPFDelegateMaps=any\n";
    expect(ids(text)).toEqual(["not_enabled"]);
    expect(only(unit({}, "XUser=a\nDynamicUsers=yes\n")).capabilities).toBeUndefined();
    expect(only(unit({ XDynamicUser: "yes", "User ": " a" })).capabilities).toEqual([]);
  });

  test("that is reset in one mask keeps the others", () => {
    const { delegation, remarks } = only(
      unit({}, "BPFDelegatePrograms=BPFProgTypeXdp\nBPFDelegatePrograms=\n"),
    );
    expect([delegation, remarks]).toEqual([{ maps: "any" }, []]);
  });
});

describe("the network namespace", () => {
  const pod = (spec: string): string =>
    `kind: Pod\nmetadata:\n  annotations:\n    a/delegate_maps: hash\nspec:\n  hostUsers: false\n${spec}`;
  const run = (option: string): string =>
    `podman run ${option} --userns=auto --annotation a/delegate_maps=hash x`;

  test.each<[string, boolean | undefined]>([
    [unit({}), false],
    [unit({ NetworkNamespacePath: "/run/netns/x" }), true],
    [unit({ PrivateNetwork: "no", NetworkNamespacePath: "/run/netns/x" }), true],
    [pod(""), true],
    [pod("  hostNetwork: false\n"), true],
    [pod("  hostNetwork: true\n"), false],
    [pod("  hostNetwork :  true\n"), false],
    [pod("  hostNetwork:\ttrue\n"), false],
    [run(""), undefined],
    [run("--network host"), false],
    [run("--network  host"), false],
    [run("--net  = host"), false],
    [run("--net=host"), false],
    [run("--network=none"), true],
    ["a/delegate_maps: hash", undefined],
    [
      "services:\n  app:\n    runtime: bpf-token\n    annotations:\n      a/delegate_maps: hash\n",
      undefined,
    ],
    ["security.bpffs.delegate_maps=hash", undefined],
  ])("of %j is the container's own: %s", (text, expected) => {
    const found = only(text);
    expect(found.ownNetwork).toBe(expected);
    expect("ownNetwork" in found).toBe(expected !== undefined);
  });

  test("is the same for all containers of a document", () => {
    const found = readDelegations(
      `${pod("  hostNetwork: true\n")}---\nkind: Pod\na/delegate_maps: hash\na/delegate_maps: array`,
    );
    expect(found.map(({ ownNetwork }) => ownNetwork)).toEqual([false, true, true]);
    expect(found.map(({ remarks }) => remarks.map(({ id }) => id))).toEqual([
      ...[[], ["user_namespace"], ["user_namespace"]],
    ]);
  });
});

describe("the capabilities of", () => {
  const pod = (spec: string): string =>
    `kind: Pod\n a/delegate_maps: hash\n hostUsers: false\n${spec}`;
  const compose = (app: string): string =>
    `services:\n  app:\n    runtime: bpf-token\n    annotations:\n      a/delegate_maps: hash\n${app}`;
  const oci = (process: string): string => `{"annotations": {"a/delegate_maps": "hash"}${process}}`;
  const run = (words: string): string =>
    `podman run --userns=auto ${words} --annotation a/delegate_maps=hash x`;

  test.each<[string, string, readonly string[] | undefined]>([
    ["a pod", pod(""), []],
    ["a pod with a list on one line", pod(` add: [BPF, "CAP_NET_ADMIN"]\n`), ["bpf", "net_admin"]],
    [
      "a pod with a list in quotes",
      pod(` add:\n  - "BPF"\n  - 'PERFMON'\n drop:\n  - ALL\n`),
      ["bpf", "perfmon"],
    ],
    ["a pod with all", pod(" add: [ALL]\n"), undefined],
    ["a service of Compose with all", compose("    cap_add: [ALL]\n"), undefined],
    ["a pod with a privileged container", pod(" privileged: true\n"), undefined],
    ["a pod without one", pod(" privileged: false\n"), []],
    ["a service of Compose", compose(""), []],
    ["a service of Compose with another key", compose("    x-cap_add: [BPF]\n"), []],
    ["a service of Compose with a space", compose("    cap_add : [BPF]\n"), ["bpf"]],
    ["a service of Compose with tabs", compose("\t\tcap_add:\t[BPF]\n"), ["bpf"]],
    ["a pod with quotes", pod(` "add" : [BPF]\n`), ["bpf"]],
    ["a pod with another key", pod(" address: [BPF]\n"), []],
    [
      "a service of Compose with some",
      compose("    cap_add:\n      - BPF\n    cap_drop:\n      - ALL\n"),
      ["bpf"],
    ],
    ["a configuration of OCI", oci(""), undefined],
    [
      "a process of OCI",
      oci(
        ', "process": {"capabilities": {"bounding": ["CAP_BPF", "CAP_PERFMON"], "effective": ["CAP_BPF"]}}',
      ),
      ["bpf"],
    ],
    ["a process of OCI without a list", oci(', "process": {"args": []}'), undefined],
    ["a command that is not privileged", run("--privileged=false"), []],
    ["a command with a list", run("--cap-add=CAP_BPF,PERFMON"), ["bpf", "perfmon"]],
    ["a command in quotes", run('--cap-add="BPF"'), ["bpf"]],
    [
      "a part of a command",
      "podman --annotation a/delegate_maps=hash --userns=auto --cap-add BPF",
      undefined,
    ],
    ["a quadlet", "[Container]\nUserNS=auto\nAnnotation=a/delegate_maps=hash\n", []],
    [
      "a quadlet with a list",
      "[Container]\nUserNS=auto\nAddCapability = CAP_BPF CAP_PERFMON\nAnnotation=a/delegate_maps=hash\n",
      ["bpf", "perfmon"],
    ],
    ["exec without any", "bpf-token exec --caps none --delegate maps=hash -- x", []],
    [
      "exec in quotes",
      "bpf-token exec --caps='BPF,cap_perfmon' --delegate=maps=hash -- x",
      ["bpf", "perfmon"],
    ],
  ])("%s", (_, text, expected) => {
    const found = only(text);
    expect(found.capabilities).toEqual(expected);
    expect(found.remarks).toEqual([]);
  });
});

describe("a user namespace", () => {
  const quadlet = (line: string): string =>
    `[Container]\nAnnotation=a/delegate_maps=hash\n${line}\n`;
  test.each<[string, readonly string[]]>([
    [quadlet("UIDMap=0:1000:1"), []],
    [quadlet("SubUIDMap = x"), []],
    [quadlet("UserNS = auto"), []],
    [quadlet("UserNS  =  keep-id"), []],
    [quadlet("XUserNS=auto"), ["user_namespace"]],
    [quadlet("XUIDMap=0:1:1"), ["user_namespace"]],
    [quadlet("UIDMap  = 0:1:1"), []],
    ["podman run --userns  auto --annotation a/delegate_maps=hash x", []],
    [quadlet("UserNS=host"), ["user_namespace"]],
    [quadlet("#UserNS=auto"), ["user_namespace"]],
    [quadlet('UserNS="keep-id"'), []],
    [
      "docker run --runtime=bpf-token --userns=host --annotation a/delegate_maps=hash x",
      ["user_namespace"],
    ],
    ["podman run --userns 'auto' --annotation a/delegate_maps=hash x", []],
    ['{"kind": "Pod", "spec": {"hostUsers": false}, "a/delegate_maps": "hash"}', []],
    ["spec:\n  a/delegate_maps: hash", ["user_namespace"]],
    ["kind  : Pod\nhostUsers  :  false\na/delegate_maps: hash", []],
    ["\tkind: Pod\n'hostUsers':false\na/delegate_maps: hash", []],
    ["kind: Pod\nxhostUsers: false\na/delegate_maps: hash", ["user_namespace"]],
    ["kind: Pod\nhostUsers: falsehood\na/delegate_maps: hash", ["user_namespace"]],
    ["docker run --runtime  bpf-token --annotation a/delegate_maps=hash x", []],
    ["docker run --runtime=x --annotation a/delegate_maps=hash x", []],
    ["docker run --xruntime x --annotation a/delegate_maps=hash x", ["no_hook"]],
    ["containers:\n  a/delegate_maps: hash", ["user_namespace"]],
    ["kinds:\n  a/delegate_maps: hash", []],
    ["services:\n  a:\n    runtime : bpf-token\n    annotations:\n      a/delegate_maps: hash", []],
  ])("%j: %j", (text, expected) => expect(ids(text)).toEqual(expected));
});

test.each<[string, Dialect]>([
  ['{ "allow" : { "maps": ["hash"] } }', "hook"],
  ['{ "a/delegate_maps" : "hash" }', "oci"],
  ['{ "a/delegate_maps.container.web": "hash" }', "oci"],
  ["a/delegate_maps.container.web: hash", "k8s"],
  ["'a/delegate_maps' : hash", "k8s"],
  ["services :\n  x:\n    labels: [a/delegate_maps=hash]", "k8s"],
  ["my-services:\n  podman run a/delegate_maps=hash", "podman"],
  ["docker create --annotation a/delegate_maps=hash", "docker"],
  ["dockerd-like --annotation a/delegate_maps=hash", "podman"],
  ["BPFDelegateMaps = any", "systemd"],
  ["x\nPrivateBPF=yes", "systemd"],
  ["NoPrivateBPF=yes delegate_maps=hash", "kernel"],
  ["security.delegate_bpf: true", "lxd"],
  ["security.bpffs.path: /b", "incus"],
  ["maps=hash", "exec"],
  ["--delegate 'maps=hash'", "exec"],
  ["bpf-token exec --delegate=maps=hash -- x", "exec"],
  ["cmds=any;maps=any", "exec"],
])("the dialect of %j is %s", (text, dialect) => expect(detectDialect(text)).toBe(dialect));

test.each(["xmaps=hash", "--delegates=maps=hash", "delegate_maps hash", "xdelegate_maps=hash"])(
  "%j has no dialect",
  (text) => expect(() => detectDialect(text)).toThrow("the text is no delegation"),
);

test("a word of another line starts no command", () => {
  const quadlet =
    "[Container]\nUserNS=auto\nAnnotation=a/delegate_maps=hash\nExec=run it\nDescription=podman\nAnnotation=a/delegate_progs=xdp\n";
  expect(only(quadlet, "podman").delegation).toEqual({ maps: ["hash"], progs: ["xdp"] });
});

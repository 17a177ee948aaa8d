// SPDX-License-Identifier: MIT
// The decisions about tokens, with a kernel that answers what each test sets.
import { addCapabilities } from "@bpf-token/delegation";
import type { ObjectSpec } from "@bpf-token/object";
import { BpfError } from "@bpf-token/syscall";
import { BpfCmd, Capability, Errno, MapType, ProgType, structLayout } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import type { Answer, Step, Steps } from "../src/calls/steps.ts";
import { discoverToken, tokenSource } from "../src/token/discover.ts";
import { type Asked, missingFor, type Permission } from "../src/token/missing.ts";
import { bpffsMounts } from "../src/token/mounts.ts";
import { inInitialNamespace, otherRefusals } from "../src/token/namespace.ts";

interface World {
  /** Contents by path; another file does not exist. */
  readonly files?: Readonly<Record<string, string>>;
  /** The fd or -errno of TOKEN_CREATE by path; another directory cannot be opened. */
  readonly tokens?: Readonly<Record<string, number>>;
  readonly held?: bigint | undefined;
  readonly hasFilter?: boolean;
  /** What answers a call with a closed descriptor; the kernel's is EBADF. */
  readonly closed?: number;
  /** What the kernel returns as struct bpf_token_info. */
  readonly info?: Readonly<Record<string, bigint>>;
}

/** Runs steps. Returns the result, and the fds that were opened and not closed. */
function drive<T>(steps: Steps<T>, world: World): { readonly value: T; readonly left: number[] } {
  const paths = new Map<number, string>();
  const left = new Set<number>();
  const answer = (step: Step): Answer => {
    switch (step.do) {
      case "read": {
        const text = world.files?.[step.path];
        return text === undefined ? -Errno.ENOENT : new TextEncoder().encode(text);
      }
      case "open": {
        if (world.tokens?.[step.path] === undefined) return -Errno.EACCES;
        expect(step.directory).toBe(true);
        const fd = 100 + paths.size;
        paths.set(fd, step.path);
        left.add(fd);
        return fd;
      }
      case "close":
        left.delete(step.fd);
        return undefined;
      case "capabilities":
        return world.held;
      case "hasFilter":
        return world.hasFilter ?? false;
      case "explain":
        return new BpfError(step.call, step.errno);
      case "bpf": {
        if (step.cmd === "OBJ_GET_INFO_BY_FD" && world.info !== undefined) {
          const { bytes } = (step.attr as { info: { bytes: Uint8Array } }).info;
          bytes.set(structLayout("bpf_token_info").encode(world.info).bytes);
          return 0;
        }
        if (step.cmd === "MAP_LOOKUP_ELEM") {
          expect([step.attr, step.purpose]).toEqual([{ map_fd: 0xffff_ffff }, "probe"]);
          return world.closed ?? -Errno.EBADF;
        }
        if (step.cmd !== "TOKEN_CREATE") return -Errno.EINVAL;
        expect(step.purpose).toBe("token");
        const ret = world.tokens?.[paths.get(Number(step.attr.bpffs_fd)) ?? ""] ?? -Errno.EBADF;
        if (ret >= 0) left.add(ret);
        return ret;
      }
      default:
        throw new Error(`unexpected step ${step.do}`);
    }
  };
  let next = steps.next();
  while (next.done !== true) next = steps.next(answer(next.value));
  return { value: next.value, left: [...left] };
}

const mountinfo = (...mounts: readonly (readonly [path: string, options: string])[]): string =>
  mounts
    .map(([path, options], i) => `${i} 0 0:${i} / ${path} rw - bpf none rw${options}`)
    .join("\n");
const MOUNTS = "/proc/self/mountinfo";

describe("inInitialNamespace", () => {
  const usual = mountinfo(["/sys/fs/bpf", ""]);
  const all = "         0          0 4294967295\n";

  test.each<[string, World, boolean | undefined]>([
    ["EOPNOTSUPP", { tokens: { "/sys/fs/bpf": -Errno.EOPNOTSUPP } }, true],
    ["ENOENT", { tokens: { "/sys/fs/bpf": -Errno.ENOENT } }, false],
    ["a token", { tokens: { "/sys/fs/bpf": 7 } }, false],
    ["a token with fd 0", { tokens: { "/sys/fs/bpf": 0 } }, false],
    ["EPERM, which decides nothing", { tokens: { "/sys/fs/bpf": -Errno.EPERM } }, true],
    ["no permission to open it", {}, true],
  ])("decides by the answer of TOKEN_CREATE: %s", (_, world, expected) => {
    const files = { [MOUNTS]: usual, "/proc/self/uid_map": all };
    expect(drive(inInitialNamespace(), { ...world, files })).toEqual({ value: expected, left: [] });
  });

  test("asks the next filesystem if one decides nothing", () => {
    const files = { [MOUNTS]: mountinfo(["/a", ""], ["/b", ""]), "/proc/self/uid_map": all };
    const tokens = { "/a": -Errno.EPERM, "/b": -Errno.ENOENT };
    expect(drive(inInitialNamespace(), { files, tokens }).value).toBe(false);
  });

  test.each([
    [all, true],
    ["0 0 4294967295", true],
    ["0 1000 1", false],
    ["0 0 4294967294", false],
    ["0 100000 4294967295", false],
    ["0 0 4294967295\n1 1 1\n", false],
    ["", undefined],
  ])("reads the map of user ids without a filesystem: %j", (map, expected) => {
    const files = { "/proc/self/uid_map": map };
    expect(drive(inInitialNamespace(), { files }).value).toBe(expected);
  });
});

describe("otherRefusals", () => {
  const seen = (
    errno: number,
    files: Readonly<Record<string, string>>,
    more: World = { hasFilter: true },
  ): string => drive(otherRefusals(errno), { files, ...more }).value;
  const full = {
    "/sys/kernel/security/lockdown": "none [integrity] confidentiality",
    "/sys/kernel/security/lsm": "capability,selinux,bpf,apparmor",
  };
  const general =
    "; this is no token matter: seccomp, lockdown, a security module or the kernel's configuration refuses the call";

  test.each([Errno.EINVAL, Errno.EACCES, Errno.ENOENT])("has nothing to say about %i", (errno) => {
    expect(seen(errno, full)).toBe("");
  });

  test("names everything that can answer EPERM", () => {
    expect(seen(Errno.EPERM, full)).toBe(
      `${general} (a seccomp filter is active, lockdown is in integrity mode, selinux and apparmor is active)`,
    );
  });

  test("knows a filter that refuses every call, and only then asks nothing else", () => {
    const says = (hasFilter: boolean): string =>
      seen(Errno.EPERM, full, { hasFilter, closed: -Errno.EPERM });
    expect(says(true)).toBe(
      "; this is no token matter: a seccomp filter refuses bpf() with every command",
    );
    expect(says(false)).toContain("seccomp, lockdown,");
    const asked: Asked = { cmd: "PROG_LOAD", progType: ProgType.XDP };
    const world = { hasFilter: true, held: 0n };
    const none = { token: undefined, reasons: [] } as unknown as Permission;
    expect(drive(missingFor(none, asked), { ...world, closed: -Errno.EPERM }).value).toEqual([]);
    expect(drive(missingFor(none, asked), world).value).not.toEqual([]);
  });

  test("names only seccomp for ENOSYS", () => {
    expect(seen(Errno.ENOSYS, full)).toBe(`${general} (a seccomp filter is active)`);
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    ["nothing", {}, ""],
    ["no lockdown", { "/sys/kernel/security/lockdown": "[none] integrity confidentiality" }, ""],
    [
      "confidentiality",
      { "/sys/kernel/security/lockdown": "none integrity [confidentiality]" },
      " (lockdown is in confidentiality mode)",
    ],
    ["one module", { "/sys/kernel/security/lsm": "lockdown,apparmor" }, " (apparmor is active)"],
    ["another module", { "/sys/kernel/security/lsm": "selinux" }, " (selinux is active)"],
    ["no strict module", { "/sys/kernel/security/lsm": "capability,landlock" }, ""],
  ])("shows what the task can see: %s", (_, files, end) => {
    expect(seen(Errno.EPERM, files, {})).toBe(`${general}${end}`);
  });
});

describe("discoverToken", () => {
  const auto = { kind: "auto" } as const;
  const masks = ",delegate_cmds=any";

  test.each([
    ["never", {}, "never"],
    ["", {}, "never"],
    ["/x", { LIBBPF_BPF_TOKEN_PATH: "/y" }, "/x"],
    ["auto", { LIBBPF_BPF_TOKEN_PATH: "/y" }, "/y"],
    ["auto", { LIBBPF_BPF_TOKEN_PATH: "" }, "never"],
    ["auto", {}, "auto"],
  ])("of the option '%s' and the environment %j looks at: %s", (option, env, expected) => {
    const source = tokenSource(option, env);
    expect(source.kind === "path" ? source.path : source.kind).toBe(expected);
  });

  test("uses the first filesystem that gives a token, the usual path first", () => {
    const files = { [MOUNTS]: mountinfo(["/a", masks], ["/sys/fs/bpf", masks], ["/b", masks]) };
    const tokens = { "/sys/fs/bpf": -Errno.EPERM, "/a": 0, "/b": 9 };
    const { value, left } = drive(discoverToken(auto), { files, tokens });
    expect(value.token).toEqual({ fd: 0, path: "/a" });
    expect(value.reasons.map(({ path, code }) => [path, code])).toEqual([["/sys/fs/bpf", "EPERM"]]);
    // The directories are closed, the token is not.
    expect(left).toEqual([0]);
  });

  test("skips a filesystem that delegates nothing but attach types, with the reason", () => {
    const files = { [MOUNTS]: mountinfo(["/a", ""], ["/b", ",delegate_attachs=any"]) };
    const reason = "it delegates nothing; mount it with delegate_cmds and other options";
    const { value } = drive(discoverToken(auto), { files, tokens: { "/a": 5, "/b": 6 } });
    expect(value).toEqual({
      reasons: [
        { path: "/a", reason },
        { path: "/b", reason },
      ],
    });
  });

  const world = { tokens: { "/x": 5 } };
  const masks5 = { cmds: 1n, maps: 2n, progs: 4n, attachs: 8n };
  test("reads what a token allows from the kernel's info, else from fdinfo", () => {
    const steps = () => discoverToken({ kind: "path", path: "/x" });
    const names = { allowed_cmds: 1n, allowed_maps: 2n, allowed_progs: 4n, allowed_attachs: 8n };
    expect(drive(steps(), { ...world, info: names }).value.token?.masks).toEqual(masks5);
    const fdinfo =
      "allowed_cmds:\t0x1\nallowed_maps:\t0x2\nallowed_progs:\t0x4\nallowed_attachs:\t0x8\n";
    const files = { "/proc/self/fdinfo/5": fdinfo };
    expect(drive(steps(), { ...world, files }).value.token?.masks).toEqual(masks5);
    expect(drive(steps(), world).value.token).toEqual({ fd: 5, path: "/x" });
  });

  test.each([
    [Errno.EINVAL, "the path is not the root of a BPF filesystem"],
    [Errno.ENOENT, "it delegates nothing"],
    [Errno.EOPNOTSUPP, "the kernel creates no tokens in the initial user namespace"],
    [Errno.EPERM, "the BPF filesystem belongs to another user namespace"],
  ])("explains errno %i", (errno, why) => {
    const world = { tokens: { "/x": -errno } };
    expect(() => drive(discoverToken({ kind: "path", path: "/x" }), world)).toThrow(why);
    const files = { [MOUNTS]: mountinfo(["/x", masks]) };
    const { value, left } = drive(discoverToken(auto), { ...world, files });
    expect([value.reasons[0]?.reason, left]).toEqual([expect.stringContaining(why), []]);
  });

  test("adds nothing to an errno without one meaning", () => {
    const files = { [MOUNTS]: mountinfo(["/x", masks]) };
    const { value } = drive(discoverToken(auto), { files, tokens: { "/x": -Errno.EMFILE } });
    expect(value.reasons[0]?.reason).not.toMatch(/: .*: /);
    expect(value.reasons[0]?.code).toBe("EMFILE");
  });

  test("names the call if the mounts or the directory cannot be read", () => {
    const hidden = drive(discoverToken(auto), {}).value.reasons;
    expect(hidden).toMatchObject([{ path: "", code: "ENOENT" }]);
    expect(hidden[0]?.reason).toMatch(/^cannot list the mounted BPF filesystems: .*openat/);
    const files = { [MOUNTS]: mountinfo(["/x", masks]) };
    const closed = drive(discoverToken(auto), { files }).value.reasons;
    expect(closed).toMatchObject([{ path: "/x", code: "EACCES" }]);
    expect(closed[0]?.reason).toContain("openat");
    expect(drive(discoverToken(auto), { files: { [MOUNTS]: "" } }).value.reasons).toEqual([
      { path: "", reason: "no BPF filesystem is mounted" },
    ]);
  });
});

test("bpffsMounts skips directories of a filesystem, and has the usual path first", () => {
  const part = "9 0 0:9 /part /part rw - bpf none rw,delegate_cmds=any";
  const text = `${part}\n${mountinfo(["/b", ",delegate_maps=hash"], ["/sys/fs/bpf", ""], ["/a", ""])}`;
  expect(bpffsMounts(text).map(({ path }) => path)).toEqual(["/sys/fs/bpf", "/b", "/a"]);
  expect(bpffsMounts(text)[1]?.delegates).toEqual({ cmds: 0n, maps: 2n, progs: 0n, attachs: 0n });
});

describe("missingFor", () => {
  const has = (...names: readonly (keyof typeof Capability)[]): bigint =>
    names.reduce((mask, name) => mask | (1n << BigInt(Capability[name])), 0n);
  const none = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };
  const full = { cmds: ~0n, maps: ~0n, progs: ~0n, attachs: ~0n };
  const rows = (permission: Permission, asked: Asked, world: World) =>
    drive(missingFor(permission, asked), world).value.map(({ axis, add }) => `${axis} ${add}`);
  const hash: Asked = { cmd: "MAP_CREATE", mapType: MapType.HASH };
  const xdp: Asked = { cmd: "PROG_LOAD", progType: ProgType.XDP, attachType: 37 };

  test.each<[string, Permission["token"], Asked, bigint | undefined, readonly string[]]>([
    ["nothing", { fd: 3, masks: full }, hash, has("BPF"), []],
    ["unknown masks", { fd: 3 }, hash, has("BPF"), []],
    ["unknown capabilities", { fd: 3, masks: full }, hash, undefined, []],
    [
      "the command and the type",
      { fd: 3, masks: none },
      hash,
      has("BPF"),
      [...["command map_create", "map type hash"]],
    ],
    [
      "all of a program",
      { fd: 3, masks: none },
      xdp,
      0n,
      [
        ...["command prog_load", "program type xdp", "attach type xdp"],
        ...["capability CAP_BPF", "capability CAP_NET_ADMIN"],
      ],
    ],
    ["CAP_BPF", { fd: 3, masks: full }, hash, has("NET_ADMIN"), ["capability CAP_BPF"]],
    ["CAP_NET_ADMIN", { fd: 3, masks: full }, xdp, has("BPF"), ["capability CAP_NET_ADMIN"]],
    ["CAP_SYS_ADMIN counts for all", { fd: 3, masks: full }, xdp, has("SYS_ADMIN"), []],
  ])("with a token: %s", (_, token, asked, held, expected) => {
    expect(rows({ token }, asked, { held })).toEqual(expected);
  });

  const map = { name: "m", type: MapType.ARRAY, origin: "definition" };
  const rest = { programs: [], functions: [], structOps: [], externs: [] };
  const object = { maps: [map], ...rest, btf: {} } as unknown as ObjectSpec;

  test("adds what the rest of the object needs, once, with one complete setting", () => {
    const token = { fd: 3, masks: { ...none, maps: 1n << 27n } };
    const { value } = drive(missingFor({ token, object }, hash), { held: has("BPF") });
    expect(value.map(({ axis, add, fix }) => [axis, add, fix])).toEqual([
      ["command", "map_create", "mount the BPF filesystem with delegate_cmds=map_create:btf_load"],
      ["map type", "hash", "mount the BPF filesystem with delegate_maps=hash:array:ringbuf"],
      ["command", "btf_load", "mount the BPF filesystem with delegate_cmds=map_create:btf_load"],
      ["map type", "array", "mount the BPF filesystem with delegate_maps=hash:array:ringbuf"],
    ]);
  });

  test.each([
    [true, ["command map_create", "map type hash", "map type array"]],
    [false, ["command map_create", "map type hash", "command btf_load", "map type array"]],
  ])("BTF that is optional (%s) is not missing", (btfOptional, expected) => {
    const options = { wanted: () => true, btfOptional };
    const token = { fd: 3, masks: none };
    expect(rows({ token, object, options }, hash, { held: has("BPF") })).toEqual(expected);
  });

  test("optional BTF hides no other command, and no map type of the same number", () => {
    const sockhash = { name: "m", type: MapType.SOCKHASH, origin: "definition" };
    expect(MapType.SOCKHASH).toBe(BpfCmd.BTF_LOAD);
    const other = { maps: [sockhash], ...rest, btf: {} } as unknown as ObjectSpec;
    const options = { wanted: () => true, btfOptional: true };
    const token = { fd: 3, masks: none };
    const held = has("BPF", "NET_ADMIN");
    const found = rows({ token, object: other, options }, xdp, { held });
    expect(found).toEqual([
      ...["command prog_load", "program type xdp", "attach type xdp"],
      ...["command map_create", "map type sockhash"],
    ]);
  });

  test("what the token has is not missing, and of unknown masks nothing is", () => {
    const cmds = (1n << BigInt(BpfCmd.BTF_LOAD)) | 1n;
    const masks = { ...none, cmds, maps: 1n << BigInt(MapType.ARRAY) };
    const held = has("BPF");
    expect(rows({ token: { fd: 3, masks }, object }, hash, { held })).toEqual(["map type hash"]);
    const { value } = drive(missingFor({ token: { fd: 3 }, object }, hash), { held: 0n });
    expect(value).toMatchObject([
      {
        ...{ add: "CAP_BPF", holder: "process" },
        cause: "the process lacks CAP_BPF in its user namespace; a token does not grant it",
        fix: "start the program with CAP_BPF in its user namespace: AmbientCapabilities=CAP_BPF (systemd), --cap-add BPF (Docker, Podman)",
      },
    ]);
    const known = drive(missingFor({ token: { fd: 3, masks: full } }, hash), { held: 0n }).value;
    expect(known[0]?.fix).toBe(addCapabilities(undefined, ["BPF"]));
  });

  test("a refused token is lacking CAP_BPF where the process is, not on the host", () => {
    const reasons = [{ path: "/sys/fs/bpf", code: "EPERM", reason: "EPERM" }] as const;
    // A container can map all ids, and so looks like the initial user namespace.
    const files = { "/proc/self/uid_map": "0 0 4294967295" };
    const held = has("NET_ADMIN");
    const { value } = drive(missingFor({ reasons }, hash), { held, files });
    expect(value).toMatchObject([
      {
        ...{ add: "CAP_BPF", holder: "process" },
        cause: "the process lacks CAP_BPF in its user namespace; a token does not grant it",
      },
    ]);
  });

  test.each([
    ["has CAP_BPF", has("BPF")],
    ["shows no capabilities", undefined],
  ])("a refused token of a process that %s is lacking a delegation", (_, held) => {
    const reasons = [{ path: "/sys/fs/bpf", code: "EPERM", reason: "EPERM" }] as const;
    const { value } = drive(missingFor({ reasons }, hash), { held });
    expect(value).toMatchObject([{ add: "CAP_BPF", holder: "host" }]);
  });

  test("without a token, the host has to delegate, with the reasons", () => {
    const reasons = [
      { path: "/a", reason: "no" },
      { path: "", reason: "nowhere" },
    ];
    const { value } = drive(missingFor({ reasons }, hash), { held: 0n });
    expect(value).toEqual([
      {
        ...{ axis: "capability", option: "capabilities", add: "CAP_BPF", holder: "host" },
        cause:
          "no token is used (/a: no; nowhere), and without one the call needs CAP_BPF in the initial user namespace",
        fix: "mount a BPF filesystem with delegate_cmds=map_create and the other masks that the object needs",
      },
    ]);
    const bare = drive(missingFor({}, hash), { held: 0n }).value;
    expect(bare[0]?.cause).toContain("no token is used (none was passed), ");
  });

  test("in the initial user namespace only capabilities can be missing", () => {
    const files = { "/proc/self/uid_map": "0 0 4294967295" };
    expect(rows({}, xdp, { files, held: has("BPF") })).toEqual(["capability CAP_NET_ADMIN"]);
    expect(rows({}, xdp, { files, held: has("BPF", "NET_ADMIN") })).toEqual([]);
    expect(rows({}, xdp, { files, held: undefined })).toEqual(["capability CAP_BPF"]);
  });
});

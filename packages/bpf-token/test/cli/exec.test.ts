// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundleProgram } from "./bundle.ts";
import { describeNative, support } from "./native.ts";

let folder = "";
let program = "";
beforeAll(async () => {
  if (!support.ok) return;
  ({ folder, program } = await bundleProgram());
});
afterAll(() => {
  if (folder !== "") rmSync(folder, { recursive: true });
});

const any = ["--delegate", "cmds=any;maps=any;progs=any;attachs=any"];
const environment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  BPF_TOKEN_EXECUTOR: support.executor ?? "",
});

interface Attempt {
  readonly what: string;
  readonly answer: string;
}

/** The addon in the package. The bundle is in another directory and would not find it. */
function findAddon(): string {
  const place = `../../../kernel-native/prebuilds/linux-${process.arch}/bpf-token.node`;
  return fileURLToPath(new URL(place, import.meta.url));
}

/** Runs the program until it exits. */
function exec(args: readonly string[], input = "", env: NodeJS.ProcessEnv = {}) {
  const run = spawnSync(process.execPath, [program, "exec", ...args], {
    input,
    encoding: "utf8",
    env: { ...environment(), ...env },
    timeout: 600_000,
  });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

const sh = (script: string): readonly string[] => [...any, "--", "sh", "-c", script];

describeNative("exec", [], () => {
  test.each([
    ["exit 0", 0],
    ["exit 1", 1],
    ["exit 77", 77],
    ["kill -9 $$", 137],
    ["kill -TERM $$", 143],
    ["kill -SEGV $$", 139],
  ])("ends as the command does: %s", (script, code) => {
    expect(exec(sh(script))).toEqual({ code, out: "", err: "" });
  });

  test("the command gets standard input, output, error and its arguments", () => {
    const run = exec([...any, "--", "sh", "-c", 'cat; echo "$@" >&2', "-", "-x", "--", ""], "in");
    expect(run).toEqual({ code: 0, out: "in", err: "-x -- \n" });
  });

  test("the bpffs is mounted at its path, with the delegate masks", () => {
    const args = ["--delegate", "cmds=map_create:prog_load,maps=0x2", "--delegate", "maps=array"];
    const { out } = exec([...args, "--", "cat", "/proc/self/mountinfo"]);
    const line = out
      .split("\n")
      .filter((text) => text.includes(" /sys/fs/bpf "))
      .at(-1);
    expect(line).toMatch(
      / \/sys\/fs\/bpf rw,.* - bpf none rw,delegate_cmds=map_create:prog_load,delegate_maps=hash:array$/,
    );
  });

  test("namespaces are new, IDs are those of the host, and nothing is left behind", () => {
    const before = readFileSync("/proc/self/mountinfo", "utf8");
    const { out } = exec(
      sh("readlink /proc/self/ns/user /proc/self/ns/mnt; id -u; cat /proc/self/uid_map"),
    );
    const [user, mnt, uid, map] = out.split("\n");
    const own = spawnSync("readlink", [
      "/proc/self/ns/user",
      "/proc/self/ns/mnt",
    ]).stdout.toString();
    expect(own).not.toContain(user);
    expect(own).not.toContain(mnt);
    expect([uid, map?.trim().split(/\s+/)]).toEqual(["0", ["0", "0", "4294967295"]]);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(before);
  });

  test("--caps removes every other capability permanently", () => {
    const held = (caps: string): readonly (string | undefined)[] => {
      const { out } = exec([...any, "--caps", caps, "--", "cat", "/proc/self/status"]);
      return ["Inh", "Prm", "Eff", "Bnd", "Amb"].map((set) => {
        return new RegExp(`^Cap${set}:\\s+0*(\\w+)$`, "m").exec(out)?.[1];
      });
    };
    expect(held("bpf,net_admin")).toEqual(["0", "8000001000", "8000001000", "8000001000", "0"]);
    expect(held("none")).toEqual(["0", "0", "0", "0", "0"]);
  });

  test("--at mounts elsewhere and sets LIBBPF_BPF_TOKEN_PATH, unless the caller set it", () => {
    const at = mkdtempSync(join(tmpdir(), "bpf-token-at-"));
    const script = 'stat -f -c %t "$1"; echo "$LIBBPF_BPF_TOKEN_PATH"';
    const args = [...any, "--at", at, "--", "sh", "-c", script, "-", at];
    try {
      expect(exec(args)).toEqual({ code: 0, out: `cafe4a11\n${at}\n`, err: "" });
      expect(exec(args, "", { LIBBPF_BPF_TOKEN_PATH: "/else" }).out).toBe("cafe4a11\n/else\n");
    } finally {
      rmSync(at, { recursive: true });
    }
  });

  test("--explain prints the setup before the command runs, and leaves its output alone", () => {
    const args = ["--delegate", "cmds=prog_load:map_create", "--caps", "bpf", "--explain", "--"];
    const { code, out, err } = exec([...args, "sh", "-c", "echo out; echo last >&2"]);
    expect([code, out]).toEqual([0, "out\n"]);
    expect(err.split("\n")).toEqual([
      "bpf-token: 'sh' runs with:",
      "  user namespace     new; user and group IDs are those of the host",
      "  mount namespace    new; mounts in it are not visible on the host",
      "  /sys/fs/bpf        a BPF filesystem of that user namespace",
      "    delegate_cmds    map_create, prog_load",
      "    delegate_maps    nothing",
      "    delegate_progs   nothing",
      "    delegate_attachs nothing",
      "  capabilities       CAP_BPF; all others are dropped",
      "  token              can be created",
      "last",
      "",
    ]);
  });

  test("--explain infers on the model why the kernel creates no token", () => {
    const args = ["--delegate", "cmds=any", "--caps", "net_admin", "--explain", "--", "true"];
    const { code, err } = exec(args);
    expect(code).toBe(0);
    expect(err).toContain(
      "  token              cannot be created: EPERM, because --caps lacks CAP_BPF\n",
    );
    expect(err).toContain(`${" ".repeat(21)}refused  token.create.capable\n`);
    expect(err).toMatch(/actual: {3}CAP_NET_ADMIN/);
    expect(err).toMatch(/\(inferred on the model\)\n$/);
  });

  test("--explain --json prints one line, with the refusal of a token without CAP_BPF", () => {
    const args = ["--delegate", "maps=hash", "--caps", "none", "--explain", "--json", "--", "true"];
    expect(JSON.parse(exec(args).err)).toMatchObject({
      schema: "bpf-token/exec@1",
      program: "true",
      place: "/sys/fs/bpf",
      delegated: { maps: "hash" },
      capabilities: [],
      token: "EPERM",
      refusal: {
        check: "token.create.capable",
        page: "checks/token.create.capable.html",
        errno: "EPERM",
        certainty: "inferred",
      },
    });
  });

  test("support inside the namespaces prints the permissions, with and without a token", () => {
    const args = ["--delegate", "cmds=map_create:prog_load,maps=array,progs=xdp,attachs=any"];
    const command = ["--", process.execPath, program, "support", "--json"];
    const addon = findAddon();
    const { code, out } = exec([...args, ...command], "", { BPF_TOKEN_ADDON: addon });
    expect(code).toBe(0);
    const { process: here } = JSON.parse(out) as {
      process: { may: Attempt[]; tokens: { path: string; token: string; attempts: Attempt[] }[] };
    };
    expect(here.may.map(({ answer }) => answer)).toEqual(Array(5).fill("EPERM"));
    expect(here.tokens).toHaveLength(1);
    expect(here.tokens[0]).toMatchObject({ path: "/sys/fs/bpf", token: "ok" });
    expect(here.tokens[0]?.attempts.map(({ answer }) => answer)).toEqual([
      ...["ok", "EPERM", "ok", "EPERM", "EPERM"],
    ]);
  });

  test("a missing or unrunnable command has the exit code of a shell", () => {
    expect(exec([...any, "--", "/nowhere/x"])).toEqual({
      code: 127,
      out: "",
      err: "bpf-token: exec: cannot run '/nowhere/x': it or its interpreter does not exist\n",
    });
    expect(exec([...any, "--", "/proc/version"])).toEqual({
      code: 126,
      out: "",
      err: "bpf-token: exec: cannot run '/proc/version': it is a directory, or not executable\n",
    });
  });

  test("an invalid --at is a usage error", () => {
    const run = exec([...any, "--at", "/nowhere", "--", "true"]);
    expect([run.code, run.err]).toEqual([
      2,
      "bpf-token: exec: cannot mount at '/nowhere': there is no such directory\n" +
        "try 'bpf-token exec --help'\n",
    ]);
    expect(exec([...any, "--at", "/proc/version", "--", "true"]).err).toContain("not a directory");
    const relative = exec([...any, "--at", "here", "--", "true"]);
    expect([relative.code, relative.err]).toEqual([
      2,
      expect.stringContaining("exec: --at needs an absolute path, and 'here' is none"),
    ]);
  });

  test("an unprivileged user gets the reason: it needs root", () => {
    const user = ["--reuid=12345", "--clear-groups", process.execPath, "-e"];
    const code = `import(${JSON.stringify(program)})`;
    // The user must be able to read the program that it runs.
    spawnSync("chmod", ["-R", "a+rX", folder]);
    const run = spawnSync("setpriv", [...user, code, "bpf-token", "exec", ...any, "--", "true"]);
    expect([run.status, run.stdout.toString(), run.stderr.toString()]).toEqual([
      3,
      "",
      "bpf-token: exec is not available: it needs root\n",
    ]);
  });
});

/** Starts the program and waits for the first line of the command. */
async function start(script: string, how: readonly string[] = []): Promise<ChildProcess> {
  const [command = "", ...args] = [...how, process.execPath, program, "exec", ...sh(script)];
  const child = spawn(command, args, { env: environment(), stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

const ended = (child: ChildProcess): Promise<readonly [number | null, string]> => {
  let text = "";
  child.stdout?.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  return new Promise((resolve) => child.on("close", (code) => resolve([code, text])));
};

const loop = "n=0; while [ $n -lt 400 ]; do sleep 0.05; n=$((n+1)); done";

describeNative("exec and signals", ["script"], () => {
  test.each(["TERM", "HUP", "INT", "QUIT", "USR1", "USR2"])(
    "SIG%s goes to the command",
    async (name) => {
      const child = await start(`trap 'echo got ${name}; exit 5' ${name}; echo up; ${loop}`);
      const end = ended(child);
      child.kill(`SIG${name}` as NodeJS.Signals);
      expect(await end).toEqual([5, `got ${name}\n`]);
    },
  );

  test("a signal ends a command that does not handle it", async () => {
    const child = await start(`echo up; ${loop}`);
    const end = ended(child);
    child.kill("SIGTERM");
    expect(await end).toEqual([143, ""]);
  });

  test("killing the program also kills the command", async () => {
    const child = await start(`echo $$; ${loop}; echo late`);
    const end = ended(child);
    child.kill("SIGKILL");
    expect(await end).toEqual([null, ""]);
  });

  test("on a terminal, ^C reaches the command once", async () => {
    const script = `trap 'echo intr' INT; tty >/dev/null && echo up; ${loop.replace("400", "20")}; exit 9`;
    const line = [process.execPath, program, "exec", ...sh(script)]
      .map((word) => `'${word.replaceAll("'", "'\\''")}'`)
      .join(" ");
    // `exec` replaces the shell, which would otherwise be killed by ^C itself.
    const child = spawn("script", ["-qefc", `exec ${line}`, "/dev/null"], { env: environment() });
    await new Promise((resolve) => child.stdout.once("data", resolve));
    const end = ended(child);
    child.stdin.write("\u0003");
    const [code, text] = await end;
    expect(code).toBe(9);
    expect(text.match(/intr/g)).toHaveLength(1);
  });
});

/** An object with one map and one XDP program, which needs no libbpf headers. */
const OBJECT = `
#include <linux/bpf.h>
#define SEC(name) __attribute__((section(name), used))
static void *(*lookup)(void *map, const void *key) = (void *)BPF_FUNC_map_lookup_elem;
struct {
	int (*type)[BPF_MAP_TYPE_ARRAY];
	int (*max_entries)[1];
	__u32 *key;
	__u64 *value;
} packets SEC(".maps");
SEC("xdp") int count(struct xdp_md *ctx)
{
	__u32 key = 0;
	__u64 *n = lookup(&packets, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return XDP_PASS;
}
char _license[] SEC("license") = "GPL";
`;

/**
 * Two delegations that suffice for bpftool. libbpf loads a program of another type to find out whether
 * the kernel checks attach types. If that is refused, libbpf omits the attach type, which means type 0.
 */
const exact = {
  "without an attach type": {
    cmds: ["map_create", "prog_load"],
    maps: ["array"],
    progs: ["xdp"],
    attachs: ["cgroup_inet_ingress"],
  },
  "with its attach type": {
    cmds: ["map_create", "prog_load"],
    maps: ["array"],
    progs: ["xdp", "cgroup_sock"],
    attachs: ["xdp", "cgroup_inet_sock_create"],
  },
};
type Delegation = Readonly<Record<string, readonly string[]>>;

const written = (delegation: Delegation): string =>
  Object.entries(delegation)
    .flatMap(([axis, names]) => (names.length === 0 ? [] : [`${axis}=${names.join(":")}`]))
    .join(",");

describeNative("bpftool loads an object by token", ["bpftool", "clang-19"], () => {
  let object = "";
  beforeAll(() => {
    mkdirSync(join(folder, "object"));
    object = join(folder, "object", "count.bpf.o");
    const include = `-I/usr/include/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;
    const args = ["-target", "bpf", "-g", "-O2", include, "-xc", "-", "-c", "-o", object];
    const made = spawnSync("clang-19", args, { input: OBJECT, encoding: "utf8" });
    expect([made.status, made.stderr]).toEqual([0, ""]);
  });

  const load = (delegation: Delegation) => {
    const script = 'bpftool prog load "$1" /sys/fs/bpf/count && stat -c %F /sys/fs/bpf/count';
    const caps = ["--caps", "bpf,net_admin"];
    const command = ["--", "sh", "-c", script, "-", object];
    return exec(["--delegate", written(delegation), ...caps, ...command]);
  };

  for (const [name, delegation] of Object.entries(exact)) {
    test(`${name}: loads with exactly ${written(delegation)}`, () => {
      expect(load(delegation)).toMatchObject({ code: 0, out: "regular empty file\n" });
      expect(existsSync("/sys/fs/bpf/count")).toBe(false);
    });

    const bits = Object.entries(delegation).flatMap(([axis, names]) =>
      names.map((bit) => [axis, bit] as const),
    );
    test.each(bits)(`${name}: fails without %s=%s`, (axis, bit) => {
      const less = { ...delegation, [axis]: delegation[axis as "cmds"].filter((n) => n !== bit) };
      const { code, out, err } = load(less);
      expect([code, out]).toEqual([255, ""]);
      expect(err).toMatch(/-1|-EPERM|not permitted/);
    });
  }

  describe("with one capability missing", () => {
    test.each(["bpf", "net_admin"])("%s alone does not suffice", (caps) => {
      const command = ["--", "bpftool", "prog", "load", object, "/sys/fs/bpf/count"];
      const all = written(exact["with its attach type"]);
      expect(exec(["--delegate", all, "--caps", caps, ...command]).code).toBe(255);
    });
  });
});

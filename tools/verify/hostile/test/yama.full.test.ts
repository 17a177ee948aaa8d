// SPDX-License-Identifier: MIT
// The attack of hostile.test.ts in a guest, with each value of Yama's ptrace_scope.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guestsFolder } from "@bpf-token/kernel-native";
import { expect, test } from "vitest";
import { runInGuest } from "../../programs/lib/guest.mjs";

const RUNS = 25;
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const built = join(root, `packages/kernel-native/prebuilds/linux-${process.arch}`);
const programs = ["bpf-exec", "bpf-token-hook", "bpf-token-record", "bpf-token-collect"];
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").includes("guests");

/** What is missing here. */
function obstacle(kernel: string): string | undefined {
  if (process.arch !== "x64") return "the guest is an x86-64 one";
  const missing = programs.find((name) => !existsSync(join(built, name)));
  if (missing !== undefined) return `${missing} is not built. Fix: npm run tool build:native`;
  if (!existsSync(kernel)) return `there is no ${kernel}. Fix: npm run guest -- build 6.12`;
  const tools = ["qemu-system-x86_64", "busybox", "cpio"];
  const tool = tools.find((name) => spawnSync("which", [name]).status !== 0);
  return tool === undefined ? undefined : `${tool} is not installed`;
}

const all = "0x1ffffffffff";
const settings = { allow: { cmds: ["map_create"], maps: [], progs: [], attachs: [] } };
const held = { effective: ["CAP_BPF"], permitted: ["CAP_BPF"], bounding: ["CAP_BPF"] };
const bundle = { process: { capabilities: held }, root: { path: "rootfs" } };
const state = `{"ociVersion":"1.0.2","id":"one","status":"creating","pid":{pid},"bundle":"/box",
"annotations":{"bpf-token/delegate_cmds":"map_create"}}`;

const targets = {
  "doctor --try": `-- /bpf-exec join {pid} ${all}`,
  hook: "--input /box/state.json -- /bpf-token-hook --config /box/hook.json",
  "trace --pid": "--watch -- /bpf-token-record --fd 1 --pid {pid}",
  "doctor --seccomp": "-- /bpf-token-collect --seccomp {pid}",
};

const prepare = "mkdir -p /box/rootfs && chown 54321:54321 /box/rootfs && chmod 644 /box/*.json";
const scopeFile = "/proc/sys/kernel/yama/ptrace_scope";

test("nothing is seized, whatever Yama permits", { timeout: 1_800_000 }, async (context) => {
  const kernel = join(guestsFolder(), "6.12/vmlinux");
  const why = obstacle(kernel);
  if (why !== undefined && required) throw new Error(why);
  if (why !== undefined) return context.skip(why);
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-yama-"));
  try {
    const file = (name: string, text: string): [string, string] => {
      writeFileSync(join(folder, name), text);
      return [join(folder, name), `/box/${name}`];
    };
    const source = join(root, "packages/kernel-native/test/fixtures/hostile.c");
    const made = spawnSync("cc", ["-O2", "-static", "-o", join(folder, "hostile"), source]);
    expect([made.status, String(made.stderr)]).toEqual([0, ""]);
    const attack = (owner: string, target: string): string =>
      `/hostile ${RUNS} ${owner} /box/rootfs ${target}`;
    // The value 3 is final. There ptrace is refused to everybody, to our own programs too.
    const cases = [0, 1, 2, 3].flatMap((scope) => [
      { scope, name: "scope", line: `echo ${scope} >${scopeFile}; cat ${scopeFile}` },
      { scope, name: "control", line: attack("root", "-- control") },
      { scope, name: "control-late", line: attack("root", "-- control-late") },
      ...Object.entries(targets).flatMap(([name, target]) =>
        ["user", "root"].map((owner) => ({ scope, name, line: attack(owner, target) })),
      ),
    ]);
    const runs = [{ name: "prepare", line: prepare }, ...cases];
    const results = await runInGuest({
      kernel,
      files: [
        ...programs.map((name) => [join(built, name), `/${name}`]),
        [join(folder, "hostile"), "/hostile"],
        file("hook.json", JSON.stringify(settings)),
        file("config.json", JSON.stringify(bundle)),
        file("state.json", state),
      ],
      runs,
      seconds: 900,
      lsm: "lockdown,yama,bpf",
    });
    expect(results[0]).toMatchObject({ status: 0, stderr: "" });
    cases.forEach(({ scope, name }, i) => {
      const { stdout, stderr } = results[i + 1] as { stdout: string; stderr: string };
      if (name === "scope") {
        expect(stdout.trim()).toBe(String(scope));
        return;
      }
      const [runs, good, seized = 0, read] = stdout.split(" ").map(Number);
      const what = `scope ${scope}, ${name}: ${stderr}`;
      expect(runs, what).toBe(RUNS);
      if (name.startsWith("control")) {
        // Nobody may trace with the value 3, so it proves nothing more.
        if (scope < 3) expect(seized, what).toBeGreaterThan(RUNS / 10);
        return;
      }
      expect([seized, read], what).toEqual([0, 0]);
      const traces = name === "trace --pid" || name === "doctor --seccomp";
      if (scope < 3 || !traces) expect(good, what).toBe(RUNS);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

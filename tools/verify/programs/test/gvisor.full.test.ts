// SPDX-License-Identifier: MIT
// `bpf-token doctor` on the host, for the processes of a container that gVisor of Debian stable runs.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, type TestContext, test } from "vitest";
import { fetchManagers } from "../lib/debian.mjs";

const MINUTES_5 = 300_000;
const bin = fileURLToPath(
  new URL("../../../../packages/bpf-token/bin/bpf-token.js", import.meta.url),
);
const namespaces = ["-m", "-p", "-n", "-f", "--kill-child", "--mount-proc", "--"];
const required = (process.env.BPF_TOKEN_REQUIRE ?? "").split(/\s*,\s*/).includes("native");
const busybox = spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim();

/** The container: a program that waits. */
const config = {
  ociVersion: "1.0.0",
  process: {
    user: { uid: 0, gid: 0 },
    args: ["/bin/busybox", "sleep", "1000"],
    ...{ env: [], cwd: "/" },
    capabilities: { bounding: [], effective: [], permitted: [] },
  },
  root: { path: "rootfs", readonly: true },
  linux: { namespaces: ["pid", "mount", "ipc", "uts", "network"].map((type) => ({ type })) },
};

/**
 * Starts a container, and prints how doctor judges each process that executes runsc. Its state, cgroups and
 * network are those of new namespaces.
 */
const script = `
mount --make-rprivate /
mount -t tmpfs state "$3/state"
mount -t tmpfs cgroup /sys/fs/cgroup
box() { "$1/usr/bin/runsc" --root "$2/state" --network=none --platform=systrap --ignore-cgroups $3; }
box "$1" "$3" "run --bundle $3/bundle box" >"$3/log" 2>&1 </dev/null &
tries=0
until box "$1" "$3" "exec box /bin/busybox true" >/dev/null 2>&1; do
  tries=$((tries + 1))
  [ $tries -lt 300 ] && kill -0 $! || { cat "$3/log" >&2; exit 1; }
  sleep 0.2
done
echo "release $(box "$1" "$3" "exec box /bin/busybox uname -r")"
sandbox=$(box "$1" "$3" "state box" | sed -n 's/^ *"pid": \\([0-9]*\\).*/\\1/p')
for process in /proc/[0-9]*; do
  pid=\${process#/proc/}
  case "$(readlink $process/exe)" in */runsc) ;; *) continue ;; esac
  kind=other
  [ $(readlink $process/ns/mnt) != $(readlink /proc/self/ns/mnt) ] || kind=runtime
  [ $pid != $sandbox ] || kind=sandbox
  echo "$kind $("$4" "$2" doctor --try --pid $pid 2>&1 | head -n 3 | tr '\\n' ' ')"
done
box "$1" "$3" "kill box KILL"
wait
`;

/** Why gVisor cannot run here; undefined if it can. */
function obstacle(programs: string | undefined): string | undefined {
  if (process.arch !== "x64") return "the container is for x86-64";
  if (busybox === "") return "busybox is not installed";
  if (spawnSync("unshare", [...namespaces, "true"]).status !== 0) return "unshare needs root";
  return programs === undefined ? "it cannot be downloaded" : undefined;
}

function need(context: TestContext, why: string | undefined): void {
  if (why !== undefined && required) throw new Error(`required, and not possible: ${why}`);
  context.skip(why !== undefined, `gVisor: ${why}`);
}

test("doctor names gVisor for each process of its sandbox", { timeout: MINUTES_5 }, async (c) => {
  const programs = await fetchManagers("trixie");
  need(c, obstacle(programs));
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-gvisor-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ["state", "bundle/rootfs/bin"])
    mkdirSync(join(folder, name), { recursive: true });
  copyFileSync(busybox, join(folder, "bundle/rootfs/bin/busybox"));
  writeFileSync(join(folder, "bundle/config.json"), JSON.stringify(config));
  const words = [programs ?? "", bin, folder, process.execPath];
  const { status, stdout, stderr } = spawnSync(
    "unshare",
    [...namespaces, "sh", "-ec", script, "sh", ...words],
    { encoding: "utf8", timeout: MINUTES_5 - 10_000 },
  );
  expect([status, stderr]).toEqual([0, ""]);
  const [release, ...lines] = stdout.trimEnd().split("\n");
  expect(release).toBe("release 4.4.0");
  const of = (kind: string): readonly string[] => lines.filter((line) => line.startsWith(kind));
  expect(of("sandbox").length).toBe(1);
  // The process that serves files, and at least one that runs the program.
  expect(of("other").length).toBeGreaterThan(1);
  for (const line of [...of("sandbox"), ...of("other")]) {
    expect(line).toContain("cannot create a token: gVisor has no BPF tokens");
    expect(line).toContain("1. error [doctor.release]");
  }
  // What started the container is an ordinary process of the host.
  expect(of("runtime").length).toBeGreaterThan(0);
  for (const line of of("runtime")) expect(line).not.toContain("gVisor");
});

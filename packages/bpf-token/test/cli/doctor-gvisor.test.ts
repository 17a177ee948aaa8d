// SPDX-License-Identifier: MIT
// doctor and explain with the report of a process that the host's runsc executes: no setting of Linux helps.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { compiled } from "./compiled.ts";
import { cli } from "./run-cli.ts";

/** Writes a report and returns its path. */
function report(more: object): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-gvisor-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const text = JSON.stringify({
    ...{ schema: "bpf-token/facts@1", pid: 4711, program: "exe", release: "6.18.44", uid: 0 },
    capabilities: {
      ...{ effective: "8001f", permitted: "8001f", inheritable: "0", bounding: "8001f" },
      ambient: "0",
    },
    userns: { inode: 4026532323, initial: false },
    ...{ bpffs: [], seccomp: 2, noNewPrivileges: true, unknown: [] },
    manager: { kind: "docker", name: "0123456789ab" },
    ...more,
  });
  writeFileSync(join(folder, "report.json"), text);
  return join(folder, "report.json");
}
const sandbox = { runsc: { ofHost: true, ownMounts: true } };
const other = { runsc: { ofHost: false, ownMounts: true } };

test("doctor names gVisor, and nothing else", async () => {
  const { code, out } = await cli(["doctor", "--from", report(sandbox)]);
  expect(code).toBe(1);
  expect(out).toBe(`exe (pid 4711) cannot create a token: gVisor has no BPF tokens

1. error [doctor.release]
   cause:    the kernel is gVisor, which implements bpf() itself: the call gets
             EPERM or ENOSYS, and there is no BPF filesystem
   evidence: /proc/4711/exe: runsc, a file of root on a mount of the host, in a
             mount namespace of its own
   fix:      run the container with runc or crun: no mount and no capability
             helps in gVisor
   more:     bpf-token explain doctor.release

judged as gVisor
`);
});

test("doctor --fix prints no settings for a container of gVisor", async (context) => {
  const { code, out, err } = await cli([
    "doctor",
    "--from",
    report(sandbox),
    "--fix",
    compiled(context, "count"),
  ]);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(/fix: +run the container with runc or crun/);
  expect(err).not.toMatch(/docker run|delegate_/);
});

test("doctor --fix prints settings for a container that only has a file named runsc", async (context) => {
  const { code, out, err } = await cli([
    "doctor",
    "--from",
    report(other),
    "--fix",
    compiled(context, "count"),
  ]);
  expect(code).toBe(1);
  expect(out).toContain("delegate");
  expect(err).toContain("judged as Linux 6.18\n");
  expect(err).toContain("note, possible [doctor.release]");
});

/** Explains an error that Linux gives for a missing capability, with a report. */
function explained(more: object): ReturnType<typeof cli> {
  const from = report(more);
  const log = join(dirname(from), "agent.log");
  writeFileSync(log, "libbpf: prog 'count': BPF program load failed: Operation not permitted\n");
  return cli(["explain", log, "--from", from]);
}

test("explain --from names gVisor, and excludes the causes of Linux", async () => {
  const { code, out } = await explained(sandbox);
  expect(code).toBe(1);
  expect(out).toMatch(/^not a token matter: the kernel is gVisor, /);
  expect(out.match(/^\d+\. .*/gm)).toEqual(["1. certain [doctor.release]"]);
  expect(out).toMatch(/evidence: \/proc\/4711\/exe: runsc, a file of root on a mount of the host/);
  expect(out).toMatch(/fix: +run the container with runc or crun/);
  expect(out).toMatch(
    /excluded \[prog\.load\.sysctl\]: gVisor answers the calls of the process, not/,
  );
});

test("explain --from with the report of a container of runc is as before", async () => {
  const [named, plain] = [await explained(other), await explained({})];
  expect([named.code, named.out]).toEqual([plain.code, plain.out]);
  expect(named.out).not.toMatch(/gVisor|doctor\.release/);
});

// SPDX-License-Identifier: MIT
// A process of gVisor as the host sees it. Its file and the mount of that file decide: a container
// chooses names, arguments and namespaces, but cannot execute a file from a mount of the host.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { diagnose, type Facts, parseFacts, redact } from "../src/index.ts";
import { collectFacts } from "../src/node/index.ts";
import { fill, machine, OTHER, status } from "./machine.ts";

const collector = fileURLToPath(
  new URL(`../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-collect`, import.meta.url),
);
const isRoot = process.getuid?.() === 0;
/** The host's mount namespace, and that of the sandbox. */
const HOST = "mnt:[4026531841]";
const OWN = "mnt:[4026532324]";
const HOST_PIDS = "pid:[4026531836]";

/** The id of the mount with a file. */
function mountOf(path: string): string {
  const fd = openSync(path, "r");
  try {
    return /^mnt_id:\t(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[1] ?? "?";
  } finally {
    closeSync(fd);
  }
}

interface Place {
  readonly reader?: string;
  readonly file?: string;
  readonly mode?: number;
  /** Whose list has the mount of the file. */
  readonly mounts?: "self" | "1" | "4711";
  readonly namespace?: string;
  /** The PID namespace of process 1. */
  readonly pids?: string;
}

/** Process 4711 with what /proc shows of the sandbox that runsc 20240729 starts. */
function sandbox(place: Place = {}): { proc: string; sys: string; release: string } {
  const { reader, file = "runsc", mode = 0o755, mounts = "self", namespace = OWN } = place;
  const here = machine(reader);
  const bin = join(here.sys, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, file), "");
  chmodSync(join(bin, file), mode);
  const { proc } = here;
  symlinkSync(join(bin, file), `${proc}/4711/exe`);
  symlinkSync(HOST, `${proc}/self/ns/mnt`);
  symlinkSync(HOST, `${proc}/1/ns/mnt`);
  symlinkSync(place.pids ?? HOST_PIDS, `${proc}/1/ns/pid`);
  symlinkSync(namespace, `${proc}/4711/ns/mnt`);
  fill(`${proc}/4711`, {
    status: status.replace("agent", "exe"),
    cmdline: "runsc-sandbox\0--platform=systrap\0boot\0",
    mountinfo: "70 94 0:46 / / ro,relatime - tmpfs runsc-root rw\n",
  });
  const line = `${mountOf(join(bin, file))} 1 8:1 / / rw,relatime - ext4 /dev/vda rw\n`;
  const old = readFileSync(`${proc}/${mounts}/mountinfo`, "utf8");
  fill(`${proc}/${mounts}`, { mountinfo: `${line}${old}` });
  return here;
}

/** What both collectors find. */
function runscOf(here: ReturnType<typeof sandbox>): Facts["runsc"] {
  const facts = collectFacts(4711, here);
  if (existsSync(collector)) {
    const run = spawnSync(collector, ["--proc", here.proc, "--sys", here.sys, "4711"], {
      encoding: "utf8",
    });
    expect(run.stderr).toBe("");
    expect(parseFacts(run.stdout)).toEqual(redact({ ...facts, release: releaseOf(run.stdout) }));
  }
  return facts.runsc;
}
const releaseOf = (report: string): string => (JSON.parse(report) as Facts).release;

const gvisor = { ofHost: true, ownMounts: true };

describe("a process of gVisor, seen from the host", () => {
  test("is recognised by its file on a mount of the reader", (context) => {
    if (!isRoot) return context.skip("needs root: the file of runsc must be root's");
    expect(runscOf(sandbox())).toEqual(gvisor);
  });

  test("is recognised by a mount of process 1, if the reader has other mounts", (context) => {
    if (!isRoot) return context.skip("needs root: the file of runsc must be root's");
    expect(runscOf(sandbox({ mounts: "1" }))).toEqual(gvisor);
  });

  test("is recognised after its file was replaced", (context) => {
    if (!isRoot) return context.skip("needs root: the file of runsc must be root's");
    // What the kernel shows of a file that was removed.
    expect(runscOf(sandbox({ file: "runsc (deleted)" }))).toEqual(gvisor);
  });

  test("is recognised whatever it writes over its name, arguments and mounts", (context) => {
    if (!isRoot) return context.skip("needs root: the file of runsc must be root's");
    const here = sandbox();
    fill(`${here.proc}/4711`, {
      status: status.replace("agent", "nginx"),
      cmdline: "nginx: worker process\0",
      mountinfo: "67 47 0:40 / /sys/fs/bpf rw - bpf none rw,delegate_cmds=any\n",
    });
    expect(runscOf(here)).toEqual(gvisor);
    const { findings, token } = diagnose(collectFacts(4711, here));
    expect([findings[0]?.id, findings[0]?.severity, token]).toEqual([
      ...["doctor.release", "error"],
      undefined,
    ]);
  });

  test("the program that starts containers is in the mounts of the host", (context) => {
    if (!isRoot) return context.skip("needs root: the file of runsc must be root's");
    const here = sandbox({ namespace: HOST });
    expect(runscOf(here)).toEqual({ ofHost: true, ownMounts: false });
    expect(gvisorFindings(here)).toEqual([]);
  });
});

const gvisorFindings = (here: ReturnType<typeof sandbox>): readonly string[] =>
  diagnose(collectFacts(4711, here)).findings.flatMap(({ id, severity }) =>
    id === "doctor.release" ? [severity] : [],
  );

describe("a hostile process that is not gVisor", () => {
  test("with all names of gVisor, but another file, has no fact of it", () => {
    const here = sandbox({ file: "agent" });
    fill(`${here.proc}/4711`, { status: status.replace("agent", "runsc-sandbox") });
    expect(runscOf(here)).toBe(undefined);
    expect(gvisorFindings(here)).toEqual([]);
  });

  test.each<[string, Place]>([
    ["a file named runsc of its own image", { mounts: "4711" }],
    ["a file named runsc that others can write", { mode: 0o757 }],
    ["a file named runsc that a group can write", { mode: 0o775 }],
    [
      "a mount of process 1, which is another container's",
      { mounts: "1", pids: "pid:[4026532253]" },
    ],
    ["a doctor inside the container", { reader: OTHER }],
  ])("cannot say that it is gVisor with %s", (_, place) => {
    const here = sandbox(place);
    expect(runscOf(here)).toEqual({ ofHost: false, ownMounts: true });
    // The ordinary findings stay: a note stands after them.
    const { findings } = diagnose(collectFacts(4711, here));
    expect(findings[0]?.id).toBe("doctor.bpffs");
    expect(gvisorFindings(here)).toEqual(["note"]);
  });

  test.each(["runsc-sandbox", "notrunsc", "runsc (deleted) (deleted)", "runsc\n", "RUNSC"])(
    "with a file named %j has no fact of it",
    (file) => {
      expect(runscOf(sandbox({ file }))).toBe(undefined);
    },
  );

  test("cannot stop the collector with a file that is a pipe, or none", () => {
    const here = sandbox();
    rmSync(join(here.sys, "bin/runsc"));
    expect(runscOf(here)).toBe(undefined);
    expect(spawnSync("mkfifo", [join(here.sys, "bin/runsc")]).status).toBe(0);
    chmodSync(join(here.sys, "bin/runsc"), 0o755);
    expect(runscOf(here)?.ofHost).toBe(isRoot);
    renameSync(join(here.sys, "bin/runsc"), join(here.sys, "bin/other"));
    expect(runscOf(here)).toBe(undefined);
  });
});

// SPDX-License-Identifier: MIT
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, type TestContext, test, vi } from "vitest";
import { diagnose, parseFacts, statusField } from "../src/index.ts";
import { filterBytes, type Insn, refusing } from "./filters.ts";

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const program = path(`../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-collect`);
const setpriv = spawnSync("setpriv", ["--help"], { encoding: "utf8" });

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seccomp-"));
  const build = path("../../../tools/build/native/build.mjs");
  if (!existsSync(program))
    spawnSync(process.execPath, [build, "--quiet", "collector", process.arch]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const own = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
function needsRoot(context: TestContext): void {
  if (!existsSync(program)) context.skip("bpf-token-collect is not built: no C compiler");
  if (process.geteuid?.() !== 0) context.skip("PTRACE_SECCOMP_GET_FILTER needs CAP_SYS_ADMIN");
  if (statusField(own, "Seccomp") !== "0") context.skip("this process has a seccomp filter itself");
  if (!setpriv.stdout?.includes("--seccomp-filter"))
    context.skip("setpriv has no --seccomp-filter");
}

/** A process with filters, the first one installed first. */
async function filtered(...filters: readonly (readonly Insn[])[]): Promise<ChildProcess> {
  const words = filters.flatMap((insns, i) => {
    const file = join(folder, `filter-${i}`);
    writeFileSync(file, filterBytes(insns));
    return ["setpriv", "--seccomp-filter", file, "--"];
  });
  const [command = "", ...args] = [...words, "sh", "-c", "echo ready; read line; echo $line"];
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  return child;
}

const field = (child: ChildProcess, name: string): string | undefined =>
  statusField(readFileSync(`/proc/${child.pid}/status`, "utf8"), name);

/** Waits until a signal has stopped a process: on a busy machine it first has to run. */
async function isStopped(child: ChildProcess): Promise<void> {
  const limits = { timeout: 60_000, interval: 10 };
  await vi.waitFor(() => expect(field(child, "State")).toBe("T (stopped)"), limits);
}

test("bpf-token-collect --seccomp reads the filters, and the process continues", async (context) => {
  needsRoot(context);
  const arch = process.arch;
  const child = await filtered(refusing(arch, 1), refusing(arch, 13));
  try {
    const { status, stdout } = spawnSync(program, ["--seccomp", String(child.pid)], {
      encoding: "utf8",
    });
    expect(status).toBe(0);
    const facts = parseFacts(stdout);
    const bytes = [refusing(arch, 1), refusing(arch, 13)].map((one) =>
      Buffer.from(filterBytes(one)).toString("base64"),
    );
    // The oldest filter is the first.
    expect(facts.seccompFilters).toEqual({ arch, filters: bytes });
    expect(diagnose(facts).findings).toContainEqual(
      expect.objectContaining({
        id: "doctor.seccomp",
        severity: "error",
        // Of two refusals, the kernel returns that of the newest filter.
        cause: expect.stringContaining("answers EACCES to bpf()"),
      }),
    );
    expect(field(child, "TracerPid")).toBe("0");
    const echo = new Promise((resolve) =>
      child.stdout?.once("data", (text) => resolve(String(text))),
    );
    child.stdin?.end("alive\n");
    expect(await echo).toBe("alive\n");
  } finally {
    child.kill("SIGKILL");
  }
});

test("bpf-token-collect --seccomp leaves a stopped process stopped", async (context) => {
  needsRoot(context);
  const child = await filtered(refusing(process.arch, 1));
  try {
    child.kill("SIGSTOP");
    await isStopped(child);
    const { status, stdout } = spawnSync(program, ["--seccomp", String(child.pid)], {
      encoding: "utf8",
    });
    expect([status, parseFacts(stdout).seccompFilters?.filters.length]).toEqual([0, 1]);
    expect(field(child, "TracerPid")).toBe("0");
    await isStopped(child);
  } finally {
    child.kill("SIGKILL");
  }
});

test("bpf-token-collect --seccomp says why it read nothing", async (context) => {
  needsRoot(context);
  const file = join(folder, "own");
  writeFileSync(file, filterBytes(refusing(process.arch, 1)));
  const child = await filtered(refusing(process.arch, 1));
  try {
    const words = ["--seccomp-filter", file, "--", program, "--seccomp", String(child.pid)];
    const { status, stdout } = spawnSync("setpriv", words, { encoding: "utf8" });
    const { seccompFilters, unknown } = parseFacts(stdout);
    expect([status, seccompFilters]).toEqual([0, undefined]);
    expect(unknown).toContainEqual({
      fact: "seccomp filters",
      why: "PTRACE_SECCOMP_GET_FILTER: EACCES",
    });
  } finally {
    child.kill("SIGKILL");
  }
  const most = await filtered(...Array.from({ length: 257 }, () => refusing(process.arch, 1)));
  try {
    const run = spawnSync(program, ["--seccomp", String(most.pid)], { encoding: "utf8" });
    expect(parseFacts(run.stdout).unknown).toContainEqual({
      fact: "seccomp filters",
      why: "the process has more than 256 filters, and bpf-token-collect reads no more",
    });
  } finally {
    most.kill("SIGKILL");
  }
  const none = spawnSync(program, ["--seccomp"], { encoding: "utf8" });
  expect([none.status, none.stderr]).toEqual([
    2,
    "bpf-token-collect: --seccomp needs the number of a process\n",
  ]);
});

/** Faults for strace, and why the collector then reads no filters; undefined: it reads them. */
const faults: readonly (readonly [readonly string[], string | undefined])[] = [
  [["ptrace:error=EPERM:when=1"], "PTRACE_SEIZE: EPERM"],
  [["ptrace:error=ESRCH:when=2"], "PTRACE_SECCOMP_GET_FILTER: ESRCH"],
  [["ptrace:error=EACCES:when=3"], "PTRACE_SECCOMP_GET_FILTER: EACCES"],
  [["ptrace:error=EACCES:when=4"], "PTRACE_SECCOMP_GET_FILTER: EACCES"],
  [
    ["ptrace:retval=4097:when=3"],
    "the process has more than 256 filters, and bpf-token-collect reads no more",
  ],
  [["wait4:error=EIO"], "PTRACE_SECCOMP_GET_FILTER: EIO"],
  [
    ["wait4:retval=0", "nanosleep:retval=0"],
    "PTRACE_SECCOMP_GET_FILTER: the process does not stop",
  ],
  [["wait4:retval=1:when=1"], "PTRACE_SECCOMP_GET_FILTER: ESRCH"],
  [["wait4:error=EINTR:when=1"], undefined],
  [["wait4:retval=0:when=1"], undefined],
];

test("bpf-token-collect --seccomp says which call failed, and the process continues", async (context) => {
  needsRoot(context);
  if (spawnSync("strace", ["-V"]).status !== 0) return context.skip("there is no strace");
  const child = await filtered(refusing(process.arch, 1));
  try {
    for (const [injected, why] of faults) {
      const words = [
        "-qq",
        "-o",
        "/dev/null",
        ...injected.flatMap((one) => ["-e", `inject=${one}`]),
      ];
      const run = spawnSync("strace", [...words, program, "--seccomp", String(child.pid)], {
        encoding: "utf8",
      });
      const { seccompFilters, unknown } = parseFacts(run.stdout);
      const found = unknown.find(({ fact }) => fact === "seccomp filters")?.why;
      expect([injected, found, seccompFilters?.filters.length]).toEqual([
        ...[injected, why, why === undefined ? 1 : undefined],
      ]);
      expect(field(child, "TracerPid")).toBe("0");
    }
  } finally {
    child.kill("SIGKILL");
  }
});

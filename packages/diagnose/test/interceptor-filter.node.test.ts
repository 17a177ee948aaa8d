// SPDX-License-Identifier: MIT
// What the filter of bpf-token-intercept decides about each call, read back from the kernel.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, type TestContext, test, vi } from "vitest";
import { parseFacts, statusField } from "../src/index.ts";
import { runFilter } from "../src/seccomp/interpreter.ts";

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const built = (name: string): string =>
  file(`../../kernel-native/prebuilds/linux-${process.arch}/${name}`);
const interceptor = built("bpf-token-intercept");
const collector = built("bpf-token-collect");

/** SECCOMP_RET_ALLOW and SECCOMP_RET_USER_NOTIF of linux/seccomp.h. */
const [ALLOW, REPORT] = [0x7fff0000, 0x7fc00000];
const [X86_64, I386] = [0xc000003e, 0x40000003];
const [NEWUSER, NEWNS] = [0x10000000, 0x00020000];
/** SO_ATTACH_BPF and SO_ATTACH_REUSEPORT_EBPF. */
const ATTACH = [50, 52];

function needs(context: TestContext): void {
  if (process.arch !== "x64") context.skip("calls.def has the numbers of x86-64");
  if (process.geteuid?.() !== 0) context.skip("PTRACE_SECCOMP_GET_FILTER needs CAP_SYS_ADMIN");
  const own = readFileSync("/proc/self/status", "utf8");
  if (statusField(own, "Seccomp") !== "0") context.skip("this process has a seccomp filter itself");
  if (![interceptor, collector].every((one) => existsSync(one)))
    context.skip("the native programs are not built");
}

/** The child of a process that has a filter: its execve() waits for an answer. */
async function filteredChild(parent: ChildProcess): Promise<string> {
  const path = `/proc/${parent.pid}/task/${parent.pid}/children`;
  return vi.waitFor(
    () => {
      const [child = ""] = readFileSync(path, "utf8").split(" ");
      const status = readFileSync(`/proc/${child}/status`, "utf8");
      expect([child !== "", statusField(status, "Seccomp")]).toEqual([true, "2"]);
      return child;
    },
    { timeout: 60_000, interval: 5 },
  );
}

async function installedFilter(): Promise<Uint8Array> {
  // Nobody answers: the file is no socket.
  const args = ["--fd", "0", "--", "/bin/true"];
  const parent = spawn(interceptor, args, { stdio: ["pipe", "ignore", "inherit"] });
  try {
    const child = await filteredChild(parent);
    const { stdout } = spawnSync(collector, ["--seccomp", child], { encoding: "utf8" });
    const filters = parseFacts(stdout).seccompFilters?.filters ?? [];
    expect(filters.length).toBe(1);
    return Buffer.from(filters[0] ?? "", "base64");
  } finally {
    parent.kill("SIGKILL");
  }
}

/** The kind of each intercepted call by its number. */
function interceptedKinds(): ReadonlyMap<number, string> {
  const text = readFileSync(file("../../kernel-native/native/intercepted/calls.def"), "utf8");
  const rows = [...text.matchAll(/^([A-Z_]+)\(\w+, (\d+)\)$/gm)];
  return new Map(rows.map(([, kind = "", nr]) => [Number(nr), kind]));
}

/** Whether a call must be reported; args by their position. */
function isReported(kind: string | undefined, args: ReadonlyMap<number, number>): boolean {
  const arg = (i: number): number => args.get(i) ?? 0;
  switch (kind) {
    case undefined:
      return false;
    case "CREATING":
      return ((arg(0) & NEWUSER) | (arg(0) & NEWNS)) !== 0;
    case "MAPPING":
      return arg(4) < 0x80000000;
    case "SETTING":
      return ATTACH.includes(arg(2));
    default:
      return true;
  }
}

const bits = Array.from({ length: 32 }, (_, i) => 2 ** i);
const values = [0, 49, 50, 51, 52, 53, 0x7fffffff, 0xffffffff, NEWUSER | NEWNS, ...bits];
/** What decides for other calls decides nothing here. */
const some = [0, ...ATTACH, 0xffffffff, NEWUSER | NEWNS];

test("the filter of the interceptor reports each call of its table, and no other one", async (context) => {
  needs(context);
  const filter = await installedFilter();
  const run = (
    arch: number,
    nr: number,
    args: ReadonlyMap<number, number> = new Map(),
  ): unknown => {
    const words = Array.from({ length: 6 }, (_, i) => [16 + 8 * i, args.get(i) ?? 0] as const);
    const result = runFilter(filter, new Map([[0, nr], [4, arch], ...words]));
    return result.how === "returned" ? result.value : result;
  };
  const answer = (reported: boolean) => (reported ? REPORT : ALLOW);
  const kinds = interceptedKinds();
  expect(kinds.size).toBeGreaterThan(100);
  const wrong: string[] = [];
  for (let nr = 0; nr < 1024; nr++) {
    for (const value of kinds.has(nr) ? values : some) {
      for (const at of [0, 1, 2, 3, 4, 5]) {
        const args = new Map([[at, value]]);
        const reported = isReported(kinds.get(nr), args);
        const what = `call ${nr} with ${value} as argument ${at}`;
        if (run(X86_64, nr, args) !== answer(reported)) wrong.push(what);
      }
    }
  }
  expect(wrong).toEqual([]);
  // Numbers of x32, and the numbers around them.
  for (const nr of [0x3fffffff, 0x80000000, 0xffffffff])
    expect([nr, run(X86_64, nr)]).toEqual([nr, answer(false)]);
  for (const nr of [0x40000000, 0x40000001, 0x40000141, 0x7fffffff])
    expect([nr, run(X86_64, nr)]).toEqual([nr, answer(true)]);
  // Those of another architecture.
  for (const nr of [0, 39, 0x40000000, 0xffffffff])
    expect([nr, run(I386, nr)]).toEqual([nr, answer(true)]);
});

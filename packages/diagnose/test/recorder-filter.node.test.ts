// SPDX-License-Identifier: MIT
// At which calls the filter of bpf-token-record stops a program, from the filter that it installs.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BpfCmd } from "@bpf-token/uapi";
import { expect, type TestContext, test } from "vitest";
import { runFilter } from "../src/seccomp/interpreter.ts";
import { filterBytes, type Insn } from "./filters.ts";

const program = fileURLToPath(
  new URL(`../../kernel-native/prebuilds/linux-${process.arch}/bpf-token-record`, import.meta.url),
);

/** SECCOMP_RET_ALLOW and SECCOMP_RET_TRACE of linux/seccomp.h. */
const [ALLOW, TRACE] = [0x7fff0000, 0x7ff00000];
const [X86_64, I386] = [0xc000003e, 0x40000003];
const BPF = 321;

/** The calls that decide about bpf(), with their numbers on x86-64. */
const traced: Readonly<Record<string, number>> = {
  ...{ bpf: BPF, openat: 257, open: 2, openat2: 437, close: 3, close_range: 436 },
  ...{ dup: 32, dup2: 33, dup3: 292, fcntl: 72, sendmsg: 46, recvmsg: 47, pidfd_getfd: 438 },
  ...{ fsopen: 430, fsconfig: 431, fsmount: 432, fspick: 433, move_mount: 429 },
  ...{ mount: 165, umount2: 166, pivot_root: 155, chroot: 161, unshare: 272, setns: 308 },
  ...{ capset: 126, prctl: 157, seccomp: 317, setuid: 105, setgid: 106 },
  ...{ setreuid: 113, setregid: 114, setresuid: 117, setresgid: 119 },
};

/** Commands on elements of maps: many, and no token decides about them. */
const elements: readonly number[] = [
  ...[BpfCmd.MAP_LOOKUP_ELEM, BpfCmd.MAP_UPDATE_ELEM, BpfCmd.MAP_DELETE_ELEM],
  ...[BpfCmd.MAP_GET_NEXT_KEY, BpfCmd.MAP_LOOKUP_AND_DELETE_ELEM, BpfCmd.MAP_LOOKUP_BATCH],
  ...[BpfCmd.MAP_LOOKUP_AND_DELETE_BATCH, BpfCmd.MAP_UPDATE_BATCH, BpfCmd.MAP_DELETE_BATCH],
];

function needs(context: TestContext): void {
  if (process.arch !== "x64") context.skip("the numbers are those of x86-64");
  if (!existsSync(program)) context.skip("bpf-token-record is not built: no C compiler");
  if (spawnSync("strace", ["-o", "/dev/null", "true"]).status !== 0)
    context.skip("strace cannot trace here");
}

/** The filter that the child of the recorder installs; strace traces that child in place of it. */
function installedFilter(): readonly Insn[] {
  const folder = mkdtempSync(join(tmpdir(), "filter-"));
  const log = join(folder, "log");
  const options = ["-f", "-qq", "-v", "-X", "raw", "-e", "trace=seccomp,ptrace", "-o", log];
  const words = [...options, "-e", "inject=ptrace:retval=0", program, "-o", join(folder, "out")];
  spawnSync("strace", [...words, "--", "/nowhere/program"]);
  const text = readFileSync(log, "utf8");
  rmSync(folder, { recursive: true });
  const code = (words: string): number =>
    words.split("|").reduce((sum, one) => sum | Number(one), 0);
  return [...text.matchAll(/BPF_(?:STMT|JUMP)\(([^()]*)\)/g)].map(([, args = ""]): Insn => {
    const [op = "", k = "", yes = "0", no = "0"] = args.split(", ");
    return [code(op), Number(yes), Number(no), Number(k)];
  });
}

test("the filter of the recorder stops at the calls that decide, and at no other one", (context) => {
  needs(context);
  const filter = filterBytes(installedFilter());
  const run = (arch: number, nr: number, first = 0): unknown => {
    const result = runFilter(
      filter,
      new Map([
        [0, nr],
        [4, arch],
        [16, first],
      ]),
    );
    return result.how === "returned" ? result.value : result;
  };
  const numbers = Object.values(traced);
  const wrong: string[] = [];
  for (let nr = 0; nr < 1024; nr++) {
    if (nr !== BPF && run(X86_64, nr) !== (numbers.includes(nr) ? TRACE : ALLOW))
      wrong.push(`call ${nr}`);
    if (run(I386, nr) !== ALLOW) wrong.push(`call ${nr} of another architecture`);
    if (run(X86_64, BPF, nr) !== (elements.includes(nr) ? ALLOW : TRACE))
      wrong.push(`command ${nr}`);
  }
  expect(wrong).toEqual([]);
});

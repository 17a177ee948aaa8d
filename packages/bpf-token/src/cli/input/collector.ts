// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { type Facts, parseFacts } from "@bpf-token/diagnose";
import { InconclusiveError } from "../usage.js";

/**
 * More than bpf-token-collect can print: 256 BPF filesystems with a line below 64 KiB each, of which JSON
 * needs at most six times as much, and the 256 KiB of seccomp filters that a process can have.
 */
const MOST_BYTES = 128 * 1024 * 1024;

/**
 * Runs bpf-token-collect, which also reads the seccomp filters of the process.
 *
 * @throws InconclusiveError if there is no such process, or it cannot be read.
 */
export function runCollector(program: string, pid: number): Facts {
  const args = ["--full", "--seccomp", String(pid)];
  const options = { encoding: "utf8", maxBuffer: MOST_BYTES } as const;
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, options);
  if (status === 0 && error === undefined) return parseFacts(stdout);
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === "ENOBUFS") throw inconclusive("bpf-token-collect printed more than 128 MiB");
  const why = stderr?.trim().replace("bpf-token-collect: ", "");
  throw inconclusive(why || `bpf-token-collect failed: ${code ?? signal ?? status}`);
}

const inconclusive = (why: string): InconclusiveError => new InconclusiveError(`doctor: ${why}`);

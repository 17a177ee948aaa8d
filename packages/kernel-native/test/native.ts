// SPDX-License-Identifier: MIT
import { readdirSync, readFileSync } from "node:fs";
import { afterEach, describe, test } from "vitest";
import {
  type NativeKernel,
  type NativeOptions,
  openNativeKernel,
  probeNative,
} from "../src/index.ts";

const support = probeNative();

/** Whether tests of the running kernel must run. */
const required = (process.env.BPF_TOKEN_REQUIRE ?? "")
  .split(",")
  .some((word) => word.trim() === "native");

/**
 * Tests on the running kernel. If they cannot run, one skipped test shows the reason, or the run
 * fails.
 */
export function describeNative(name: string, body: () => void): void {
  if (support.ok) {
    describe(name, body);
  } else if (required) {
    test(name, () => {
      throw new Error(`the native half is required: ${support.why}`);
    });
  } else {
    test(name, (context) => context.skip(`native half: ${support.why}`));
  }
}

/** Opens kernels that are closed at the end of the test. No process of them may be left then. */
export function useKernels(): (options?: NativeOptions) => NativeKernel {
  let kernels: NativeKernel[] = [];
  afterEach(() => {
    const started = kernels;
    kernels = [];
    for (const kernel of started) kernel.close();
  });
  return (options) => {
    const kernel = openNativeKernel(options);
    kernels.push(kernel);
    return kernel;
  };
}

/** A process, as /proc shows it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly state: string;
  /** Start time. It distinguishes the process from a later one with the same pid. */
  readonly start: string;
}

function readProcess(pid: string): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [state = "", parent = ""] = fields;
    return { pid: Number(pid), parent: Number(parent), state, start: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/** The process and all of its descendants. */
export function tree(pid: number): readonly Process[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(name) ?? []);
  const found = all.filter((process) => process.pid === pid);
  for (const { pid: parent } of found) {
    found.push(...all.filter((process) => process.parent === parent));
  }
  return found;
}

/** The processes that still run. A zombie that waits for this process counts as dead. */
export function alive(processes: readonly Process[]): readonly Process[] {
  return processes.filter(({ pid, start }) => {
    const now = readProcess(`${pid}`);
    return now !== undefined && now.start === start && now.state !== "Z";
  });
}

/** Waits at most `ms` milliseconds until all processes are dead. */
export async function whenDead(processes: readonly Process[], ms = 60_000): Promise<void> {
  const end = performance.now() + ms;
  while (alive(processes).length > 0) {
    if (performance.now() > end)
      throw new Error(`still alive: ${JSON.stringify(alive(processes))}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

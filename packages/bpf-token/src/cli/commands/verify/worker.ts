// SPDX-License-Identifier: MIT
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import type { LimitedWorker } from "@bpf-token/kernel-bpf";
import type { KeptBpfKernel } from "@bpf-token/kernel-bpf/node";
import type { Context } from "../../command.js";
import { InconclusiveError } from "../../usage.js";

/** A module of the cache, and a thread that serves `verifyInWorker`. */
export interface Verifier {
  readonly kernel: KeptBpfKernel;
  readonly worker: LimitedWorker;
}

/** What {@link openVerifier} opens. */
export interface VerifierRequest {
  /** The name of the command in errors. */
  readonly command: string;
  /** The URL of a module of this package. */
  readonly from: string;
  readonly release: string;
  /** The time for each program in milliseconds. Default: 10 s. */
  readonly limit?: number;
}

/**
 * Reads the module of a release and prepares its thread.
 *
 * @throws InconclusiveError if the module was not built.
 */
export async function openVerifier(
  { io }: Context,
  { command, from, release, limit }: VerifierRequest,
): Promise<Verifier> {
  // Lazy imports keep the start of the other commands fast.
  const { LimitedWorker } = await import("@bpf-token/kernel-bpf");
  const { BpfKernelMissingError, bpfKernelFolders, nodeWorker, readBpfKernel } = await import(
    "@bpf-token/kernel-bpf/node"
  );
  try {
    const kernel = readBpfKernel(release, bpfKernelFolders({ ...io.env }));
    return { kernel, worker: new LimitedWorker(nodeWorker(threadModule(from)), limit) };
  } catch (error) {
    if (!(error instanceof BpfKernelMissingError)) throw error;
    throw new InconclusiveError(`${command}: ${error.message}`);
  }
}

/** The built module of `bpf-token/verify/thread`; a thread of Node cannot load the source. */
function threadModule(from: string): URL {
  const manifest = createRequire(from).resolve("bpf-token/package.json");
  return new URL("dist/cli/commands/verify/thread.js", pathToFileURL(manifest));
}

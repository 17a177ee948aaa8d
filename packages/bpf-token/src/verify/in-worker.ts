// SPDX-License-Identifier: MIT
import {
  type BpfKernelOptions,
  createBpfKernel,
  type LimitedWorker,
  TimeLimitError,
} from "@bpf-token/kernel-bpf";
import { parseObject } from "@bpf-token/object";
import { BpfError } from "@bpf-token/syscall";
import {
  chosenPrograms,
  type ProgramVerdict,
  unfinished,
  type VerifyOptions,
  verifySteps,
} from "./verify.js";

/** What {@link verifyInWorker} verifies. */
export interface VerifyRequest {
  /** The kernel to boot in the thread; `readBpfKernel` returns it. */
  readonly kernel: BpfKernelOptions;
  /** The compiled object. */
  readonly object: Uint8Array;
  /** The name of the object in errors. Default: `object`. */
  readonly name?: string;
  readonly options?: VerifyOptions;
}

/** The token of {@link VerifyOptions.delegation} could not be created. */
export interface NoToken {
  readonly noToken: { readonly syscall: string; readonly cmd?: string };
  readonly errno: number;
}

/**
 * Answers the requests of {@link verifyInWorker} in a thread: boots the kernel, and yields the name of
 * each program before the verdict on it. The entry `bpf-token/verify/thread` serves it in Node.
 *
 * @example
 * ```ts
 * serveRequests(self, verifyRequest); // the module of a browser's worker
 * ```
 */
export function* verifyRequest(
  request: VerifyRequest,
): Generator<string | ProgramVerdict | NoToken, void, void> {
  const { kernel: booted, object, name = "object", options = {} } = request;
  const kernel = createBpfKernel(booted);
  try {
    yield* verifySteps(kernel, parseObject(object, { name }), options);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    const { syscall, cmd, errno } = error;
    yield { noToken: { syscall, ...(cmd !== undefined && { cmd }) }, errno };
  } finally {
    kernel.close();
  }
}

/**
 * Loads each program of an object alone in a thread, like `verifyObject`. A program whose load does
 * not end within the limit of the worker gets the verdict `unfinished`, and a new thread continues
 * with the next one.
 *
 * @param worker - a worker whose thread serves {@link verifyRequest}.
 * @throws RangeError for a program that the object does not have; BpfError if the token cannot be
 *   created.
 * @example
 * ```ts
 * const worker = new LimitedWorker(nodeWorker(new URL(import.meta.resolve("bpf-token/verify/thread"))));
 * const request = { kernel: readBpfKernel("7.3"), object: readFileSync("program.bpf.o") };
 * for await (const { name, verdict } of verifyInWorker(worker, request)) console.log(name, verdict);
 * worker.close();
 * ```
 */
export async function* verifyInWorker(
  worker: LimitedWorker,
  request: VerifyRequest,
): AsyncGenerator<ProgramVerdict, void, void> {
  const { object, name = "object", options = {} } = request;
  let left = chosenPrograms(parseObject(object, { name }), options);
  while (left.length > 0) {
    const programs = left.map((program) => program.name);
    try {
      for await (const step of worker.run({ ...request, options: { ...options, programs } })) {
        const result = step as string | ProgramVerdict | NoToken;
        if (typeof result === "string") continue;
        if ("noToken" in result) throw new BpfError(result.noToken, result.errno);
        left = left.slice(1);
        yield result;
      }
      return;
    } catch (error) {
      const [stopped, ...rest] = left;
      if (!(error instanceof TimeLimitError) || stopped === undefined) throw error;
      left = rest;
      yield unfinished(stopped, error.limit);
    }
  }
}

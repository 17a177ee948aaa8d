// SPDX-License-Identifier: MIT
// Runs a program on a packet with the functions for tests. This is work of the thread, which has a time limit.
import { type BpfKernelOptions, createBpfKernel } from "@bpf-token/kernel-bpf";
import { LoadError, verifierLogOf } from "@bpf-token/loader";
import { type ObjectSpec, parseObject } from "@bpf-token/object";
import {
  BpfError,
  type DelegationOptions,
  type Kernel,
  KernelLostError,
  NotModelledError,
} from "@bpf-token/syscall";
import { ProgType } from "@bpf-token/uapi";
import {
  CannotRunError,
  type LineCoverage,
  loadForTest,
  type TestObject,
  type TestRun,
} from "bpf-token/test";
import { lookupContext } from "./lookup-context.js";
import { type MapView, mapViews } from "./map-views.js";

/** What the thread runs. */
export interface RunRequest {
  readonly kernel: BpfKernelOptions;
  readonly object: Uint8Array;
  readonly name: string;
  readonly program: string;
  readonly packet: Uint8Array;
  /** The effective capabilities of the process that loads the program. */
  readonly capabilities: bigint;
  /** What its token delegates; absent without a token. */
  readonly delegation?: DelegationOptions;
}

/** A run, and the state after it. */
export interface RunResult extends Omit<TestRun, "context"> {
  /** The packet before the run. */
  readonly sent: Uint8Array;
  readonly maps: readonly MapView[];
  /** How often each source line ran; empty without line information. */
  readonly lines: readonly Omit<LineCoverage, "branches">[];
}

/** Yields `loaded` before the program runs, then the result or why there is none. */
export type RunStep = "loaded" | RunResult | { readonly failed: string };

/** Loads a program and runs it once on a packet. */
export function* runRequest(request: RunRequest): Generator<RunStep, void, void> {
  const spec = parseObject(request.object, { name: request.name });
  const kernel = createBpfKernel(request.kernel);
  try {
    const object = loaded(kernel, request, spec);
    yield "loaded";
    yield resultOf(object, request.program, request.packet);
  } catch (error) {
    yield { failed: failureText(error, request.packet, spec) };
  } finally {
    kernel.close();
  }
}

function loaded(kernel: Kernel, request: RunRequest, spec: ObjectSpec): TestObject {
  const { object, name, program, capabilities, delegation } = request;
  const programs = [program];
  const options = { kernel, name, programs, coverage: true, capabilities };
  if (!spec.programs.some((one) => one.name === program))
    throw new RangeError(`the object has no program '${program}'`);
  return loadForTest(object, { ...options, ...(delegation && { delegation }) });
}

function resultOf(object: TestObject, program: string, sent: Uint8Array): RunResult {
  const { type } = object.collection.program(program).spec;
  const isLookup = type === ProgType.SK_LOOKUP;
  const input = isLookup ? { context: lookupContext(sent) } : { packet: sent };
  const { returned, action, packet, instructions } = object.run(program, input);
  const lines = object.coverage().map(({ file, line, text, ran }) => ({ file, line, text, ran }));
  const after = isLookup ? sent : packet;
  return { returned, action, packet: after, instructions, sent, maps: mapViews(object), lines };
}

/** Every program type takes a packet of this size, on every release. */
const SURELY_FITS = 3000;

/** Why there is no result, and what to do. Throws what neither the object nor the packet explains. */
function failureText(error: unknown, { length }: Uint8Array, spec: ObjectSpec): string {
  if (error instanceof CannotRunError && error.missing !== undefined)
    return `${error.message}. Run it on a kernel that has the function: bpf-token test FILE --kernels native`;
  if (error instanceof LoadError) {
    const reason = verifierLogOf(error, spec)?.message ?? "";
    const lines = [error.message, reason].map((text) => text.split("\n", 1)[0]).filter(Boolean);
    return `the program was not loaded: ${lines.join(": ")}`;
  }
  const isSize = BpfError.is(error) && ["EINVAL", "ENOMEM"].includes(error.code);
  if (isSize && length > SURELY_FITS)
    return `the packet is too long: it has ${length} bytes, and the kernel refused the run with ${error.code}. ${SURELY_FITS} bytes fit for every program type`;
  if (BpfError.is(error) || isExpected(error)) return error.message;
  throw error;
}

const isExpected = (error: unknown): error is Error =>
  error instanceof RangeError ||
  error instanceof CannotRunError ||
  error instanceof NotModelledError ||
  error instanceof KernelLostError;

// SPDX-License-Identifier: MIT
// Calls with which loaders test features of the kernel.
import type { RecordedCall } from "@bpf-token/diagnose";
import { HelperId, ProgType } from "@bpf-token/uapi";

const libbpfNames = /^(?:libbpf_|det_arg_ctx$)/;
const testNames = /^(?:libbpf_|det_arg_ctx$|feature_test$|aya_name_check$)/;

/** The type, number of instructions and helpers of a program. */
type Shape = readonly [type: number, size: number, ...helpers: readonly number[]];

/** libbpf's first test, with one of two types. */
const firstTests: readonly Shape[] = [
  [ProgType.SOCKET_FILTER, 2],
  [ProgType.TRACEPOINT, 2],
];

/** libbpf's test of `__arg_ctx`. It loads as well if this test is refused. */
const argumentTest: Shape = [ProgType.KPROBE, 4, HelperId.get_func_ip];

/**
 * libbpf's tests that have no name. With a token, libbpf 1.5 names no program, because its test for names
 * passes no token.
 */
const unnamedTests: readonly Shape[] = [
  ...firstTests,
  argumentTest,
  [ProgType.SOCKET_FILTER, 2, HelperId.ktime_get_coarse_ns],
  [ProgType.SOCKET_FILTER, 5],
  [ProgType.CGROUP_SOCK, 2],
  [ProgType.TRACEPOINT, 6, HelperId.probe_read_kernel],
];

/** Programs without a name, with which other loaders test features, have at most as many instructions. */
const SMALL = 6;

function hasShape(call: RecordedCall, [type, size, ...helpers]: Shape): boolean {
  const { instructions } = call;
  // Only a PROG_LOAD has a size.
  if (call.type !== type || call.size !== size) return false;
  return instructions === undefined || instructions.helpers.join() === helpers.join();
}

/** Whether libbpf made the calls. */
export function usesLibbpf(calls: readonly RecordedCall[]): boolean {
  return calls.some(({ name }) => libbpfNames.test(name));
}

/** Whether a call tests a feature. */
export function isTest(call: RecordedCall, calls: readonly RecordedCall[]): boolean {
  if (testNames.test(call.name)) return true;
  if (call.command !== "PROG_LOAD" || call.name !== "") return false;
  if (usesLibbpf(calls)) return unnamedTests.some((shape) => hasShape(call, shape));
  // A small program without a name is a test if the loader gives names to others.
  return call.size <= SMALL && calls.some(({ command, name }) => isNamed(command, name));
}

const isNamed = (command: string, name: string): boolean =>
  command === "PROG_LOAD" && name !== "" && !testNames.test(name);

/** Whether a call can be the first test of libbpf up to 1.7, which stops if it is refused. */
export function isFirstTest(call: RecordedCall): boolean {
  return call.name === "" && firstTests.some((shape) => hasShape(call, shape));
}

/** Whether a call tests a feature without which libbpf loses nothing. */
export function isNeedless(call: RecordedCall, calls: readonly RecordedCall[]): boolean {
  return call.name === "det_arg_ctx" || (isTest(call, calls) && hasShape(call, argumentTest));
}

/**
 * Whether a call is for replacing a function of a program (type `ext`), which the kernel refused, and the
 * program then loaded another one. libxdp attaches without its dispatcher then.
 */
export function isHandled(call: RecordedCall, calls: readonly RecordedCall[]): boolean {
  const isExt = ({ command, type }: RecordedCall): boolean =>
    command === "PROG_LOAD" && type === ProgType.EXT;
  if (!isExt(call) && call.command !== "BTF_GET_FD_BY_ID") return false;
  const replacing = calls.filter(isExt);
  const last = replacing.at(-1);
  if (last === undefined || replacing.some(({ errno }) => errno === "")) return false;
  return calls.some(
    (one) =>
      one.command === "PROG_LOAD" &&
      one.number > last.number &&
      one.errno === "" &&
      !isTest(one, calls),
  );
}

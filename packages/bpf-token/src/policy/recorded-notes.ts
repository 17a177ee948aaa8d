// SPDX-License-Identifier: MIT
import type { RecordedCall, RecordedCalls } from "@bpf-token/diagnose";
import { ProgType, tokenAttachType } from "@bpf-token/uapi";
import { isHandled, isNeedless } from "./recorded-tests.js";

/** Numbers of calls that are listed. */
const MOST = 5;

/**
 * Returns what to know about a policy that comes from a recording.
 *
 * @param created - the calls that a token can permit.
 * @param counted - those that the policy permits.
 */
export function recordedNotes(
  { calls, notes }: RecordedCalls,
  created: readonly RecordedCall[],
  counted: readonly RecordedCall[],
): readonly string[] {
  const needless = created.filter((call) => isNeedless(call, calls));
  return [
    ...notes,
    ...tokenNotes(calls, created),
    ...about(needless, (names) => {
      return `The policy does not permit ${names}: libbpf loads as well if this test is refused.`;
    }),
    ...about(
      created.filter((call) => isHandled(call, calls)),
      (names) =>
        `The policy does not permit ${names}: the program continues without a function that the kernel refused to replace (ext).`,
    ),
    ...refusalNotes(calls, counted),
    ...programNotes(counted),
  ];
}

/** A sentence about some calls, if there are any. */
function about(calls: readonly RecordedCall[], text: (names: string) => string): readonly string[] {
  return calls.length === 0 ? [] : [text(numbersOf(calls))];
}

function tokenNotes(
  calls: readonly RecordedCall[],
  created: readonly RecordedCall[],
): readonly string[] {
  const first = calls.find(({ token }) => token);
  if (first === undefined) {
    if (calls.some(({ command }) => command === "TOKEN_CREATE")) return [];
    return [
      "The program passes no token. It needs a loader that does: libbpf 1.4, cilium/ebpf 0.22, or newer.",
    ];
  }
  const bare = created.filter(({ token }) => !token);
  return [
    ...about(
      bare.filter(({ number }) => number < first.number),
      (names) => `No delegation permits ${names}: the token comes later.`,
    ),
    ...about(
      bare.filter(({ number }) => number > first.number),
      (names) => `No delegation permits ${names}, because no token is passed.`,
    ),
  ];
}

function refusalNotes(
  calls: readonly RecordedCall[],
  counted: readonly RecordedCall[],
): readonly string[] {
  return [
    ...about(
      counted.filter(({ errno, seccomp }) => errno === "EPERM" && !seccomp),
      (names) =>
        `The kernel refused ${names} with EPERM, so the program may have stopped or taken another way. Record it again with this policy, or as root on the host.`,
    ),
    ...about(
      calls.filter(({ seccomp }) => seccomp),
      (names) => `A seccomp filter refused ${names}; no delegation changes that.`,
    ),
    ...about(
      calls.filter(needsHost),
      (names) =>
        `No token helps with ${names}: capabilities in the initial user namespace are required.`,
    ),
    ...about(
      counted.filter(({ type = 0, attach }) => type > 63 || tokenAttachType(type, attach) > 63),
      (names) => `No mask has a bit for the type or attach type of ${names}.`,
    ),
  ];
}

function programNotes(counted: readonly RecordedCall[]): readonly string[] {
  const programs = counted.filter(({ command }) => command === "PROG_LOAD");
  if (programs.length === 0) return [];
  const structOps = programs.some(({ type }) => type === ProgType.STRUCT_OPS);
  return [
    ...(structOps
      ? [
          "struct_ops: the attach type is the index of the member in the kernel of the recording. For other kernels delegate attachs=any.",
        ]
      : []),
    ...about(
      programs.filter(({ instructions }) => instructions?.bytes === undefined),
      (names) =>
        `The instructions of ${names} are not in the log (strace -v), so it is not known whether they need CAP_PERFMON.`,
    ),
  ];
}

/** These commands take no token. */
function needsHost({ command, token }: RecordedCall): boolean {
  return !token && /_GET_NEXT_ID|_GET_FD_BY_ID|PROG_QUERY|ENABLE_STATS/.test(command);
}

function numbersOf(calls: readonly RecordedCall[]): string {
  const texts = calls.map(({ number, command }) => `${number} (${command})`);
  const shown = texts.slice(0, MOST);
  const more = texts.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  const last = all.pop() ?? "";
  const word = calls.length === 1 ? "call" : "calls";
  return all.length === 0 ? `${word} ${last}` : `${word} ${all.join(", ")} and ${last}`;
}

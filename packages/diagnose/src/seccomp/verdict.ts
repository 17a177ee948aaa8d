// SPDX-License-Identifier: MIT
import { BpfCmd, type BpfCmdName, errnoName } from "@bpf-token/uapi";
import type { SeccompFact } from "../facts.js";
import { type FilterResult, runFilter, type SeccompData } from "./interpreter.js";

/** What the seccomp filters of a process answer to bpf(2) with one command. */
export interface SeccompVerdict {
  readonly action: "allow" | "errno" | "kill" | "trap" | "trace" | "notify" | "unknown";
  /** For `errno`: its name, or `0` if the call returns 0 without being run. */
  readonly errno?: string;
  /** For `unknown`: why. */
  readonly why?: string;
  /** The filter that decides, counted from 1. */
  readonly filter: number;
}

/** The audit architecture and the number of bpf(2). */
const archs: Readonly<Record<SeccompFact["arch"], readonly [audit: number, nr: number]>> = {
  x64: [0xc000003e, 321],
  arm64: [0xc00000b7, 280],
};

/** The actions of linux/seccomp.h. If filters disagree, the kernel takes the first of these. */
const actions: readonly (readonly [number, SeccompVerdict["action"]])[] = [
  [0x80000000, "kill"],
  [0x00000000, "kill"],
  [0x00030000, "trap"],
  [0x00050000, "errno"],
  [0x7fc00000, "notify"],
  [0x7ff00000, "trace"],
  [0x7ffc0000, "allow"], // SECCOMP_RET_LOG
  [0x7fff0000, "allow"],
];
/** Runs all filters for bpf(2) with a command. Its other arguments are not known. */
export function seccompVerdict(
  { arch, filters }: SeccompFact,
  command: BpfCmdName,
): SeccompVerdict {
  const [audit, nr] = archs[arch];
  const data: SeccompData = new Map([
    [0, nr],
    [4, audit],
    [16, BpfCmd[command]],
    [20, 0],
  ]);
  const found = filters.map((text, i): SeccompVerdict => {
    const result = runFilter(bytesOf(text), data);
    if (result.how !== "returned") {
      return { action: "unknown", why: whyUnknown(result), filter: i + 1 };
    }
    const value = result.value >>> 0;
    const action = actionOf((value & 0xffff0000) >>> 0);
    const errno = value & 0xffff;
    return {
      action,
      filter: i + 1,
      ...(action === "errno" ? { errno: errno === 0 ? "0" : nameOf(errno) } : {}),
    };
  });
  // The newest filter comes last; of two that agree, the kernel takes the newest.
  const known = found
    .filter(({ action }) => action !== "unknown")
    .sort((a, b) => rankOf(a) - rankOf(b) || b.filter - a.filter)[0];
  const unknown = found.find(({ action }) => action === "unknown");
  // A filter whose answer is not known may be stricter, unless another one kills.
  const decides = known?.action === "kill" ? known : (unknown ?? known);
  return decides ?? { action: "allow", filter: 0 };
}

/** An action that the kernel does not know kills. */
const actionOf = (value: number): SeccompVerdict["action"] =>
  actions.find(([number]) => number === value)?.[1] ?? "kill";

const rankOf = ({ action }: SeccompVerdict): number =>
  actions.findIndex(([, name]) => name === action);

const nameOf = (errno: number): string => errnoName(-Math.min(errno, 4095)) ?? `errno ${errno}`;

function whyUnknown(result: Exclude<FilterResult, { how: "returned" }>): string {
  if (result.how === "invalid") return `the filter is not valid: ${result.why}`;
  return result.offset >= 16
    ? `it looks at argument ${Math.floor((result.offset - 16) / 8)} of bpf()`
    : "it looks at the address of the caller";
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

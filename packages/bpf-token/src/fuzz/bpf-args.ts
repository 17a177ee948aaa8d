// SPDX-License-Identifier: MIT
import type { Args, Value } from "@bpf-token/scenario";

/**
 * The arguments of bpf(2). The attribute stays bytes: what a command makes of them may be the very
 * thing that two kernels differ in.
 *
 * @param pointer - what lies at an address.
 */
export function bpfArgs(args: readonly bigint[], pointer: (address: bigint) => Value): Args {
  const [cmd = 0n, attr = 0n, size = 0n] = args;
  const made = pointer(attr);
  const memory =
    typeof made === "string" && made !== "bad_address" ? { repeat: made, times: 1 } : made;
  return {
    cmd: Number(BigInt.asIntN(32, cmd)),
    attr: memory,
    size: Number(BigInt.asUintN(32, size)),
  };
}

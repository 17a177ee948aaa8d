// SPDX-License-Identifier: MIT
import type { LoadError } from "@bpf-token/loader";
import type { ObjectSpec } from "@bpf-token/object";
import { AttachType, MapType } from "@bpf-token/uapi";

/**
 * Returns what the module does not have although Linux has it, if that is why it refused.
 *
 * @example
 * ```ts
 * if (error instanceof LoadError) console.log(gapOf(error, object) ?? "the kernel's own answer");
 * ```
 */
export function gapOf(
  { phase, reason, cause, subject, log }: LoadError,
  object: ObjectSpec,
): string | undefined {
  if (phase === "extern" && cause === undefined && reason.includes("/proc/kallsyms"))
    return `${reason}: the module knows the functions of the BTF only`;
  const map = object.maps.find(({ name }) => name === subject);
  if (phase === "map" && cause?.code === "E2BIG" && map?.type === MapType.CPUMAP)
    return `${reason}: the module has one CPU, so a CPU map has one entry`;
  const program = object.programs.find(({ name }) => name === subject);
  const isIterator = program?.attach === AttachType.TRACE_ITER;
  if (phase === "program" && isIterator && cause?.code === "EINVAL" && log === "")
    return `${reason}: the module does not have this iterator`;
  return undefined;
}

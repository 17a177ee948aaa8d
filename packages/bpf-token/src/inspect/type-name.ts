// SPDX-License-Identifier: MIT
import { type DelegationEnum, enumMembers, newestRelease } from "@bpf-token/uapi";

/** The current name of a command or type in lower case; the number where there is none. */
export function typeName(kind: DelegationEnum, value: number): string {
  const members = enumMembers(kind, newestRelease).filter((one) => one.value === value);
  return members.at(-1)?.name.toLowerCase() ?? String(value);
}

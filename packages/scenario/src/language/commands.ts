// SPDX-License-Identifier: MIT
import { BpfCmd, type BpfCmdName } from "@bpf-token/uapi";
import type { Value } from "./model.js";
import { groupOf, valueOfName } from "./names.js";

/** The first name of each command. */
const commandNames: ReadonlyMap<number, BpfCmdName> = new Map(
  (Object.entries(BpfCmd) as [BpfCmdName, number][])
    .map(([name, nr]) => [nr, name] as const)
    .reverse(),
);

/** Returns the command for a value of `cmd`, by the name of its layout. */
export function commandOf(value: Value | undefined): BpfCmdName | undefined {
  if (typeof value === "number") return commandNames.get(value);
  const group = groupOf("bpf_cmd");
  const number =
    typeof value === "string" && group !== undefined ? valueOfName(group, value) : value;
  const names = Object.keys(BpfCmd) as BpfCmdName[];
  return names.find((name) => BpfCmd[name] === number);
}

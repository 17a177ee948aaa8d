// SPDX-License-Identifier: MIT
import { BpfCmd } from "@bpf-token/uapi";
import { errnoOf } from "./errno-text.js";

/** A refused command, as perror(3) prints it. */
export interface RefusedCommand {
  readonly cmd: string;
  readonly errno: string;
}

/** `PROGRAM: `, then `bpf(BPF_MAP_CREATE)`, `BPF_MAP_CREATE` or `bpf_map_create(x)`. */
const command =
  /^\s*(?:[\w./-]{1,64}: )?(?:error: )?(?:bpf\()?BPF_([A-Z_]{3,40})(?:\([^()]{0,200}\))?\)?(?: failed)?: /i;
const errno = /^(?:-1 )?(?:\(?-?(E[A-Z0-9]{3,10})\b|([A-Z][a-z]+(?: [a-z-]+){1,5}))/i;

/**
 * Parses a line that names a bpf() command, or libbpf's function for it, and an errno.
 *
 * @example
 * ```ts
 * parsePerror("BPF_TOKEN_CREATE: Operation not supported"); // { cmd: "TOKEN_CREATE", errno: "EOPNOTSUPP" }
 * ```
 */
export function parsePerror(line: string): RefusedCommand | undefined {
  const found = command.exec(line);
  const cmd = found?.[1]?.toUpperCase();
  if (found === null || cmd === undefined || !Object.hasOwn(BpfCmd, cmd)) return undefined;
  const [, name, words = ""] = errno.exec(line.slice(found[0].length)) ?? [];
  const known = name?.toUpperCase() ?? errnoOf(words);
  return known === undefined ? undefined : { cmd, errno: known };
}

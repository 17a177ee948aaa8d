// SPDX-License-Identifier: MIT
import { BpfCmd, Errno } from "@bpf-token/uapi";

/** The messages of strerror(3) that bpf() can cause. */
const messages: Readonly<Record<string, keyof typeof Errno>> = {
  "operation not permitted": "EPERM",
  "permission denied": "EACCES",
  "no such file or directory": "ENOENT",
  "bad file descriptor": "EBADF",
  "device or resource busy": "EBUSY",
  "file exists": "EEXIST",
  "invalid argument": "EINVAL",
  "argument list too long": "E2BIG",
  "no space left on device": "ENOSPC",
  "read-only file system": "EROFS",
  "numerical result out of range": "ERANGE",
  "function not implemented": "ENOSYS",
  "operation not supported": "EOPNOTSUPP",
  "cannot allocate memory": "ENOMEM",
  "resource temporarily unavailable": "EAGAIN",
};

/**
 * Returns the name of an errno in a line.
 *
 * @example
 * ```ts
 * errnoIn("open x: permission denied"); // "EACCES"
 * ```
 */
export function errnoIn(line: string): string | undefined {
  const lower = line.toLowerCase();
  const text = Object.keys(messages).find((words) => lower.includes(words));
  if (text !== undefined) return messages[text];
  return line.match(/\bE[A-Z0-9]{3,10}\b/g)?.find((name) => Object.hasOwn(Errno, name));
}

/**
 * Returns a line that has the message of an errno first, as LXC and Python print it, with the message at its
 * end.
 *
 * @example
 * ```ts
 * withErrnoLast("Operation not permitted - Failed to load"); // "Failed to load: operation not permitted"
 * ```
 */
export function withErrnoLast(line: string): string | undefined {
  const lower = line.toLowerCase();
  for (const text of Object.keys(messages)) {
    const after = [" - ", ": '"].find((separator) => lower.includes(text + separator));
    if (after === undefined) continue;
    return `${line.slice(lower.indexOf(text + after) + text.length + after.length)}: ${text}`;
  }
  return undefined;
}

/** A refused command, as perror(3) prints it. */
export interface RefusedCommand {
  readonly cmd: string;
  readonly errno: string;
}

/** `PROGRAM: `, then `bpf(BPF_MAP_CREATE)`, `BPF_MAP_CREATE` or `bpf_map_create(x)`. */
const command =
  /^\s*(?:[\w./-]{1,64}: )?(?:error: )?(?:bpf\()?(?:BPF_([A-Z_]{3,40})|bpf_([a-z_]{3,40}))(?:\([^()]{0,200}\))?\)?(?: failed)?: /i;
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
  const cmd = (found?.[1] ?? found?.[2])?.toUpperCase();
  if (found === null || cmd === undefined || !Object.hasOwn(BpfCmd, cmd)) return undefined;
  const [, name, words = ""] = errno.exec(line.slice(found[0].length)) ?? [];
  const known = name?.toUpperCase() ?? messages[words.toLowerCase()];
  return known === undefined ? undefined : { cmd, errno: known };
}

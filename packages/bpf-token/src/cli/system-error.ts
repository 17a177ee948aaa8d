// SPDX-License-Identifier: MIT
import { closeSync, openSync } from "node:fs";

const fixes: Readonly<Record<string, string>> = {
  EDQUOT: "free some space there",
  EMFILE: "raise the limit of file descriptors, e.g. 'ulimit -n 1024'",
  ENFILE: "close other programs, or raise fs.file-max",
  ENOSPC: "free some space there",
};

/** Describes an error of the operating system: the reason, the call and the fix; undefined for others. */
export function describeSystemError(e: unknown): string | undefined {
  const { syscall, path } = e as NodeJS.ErrnoException;
  const reason = systemReason(e);
  if (reason === undefined || syscall === undefined) return undefined;
  return `${syscall}${path === undefined ? "" : ` '${path}'`}: ${reason}`;
}

/** Describes only the reason and the fix. */
export function systemReason(e: unknown): string | undefined {
  if (!(e instanceof Error)) return undefined;
  const { code = "", message } = e as NodeJS.ErrnoException;
  if (!/^E[A-Z0-9]+$/.test(code)) return undefined;
  const [, words] = /^E\w+: ([^,]+),/.exec(message) ?? [];
  const fix = fixes[code] === undefined ? "" : `. Fix: ${fixes[code]}`;
  return `${words === undefined ? code : `${words} (${code})`}${fix}`;
}

/** Describes the lack of file descriptors, which other errors can follow from; undefined without it. */
export function describeFdShortage(): string | undefined {
  try {
    closeSync(openSync("/dev/null", "r"));
    return undefined;
  } catch (e) {
    return (e as NodeJS.ErrnoException).code === "EMFILE" ? describeSystemError(e) : undefined;
  }
}

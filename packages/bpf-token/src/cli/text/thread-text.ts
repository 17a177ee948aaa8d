// SPDX-License-Identifier: MIT
import type { ProgramThread } from "@bpf-token/kernel-native/program";

/** The lines about the thread that made a call, without their first indentation. */
export function threadLines({ pid, tid, name, nr, at }: ProgramThread): readonly string[] {
  const where = tid === pid ? `process ${pid}` : `thread ${tid} of process ${pid}`;
  const file = at?.file.slice(at.file.lastIndexOf("/") + 1);
  const place = at === undefined ? "" : `, at ${file}+0x${at.offset.toString(16)}`;
  const line = `in ${where} (${name})${place}`;
  if (nr === undefined) return [line];
  return [
    line,
    "to see the functions that led to the call, repeat exec with --lenient and gdb:",
    `  -- gdb -ex 'catch syscall ${nr}' -ex run -ex bt --args COMMAND`,
  ];
}

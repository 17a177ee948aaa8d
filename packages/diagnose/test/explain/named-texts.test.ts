// SPDX-License-Identifier: MIT
// Texts that name their cause, and lines that are nearly one.
import { describe, expect, test } from "vitest";
import { explainText } from "../../src/index.ts";

const first = (text: string) => {
  const { candidates, harmless } = explainText(text);
  return (candidates[0] ?? harmless[0])?.id;
};

const NO_TRACEPOINT =
  "libbpf: failed to determine tracepoint 'sched/sched_process_exec' perf event ID";

describe("names of errnos, which libbpf 1.5 prints", () => {
  test.each([
    [`${NO_TRACEPOINT}: -ENOENT`, "explain.tracefs"],
    [`${NO_TRACEPOINT}: No such file or directory`, "explain.tracefs"],
    [
      "libbpf: prog 'a': failed to create kprobe 'do_x' perf event: -ENOENT",
      "explain.attach_target",
    ],
  ])("%s", (text, id) => {
    expect(first(text)).toBe(id);
  });
});

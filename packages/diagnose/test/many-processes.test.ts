// SPDX-License-Identifier: MIT
// A recorded program decides how many processes it has. The model runs 64.
import { attrLayout, BpfCmd } from "@bpf-token/uapi";
import { describe, expect, test } from "vitest";
import { replayCalls, type TracedCall, type TraceEvent } from "../src/index.ts";
import { bpffs, container } from "./facts.ts";

const PID = 4711;
const FIRST_CHILD = 5000;
const children = [...Array(200).keys()].map((i) => FIRST_CHILD + i);

const call = (name: string, args: readonly unknown[], result: number, more: object = {}) =>
  ({ type: "call", pid: PID, name, args, result, ...more }) as TraceEvent;
const fork = (child: number): TraceEvent => call("clone", [0], child);
const state = (pid: number): TraceEvent => ({ type: "process", pid, facts: container() });
const attr = attrLayout("MAP_CREATE", "6.18").encode({ map_type: 9999 });
const refused = (pid: number): TraceEvent => ({
  ...call("bpf", [BpfCmd.MAP_CREATE, attr, attr.bytes.length], -22),
  ...{ pid },
});

const attempts = (events: readonly TraceEvent[]): readonly string[] => {
  const found: string[] = [];
  replayCalls(events, {
    onAnswer: (attempt, { name }: TracedCall) => {
      if (name === "bpf") found.push(attempt.how === "failed" ? attempt.why : attempt.how);
    },
  });
  return found;
};

describe("a recording of more processes than the model has", () => {
  test("children that ended before the recorder saw them make room for others", () => {
    const events = [state(PID), ...children.flatMap((pid) => [fork(pid)]), refused(PID)];
    const last = children.at(-1) ?? 0;
    expect(attempts([...events, state(last), refused(last)])).toEqual(["answered", "answered"]);
  });

  test("of processes without room, the calls stay unknown, and the others are judged", () => {
    const events = [state(PID), ...children.flatMap((pid) => [state(pid), refused(pid)])];
    const found = attempts([...events, refused(PID)]);
    expect(found).toHaveLength(201);
    expect(found[0]).toBe("answered");
    expect(found.at(-1)).toBe("answered");
    expect(found[150]).toMatch(/^the trace has more processes at the same time than the model$/);
  });

  test("a file that needs a further process is skipped", () => {
    const masks =
      "allowed_cmds:\t0x1\nallowed_maps:\t0x2\nallowed_progs:\t0x0\nallowed_attachs:\t0x0\n";
    const file: TraceEvent = {
      type: "file",
      ...{ pid: PID, fd: 9, file: { kind: "token", device: bpffs.device, fdinfo: masks } },
    };
    const events = [state(PID), ...children.map(state), file, refused(PID)];
    expect(attempts(events)).toEqual(["answered"]);
  });
});

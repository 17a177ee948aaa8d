// SPDX-License-Identifier: MIT
// Which fields of a bpf() call are file descriptors: others share their place.
import { AttachType, attrLayout, BpfCmd, type BpfCmdName, newestRelease } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { BpfTranslator } from "../src/program/bpf-call.ts";
import type { ProcessMemory } from "../src/program/process-memory.ts";
import type { Processes, ProgramProcess } from "../src/program/processes.ts";
import { Windows } from "../src/program/windows.ts";

/** The task's number of a file of the program. */
const OTHER = 100;
const [BEFORE, ID] = [1 << 3, 1 << 5] as const;

/** The values of fields after a call was translated. */
function translated(name: BpfCmdName, fields: Readonly<Record<string, number>>) {
  const layout = attrLayout(name, newestRelease);
  const bytes = new Uint8Array(64);
  const at = (field: string): number => {
    return layout.fields.find((one) => one.name === field)?.offset ?? Number.NaN;
  };
  const view = new DataView(bytes.buffer);
  for (const [field, value] of Object.entries(fields)) view.setUint32(at(field), value, true);
  const memory = { read: (_: bigint, size: number) => bytes.slice(0, size) } as ProcessMemory;
  const processes = {
    modelFd: (_: ProgramProcess, fd: number) => fd + OTHER,
    file: () => undefined,
  } as unknown as Processes;
  const process = { memory, pid: 1 } as ProgramProcess;
  const args = [BigInt(BpfCmd[name]), 4096n, 64n];
  const call = new BpfTranslator(processes, true).translate(process, args, new Windows(memory));
  const [, attr] = call.args;
  if (attr === null || typeof attr !== "object" || !("bytes" in attr)) throw new Error("no attr");
  const found = new DataView(attr.bytes.buffer, attr.bytes.byteOffset);
  return Object.keys(fields).map((field) => found.getUint32(at(field), true));
}

test.each([
  ["a cgroup", { attach_type: AttachType.CGROUP_INET_EGRESS, target_fd: 7 }, 107],
  ["a network namespace", { attach_type: AttachType.SK_LOOKUP, target_fd: 7 }, 107],
  ["a network device", { attach_type: AttachType.XDP, target_ifindex: 7 }, 7],
  ["a network device of TCX", { attach_type: AttachType.TCX_INGRESS, target_ifindex: 7 }, 7],
])("the target of a link: %s", (_, fields, target) => {
  const [type, found] = translated("LINK_CREATE", fields);
  expect([type, found]).toEqual([fields.attach_type, target]);
});

test.each([
  ["of TCX", { attach_type: AttachType.TCX_EGRESS, flags: BEFORE, "tcx.relative_fd": 7 }, 107],
  ["of a cgroup", { attach_type: 0, flags: BEFORE, "cgroup.relative_fd": 7 }, 107],
  ["by id", { attach_type: AttachType.TCX_EGRESS, flags: ID, "tcx.relative_id": 7 }, 7],
  [
    "which is none: a BTF id",
    { attach_type: AttachType.TRACE_FENTRY, flags: 0, target_btf_id: 7 },
    7,
  ],
  [
    "which is none: a cookie",
    { attach_type: AttachType.PERF_EVENT, flags: 0, "perf_event.bpf_cookie": 7 },
    7,
  ],
])("the program that a link is relative to, %s", (_, fields, relative) => {
  expect(translated("LINK_CREATE", fields)[2]).toBe(relative);
});

test("the target and the relative of PROG_ATTACH and PROG_QUERY", () => {
  const device = { target_ifindex: 7, attach_type: AttachType.NETKIT_PEER };
  const cgroup = { target_fd: 7, attach_type: AttachType.CGROUP_DEVICE };
  expect(translated("PROG_ATTACH", { ...device, relative_fd: 8 })).toEqual([7, 55, 108]);
  expect(translated("PROG_ATTACH", { ...cgroup, relative_id: 8, attach_flags: ID })).toEqual([
    107,
    AttachType.CGROUP_DEVICE,
    8,
    ID,
  ]);
  expect(translated("PROG_QUERY", device)[0]).toBe(7);
  expect(translated("PROG_QUERY", cgroup)[0]).toBe(107);
});

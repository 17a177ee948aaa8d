// SPDX-License-Identifier: MIT
import { AttachType as A, ProgType as P } from "@bpf-token/uapi";
import { expect, test } from "vitest";
import { sectionKind, sectionKinds } from "../src/index.ts";

const tracing = P.TRACING;
const rows: readonly (readonly [string, number, number, string])[] = [
  ["tp.s/sched/sched_switch", P.TRACEPOINT, 0, "1.8, 7.1"],
  ["tracepoint.s/sched/sched_switch", P.TRACEPOINT, 0, "1.8, 7.1"],
  ["raw_tp.s/sys_enter", P.RAW_TRACEPOINT, 0, "1.8, 7.1"],
  ["raw_tracepoint.s/sys_enter", P.RAW_TRACEPOINT, 0, "1.8, 7.1"],
  ["tp_btf.s/sys_enter", tracing, A.TRACE_RAW_TP, "1.8, 7.1"],
  ["fsession/f", tracing, A.TRACE_FSESSION, "1.7, 7.0"],
  ["fsession.s/f", tracing, A.TRACE_FSESSION, "1.7, 7.0"],
  ["fentry.multi/f*", tracing, A.TRACE_FENTRY_MULTI, "1.8, 7.2"],
  ["fexit.multi/f*", tracing, A.TRACE_FEXIT_MULTI, "1.8, 7.2"],
  ["fsession.multi/f*", tracing, A.TRACE_FSESSION_MULTI, "1.8, 7.2"],
  ["fentry.multi.s/f*", tracing, A.TRACE_FENTRY_MULTI, "1.8, 7.2"],
  ["fexit.multi.s/f*", tracing, A.TRACE_FEXIT_MULTI, "1.8, 7.2"],
  ["fsession.multi.s/f*", tracing, A.TRACE_FSESSION_MULTI, "1.8, 7.2"],
];

test.each(rows)("SEC(%o) since Linux 7.0", (section, type, attach, since) => {
  const kind = sectionKind(section);
  const name = section.slice(0, section.indexOf("/"));
  expect(kind).toMatchObject({ name, type, attach, target: true, sleepable: name.endsWith(".s") });
  expect(`${kind?.since?.libbpf}, ${kind?.since?.linux}`).toBe(since);
  expect(kind?.attachBtf).toBe(/^(fsession(\.s)?|tp_btf\.s)$/.test(name));
  expect(sectionKind(`?${name}`)).toBe(kind);
});

test("names of libbpf 1.5 have no first release", () => {
  for (const name of ["fentry/f", "tp_btf/f", "uprobe.multi.s", "xdp", "kprobe.session/f"]) {
    expect([name, sectionKind(name)?.since]).toEqual([name, undefined]);
  }
  expect(sectionKind("uprobe.session/f")?.since).toEqual({ libbpf: "1.6", linux: "6.13" });
});

test("unknown names, and names without a slash before the target, have no meaning", () => {
  for (const name of ["fentry.multi.x/f", "fsessions/f", "raw_tp.sw/f", "fmod_ret.multi/f"]) {
    expect([name, sectionKind(name)]).toEqual([name, undefined]);
  }
});

test("all newer names are listed above", () => {
  const newer = [...sectionKinds.values()].filter(({ since }) => since !== undefined);
  const listed = rows.map(([section]) => section.slice(0, section.indexOf("/")));
  const names = newer.map(({ name }) => name).sort();
  expect(names).toEqual([...listed, "uprobe.session", "uprobe.session.s"].sort());
});

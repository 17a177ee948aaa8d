// SPDX-License-Identifier: MIT
// Asks the model for the whole matrix, and compares it with the answers that were measured.
import { type CallRunner, type Row, runMatrix, runOneByOne } from "@bpf-token/conformance/matrix";
import { createKernel } from "@bpf-token/kernel-wasm";
import { configurationOf, KnownDifferences, knownDifferences } from "@bpf-token/scenario/known";
import type { KernelRelease } from "@bpf-token/uapi";
import {
  answeredRows,
  type ComparedKernel,
  type MatrixRow,
  matrixCompared,
  matrixNames,
  matrixRows,
  sortRows,
} from "bpf-token/matrix";

/** The release, and whether kernel.unprivileged_bpf_disabled is 0. */
export interface MatrixQuestion {
  readonly release: KernelRelease;
  readonly open: boolean;
}

/** A real kernel that answered all calls of a row. */
export interface Measured {
  /** `native`, `guest:6.12`. */
  readonly kernel: string;
  /** If its build answers otherwise: the errno, and the reason. */
  readonly other?: { readonly errno: string; readonly why: string };
}

/** A row that the model answered just now. */
export interface LiveRow {
  readonly row: MatrixRow;
  readonly measured: readonly Measured[];
  /** The stored row, if the model answers otherwise now. */
  readonly stored?: MatrixRow;
}

/** The matrix, or how much of it is done. */
export interface MatrixAnswer {
  /** From 0 to 1. */
  readonly done: number;
  /** The number of calls, at the end. */
  readonly calls: number;
  /** At the end; empty before. */
  readonly rows: readonly LiveRow[];
}

/** So many different calls are made between two reports. */
const STEP = 128;

/** Makes every call of the matrix on the model of a release, in about two seconds. */
export function matrixAnswer(
  { release, open }: MatrixQuestion,
  report: (partial: MatrixAnswer) => void,
): MatrixAnswer {
  const runCalls: CallRunner = (tasks, calls) =>
    calls.flatMap((call, i) => {
      if (i % STEP === 0) report({ done: i / calls.length, calls: 0, rows: [] });
      return runOneByOne(tasks, [call]);
    });
  const kernel = createKernel({ release, unprivilegedBpfDisabled: open ? 0 : 2 });
  try {
    const { rows, asked } = runMatrix(kernel, { runCalls });
    return { done: 1, calls: asked, rows: liveRows(rows, { release, open }) };
  } finally {
    kernel.close();
  }
}

/** Brings answers into the form of the stored matrix, and compares each row with it. */
export function liveRows(
  answers: readonly Row[],
  { release, open }: MatrixQuestion,
): readonly LiveRow[] {
  const live = answeredRows(answers, release);
  const measuredOn = measurements(release, open);
  const asked = new Map(answers.map((one) => [one.row.replace(/ \d+$/, ""), one.asked]));
  return matrixNames(release).flatMap((name) => {
    const stored = matrixRows(name, { release, open });
    const call = asked.get(name);
    const measured = call === undefined ? [] : measuredOn(call);
    return sortRows(live.get(name) ?? []).map((row) => {
      const before = stored.find((one) => `${one.attach}` === `${row.attach}`) ?? stored[0];
      const same = JSON.stringify(before) === JSON.stringify(row);
      return { row, measured, ...(!same && before && { stored: before }) };
    });
  });
}

/** Answers of kernels whose build lacks a part of BPF. */
const words = ["EINVAL", "EPERM", "kept-away"];

/** Returns for a call what each real kernel of a release answered to it. */
function measurements(
  release: KernelRelease,
  open: boolean,
): (asked: Row["asked"]) => readonly Measured[] {
  const kernels = matrixCompared.filter(
    (kernel) => kernel.release === release && kernel.sysctls.some((n) => (n === 0) === open),
  );
  const known = kernels.map(({ name }) => {
    const build = configurationOf({ backend: name, release });
    return new KnownDifferences(knownDifferences, "matrix", build);
  });
  return (asked) =>
    kernels.map((kernel, i) => ({
      kernel: kernel.name,
      ...otherAnswer(kernel, asked, known[i] as KnownDifferences),
    }));
}

/** The answer of a kernel that differs from the model for a reason which the comparison recorded. */
function otherAnswer(
  { reasons }: ComparedKernel,
  { cmd, attr }: Row["asked"],
  known: KnownDifferences,
): Pick<Measured, "other"> {
  for (const word of words) {
    const call = { call: "bpf", args: { cmd }, attr, what: "result", before: [] } as const;
    const why = known.find({ ...call, model: { word: "ok" }, kernel: { word } })?.why;
    if (reasons.some((reason) => reason.why === why)) {
      return { other: { errno: word, why: why ?? "" } };
    }
  }
  return {};
}

// SPDX-License-Identifier: MIT

import type { FuzzGoal, Shard } from "@bpf-token/fuzz";
import type { Context } from "../command.js";
import { UsageError } from "../usage.js";

export const HELP = "bpf-token fuzz --help";

/** The parsed command line of `bpf-token fuzz`. */
export interface FuzzRequest {
  readonly subjects: readonly string[];
  readonly goal: FuzzGoal;
  readonly seed: number;
  readonly shard: Shard;
  /** The directory that holds inputs, progress and findings. */
  readonly corpus: string | undefined;
}

/** Milliseconds of a run without a limit. */
const DEFAULT_TIME = 60_000;

/** @throws UsageError for an invalid option or argument. */
export function readRequest({ parsed: { values, files }, io }: Context): FuzzRequest {
  const [stray] = files;
  if (stray !== undefined) throw new UsageError(`fuzz: unexpected argument '${stray}'`, HELP);
  const subjects = readSubjects(values.subjects);
  const sequences = positive("--sequences", values.sequences);
  const steps = positive("--steps", values.steps);
  const time = values.time === undefined ? undefined : milliseconds("fuzz", values.time);
  const bounded = sequences !== undefined || steps !== undefined || time !== undefined;
  return {
    subjects,
    goal: {
      sequences: sequences ?? Number.POSITIVE_INFINITY,
      steps: steps ?? Number.POSITIVE_INFINITY,
      time: time ?? (bounded ? Number.POSITIVE_INFINITY : DEFAULT_TIME),
      findings: positive("--findings", values.findings) ?? 10,
    },
    seed: whole("--seed", values.seed) ?? 1,
    shard: readShard(values.shard, io.env.JOB_COMPLETION_INDEX),
    corpus: values.corpus === undefined ? undefined : String(values.corpus),
  };
}

/** The names of `--subjects`: at least two. */
export function readSubjects(value: unknown): readonly string[] {
  const subjects = String(value ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (subjects.length > 1) return subjects;
  throw new UsageError(
    "fuzz: --subjects needs at least two kernels, e.g. model@6.12,upstream:6.12",
    HELP,
  );
}

function whole(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(String(value).replaceAll(/[_,]/g, ""));
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new UsageError(`fuzz: ${option} needs a whole number, not '${String(value)}'`, HELP);
}

/** With a limit of 0 nothing would be compared. */
function positive(option: string, value: unknown): number | undefined {
  const number = whole(option, value);
  if (number !== 0) return number;
  throw new UsageError(`fuzz: ${option} must be at least 1`, HELP);
}

const units: Readonly<Record<string, number>> = { "": 1e3, s: 1e3, m: 60e3, h: 3600e3 };

/** Parses a time such as `90s`, `10m` or `2h`. */
export function milliseconds(command: string, value: unknown): number {
  const text = String(value);
  const help = `bpf-token ${command} --help`;
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  const time = Number(number) * (units[unit ?? ""] ?? 1e3);
  if (time === 0) throw new UsageError(`${command}: --time must be more than 0`, help);
  if (number !== undefined) return time;
  throw new UsageError(
    `${command}: --time needs seconds or e.g. 90s, 10m, 2h, not '${text}'`,
    help,
  );
}

/** Parses `2/8`, which counts from 1. For `/8`, an indexed Kubernetes job gives the index. */
function readShard(value: unknown, completion: string | undefined): Shard {
  if (value === undefined) return { index: 0, count: 1 };
  const [, written, of] = /^(\d*)\/(\d+)$/.exec(String(value)) ?? [];
  const count = Number(of ?? 0);
  const index = written === "" ? Number(completion ?? Number.NaN) : Number(written) - 1;
  if (written === "" && completion === undefined) {
    throw new UsageError(
      `fuzz: JOB_COMPLETION_INDEX is not set, and --shard ${String(value)} needs it`,
      HELP,
    );
  }
  if (Number.isInteger(index) && index >= 0 && index < count) return { index, count };
  throw new UsageError(
    `fuzz: --shard needs i/n with i from 1 to n, e.g. 2/8, not '${String(value)}'`,
    HELP,
  );
}

// SPDX-License-Identifier: MIT

import type { FuzzGoal, Shard } from "@bpf-token/fuzz";
import type { Context } from "../command.js";
import { UsageError } from "../usage.js";

export const HELP = "bpf-token fuzz --help";

/** What the command line asks for. */
export interface FuzzRequest {
  readonly subjects: readonly string[];
  readonly goal: FuzzGoal;
  readonly seed: number;
  readonly shard: Shard;
  /** Where inputs, the state and findings are kept. */
  readonly corpus: string | undefined;
}

/** A run without a goal takes a minute. */
const DEFAULT_TIME = 60_000;

/** @throws UsageError for what makes no sense. */
export function readRequest({ parsed: { values, files }, io }: Context): FuzzRequest {
  const [stray] = files;
  if (stray !== undefined) throw new UsageError(`fuzz: what is '${stray}' for?`, HELP);
  const subjects = String(values.subjects ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (subjects.length < 2) {
    throw new UsageError("fuzz: --subjects needs two or more, e.g. model@6.12,upstream:6.12", HELP);
  }
  const sequences = whole("--sequences", values.sequences);
  const steps = whole("--steps", values.steps);
  const time = values.time === undefined ? undefined : milliseconds(String(values.time));
  const bounded = sequences !== undefined || steps !== undefined || time !== undefined;
  return {
    subjects,
    goal: {
      sequences: sequences ?? Number.POSITIVE_INFINITY,
      steps: steps ?? Number.POSITIVE_INFINITY,
      time: time ?? (bounded ? Number.POSITIVE_INFINITY : DEFAULT_TIME),
      findings: whole("--findings", values.findings) ?? 10,
    },
    seed: whole("--seed", values.seed) ?? 1,
    shard: readShard(values.shard, io.env.JOB_COMPLETION_INDEX),
    corpus: values.corpus === undefined ? undefined : String(values.corpus),
  };
}

function whole(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(String(value).replaceAll(/[_,]/g, ""));
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new UsageError(`fuzz: ${option} takes a whole number, not '${String(value)}'`, HELP);
}

const units: Readonly<Record<string, number>> = { "": 1e3, s: 1e3, m: 60e3, h: 3600e3 };

function milliseconds(text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (units[unit ?? ""] ?? 1e3);
  throw new UsageError(`fuzz: --time takes seconds, or 90s, 10m, 2h; not '${text}'`, HELP);
}

/** `2/8`, from 1; or `/8` in an indexed Kubernetes job, whose index is in the environment. */
function readShard(value: unknown, completion: string | undefined): Shard {
  if (value === undefined) return { index: 0, count: 1 };
  const [, written, of] = /^(\d*)\/(\d+)$/.exec(String(value)) ?? [];
  const count = Number(of ?? 0);
  const index = written === "" ? Number(completion ?? Number.NaN) : Number(written) - 1;
  if (written === "" && completion === undefined) {
    throw new UsageError(
      `fuzz: --shard ${String(value)} leaves it to JOB_COMPLETION_INDEX, which is not set`,
      HELP,
    );
  }
  if (Number.isInteger(index) && index >= 0 && index < count) return { index, count };
  throw new UsageError(`fuzz: --shard takes 1/8 to 8/8, not '${String(value)}'`, HELP);
}

// SPDX-License-Identifier: MIT
import { openNativeKernel } from "@bpf-token/kernel-native";
import { createKernel } from "@bpf-token/kernel-wasm";
import { type Kernel, NotModelledError, releaseOf, SafetyError } from "@bpf-token/syscall";
import { describe, expect, test } from "vitest";
import { whyNotNative } from "../require-native.ts";
import { full } from "../sample.ts";
import { type Known, randomNumbers, show } from "./matrix-pair.ts";
import { begin, end, make } from "./matrix-random-calls.ts";
import type { Call, State } from "./matrix-random-draw.ts";

/**
 * A seed of one's own, and how many runs: `MATRIX_SEED=7 MATRIX_RUNS=100000`. The number is fixed, not
 * the time, so that every machine sees the same runs.
 */
const seed = Number(process.env.MATRIX_SEED ?? 1);
const wanted = Number(process.env.MATRIX_RUNS ?? (full ? 2500 : 200));

/** A run: how far the story of a token has gone when it begins, and its calls. */
interface Run {
  readonly from: number;
  readonly calls: readonly Call[];
}

function sequence(random: (bound: number) => number): Run {
  const calls = Array.from(
    { length: 10 + random(21) },
    (): Call => ({
      who: random(3) === 0 ? "host" : "app",
      kind: random(1 << 16),
      dice: Array.from({ length: 8 }, () => random(1 << 20)),
    }),
  );
  return { from: random(11), calls };
}

/** The answer of a call, and what was called. */
function answer(state: State, call: Call): readonly [string, string] {
  try {
    const { text, ret } = make(state, call);
    return [show(ret), text];
  } catch (error) {
    if (error instanceof NotModelledError || error instanceof SafetyError) return ["none", ""];
    throw error;
  }
}

/** Makes the calls on both kernels up to the first that they answer differently; undefined if none. */
function differ(real: Kernel, model: Kernel, run: Run): readonly string[] | undefined {
  const [a, b] = [begin(real, run.from), begin(model, run.from)];
  const told: string[] = [];
  try {
    for (const call of run.calls) {
      const [[there, text], [here, same]] = [answer(a, call), answer(b, call)];
      // What one of them cannot or must not answer ends the run: their states are no longer alike.
      if (there === "none" || here === "none") return undefined;
      told.push(`${text} = ${there}`);
      if (there !== here || text !== same)
        return [...told.slice(0, -1), `${text}: model ${here}, real ${there}`];
      counted++;
    }
    return undefined;
  } finally {
    end(a);
    end(b);
  }
}
let counted = 0;

/** Takes calls away as long as the kernels still differ. */
function shorten(real: Kernel, model: Kernel, run: Run): readonly string[] {
  let short = run;
  for (let at = run.calls.length - 1; at >= 0; at--) {
    const without = { ...run, calls: short.calls.filter((_, i) => i !== at) };
    if (differ(real, model, without)) short = without;
  }
  return differ(real, model, short) ?? ["gone when repeated"];
}

const known: readonly Known[] = [
  {
    match: /host: move_mount\(.*model EINVAL, real ELOOP$/,
    machine: true,
    why: "the root of a real machine's tasks is mounted on something, the model's is not",
  },
  {
    match: /app: mount\(.*model EINVAL, real EPERM$/,
    machine: true,
    why: "the native backend's root is mounted nosuid, and a container cannot take that away by a remount",
  },
];

const why = whyNotNative();
if (why !== undefined) test("the running kernel", (context) => context.skip(why));

if (why === undefined)
  describe("random calls on model and running kernel", () => {
    test(`${wanted} runs from seed ${seed}`, { timeout: 120_000 + wanted * 100 }, () => {
      using real = openNativeKernel();
      using model = createKernel({ release: releaseOf(real) });
      const random = randomNumbers(seed);
      const found = new Map<string, string>();
      let runs = 0;
      while (runs < wanted && found.size < 40) {
        const run = sequence(random);
        runs++;
        const first = differ(real, model, run)?.at(-1);
        if (first === undefined || known.some(({ match }) => match.test(first))) continue;
        const key = first.replace(/-?\d+/g, "N");
        if (found.has(key)) continue;
        const lines = shorten(real, model, run);
        found.set(key, `seed ${seed}, run ${runs}, from ${run.from}:\n  ${lines.join("\n  ")}`);
      }
      console.log(
        `random calls: seed ${seed}, ${runs} runs, ${counted} calls, ${found.size} differ`,
      );
      expect([...found.values()].join("\n")).toBe("");
    });
  });

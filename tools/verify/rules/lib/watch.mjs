// SPDX-License-Identifier: MIT
// Records the conditions of the switched kernel while a test runs. A mutant that changes none of
// them cannot make the test fail, so it need not run.
import { failureOf } from "./tests.mjs";

/** As in mutant.c: three lists with this many bytes. */
const MAX_SEEN = 2048;
const instances = [];

/** Collects the instances that a package creates internally. */
function noteInstances() {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...args) {
      super(...args);
      instances.push(this);
    }
  };
  return () => {
    WebAssembly.Instance = Instance;
  };
}

/** Merges the records of all instances of one run. */
function addUp(sum) {
  for (const { exports } of instances.splice(0)) {
    const seen = new Uint8Array(exports.memory.buffer, exports.mutant_seen() >>> 0, 3 * MAX_SEEN);
    for (let i = 0; i < seen.length; i++) sum[i] |= seen[i];
  }
}

/**
 * Runs every test on the unmodified, switched module.
 *
 * @returns for each test by name, the records of each of its runs.
 * @throws Error that names every failing test: then failures of mutants would prove nothing.
 */
export function watchAll(tests, module) {
  const restore = noteInstances();
  const failing = [];
  const seen = new Map();
  try {
    for (const test of tests) {
      const runs = test.runs.map((run) => {
        const sum = new Uint8Array(3 * MAX_SEEN);
        const why = failureOf(run, module, () => addUp(sum));
        if (why !== undefined) failing.push(`${test.name}: ${why}`);
        return sum;
      });
      seen.set(test.name, runs);
    }
  } finally {
    restore();
  }
  if (failing.length === 0) return seen;
  throw new Error(`tests that fail on the unbroken kernel:\n${failing.join("\n")}`);
}

/** Index of the record that a run must have for a mutant to matter. */
const places = {
  off: ({ site }) => site,
  swap: ({ site }) => site,
  always: ({ site }) => MAX_SEEN + site,
  errno: ({ check }) => 2 * MAX_SEEN + check,
  drop: ({ check }) => 2 * MAX_SEEN + check,
};

/** The runs of a test, by number, that a mutant can make fail. */
export function runsTouchedBy({ kind, switches }, runs) {
  const place = places[kind]?.(switches);
  return [...runs.keys()].filter((i) => place === undefined || runs[i][place] !== 0);
}

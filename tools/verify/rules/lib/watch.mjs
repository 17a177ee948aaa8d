// SPDX-License-Identifier: MIT
// What the conditions of the switched kernel said while a test ran: a mutant that changes none of
// it cannot make the test fail, so it need not run.
import { failureOf } from "./tests.mjs";

/** Of mutant.c: three lists of this many bytes. */
const MAX_SEEN = 2048;
const instances = [];

/** Instances are made deep inside of a package; here they are noted on the way. */
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

/** Adds up what the instances of one run have seen. */
function addUp(sum) {
  for (const { exports } of instances.splice(0)) {
    const seen = new Uint8Array(exports.memory.buffer, exports.mutant_seen() >>> 0, 3 * MAX_SEEN);
    for (let i = 0; i < seen.length; i++) sum[i] |= seen[i];
  }
}

/**
 * Runs every test on the unbroken, switched module.
 *
 * @returns for each test by name, what each of its runs has seen.
 * @throws Error that names every test that fails: then their failures would mean nothing.
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

/** Where a mutant must have been seen to matter: an index into what a run has seen. */
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

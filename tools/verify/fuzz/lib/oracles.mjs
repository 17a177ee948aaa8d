// SPDX-License-Identifier: MIT
// What a parser must not do, whatever its input is.

/** The CPU time limit per input; CPU time does not depend on the load of the machine. */
const SLOWEST_MS = 2000;
/** The length of repeated texts. */
const LONGEST = 1 << 16;
// biome-ignore lint/suspicious/noControlCharactersInRegex: this finds them
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/**
 * Decodes an input. About one of 250 inputs is repeated to {@link LONGEST} bytes, which finds what takes
 * quadratic time. The bytes decide which, so that an input does the same every time.
 */
export function textOf(data) {
  const text = data.toString();
  const sum = data.reduce((sum, byte) => (sum * 31 + byte) >>> 0, 7);
  return sum % 251 === 0 ? text.repeat(Math.floor(LONGEST / (text.length + 1))) : text;
}

/** Runs a parser. The documented errors count as an answer; everything else is a finding. */
export function tolerate(documented, run) {
  try {
    return run();
  } catch (error) {
    if (!documented.some((one) => error instanceof one)) throw error;
    return undefined;
  }
}

/**
 * Fails if an input takes too long twice: a first run compiles code, and a busy neighbour of this CPU
 * adds to CPU time too. The result of a target is a promise if it is asynchronous.
 */
export function inTime(run, again = false) {
  const start = process.cpuUsage();
  const end = () => {
    const { user, system } = process.cpuUsage(start);
    const spent = (user + system) / 1000;
    if (spent <= SLOWEST_MS) return undefined;
    if (!again) return inTime(run, true);
    throw new Error(`took ${spent.toFixed(0)} ms of CPU time`);
  };
  const result = run();
  return result === undefined ? end() : result.then(end);
}

/** Fails if two values differ as JSON, in which the order of keys does not matter. */
export function same(what, actual, expected) {
  const [one, other] = [actual, expected].map(inJson);
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`);
}

function inJson(value) {
  return JSON.stringify(value, (_, one) => {
    if (typeof one === "bigint") return `${one}n`;
    const isMap = typeof one === "object" && one !== null && !Array.isArray(one);
    return isMap
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one;
  });
}

/** Fails if a text of a value would control a terminal. */
export function printable(value) {
  if (typeof value === "string") {
    if (CONTROL.test(value)) throw new Error(`control character in ${JSON.stringify(value)}`);
  } else if (typeof value === "object" && value !== null) Object.values(value).forEach(printable);
}

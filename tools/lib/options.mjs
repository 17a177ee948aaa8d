// SPDX-License-Identifier: MIT
import { parseArgs } from "node:util";

/** Prints the help and ends the process with 0, if the arguments before `--` ask for it. */
export function answerHelp(help, args = process.argv.slice(2)) {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  if (!own.includes("--help") && !own.includes("-h")) return;
  console.log(help);
  process.exit(0);
}

/**
 * Reads the arguments of a tool. `--help` prints the help and ends the process with 0, before the tool
 * does anything. A wrong argument prints what is wrong and the usage, the first line of the help, and
 * ends the process with 2.
 *
 * @param {string} help - the first line begins with `usage: `
 * @param {object} [config] - as for `parseArgs`: `options`, `allowPositionals`, `args`
 * @param {(parsed: { values: object, positionals: string[] }) => any} [refine] - makes the options of
 *   the tool from what was parsed; an error that it throws is a wrong argument
 * @returns what `refine` returns; without it the values
 */
export function readOptions(help, config = {}, refine = ({ values }) => values) {
  const { args = process.argv.slice(2), ...rest } = config;
  answerHelp(help, args);
  try {
    return refine(parseArgs({ args, ...rest }));
  } catch (cause) {
    console.error(`${cause.message}\n${help.split("\n", 1)[0]}`);
    process.exit(2);
  }
}

/** An option without a value, false where it is not given. */
export const flag = { type: "boolean", default: false };

/** The value of an option that takes a whole number. */
export function wholeNumber(name, value) {
  if (!/^\d{1,9}$/.test(value))
    throw new RangeError(`--${name} takes a whole number, not '${value}'`);
  return Number(value);
}

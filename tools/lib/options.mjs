// SPDX-License-Identifier: MIT
import { parseArgs } from "node:util";

/** Prints the help and exits with 0, if the arguments before `--` contain --help or -h. */
export function answerHelp(help, args = process.argv.slice(2)) {
  const end = args.indexOf("--");
  const own = end === -1 ? args : args.slice(0, end);
  if (!own.includes("--help") && !own.includes("-h")) return;
  console.log(help);
  process.exit(0);
}

/**
 * Parses the arguments of a tool. `--help` prints the help and exits with 0, before the tool does
 * anything. A wrong argument prints the error and the usage (the first line of the help), and exits
 * with 2.
 *
 * @param {string} help - the first line starts with `usage: `
 * @param {object} [config] - as for `parseArgs`: `options`, `allowPositionals`, `args`
 * @param {(parsed: { values: object, positionals: string[] }) => any} [refine] - converts the
 *   parsed arguments to the options of the tool; an error that it throws is a wrong argument
 * @returns the result of `refine`; without it, the values
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

/** An option without a value; the default is false. */
export const flag = { type: "boolean", default: false };

/** Parses the value of an option that takes a whole number. */
export function wholeNumber(name, value) {
  if (!/^\d{1,9}$/.test(value))
    throw new RangeError(`--${name} takes a whole number, not '${value}'`);
  return Number(value);
}

// SPDX-License-Identifier: MIT
import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest } from "@bpf-token/uapi/names";

/** Exit codes of the program. */
export const Exit = {
  FINE: 0,
  FINDINGS: 1,
  USAGE: 2,
  CANNOT_TELL: 3,
  /** As a shell reports SIGINT. */
  INTERRUPTED: 130,
} as const;
/** One value of {@link Exit}. */
export type Exit = (typeof Exit)[keyof typeof Exit];
/** The exit code of the program: one of {@link Exit}, or that of the command that `exec` ran. */
export type ExitCode = Exit | number;

/** An error that ends a command with a message, and with an exit code. */
export abstract class CommandError extends Error {
  /** The kind of the error in JSON. */
  abstract readonly kind: string;
  abstract readonly exit: ExitCode;
  /** Further problems, one line each. */
  readonly more: readonly string[] = [];
  /** What led to the error, as lines: decisions of the kernel, or the stack of a program. */
  readonly reason: readonly string[] = [];
}

/** The command line is invalid, or an input cannot be read. The message names the wrong word. */
export class UsageError extends CommandError {
  override readonly name = "UsageError" as const;
  override readonly kind = "usage";
  override readonly exit: ExitCode = Exit.USAGE;
  override readonly more: readonly string[];
  /** The help command that the error suggests. Default: that of the command; empty: none. */
  readonly help: string | undefined;

  constructor(message: string, help?: string, more: readonly string[] = []) {
    super(message);
    this.help = help;
    this.more = more;
  }
}

/** An input is malformed, or was refused. */
export class FindingError extends CommandError {
  override readonly name = "FindingError" as const;
  override readonly kind = "finding";
  override readonly exit: ExitCode = Exit.FINDINGS;
  override readonly more: readonly string[];

  constructor(message: string, more: readonly string[] = []) {
    super(message);
    this.more = more;
  }
}

/** There is no result, because a kernel, a compiler or a permission is missing. */
export class InconclusiveError extends CommandError {
  override readonly name = "InconclusiveError" as const;
  override readonly kind = "unavailable";
  override readonly exit: ExitCode = Exit.CANNOT_TELL;
  override readonly reason: readonly string[];
  override readonly more: readonly string[];

  constructor(message: string, reason: readonly string[] = [], more: readonly string[] = []) {
    super(message);
    this.reason = reason;
    this.more = more;
  }
}

/** Options of a command, in the form of Node's `parseArgs`. */
export type Options = NonNullable<ParseArgsConfig["options"]>;

/** Options of every command. */
export const common: Options = {
  json: { type: "boolean" },
  "no-color": { type: "boolean" },
  help: { type: "boolean", short: "h" },
};

/** Options of commands that run on a kernel. */
export const kernelOptions: Options = {
  backend: { type: "string" },
  subject: { type: "string" },
  release: { type: "string" },
};

/** A parsed command line. */
export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  readonly files: readonly string[];
  /** The words after `--`, which `files` contains as well; undefined without `--`. */
  readonly rest: readonly string[] | undefined;
}

/**
 * Parses the arguments of one command.
 *
 * @throws UsageError for an unknown option, with the nearest known one.
 */
export function parse(command: string, options: Options, argv: readonly string[]): Parsed {
  const cut = argv.indexOf("--");
  const own = cut < 0 ? argv : argv.slice(0, cut);
  const rest = cut < 0 ? undefined : argv.slice(cut + 1);
  try {
    const { values, positionals } = parseArgs({
      args: own.map((word) => withChoice(word, options)),
      options,
      allowPositionals: true,
      strict: true,
    });
    const files = [...positionals, ...(rest ?? [])];
    return { values: values as Parsed["values"], files, rest };
  } catch (e) {
    const asked = own.find((word) => word.startsWith("--") && !(nameOf(word) in options));
    if (asked === undefined) throw new UsageError(`${command}: ${firstSentence(e)}`);
    const hint = nearest(nameOf(asked), Object.keys(options));
    const guess = hint === undefined ? "" : `; did you mean '--${hint}'?`;
    throw new UsageError(`${command}: unknown option '${asked}'${guess}`);
  }
}

/** `--fix=all` is the option `fix-all`, where `--fix` alone has no value. */
function withChoice(word: string, options: Options): string {
  const [, name = "", choice = ""] = /^--([\w-]+)=(\w+)$/.exec(word) ?? [];
  return options[name]?.type === "boolean" && `${name}-${choice}` in options
    ? `--${name}-${choice}`
    : word;
}

function nameOf(word: string): string {
  return word.slice(2).split("=", 1)[0] ?? "";
}

function firstSentence(e: unknown): string {
  const text = e instanceof Error ? e.message : String(e);
  const sentence = text.split(". ", 1)[0] ?? text;
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/**
 * Returns the one of `words` that equals `value`.
 *
 * @throws UsageError with the nearest word and all known words.
 */
export function oneOf<T extends string>(what: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const hint = nearest(value, words);
  const guess = hint === undefined ? "" : `; did you mean '${hint}'?`;
  throw new UsageError(`unknown ${what} '${value}'${guess} (known: ${words.join(", ")})`);
}

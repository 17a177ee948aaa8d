// SPDX-License-Identifier: MIT
import { type ParseArgsConfig, parseArgs } from "node:util";
import { nearest } from "@bpf-token/uapi/names";

/** Exit codes of the program; `docs` and tests hold them. */
export const Exit = { FINE: 0, FINDINGS: 1, USAGE: 2, CANNOT_TELL: 3 } as const;
/** One value of {@link Exit}. */
export type Exit = (typeof Exit)[keyof typeof Exit];
/** What the program ends with: one of its own codes, or that of a command that it ran. */
export type ExitCode = Exit | number;

/** The command line makes no sense; the message says where and what would. */
export class UsageError extends Error {
  override readonly name = "UsageError" as const;
  /** What to type for help; empty where the message says all. */
  readonly help: string;

  constructor(message: string, help = "bpf-token --help") {
    super(message);
    this.help = help;
  }
}

/** The question cannot be answered here: no kernel, no file, no right to look. */
export class CannotTellError extends Error {
  override readonly name = "CannotTellError" as const;
}

/** Options of a command, as `parseArgs` of Node takes them. */
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
  /** The words behind `--`, which are among the files too; undefined where there was none. */
  readonly behind: readonly string[] | undefined;
}

/**
 * Parses the arguments of one command.
 *
 * @throws UsageError for an option that the command does not have, with the nearest one that it has.
 */
export function parse(command: string, options: Options, argv: readonly string[]): Parsed {
  const help = `bpf-token ${command} --help`;
  const cut = argv.indexOf("--");
  const own = cut < 0 ? argv : argv.slice(0, cut);
  const behind = cut < 0 ? undefined : argv.slice(cut + 1);
  try {
    const { values, positionals } = parseArgs({
      args: [...own],
      options,
      allowPositionals: true,
      strict: true,
    });
    const files = [...positionals, ...(behind ?? [])];
    return { values: values as Parsed["values"], files, behind };
  } catch (e) {
    const asked = own.find((word) => word.startsWith("--") && !(nameOf(word) in options));
    if (asked === undefined) throw new UsageError(`${command}: ${firstSentence(e)}`, help);
    const hint = nearest(nameOf(asked), Object.keys(options));
    throw new UsageError(
      `${command}: unknown option '${asked}'${hint === undefined ? "" : `; did you mean '--${hint}'?`}`,
      help,
    );
  }
}

function nameOf(word: string): string {
  return word.slice(2).split("=", 1)[0] ?? "";
}

function firstSentence(e: unknown): string {
  const text = e instanceof Error ? e.message : String(e);
  const sentence = text.split(". ", 1)[0] ?? text;
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}

/** Picks one of some words, or says which there are. */
export function oneOf<T extends string>(what: string, value: string, words: readonly T[]): T {
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  const hint = nearest(value, words);
  const guess = hint === undefined ? "" : `; did you mean '${hint}'?`;
  throw new UsageError(`unknown ${what} '${value}'${guess} (there are: ${words.join(", ")})`);
}

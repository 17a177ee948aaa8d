// SPDX-License-Identifier: MIT
import type { HostEnvironment } from "@bpf-token/kernel-native";
import type { Paint } from "../text/paint.js";
import type { Output, Stream } from "./output.js";
import type { ExitCode, Options, Parsed } from "./usage.js";

/** The streams and environment variables of the program. */
export interface ProgramIo {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Properties of the machine and this process, given by tests instead of being detected. */
  readonly host?: HostEnvironment;
}

/** What a command sees of {@link ProgramIo}. */
export interface CommandIo extends Pick<ProgramIo, "env" | "host"> {
  readonly stdout: Output;
  readonly stderr: Output;
}

/** The parsed arguments and output functions that a command receives. */
export interface Context {
  readonly parsed: Parsed;
  readonly paint: Paint;
  readonly out: Output;
  /** Whether `--json` was given. */
  readonly json: boolean;
  readonly io: CommandIo;
  /** Loads all commands, with their names. */
  commands(): Promise<readonly NamedCommand[]>;
  /** Runs the program with other arguments and streams. */
  run(argv: readonly string[], io: ProgramIo): Promise<ExitCode>;
  /** The version of the program. */
  version(): Promise<string>;
  /** Prints a line. */
  line(text?: string): void;
  /** Prints a note on standard error, or with `--json` in the field `releaseNotes` of the document. */
  note(text: string): void;
  /** Prints the JSON document of a command; `kind` becomes a part of its `schema`. */
  printJson(kind: string, value: object): void;
}

/** A command of the program. */
export interface Command {
  readonly usage: string;
  readonly options: Options;
  /** The words that the first argument can be, for completion. Without them, it is a file. */
  readonly words?: readonly string[];
  /** The words that an option can have, by option, for completion. */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  run(context: Context): Promise<ExitCode>;
}

/** A command with its name, and its line of the help. */
export interface NamedCommand {
  readonly name: string;
  readonly summary: string;
  readonly command: Command;
}

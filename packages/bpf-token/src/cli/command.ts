// SPDX-License-Identifier: MIT
import type { HostEnvironment } from "@bpf-token/kernel-native";
import type { Paint } from "../text/paint.js";
import type { Screen } from "./text/paint.js";
import type { ExitCode, Options, Parsed } from "./usage.js";

/** An output stream. */
export interface Stream extends Screen {
  write(text: string): unknown;
}

/** The streams and environment variables of the program. */
export interface ProgramIo {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Properties of the machine and this process, given by tests instead of being detected. */
  readonly host?: HostEnvironment;
}

/** The parsed arguments and output functions that a command receives. */
export interface Context {
  readonly parsed: Parsed;
  readonly paint: Paint;
  readonly out: Stream;
  /** Whether `--json` was given. */
  readonly json: boolean;
  readonly io: ProgramIo;
  /** Prints a line. */
  line(text?: string): void;
  /** Prints the JSON document of a command; `kind` becomes a part of its `schema`. */
  printJson(kind: string, value: object): void;
}

/** A command of the program. */
export interface Command {
  readonly summary: string;
  readonly usage: string;
  readonly options: Options;
  run(context: Context): Promise<ExitCode>;
}

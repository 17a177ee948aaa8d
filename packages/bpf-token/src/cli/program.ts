// SPDX-License-Identifier: MIT
import type { CommandIo, NamedCommand, ProgramIo } from "./command.js";
import { commandGroups, commands, type ListedCommand } from "./command-list.js";
import { jsonDocument } from "./json.js";
import { Output } from "./output.js";
import { describeFdShortage, describeSystemError } from "./system-error.js";
import { paintFor } from "./text/paint.js";
import { CommandError, common, Exit, type ExitCode, oneOf, parse, UsageError } from "./usage.js";

/** Loads all commands, with their names. */
async function loadCommands(): Promise<readonly NamedCommand[]> {
  const all = Object.entries(commands);
  return Promise.all(
    all.map(async ([name, { summary, load }]) => ({ name, summary, command: await load() })),
  );
}

/** The names of all commands. */
export const commandNames: readonly string[] = Object.keys(commands);

/**
 * The program `bpf-token`.
 *
 * @returns the exit code: 0 fine, 1 findings, 2 usage or an unreadable input, 3 no result. For `exec`,
 *   the exit code of its command.
 */
export async function run(argv: readonly string[], streams: ProgramIo): Promise<ExitCode> {
  const { stdout, stderr } = streams;
  const io = { ...streams, stdout: new Output(stdout), stderr: new Output(stderr) };
  try {
    return await dispatch(argv, io);
  } catch (e) {
    const error = describeError(argv, e);
    if (wantsJson(argv)) {
      // Standard output holds one document: the result or the error. Programs that `exec` and `trace`
      // run have it for themselves.
      const runs = argv[0] === "exec" || (argv[0] === "trace" && argv.includes("--"));
      const stream = runs ? io.stderr : io.stdout;
      stream.lines(JSON.stringify(jsonDocument("error", { error }), null, 2));
    } else {
      for (const line of [error.message, ...(error.more ?? [])]) {
        io.stderr.line(`bpf-token: ${line}`);
      }
      for (const line of error.reason ?? []) io.stderr.line(`  ${line}`);
      if (error.help !== undefined) io.stderr.line(`try '${error.help}'`);
    }
    // This is a bug in bpf-token, so print the stack.
    if (error.kind === "internal" && e instanceof Error) io.stderr.lines(e.stack ?? "");
    return error.exit;
  }
}

/** The field `error` of the JSON document of an error. */
interface ErrorReport {
  /** `usage`, `finding`, `unavailable`, `kernel`, `command` or `internal`. */
  readonly kind: string;
  /** The command that failed; null where the command line names none. */
  readonly command: string | null;
  readonly message: string;
  /** Further problems. */
  readonly more?: readonly string[];
  /** What led to the error, as lines: decisions of the kernel, or the stack of a program. */
  readonly reason?: readonly string[];
  /** The command that prints help. */
  readonly help?: string;
  /** The exit code of the program. */
  readonly exit: ExitCode;
}

function describeError(argv: readonly string[], e: unknown): ErrorReport {
  const command = commandNames.find((name) => name === argv[0]) ?? null;
  const message = e instanceof Error ? e.message : String(e);
  if (!(e instanceof CommandError)) return describeOther(command, e, message);
  const { kind, exit, more, reason } = e;
  const usual = command === null ? "bpf-token --help" : `bpf-token ${command} --help`;
  const help = e instanceof UsageError ? (e.help ?? usual) : "";
  return {
    kind,
    command,
    message,
    ...(more.length > 0 && { more }),
    ...(reason.length > 0 && { reason }),
    ...(help !== "" && { help }),
    exit,
  };
}

function describeOther(command: string | null, e: unknown, message: string): ErrorReport {
  const exit = Exit.CANNOT_TELL;
  const kind = e instanceof Error ? kinds[e.name] : undefined;
  const system = kind === undefined ? (describeSystemError(e) ?? describeFdShortage()) : undefined;
  if (system !== undefined) return { kind: "unavailable", command, message: system, exit };
  const [first = "", ...more] = message.split("\n");
  const rest = more.length > 0 ? { more } : {};
  return { kind: kind ?? "internal", command, message: first, ...rest, exit };
}

/** Whether the command line has `--json`, even if it is invalid otherwise. */
function wantsJson([word, ...rest]: readonly string[]): boolean {
  const cut = rest.indexOf("--");
  const own = cut < 0 ? rest : rest.slice(0, cut);
  return word !== undefined && !word.startsWith("-") && own.includes("--json");
}

/** Library errors by name. Importing their classes would slow down every command. */
const kinds: Readonly<Record<string, string>> = {
  BpfError: "kernel",
  CompilerError: "unavailable",
  FuzzFolderError: "unavailable",
  FuzzSubjectError: "unavailable",
  GuestUnavailableError: "unavailable",
  KernelCrashed: "kernel",
  KernelLostError: "kernel",
  ModuleError: "unavailable",
  NativeUnavailableError: "unavailable",
  NotModelledError: "unavailable",
  StoreError: "unavailable",
  SubjectUnavailableError: "unavailable",
};

async function dispatch(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  const [word, ...rest] = argv;
  if (word === "help" && rest[0] !== undefined) return dispatch([rest[0], "--help"], io);
  if (word === undefined || word === "help" || word === "--help" || word === "-h") {
    io.stdout.lines(overview());
    return word === undefined ? Exit.USAGE : Exit.FINE;
  }
  if (word === "--version" || word === "-V") {
    io.stdout.line(await version());
    return Exit.FINE;
  }
  if (word.startsWith("-")) throw new UsageError(`unknown option '${word}'; give a command first`);
  const name = oneOf("command", word, commandNames);
  const command = await (commands[name] as ListedCommand).load();
  const parsed = parse(name, { ...common, ...command.options }, rest);
  if (parsed.values.help === true) {
    io.stdout.lines(command.usage.trim());
    return Exit.FINE;
  }
  const wanted = parsed.values["no-color"] !== true;
  const json = parsed.values.json === true;
  const releaseNotes: string[] = [];
  return command.run({
    parsed,
    get paint() {
      return paintFor(io.stdout, io.env, wanted);
    },
    out: io.stdout,
    json,
    io,
    commands: loadCommands,
    run,
    version,
    line: (text) => io.stdout.line(text),
    note: (text) => {
      if (json) releaseNotes.push(text);
      else io.stderr.line(`bpf-token: ${text}`);
    },
    printJson: (kind, value) => {
      const noted = releaseNotes.length === 0 ? value : { ...value, releaseNotes };
      io.stdout.lines(JSON.stringify(jsonDocument(kind, noted), null, 2));
    },
  });
}

function overview(): string {
  const row = (name: string) => `  ${name.padEnd(11)}${commands[name]?.summary ?? ""}`;
  const groups = commandGroups.map(([title, names]) => `${title}\n${names.map(row).join("\n")}`);
  return `bpf-token: explain BPF tokens, and test them on several kernels

usage: bpf-token COMMAND [OPTIONS]

If your container gets EPERM, read docs/eperm.md or run bpf-token doctor.
To understand an error text or a log, run bpf-token explain.

${groups.join("\n\n")}

  bpf-token COMMAND --help  print the options and examples of a command
  bpf-token --version       print the version

exit codes: 0 fine, 1 findings, 2 usage, or an input cannot be read, 3 no result
            (a kernel, a compiler or a permission is missing)
`;
}

async function version(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const url = new URL("../../package.json", import.meta.url);
  return (JSON.parse(await readFile(url, "utf8")) as { version: string }).version;
}

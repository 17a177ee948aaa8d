// SPDX-License-Identifier: MIT
import type { Command, ProgramIo } from "./command.js";
import { paintFor } from "./text/paint.js";
import { CannotTellError, common, Exit, type ExitCode, oneOf, parse, UsageError } from "./usage.js";

/** Commands load only when they are called. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  coverage: async () => (await import("./commands/coverage.js")).coverage,
  demo: async () => (await import("./commands/demo.js")).demo,
  diff: async () => (await import("./commands/diff.js")).diffCommand,
  exec: async () => (await import("./commands/exec.js")).exec,
  fuzz: async () => (await import("./commands/fuzz.js")).fuzz,
  gen: async () => (await import("./commands/gen.js")).gen,
  inspect: async () => (await import("./commands/inspect.js")).inspect,
  load: async () => (await import("./commands/load.js")).load,
  run: async () => (await import("./commands/run.js")).runScenarios,
  support: async () => (await import("./commands/support.js")).support,
  upstream: async () => (await import("./commands/upstream.js")).upstream,
};

/**
 * The program `bpf-token`.
 *
 * @returns the exit code: 0 fine, 1 findings, 2 usage, 3 cannot tell; of `exec` the command's.
 */
export async function run(argv: readonly string[], io: ProgramIo): Promise<ExitCode> {
  try {
    return await dispatch(argv, io);
  } catch (e) {
    const message = e instanceof Error ? e.message : String(e);
    io.stderr.write(`bpf-token: ${message}\n`);
    if (e instanceof UsageError) {
      if (e.help !== "") io.stderr.write(`try '${e.help}'\n`);
      return Exit.USAGE;
    }
    if (e instanceof CannotTellError || isFailure(e)) return Exit.CANNOT_TELL;
    // What is left is a mistake of ours: the place is worth more than a tidy line.
    if (e instanceof Error && e.stack !== undefined) io.stderr.write(`${e.stack}\n`);
    return Exit.CANNOT_TELL;
  }
}

/**
 * Errors that say why a command cannot go on, by name: to load the packages that have their classes
 * would cost every command its time.
 */
const failures = [
  "KernelLostError",
  "KernelCrashed",
  "BpfError",
  "FuzzFolderError",
  "FuzzSubjectError",
];

function isFailure(e: unknown): boolean {
  return e instanceof Error && failures.includes(e.name);
}

async function dispatch(argv: readonly string[], io: ProgramIo): Promise<ExitCode> {
  const [word, ...rest] = argv;
  if (word === "help" && rest[0] !== undefined) return dispatch([rest[0], "--help"], io);
  if (word === undefined || word === "help" || word === "--help" || word === "-h") {
    io.stdout.write(await overview());
    return word === undefined ? Exit.USAGE : Exit.FINE;
  }
  if (word === "--version" || word === "-V") {
    io.stdout.write(`${await version()}\n`);
    return Exit.FINE;
  }
  if (word.startsWith("-")) throw new UsageError(`unknown option '${word}'; a command comes first`);
  const name = oneOf("command", word, Object.keys(commands));
  const command = await (commands[name] as () => Promise<Command>)();
  const parsed = parse(name, { ...common, ...command.options }, rest);
  if (parsed.values.help === true) {
    io.stdout.write(`${command.usage.trim()}\n`);
    return Exit.FINE;
  }
  const wanted = parsed.values["no-color"] !== true;
  return command.run({
    parsed,
    paint: paintFor(io.stdout, io.env, wanted),
    out: io.stdout,
    json: parsed.values.json === true,
    io,
    line: (text = "") => io.stdout.write(`${text}\n`),
  });
}

async function overview(): Promise<string> {
  const rows = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => {
      return `  ${name.padEnd(10)}${(await load()).summary}`;
    }),
  );
  return `bpf-token: BPF tokens, explained and tried out

usage: bpf-token COMMAND [OPTIONS]

${rows.join("\n")}

  bpf-token COMMAND --help   options and examples of a command
  bpf-token --version

exit codes: 0 fine, 1 findings, 2 usage, 3 cannot tell
`;
}

async function version(): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  const url = new URL("../../package.json", import.meta.url);
  return (JSON.parse(await readFile(url, "utf8")) as { version: string }).version;
}

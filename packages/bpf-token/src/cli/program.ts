// SPDX-License-Identifier: MIT
import type { Circumstances } from "@bpf-token/kernel-native";
import type { Paint, Screen } from "./paint.js";
import { paintFor } from "./paint.js";
import {
  CannotTellError,
  common,
  Exit,
  type ExitCode,
  oneOf,
  type Parsed,
  parse,
  UsageError,
} from "./usage.js";

/** Where text goes. */
export interface Stream extends Screen {
  write(text: string): unknown;
}

/** What the program sees of the world. */
export interface World {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The machine and this process, where they are not to be asked themselves. */
  readonly circumstances?: Circumstances;
}

/** What a command works with. */
export interface Context {
  readonly parsed: Parsed;
  readonly paint: Paint;
  readonly out: Stream;
  /** Whether `--json` was given. */
  readonly json: boolean;
  readonly world: World;
  /** Prints a line. */
  line(text?: string): void;
}

/** A command of the program. */
export interface Command {
  readonly summary: string;
  readonly usage: string;
  readonly options: Parameters<typeof parse>[1];
  run(context: Context): Promise<ExitCode>;
}

/** Commands load only when they are called. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  coverage: async () => (await import("./coverage.js")).coverage,
  demo: async () => (await import("./demo.js")).demo,
  diff: async () => (await import("./diff.js")).diffCommand,
  exec: async () => (await import("./exec.js")).exec,
  fuzz: async () => (await import("./fuzz.js")).fuzz,
  gen: async () => (await import("./gen.js")).gen,
  inspect: async () => (await import("./inspect.js")).inspect,
  load: async () => (await import("./load.js")).load,
  run: async () => (await import("./run.js")).runScenarios,
  support: async () => (await import("./support.js")).support,
  upstream: async () => (await import("./upstream.js")).upstream,
};

/**
 * The program `bpf-token`.
 *
 * @returns the exit code: 0 fine, 1 findings, 2 usage, 3 cannot tell; of `exec` the command's.
 */
export async function run(argv: readonly string[], world: World): Promise<ExitCode> {
  try {
    return await dispatch(argv, world);
  } catch (e) {
    const message = e instanceof Error ? e.message : String(e);
    world.stderr.write(`bpf-token: ${message}\n`);
    if (e instanceof UsageError) {
      if (e.help !== "") world.stderr.write(`try '${e.help}'\n`);
      return Exit.USAGE;
    }
    if (e instanceof CannotTellError || isKernels(e)) return Exit.CANNOT_TELL;
    // What is left is a mistake of ours: the place is worth more than a tidy line.
    if (e instanceof Error && e.stack !== undefined) world.stderr.write(`${e.stack}\n`);
    return Exit.CANNOT_TELL;
  }
}

/** An answer of a kernel, by name: to load the facade for that would cost every command its time. */
function isKernels(e: unknown): boolean {
  return e instanceof Error && ["KernelLostError", "KernelCrashed", "BpfError"].includes(e.name);
}

async function dispatch(argv: readonly string[], world: World): Promise<ExitCode> {
  const [word, ...rest] = argv;
  if (word === "help" && rest[0] !== undefined) return dispatch([rest[0], "--help"], world);
  if (word === undefined || word === "help" || word === "--help" || word === "-h") {
    world.stdout.write(await overview());
    return word === undefined ? Exit.USAGE : Exit.FINE;
  }
  if (word === "--version" || word === "-V") {
    world.stdout.write(`${await version()}\n`);
    return Exit.FINE;
  }
  if (word.startsWith("-")) throw new UsageError(`unknown option '${word}'; a command comes first`);
  const name = oneOf("command", word, Object.keys(commands));
  const command = await (commands[name] as () => Promise<Command>)();
  const parsed = parse(name, { ...common, ...command.options }, rest);
  if (parsed.values.help === true) {
    world.stdout.write(`${command.usage.trim()}\n`);
    return Exit.FINE;
  }
  const wanted = parsed.values["no-color"] !== true;
  return command.run({
    parsed,
    paint: paintFor(world.stdout, world.env, wanted),
    out: world.stdout,
    json: parsed.values.json === true,
    world,
    line: (text = "") => world.stdout.write(`${text}\n`),
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

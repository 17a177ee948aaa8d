// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { ANNOTATION_PREFIX, type Delegation } from "@bpf-token/delegation";
import { HOOK_PROGRAM } from "@bpf-token/diagnose/node";
import { UsageError } from "../usage.js";
import { writableFolder } from "./writable.js";

/** Where the hook and its files are on the host. */
export interface HookPlaces {
  /** The folder `hooks.d` of the engine. */
  readonly hooks: string;
  /** The program. */
  readonly program: string;
  /** The configuration with the allow-list. */
  readonly config: string;
}

/** The usual places: Podman and CRI-O read this `hooks.d` without a setting. */
export const usualPlaces: HookPlaces = {
  hooks: "/usr/share/containers/oci/hooks.d",
  program: HOOK_PROGRAM,
  config: "/etc/bpf-token/hook.json",
};

/**
 * Checks a path of an option. It ends up in JSON and in a static program, which has no working directory
 * to rely on.
 *
 * @throws UsageError if it is not absolute.
 */
export function absolute(command: string, option: string, value: unknown): string {
  const path = String(value);
  if (path.startsWith("/") && JSON.stringify(path) === `"${path}"`) return path;
  throw new UsageError(
    `${command}: --${option} needs an absolute path without quotes and backslashes`,
  );
}

/** One change of the host. */
export interface HookChange {
  readonly what: "write" | "link" | "remove";
  readonly path: string;
  /** The text of a file, for people; absent for programs. */
  readonly text?: string;
  apply(): void;
}

/** The name of the wrapper for engines without `hooks.d`. The program acts by this name. */
const WRAPPER = "bpf-token-runtime";

/** What `hook install` shall set up. */
export interface HookSetup extends HookPlaces {
  /** The program to copy. */
  readonly source: string;
  /** What containers may ask for. Default: what the configuration on the host says. */
  readonly allow?: Delegation;
  /** The OCI runtime that the wrapper executes; absent: no wrapper. */
  readonly runtime?: string;
  /** The file that gets each message of the hook. Default: what the configuration on the host says. */
  readonly log?: string;
}

/**
 * Returns the changes that install the hook, in an order that leaves no engine with half of it: the
 * file in `hooks.d` comes last.
 *
 * @throws SyntaxError if the configuration on the host is no JSON; an error of Node if it cannot be read.
 * @example
 * ```ts
 * for (const change of installChanges(setup)) change.apply();
 * ```
 */
export function installChanges(setup: HookSetup): readonly HookChange[] {
  const { program, config, hooks, runtime, allow, log, source } = setup;
  const present = readConfig(config);
  const changed = {
    ...present,
    ...(allow !== undefined && { allow }),
    ...(runtime !== undefined && { runtime }),
    ...(log !== undefined && { log }),
  };
  const prefix = typeof present?.prefix === "string" ? present.prefix : ANNOTATION_PREFIX;
  return [
    writeChange(config, 0o644, `${JSON.stringify(changed, null, 2)}\n`),
    writeChange(program, 0o755, readFileSync(source)),
    ...(runtime === undefined
      ? []
      : [linkChange(join(dirname(program), WRAPPER), basename(program))]),
    writeChange(hooksFile(hooks), 0o644, hooksText(setup, prefix)),
  ];
}

/** The configuration on the host; undefined if there is none. */
export function readConfig(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function hooksFile(folder: string): string {
  return join(folder, "bpf-token.json");
}

/** The file that Podman, CRI-O and the hook injector of NRI read. */
function hooksText({ program, config }: HookPlaces, prefix: string): string {
  const quoted = prefix.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const entry = {
    version: "1.0.0",
    hook: { path: program, args: ["bpf-token-hook", "--config", config], timeout: 20 },
    when: { annotations: { [`^${quoted}`]: ".*" } },
    stages: ["createRuntime"],
  };
  return `${JSON.stringify(entry, null, 2)}\n`;
}

function writeChange(path: string, mode: number, content: string | Buffer): HookChange {
  return {
    ...{ what: "write", path },
    ...(typeof content === "string" && { text: content }),
    apply: () => {
      // Whatever the umask is: root runs the program from there.
      mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
      // An engine may run the old program at this moment, so it is replaced and not written.
      const fresh = `${path}.${process.pid}`;
      rmSync(fresh, { force: true });
      writeFileSync(fresh, content, { mode, flag: "wx" });
      chmodSync(fresh, mode);
      renameSync(fresh, path);
    },
  };
}

function linkChange(path: string, target: string): HookChange {
  return {
    ...{ what: "link", path, text: `${target}\n` },
    apply: () => {
      rmSync(path, { force: true });
      symlinkSync(target, path);
    },
  };
}

/**
 * Returns the changes that remove the hook: the file in `hooks.d` first, and only what exists.
 *
 * @example
 * ```ts
 * for (const change of removeChanges(usualPlaces)) change.apply();
 * ```
 */
export function removeChanges({ hooks, program, config }: HookPlaces): readonly HookChange[] {
  const files = [hooksFile(hooks), join(dirname(program), WRAPPER), program, config];
  const present = files.filter((path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined);
  return present.map((path) => ({
    ...{ what: "remove", path },
    apply: () => {
      rmSync(path);
      if (path === config) removeIfEmpty(dirname(path));
    },
  }));
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody else's files are in it.
  }
}

/**
 * Checks an installed hook.
 *
 * @returns a line for each problem, with its fix; empty if there is none.
 * @example
 * ```ts
 * for (const problem of checkHook(usualPlaces, "/path/of/bpf-token-hook")) console.error(problem);
 * ```
 */
export function checkHook(places: HookPlaces, source: string): readonly string[] {
  const { hooks, program, config } = places;
  const install = "Fix: bpf-token hook install";
  const problems: string[] = [];
  const bytes = readIf(program);
  if (bytes === undefined) problems.push(`the program ${program} is missing. ${install}`);
  else if (!bytes.equals(readFileSync(source))) {
    problems.push(`the program ${program} is of another version. ${install}`);
  }
  const stat = lstatSync(program, { throwIfNoEntry: false });
  if (stat !== undefined && (stat.uid !== 0 || (stat.mode & 0o022) !== 0)) {
    problems.push(`others than root can write ${program}. Fix: chown root, chmod 755`);
  }
  problems.push(...checkFolders(places, logOf(config)));
  // The bundled program checks the file, because another one may be installed.
  const run = spawnSync(source, ["--check", "--config", config], { encoding: "utf8" });
  if (run.status !== 0) problems.push(run.stderr.trim().replace(/^bpf-token-hook: /, ""));
  problems.push(...checkHooksFile(places, readIf(hooksFile(hooks))?.toString(), install));
  const wrapper = join(dirname(program), WRAPPER);
  const link = lstatSync(wrapper, { throwIfNoEntry: false });
  if (
    link !== undefined &&
    (!link.isSymbolicLink() || readlinkSync(wrapper) !== basename(program))
  ) {
    problems.push(`${wrapper} is no link to ${basename(program)}. ${install} --runtime PATH`);
  }
  return problems;
}

/** The file of messages, if the configuration on the host names one. */
function logOf(config: string): readonly string[] {
  try {
    const log = readConfig(config)?.log;
    return typeof log === "string" && log.startsWith("/") ? [log] : [];
  } catch {
    // The check of the program says what is wrong.
    return [];
  }
}

/** Who can write to a folder can replace a file in it. */
const checkFolders = (
  { hooks, program, config }: HookPlaces,
  log: readonly string[],
): readonly string[] =>
  [
    ...new Set(
      [program, config, hooksFile(hooks), ...log].flatMap((path) => writableFolder(path) ?? []),
    ),
  ].map(
    (folder) =>
      `others than root can write to the folder ${folder}, and so replace files of the hook. Fix: chown root, chmod go-w`,
  );

function checkHooksFile(
  { hooks, program, config }: HookPlaces,
  text: string | undefined,
  install: string,
): readonly string[] {
  const file = hooksFile(hooks);
  if (text === undefined) return [`${file} is missing, so the engine runs no hook. ${install}`];
  let entry: { hook?: { path?: unknown; args?: unknown }; stages?: unknown };
  try {
    entry = JSON.parse(text) as typeof entry;
  } catch {
    return [`${file} is no JSON. ${install}`];
  }
  const problems: string[] = [];
  const { path, args } = entry.hook ?? {};
  if (path !== program) problems.push(`${file} runs another program than ${program}. ${install}`);
  if (!Array.isArray(args) || !args.includes(config)) {
    problems.push(`${file} names another configuration than ${config}. ${install}`);
  }
  if (JSON.stringify(entry.stages) !== '["createRuntime"]') {
    problems.push(`the stage in ${file} is not createRuntime. ${install}`);
  }
  return problems;
}

function readIf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

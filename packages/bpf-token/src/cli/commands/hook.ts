// SPDX-License-Identifier: MIT

import type { Command, Context } from "../command.js";
import {
  absolute,
  checkHook,
  type HookChange,
  type HookPlaces,
  installChanges,
  readConfig,
  removeChanges,
  usualPlaces,
} from "../hook/install.js";
import { readSettings } from "../input/settings.js";
import {
  Exit,
  type ExitCode,
  FindingError,
  InconclusiveError,
  oneOf,
  UsageError,
} from "../usage.js";

const actions = ["install", "remove", "check"] as const;

/** `bpf-token hook`: installs the OCI hook that mounts a delegating bpffs. */
export const hook: Command = {
  usage: `usage: bpf-token hook install [--allow FILE] [--dir DIR] [--runtime PATH]
                              [--log FILE] [--yes]
       bpf-token hook remove [--dir DIR] [--yes]
       bpf-token hook check [--dir DIR]

Installs, removes or checks bpf-token-hook, an OCI hook. It mounts a BPF
filesystem in containers that ask for it by annotations, with the delegation of
the annotations. It delegates nothing beyond the allow-list of the host.
Without --yes, nothing changes: the command prints what it would do.

  --allow FILE    what containers may ask for, in any format of 'translate';
                  default: keep the allow-list of the host
  --dir DIR       hooks.d of the engine; default:
                  ${usualPlaces.hooks}
  --runtime PATH  also install a wrapper of this OCI runtime, for Docker
  --log FILE      the hook also writes its messages there; crun drops them
  --program FILE  default: ${usualPlaces.program}
  --config FILE   default: ${usualPlaces.config}
  --yes           do it
  --json          print the changes, or the problems, as JSON

The engine must be that of root. A rootless engine runs in a user namespace, and
the kernel accepts a delegation from the initial one only.

exit codes: 0 done, printed or no problem, 1 the check found a problem, 2 usage,
            or a file cannot be read, 3 not root, or the hook is not built

examples:
  bpf-token policy program.bpf.o --for podman > run.sh
  bpf-token hook install --allow run.sh --yes
  bpf-token hook check
`,
  options: {
    allow: { type: "string" },
    dir: { type: "string" },
    runtime: { type: "string" },
    log: { type: "string" },
    program: { type: "string" },
    config: { type: "string" },
    yes: { type: "boolean" },
  },
  words: actions,
  run: execute,
};

async function execute(context: Context): Promise<ExitCode> {
  const { files, values } = context.parsed;
  const [word, ...more] = files;
  if (word === undefined || more.length > 0) {
    throw new UsageError(`hook: give one of ${actions.join(", ")}`);
  }
  const action = oneOf("action", word, actions);
  const places: HookPlaces = {
    hooks: absolute("hook", "dir", values.dir ?? usualPlaces.hooks),
    program: absolute("hook", "program", values.program ?? usualPlaces.program),
    config: absolute("hook", "config", values.config ?? usualPlaces.config),
  };
  if (action === "remove") return change(context, removeChanges(places));
  const { findHook } = await import("@bpf-token/kernel-native/delegate");
  const found = findHook();
  if ("why" in found) throw new InconclusiveError(`hook: ${found.why}`);
  if (action === "check") return check(context, places, found.path);
  return change(context, await plan(context, places, found.path));
}

async function plan(
  { parsed }: Context,
  places: HookPlaces,
  source: string,
): Promise<readonly HookChange[]> {
  const { allow, runtime, log } = parsed.values;
  try {
    if (allow === undefined && readConfig(places.config)?.allow === undefined) {
      throw new UsageError(
        `hook: ${places.config} has no allow-list yet; give one with --allow FILE, such as the output of 'bpf-token policy OBJECT --for podman'`,
      );
    }
    const settings = allow === undefined ? undefined : await readSettings(String(allow));
    return installChanges({
      ...places,
      source,
      ...(settings !== undefined && { allow: settings.delegation }),
      ...(runtime !== undefined && { runtime: absolute("hook", "runtime", runtime) }),
      ...(log !== undefined && { log: absolute("hook", "log", log) }),
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new FindingError(`hook: ${places.config} is no JSON; correct or remove it`);
  }
}

function change(context: Context, changes: readonly HookChange[]): ExitCode {
  const { parsed, json, line, paint, printJson } = context;
  const yes = parsed.values.yes === true;
  if (yes && process.geteuid?.() !== 0) {
    throw new InconclusiveError(
      "hook: only root can do this, and only the engine of root can delegate: a rootless engine runs in a user namespace",
    );
  }
  for (const one of yes ? changes : []) apply(one);
  if (json) {
    printJson("hook", {
      done: yes,
      changes: changes.map(({ what, path, text }) => ({ what, path, text })),
    });
    return Exit.FINE;
  }
  const words = yes
    ? { write: "wrote", link: "linked", remove: "removed" }
    : { write: "would write", link: "would link", remove: "would remove" };
  for (const { what, path, text } of changes) {
    line(`${words[what]} ${path}`);
    for (const one of yes || text === undefined ? [] : text.trimEnd().split("\n")) {
      line(paint("quiet", `    ${one}`));
    }
  }
  if (changes.length === 0) line("nothing is installed");
  else if (!yes) line("Nothing was changed. Run it again with --yes.");
  return Exit.FINE;
}

function apply(one: HookChange): void {
  try {
    one.apply();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UsageError(`hook: cannot ${one.what} ${one.path} (${code})`, "");
  }
}

function check(context: Context, places: HookPlaces, source: string): ExitCode {
  const { json, line, printJson } = context;
  const problems = checkHook(places, source);
  if (json) printJson("hook-check", { places, problems });
  else if (problems.length === 0) line(`The hook is installed, and ${places.config} is valid.`);
  else for (const problem of problems) line(`- ${problem}`);
  return problems.length === 0 ? Exit.FINE : Exit.FINDINGS;
}

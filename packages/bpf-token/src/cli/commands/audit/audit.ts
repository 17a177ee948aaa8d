// SPDX-License-Identifier: MIT
import { type Audit, auditHost } from "../../../audit/index.js";
import type { Command, Context } from "../../command.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, type ExitCode, InconclusiveError, UsageError } from "../../usage.js";
import { followed, secondsOf } from "./follow.js";
import { auditSarif, jsonOf } from "./formats.js";
import { textLines } from "./text.js";
import { watched } from "./watch.js";

/** `bpf-token audit`: who can use which delegation of this host, and what is wider than needed. */
export const audit: Command = {
  usage: `usage: bpf-token audit [--trace SECONDS | --watch SECONDS] [--json | --sarif]
                       [--no-color]

Lists the BPF filesystems with delegate masks in all mount namespaces of this
host, who can use them, and the tokens that are open: containers and units by
name. Says what each can do to the host, which bits and capabilities nobody
uses, and what to change. Run it as root on the host; as another user it says
what it could not see.

Only reads files of /proc, and the names that container managers keep. Changes
nothing, makes no bpf() call, joins no namespace, and opens no file of a
container and no token. Only --trace follows processes, as strace does.

  --trace SECONDS  record the bpf() calls of these processes for some seconds,
                   and print the smaller delegation that suffices for them;
                   the model confirms it
  --watch SECONDS  read again after each so many seconds, and print a line for
                   each change, until it is interrupted
  --json           print all of it as JSON; with --watch, a line for each change
  --sarif          print the findings as SARIF 2.1.0, for code scanning

exit codes: 0 no error or warning, 1 errors or warnings, 2 usage, 3 nothing was
            found, but some processes could not be read

examples:
  sudo bpf-token audit
  sudo bpf-token audit --trace 60
  sudo bpf-token audit --json | jq '.delegations[].who'
`,
  options: { sarif: { type: "boolean" }, trace: { type: "string" }, watch: { type: "string" } },
  run: execute,
};

async function execute(context: Context): Promise<ExitCode> {
  const { trace, watch } = optionsOf(context);
  const { CollectError, readHost } = await import("@bpf-token/diagnose/node");
  const read = (): Audit => {
    try {
      return auditHost(readHost());
    } catch (error) {
      if (!(error instanceof CollectError)) throw error;
      throw new InconclusiveError(`audit: ${error.message}`);
    }
  };
  let result = read();
  if (trace !== undefined) result = await followed(result, trace, context);
  if (watch === undefined || !context.json) print(context, result);
  if (watch !== undefined) result = await watched(read, result, watch, context);
  if (result.rows.some(({ worst }) => worst === "error" || worst === "warning")) {
    return Exit.FINDINGS;
  }
  return result.unknown.length > 0 ? Exit.CANNOT_TELL : Exit.FINE;
}

/** The seconds of the two options. */
function optionsOf({ parsed, json }: Context): Record<"trace" | "watch", number | undefined> {
  const { files, values } = parsed;
  if (files.length > 0) throw new UsageError("audit: unexpected argument; it takes options only");
  const given = (["trace", "watch"] as const).map((name) => {
    const value = values[name];
    return typeof value === "string" ? secondsOf(name, value) : undefined;
  });
  const [trace, watch] = given;
  const modes = { trace: trace !== undefined, watch: watch !== undefined };
  for (const pair of [
    { sarif: values.sarif === true, json },
    { sarif: values.sarif === true, watch: modes.watch },
    modes,
  ]) {
    if (Object.values(pair).every(Boolean)) {
      const names = Object.keys(pair).map((name) => `--${name}`);
      throw new UsageError(`audit: give only one of ${names.join(", ")}`);
    }
  }
  return { trace, watch };
}

function print(context: Context, result: Audit): void {
  const { line, paint, out, json, io, printJson } = context;
  if (context.parsed.values.sarif === true) {
    io.stdout.lines(JSON.stringify(auditSarif(result), null, 2));
  } else if (json) printJson("audit", jsonOf(result));
  else for (const one of textLines(result, paint, proseWidth(out))) line(one);
}

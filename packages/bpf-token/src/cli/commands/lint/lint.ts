// SPDX-License-Identifier: MIT
import type { KernelRelease } from "@bpf-token/uapi/names";
import { hasKey } from "../../../lint/fragments.js";
import { applyFixes, type LintOptions, type LintResult, lintText } from "../../../lint/index.js";
import { policyLoaders } from "../../../policy/loaders.js";
import type { Policy } from "../../../policy/policy-result.js";
import type { Command, Context } from "../../command.js";
import { readInput } from "../../input/files.js";
import { readRelease } from "../../input/release.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, type ExitCode, oneOf, UsageError } from "../../usage.js";
import { withoutBaseline, writeBaseline } from "./baseline.js";
import { type LintConfig, readConfig } from "./config.js";
import {
  diffLines,
  githubLines,
  jsonOf,
  type LintReport,
  lintSarif,
  textLines,
} from "./formats.js";
import { type Candidate, candidatesIn, readSome, replaceSame } from "./walk.js";

const formats = ["text", "json", "sarif", "github"] as const;
const personas = ["everyone", "auditor"] as const;

/** `bpf-token lint`: finds mistakes in delegations in the files of a repository. */
export const lint: Command = {
  usage: `usage: bpf-token lint [PATH… | -] [--fix | --fix=all | --diff]
                      [--format FORMAT] [--json] [--release R]
                      [--objects PATTERN]… [--loader L]
                      [--persona PERSONA] [--config FILE]
                      [--baseline FILE | --write-baseline FILE]
                      [--stdin-filename NAME]

Finds delegations in the files of folders (default: the current one), and
reports what gives no token, or another one than it seems, with file, line and
column. It reads units and systemd-run lines, mount lines, keys of LXD and
Incus, annotations in YAML, JSON, quadlets and commands, calls of fsconfig() in
C, Go, Python and Rust, and blocks of code in Markdown. Makes no bpf() call and
needs no network. 'bpf-token explain lint.any' prints a wrong and a right
example of a finding.

Skips files that .gitignore excludes, symbolic links in folders, binary files
and files of more than 1 MiB. '-' reads standard input.

  --fix           write the fixes that are beyond doubt into the files
  --diff          print what --fix=all would write, and write nothing
  --fix=all       write every fix, such as the nearest known name; see --diff
  --format FORMAT text (default), json, sarif, github (annotations)
  --release R     the Linux release that runs it: reports what it does not know
  --objects PATTERN
                  compare each delegation with what these BPF objects need
                  together: a file, or a pattern with '*', '?' or '**'
  --loader L      what loads the objects: libbpf (default), cilium, libxdp, …
  --persona WHO   everyone (default), or auditor: also what is only unusual
  --config FILE   default: .bpf-token-lint.json. Keys: release, persona, ignore
                  (ids), exclude (patterns as in .gitignore), baseline
  --baseline FILE skip the findings that FILE has
  --write-baseline FILE
                  write the findings to FILE, and exit with 0
  --stdin-filename NAME
                  the name of standard input, which decides how it is read
  --json          the same as --format json

A comment '# bpf-token: ignore[lint.any]' is about its line and the next one.

exit codes: 0 no error or warning, 1 errors or warnings, 2 usage, or PATH cannot
            be read

examples:
  bpf-token lint
  bpf-token lint deploy/ --fix
  bpf-token lint agent.service --objects 'build/*.bpf.o'
  bpf-token lint --format github --baseline lint.json
  bpf-token lint - --stdin-filename agent.service < agent.service
`,
  options: {
    fix: { type: "boolean" },
    "fix-all": { type: "boolean" },
    diff: { type: "boolean" },
    objects: { type: "string", multiple: true },
    loader: { type: "string" },
    format: { type: "string" },
    release: { type: "string" },
    persona: { type: "string" },
    config: { type: "string" },
    baseline: { type: "string" },
    "write-baseline": { type: "string" },
    "stdin-filename": { type: "string" },
  },
  values: { format: formats, persona: personas, loader: Object.keys(policyLoaders) },
  run: execute,
};

async function execute(context: Context): Promise<ExitCode> {
  const { parsed, json } = context;
  const { files, values } = parsed;
  const text = (name: string): string | undefined =>
    values[name] === undefined ? undefined : String(values[name]);
  const format = oneOf("format", text("format") ?? (json ? "json" : "text"), formats);
  const config = await readConfig(text("config"));
  const persona = oneOf("persona", text("persona") ?? config.persona ?? "everyone", personas);
  const asked = text("release") ?? config.release;
  const release = asked === undefined ? undefined : readRelease(asked, context);
  const policy = await policyFor(context, release);
  const options: LintOptions = {
    auditor: persona === "auditor",
    ignore: config.ignore,
    ...(release !== undefined && { release }),
    ...(policy !== undefined && { policy }),
  };
  const report = files.includes("-")
    ? await lintInput(context, text("stdin-filename") ?? "-", options)
    : lintFiles(files.length === 0 ? ["."] : files, config, options, fixesOf(context, format));
  const target = text("write-baseline");
  if (target !== undefined) {
    await writeBaseline(target, report.results);
    return Exit.FINE;
  }
  const baseline = text("baseline") ?? config.baseline;
  const results =
    baseline === undefined ? report.results : await withoutBaseline(baseline, report.results);
  print(context, format, { ...report, results });
  const fine = results.every(({ finding }) => finding.severity === "note");
  return fine ? Exit.FINE : Exit.FINDINGS;
}

/** What the objects of the command line need. Reading objects is loaded for them only. */
async function policyFor(
  { parsed: { values } }: Context,
  release: KernelRelease | undefined,
): Promise<Policy | undefined> {
  if (!Array.isArray(values.objects)) {
    if (values.loader === undefined) return undefined;
    throw new UsageError("lint: --loader needs --objects");
  }
  const { policyOfPatterns } = await import("./objects.js");
  return await policyOfPatterns(values.objects, String(values.loader ?? "libbpf"), release);
}

/** What happens to the fixes of a file. */
interface Fixes {
  readonly which: "safe" | "all";
  readonly write: boolean;
  /** Takes the lines of a diff. */
  readonly show?: (line: string) => void;
}

function fixesOf({ parsed, line }: Context, format: string): Fixes | undefined {
  const { fix, diff, "fix-all": all } = parsed.values;
  const given = [fix, diff, all].filter((value) => value === true).length;
  if (given > 1) throw new UsageError("lint: give one of --fix, --fix=all and --diff");
  if (diff === true && format !== "text") {
    throw new UsageError("lint: --diff prints text; --json has the fix of each finding");
  }
  if (given === 0) return undefined;
  return {
    which: fix === true ? "safe" : "all",
    write: diff !== true,
    ...(diff === true && { show: line }),
  };
}

async function lintInput(
  context: Context,
  name: string,
  options: LintOptions,
): Promise<LintReport> {
  const { files, values } = context.parsed;
  if (files.length > 1) throw new UsageError("lint: give '-' or PATHs, not both");
  const fix = ["fix", "fix-all", "diff"].find((name) => values[name] === true);
  if (fix !== undefined) {
    throw new UsageError(`lint: --${fix.replace("-", "=")} needs a PATH, not '-'`);
  }
  const bytes = await readInput("-");
  return {
    results: lintText(name, bytes.toString(), options),
    files: hasKey(bytes) ? 1 : 0,
    fixed: 0,
  };
}

function lintFiles(
  paths: readonly string[],
  config: LintConfig,
  options: LintOptions,
  fixes: Fixes | undefined,
): LintReport {
  const results: LintResult[] = [];
  let files = 0;
  let fixed = 0;
  for (const file of candidatesIn(paths, config)) {
    const { path } = file;
    const bytes = readSome(file);
    if (bytes === undefined && file.named) {
      throw new UsageError(`cannot read '${path}': it is no regular file of at most 1 MiB`, "");
    }
    if (bytes === undefined || !hasKey(bytes) || bytes.includes(0) || isOwn(bytes)) continue;
    files++;
    const found = lintText(path, bytes.toString(), options);
    const after =
      fixes === undefined ? { rest: found, fixed: 0 } : fixFile(file, bytes, found, options, fixes);
    fixed += after.fixed;
    results.push(...after.rest);
  }
  return { results, files, fixed };
}

/** A baseline or another document of ours repeats what it found. Its schema is the first field. */
const isOwn = (bytes: Buffer): boolean =>
  /^\s*\{\s*"schema": "bpf-token\//.test(bytes.toString("latin1", 0, 200));

/** Shows the fixes or writes them into a file, and returns the findings that remain. */
function fixFile(
  file: Candidate,
  bytes: Buffer,
  found: readonly LintResult[],
  options: LintOptions,
  { which, write, show }: Fixes,
): { readonly rest: readonly LintResult[]; readonly fixed: number } {
  const { path } = file;
  const before = bytes.toString();
  const { text, rest } = applyFixes(before, found, which);
  const same = { rest: found, fixed: 0 };
  // Text that is not UTF-8 would change.
  if (text === before || !Buffer.from(before).equals(bytes)) return same;
  if (show !== undefined) for (const line of diffLines(path, before, text)) show(line);
  if (!write || !replaceSame(file, bytes, text)) return same;
  return { rest: lintText(path, text, options), fixed: found.length - rest.length };
}

function print(context: Context, format: (typeof formats)[number], report: LintReport): void {
  const { line, paint, out, io, printJson } = context;
  switch (format) {
    case "text":
      for (const one of textLines(report, paint, proseWidth(out))) line(one);
      break;
    case "github":
      for (const one of githubLines(report)) io.stdout.command(one);
      break;
    case "json":
      printJson("lint", jsonOf(report));
      break;
    case "sarif":
      io.stdout.lines(JSON.stringify(lintSarif(report), null, 2));
  }
}

// SPDX-License-Identifier: MIT
import { hasKey } from "../../../lint/fragments.js";
import { applyFixes, type LintOptions, type LintResult, lintText } from "../../../lint/index.js";
import type { Command, Context } from "../../command.js";
import { readInput } from "../../input/files.js";
import { readRelease } from "../../input/release.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, type ExitCode, oneOf, UsageError } from "../../usage.js";
import { withoutBaseline, writeBaseline } from "./baseline.js";
import { type LintConfig, readConfig } from "./config.js";
import { githubLines, jsonOf, type LintReport, lintSarif, textLines } from "./formats.js";
import { type Candidate, candidatesIn, readSome, replaceSame } from "./walk.js";

const formats = ["text", "json", "sarif", "github"] as const;
const personas = ["everyone", "auditor"] as const;

/** `bpf-token lint`: finds mistakes in delegations in the files of a repository. */
export const lint: Command = {
  summary: "finds mistakes in the delegations of a repository",
  usage: `usage: bpf-token lint [PATH… | -] [--fix] [--format FORMAT] [--release R]
                      [--persona PERSONA] [--config FILE] [--json]
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
  --format FORMAT text (default), json, sarif, github (annotations)
  --release R     the Linux release that runs it: reports what it does not know
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
  bpf-token lint --format github --baseline lint.json
  bpf-token lint - --stdin-filename agent.service < agent.service
`,
  options: {
    fix: { type: "boolean" },
    format: { type: "string" },
    release: { type: "string" },
    persona: { type: "string" },
    config: { type: "string" },
    baseline: { type: "string" },
    "write-baseline": { type: "string" },
    "stdin-filename": { type: "string" },
  },
  values: { format: formats, persona: personas },
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
  const release = text("release") ?? config.release;
  const options: LintOptions = {
    auditor: persona === "auditor",
    ignore: config.ignore,
    ...(release !== undefined && { release: readRelease(release, context) }),
  };
  const report = files.includes("-")
    ? await lintInput(context, text("stdin-filename") ?? "-", options)
    : lintFiles(files.length === 0 ? ["."] : files, config, options, values.fix === true);
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

async function lintInput(
  context: Context,
  name: string,
  options: LintOptions,
): Promise<LintReport> {
  const { files, values } = context.parsed;
  if (files.length > 1) throw new UsageError("lint: give '-' or PATHs, not both");
  if (values.fix === true) throw new UsageError("lint: --fix needs a PATH, not '-'");
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
  fix: boolean,
): LintReport {
  const results: LintResult[] = [];
  let files = 0;
  let fixed = 0;
  for (const { path, named } of candidatesIn(paths, config)) {
    const bytes = readSome(path, named);
    if (bytes === undefined && named) {
      throw new UsageError(`cannot read '${path}': it is no regular file of at most 1 MiB`, "");
    }
    if (bytes === undefined || !hasKey(bytes) || bytes.includes(0) || isOwn(bytes)) continue;
    files++;
    const found = lintText(path, bytes.toString(), options);
    const rest = fix ? fixFile({ path, named }, bytes, found, options) : found;
    fixed += found.length - rest.length;
    results.push(...rest);
  }
  return { results, files, fixed };
}

/** A baseline or another document of ours repeats what it found. Its schema is the first field. */
const isOwn = (bytes: Buffer): boolean =>
  /^\s*\{\s*"schema": "bpf-token\//.test(bytes.toString("latin1", 0, 200));

/** Writes the fixes into a file, and returns the findings that remain. */
function fixFile(
  { path, named }: Candidate,
  bytes: Buffer,
  found: readonly LintResult[],
  options: LintOptions,
): readonly LintResult[] {
  const before = bytes.toString();
  const { text } = applyFixes(before, found);
  // Text that is not UTF-8 would change.
  if (text === before || !Buffer.from(before).equals(bytes)) return found;
  return replaceSame(path, bytes, text, named) ? lintText(path, text, options) : found;
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

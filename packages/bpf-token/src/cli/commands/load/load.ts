// SPDX-License-Identifier: MIT
import { existsSync, readFileSync } from "node:fs";
import { Collection, LoadError, type PlanOptions, plan } from "@bpf-token/loader";
import { Btf, type ObjectSpec, parseObject } from "@bpf-token/object";
import { bpfReleases } from "../../../generated/subject-names.js";
import type { Command, Context } from "../../command.js";
import { readInputFile } from "../../input/files.js";
import { throwMalformed } from "../../input/malformed.js";
import { columns } from "../../text/inspect-text.js";
import { Exit, type ExitCode, InconclusiveError, UsageError } from "../../usage.js";
import {
  type LoadReport,
  loadedReport,
  type PlanReport,
  planReport,
  refusedReport,
} from "./report.js";

const KERNEL_TYPES = "/sys/kernel/btf/vmlinux";
/** The number of instructions of a verifier log that are printed. */
const STEPS = 10;

/** `bpf-token load`: loads an object here, or prints what is missing. */
export const load: Command = {
  usage: `usage: bpf-token load OBJECT [--token auto|never|PATH] [--program NAME,…]
                      [--dry-run [--loader libbpf]] [--log] [--json]
       bpf-token load OBJECT --subject KERNEL [--limit SECONDS]
                      [--delegate AXIS=NAME[:NAME…][,AXIS=…] [--caps CAP,…]] …

Loads a compiled BPF object on the running kernel as this process, with a token
if there is one; with --subject on another kernel, without root. Prints the
result and unloads everything again. If the load fails, prints the cause: the
missing delegation and the option to add, or the verifier's reason and the
source line; since Linux 7.3 also the kernel's explanation, what led to it, and
a suggestion.

  --token auto       find a token as libbpf does: at LIBBPF_BPF_TOKEN_PATH, else
                     at any bpffs with delegate options (default). 'never': use
                     no token. PATH: use the bpffs at PATH, or fail
  --program NAME,…   load these programs; default: all without '?' in SEC()
  --dry-run          print the bpf() calls of the load without making them;
                     works on every platform
  --loader libbpf    with --dry-run: also print the calls by which libbpf 1.5 to
                     1.7 probes kernel features before the load
  --subject KERNEL   load on ${bpfReleases.map((one) => `bpf:${one}`).join(" or ")}, Linux's own BPF subsystem;
                     model@R, a guest or an upstream module. The loader is root
                     in the initial user namespace
  --delegate …       with --subject: the loader is root in its own user
                     namespace, with a bpffs that delegates this, as with 'exec'
  --caps CAP,…       with --delegate: the capabilities of the loader
  --limit SECONDS    with --subject bpf:R: the longest time; default: 10
  --log              print the whole verifier log
  --json             print the whole report as JSON

exit codes: 0 loaded, 1 not loaded, or malformed, 2 usage, or OBJECT cannot be
            read, 3 this machine cannot load objects, or the subject is not
            available or does not have what the load needs

examples:
  bpf-token load program.bpf.o
  bpf-token load program.bpf.o --token /sys/fs/bpf
  bpf-token load program.bpf.o --dry-run
  bpf-token load program.bpf.o --subject bpf:7.3 --delegate 'cmds=any;progs=xdp'
  bpf-token exec --delegate 'cmds=any;maps=any;progs=any;attachs=any' -- \\
    bpf-token load program.bpf.o
`,
  options: {
    token: { type: "string" },
    program: { type: "string", multiple: true },
    "dry-run": { type: "boolean" },
    loader: { type: "string" },
    subject: { type: "string" },
    delegate: { type: "string", multiple: true },
    caps: { type: "string" },
    limit: { type: "string" },
    log: { type: "boolean" },
  },
  run: async (context) => {
    const { files, values } = context.parsed;
    const [file] = files;
    if (file === undefined || files.length > 1)
      throw new UsageError("load: needs exactly one OBJECT");
    if (values["dry-run"] === true && values.token !== undefined && values.token !== "never") {
      throw new UsageError("load: --dry-run creates no token; remove --token");
    }
    assertSubject(values);
    const loader = loaderOf(values.loader, values["dry-run"] === true);
    const bytes = await readInputFile(file);
    let object: ObjectSpec;
    try {
      object = parseObject(bytes, { name: file });
    } catch (error) {
      throwMalformed(file, error);
    }
    const programs = programsOf(object, values.program);
    // Not all that is wrong with an object shows when it is parsed.
    try {
      if (values["dry-run"] === true) {
        return dryRun(context, file, object, { ...programs, loader });
      }
      if (values.subject !== undefined)
        return await loadElsewhere(context, { file, bytes, ...programs });
      return await tryLoad(context, file, object, programs);
    } catch (error) {
      return throwMalformed(file, error);
    }
  },
};

interface Programs {
  readonly programs?: readonly string[];
}
type Loader = NonNullable<PlanOptions["loader"]>;

/** The options of another kernel need `--subject`. */
function assertSubject(values: Context["parsed"]["values"]): void {
  const { subject, delegate, caps, limit } = values;
  if (subject !== undefined && values["dry-run"] === true)
    throw new UsageError("load: --dry-run makes no calls; remove --subject");
  const given = Object.entries({ delegate, caps, limit }).find(([, value]) => value !== undefined);
  if (subject === undefined && given !== undefined)
    throw new UsageError(`load: --${given[0]} needs --subject`);
  if (delegate === undefined && caps !== undefined)
    throw new UsageError("load: --caps needs --delegate");
}

/** Loads on the kernel that `--subject` names. */
async function loadElsewhere(
  context: Context,
  { file, bytes, programs }: { file: string; bytes: Uint8Array } & Programs,
): Promise<ExitCode> {
  const { delegate, caps, token = "auto" } = context.parsed.values;
  const { readSetup } = await import("../../input/setup.js");
  const setup = delegate === undefined ? undefined : readSetup("load", delegate, caps);
  const { loadOnSubject } = await import("./on-subject.js");
  const load = { file, bytes, setup, token: String(token), ...(programs && { programs }) };
  return finish(context, await loadOnSubject(context, load));
}

function loaderOf(given: unknown, dry: boolean): Loader {
  if (given === undefined) return "bpf-token";
  if (!dry) throw new UsageError("load: --loader needs --dry-run");
  if (given === "libbpf" || given === "bpf-token") return given;
  throw new UsageError(`load: unknown loader '${String(given)}' (known: libbpf, bpf-token)`);
}

function programsOf(object: ObjectSpec, given: unknown): Programs {
  if (!Array.isArray(given)) return {};
  const names = given.flatMap((words) => String(words).split(","));
  const known = object.programs.map(({ name }) => name);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return { programs: names };
  throw new UsageError(`load: the object has no program '${wrong}' (it has: ${known.join(", ")})`);
}

function dryRun(
  context: Context,
  file: string,
  object: ObjectSpec,
  options: PlanOptions,
): ExitCode {
  // Plans for the running kernel. Without its BTF, plans for a kernel that has none.
  const types = existsSync(KERNEL_TYPES) ? Btf.parse(readFileSync(KERNEL_TYPES)) : undefined;
  const report = planReport(
    file,
    plan(object, { ...options, ...(types === undefined ? {} : { kernelBtf: types }) }),
  );
  if (context.json) context.printJson("load-plan", report);
  else printPlan(context, report);
  return report.error === undefined ? Exit.FINE : Exit.FINDINGS;
}

function printPlan({ line, paint }: Context, { calls, notes, error }: PlanReport): void {
  for (const { cmd, subject, feature, attr } of calls) {
    const fields = Object.entries(attr).map(([name, value]) => `${name}=${String(value)}`);
    const about = feature === undefined ? subject : `(probes ${feature})`;
    line(`${paint("call", cmd)}${about === "" ? "" : ` ${about}`}  ${fields.join(" ")}`);
  }
  for (const { subject, text } of notes) line(paint("warn", `note: ${subject}: ${text}`));
  if (error !== undefined) line(paint("bad", `the load fails here: ${error}`));
}

async function tryLoad(
  context: Context,
  file: string,
  object: ObjectSpec,
  programs: Programs,
): Promise<ExitCode> {
  const { token = "auto" } = context.parsed.values;
  const { currentTask, NativeUnavailableError } = await import("@bpf-token/kernel-native");
  let report: LoadReport;
  try {
    const options = { ...programs, token: String(token), env: context.io.env };
    const loaded = await Collection.loadAsync(currentTask(), object, options);
    report = loadedReport(file, loaded);
    loaded.close();
  } catch (error) {
    if (error instanceof NativeUnavailableError)
      throw new InconclusiveError(`load: ${error.message}`);
    if (!(error instanceof LoadError)) throw error;
    report = refusedReport(file, object, error, STEPS);
  }
  return finish(context, report);
}

function finish(context: Context, report: LoadReport): ExitCode {
  if (context.json) context.printJson("load", report);
  else printReport(context, report, context.parsed.values.log === true);
  return report.loaded ? Exit.FINE : Exit.FINDINGS;
}

function printReport({ line, paint }: Context, report: LoadReport, whole: boolean): void {
  const { file, token, maps = [], programs = [], notes, error } = report;
  const where = report.kernel === undefined ? "" : ` on ${report.kernel}`;
  if (error !== undefined) {
    const { phase, subject, reason, missing, verifier, log } = error;
    line(`${paint("strong", file)}: ${paint("bad", "not loaded")}${where}`);
    line(`  ${phase}${subject === "" ? "" : ` ${subject}`}: ${reason}`);
    for (const { axis, add, cause, fix } of missing) {
      line(`  missing: ${axis} ${add}`);
      line(`  cause:   ${cause}`);
      line(`  fix:     ${fix}`);
    }
    const text = whole && log !== "" ? log : verifier;
    for (const row of text.trimEnd().split("\n"))
      if (row !== "") line(`  ${row.replaceAll("\t", "    ")}`);
    return;
  }
  line(`${paint("strong", file)}: ${paint("good", "loaded")}${where}`);
  if (token?.path != null) line(`  token from ${token.path}: ${token.allows ?? "masks unknown"}`);
  else
    for (const { path, reason } of token?.reasons ?? [])
      line(`  no token: ${path === "" ? "" : `${path}: `}${reason}`);
  for (const row of columns(
    programs.map(({ name, type, id }) => ["program", name, type, `id ${id}`]),
  )) {
    line(row);
  }
  for (const row of columns(maps.map(({ name, type, id }) => ["map", name, type, `id ${id}`])))
    line(row);
  for (const { subject, text } of notes) line(paint("warn", `  note: ${subject}: ${text}`));
}

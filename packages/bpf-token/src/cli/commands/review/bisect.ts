// SPDX-License-Identifier: MIT
import { existsSync, statSync } from "node:fs";
import { diff } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import type { WasmCompiler } from "@bpf-token/upstream";
import type { ChangedFunction } from "@bpf-token/upstream/instrumented";
import type { TreeCommit, TreeHistory, UpstreamStore } from "@bpf-token/upstream/node";
import { modelRuns } from "../../../diff/model-runs.js";
import type { Command, Context } from "../../command.js";
import { type ReadScenario, readScenarios } from "../../input/scenarios.js";
import { type FileReport, printDiff } from "../../text/diff-text.js";
import { Exit, type ExitCode, FindingError, InconclusiveError, UsageError } from "../../usage.js";
import { compilerFor, releaseFor } from "../upstream.js";
import { openBoth } from "./open-both.js";
import type { CommitTester, SearchResult, Tested } from "./search.js";

const HELP = "bpf-token bisect --help";
const PATHS = ["kernel/bpf/token.c", "kernel/bpf/inode.c"];

/** `bpf-token bisect`: finds the commit of a kernel tree that changes an answer. */
export const bisect: Command = {
  usage: `usage: bpf-token bisect TREE GOOD BAD -- SCENARIO…

Finds the first commit after GOOD, up to BAD, on which a scenario is answered
otherwise than on GOOD. Compiles kernel/bpf/token.c and inode.c of the commits
that change them, in place of the model's own, for one release. Prints the
commit, its changed functions, and the calls that it answers otherwise. Skips
commits that do not compile, and names them.

TREE is a git checkout or a bare repository. It is only read: git runs no hook,
no filter and no command of its configuration, and checks nothing out.

  --as RELEASE       release to compile for; default is that of BAD
  --no-inode         compile token.c only
  --compiler C       path of a clang, or 'yowasp' for the one from npm
  --json             print the result as JSON

exit codes: 0 the commit was found, 1 GOOD or BAD does not compile, 2 usage, or
            there is no such tree or revision, 3 a compiler is missing, no
            answer differs, or skipped commits hide which one it is

examples:
  bpf-token bisect ~/linux v6.12 v6.15 -- scenario.yaml
  bpf-token bisect ~/linux HEAD~20 HEAD --as 7.3 -- scenarios/*.yaml
`,
  options: {
    as: { type: "string" },
    compiler: { type: "string" },
    "no-inode": { type: "boolean" },
  },
  run: async (context) => {
    const { CompilerError, SourceError } = await import("@bpf-token/upstream");
    try {
      return await run(context);
    } catch (error) {
      if (error instanceof SourceError) throw new UsageError(`bisect: ${error.message}`, "");
      if (error instanceof CompilerError) throw new InconclusiveError(`bisect: ${error.message}`);
      throw error;
    }
  },
};

interface Ends {
  readonly history: TreeHistory;
  readonly good: TreeCommit;
  readonly bad: TreeCommit;
}

async function run(context: Context): Promise<ExitCode> {
  const [tree, from, to, ...files] = context.parsed.files;
  if (tree === undefined || from === undefined || to === undefined || files.length === 0) {
    throw new UsageError("bisect: needs TREE, GOOD, BAD and at least one SCENARIO", HELP);
  }
  const scenarios = await readScenarios(files);
  const inode = context.parsed.values["no-inode"] !== true;
  const ends = await findEnds(tree, from, to, inode ? PATHS : PATHS.slice(0, 1));
  const { findSource } = await import("@bpf-token/upstream/node");
  const release = await releaseFor(context, await findSource(`${tree}@${ends.bad.id}`, { inode }));
  const compiler = await compilerFor(context.parsed.values.compiler);
  const request = { ...ends, scenarios, release, compiler, inode };
  const found = await search(context, request);
  const { first, candidates, tested } = found;
  if (first === undefined) return unsure(context, request, found);
  const { functions, reports, parent } = await explain(context, request, first);
  if (context.json) {
    const calls = reports.map(({ file, differences }) => ({ file, differences }));
    context.printJson("bisect", { release, first, parent, functions, calls, tested, candidates });
  }
  return Exit.FINE;
}

async function findEnds(
  tree: string,
  from: string,
  to: string,
  paths: readonly string[],
): Promise<Ends> {
  if (!existsSync(tree) || !statSync(tree).isDirectory()) {
    throw new UsageError(`bisect: ${tree} is not a directory, so no git tree`, "");
  }
  const { TreeHistory: History } = await import("@bpf-token/upstream/node");
  const history = new History(tree, paths);
  const [good, bad] = [await history.commit(from), await history.commit(to)];
  if (good.id === bad.id) {
    throw new UsageError(`bisect: GOOD ${from} and BAD ${to} are the same commit`, "");
  }
  if (!(await history.isAncestor(good.id, bad.id))) {
    throw new UsageError(`bisect: GOOD ${from} is not an ancestor of BAD ${to}`, "");
  }
  return { history, good, bad };
}

interface Request extends Ends {
  readonly scenarios: readonly ReadScenario[];
  readonly release: KernelRelease;
  readonly compiler: WasmCompiler;
  readonly inode: boolean;
}

async function search(context: Context, request: Request): Promise<SearchResult> {
  const { CommitTester: Tester, differs, findFirst } = await import("./search.js");
  const onTested = (one: Tested): void => {
    if (!context.json) context.line(testedLine(one));
  };
  const tester = new Tester({ ...request, onTested });
  const { good, bad } = request;
  const traces = await tracesOf(tester, `GOOD ${nameOf(good)}`, good, request.release);
  const changed = await tracesOf(tester, `BAD ${nameOf(bad)}`, bad, request.release);
  const idle = traces.find(({ outcome }) => outcome === "skipped");
  if (!differs(traces, changed)) {
    const why = idle === undefined ? "" : `; one was skipped: ${idle.reason ?? "no reason given"}`;
    throw new InconclusiveError(`bisect: GOOD and BAD answer every scenario the same${why}`);
  }
  return findFirst({ ...request, onTested }, tester, { good: good.id, bad: bad.id, traces });
}

async function tracesOf(
  tester: CommitTester,
  name: string,
  { id }: TreeCommit,
  release: KernelRelease,
) {
  try {
    return await tester.traces(id);
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "CompileError") throw error;
    const [first = "", ...more] = error.message.split("\n");
    const how = "--as names another release, --no-inode compiles token.c only";
    const why = `${first.replace(/:$/, "")} for Linux ${release}; ${how}`;
    throw new FindingError(`bisect: ${name}: ${why}`, more);
  }
}

const nameOf = ({ id, subject }: TreeCommit): string => `${id.slice(0, 12)}  ${subject}`;

function testedLine(one: Tested): string {
  if (one.result === "same" || one.result === "changed") {
    return `${one.result.padEnd(8)} ${nameOf(one)}`;
  }
  return `skipped  ${nameOf(one)}: ${one.result.skipped.split("\n", 1)[0]?.replace(/:$/, "")}`;
}

/** Skipped commits hide which one is the first. */
function unsure(context: Context, { release }: Request, found: SearchResult): ExitCode {
  const { candidates, tested } = found;
  if (context.json) {
    context.printJson("bisect", { release, first: null, candidates, tested });
    return Exit.CANNOT_TELL;
  }
  context.line();
  context.line("commits that do not compile hide which of these is the first:");
  for (const one of candidates) context.line(`  ${nameOf(one)}`);
  return Exit.CANNOT_TELL;
}

interface Explained {
  /** What the commit is compared with: its first parent, or GOOD if that does not compile. */
  readonly parent: TreeCommit;
  readonly functions: readonly ChangedFunction[];
  readonly reports: readonly FileReport[];
}

/** Compares the commit with its parent, as modules of the store. */
async function explain(context: Context, request: Request, first: TreeCommit): Promise<Explained> {
  const { storeFolder, UpstreamStore: Store } = await import("@bpf-token/upstream/node");
  const { changedFunctions } = await import("@bpf-token/upstream/instrumented");
  const { CompileError, SourceError } = await import("@bpf-token/upstream");
  const store = new Store(storeFolder(context.io.env));
  const after = await build(store, "after", request, first);
  let parent = await request.history.commit(`${first.id}^`);
  let before: typeof after;
  try {
    before = await build(store, "before", request, parent);
  } catch (error) {
    if (!(error instanceof CompileError || error instanceof SourceError)) throw error;
    parent = request.good;
    before = await build(store, "before", request, parent);
  }
  const functions = changedFunctions(before, after);
  const names = ["upstream:bisect-before", "upstream:bisect-after"] as const;
  const { subjects, close } = await openBoth(context, { names });
  try {
    const model = modelRuns();
    const all = request.scenarios.map(({ file, scenario }) => ({
      file,
      ...diff(scenario, subjects, model),
    }));
    const reports = all.filter(({ differences }) => differences.length > 0);
    if (!context.json) printFound(context, { first, parent, functions });
    for (const report of context.json ? [] : reports) printDiff(context, report, subjects);
    return { parent, functions, reports };
  } finally {
    close();
  }
}

async function build(
  store: UpstreamStore,
  end: "before" | "after",
  { history, release, compiler, inode }: Request,
  { id }: TreeCommit,
) {
  const { findSource } = await import("@bpf-token/upstream/node");
  const source = `${history.folder}@${id}`;
  const { files } = await findSource(source, { inode });
  const name = `bisect-${end}`;
  await store.build({ name, source, files, release, compiler });
  return store.sequences(name)?.coverage ?? [];
}

function printFound(
  { line, paint }: Context,
  { first, parent, functions }: Omit<Explained, "reports"> & { readonly first: TreeCommit },
): void {
  line();
  line(paint("strong", `first commit that answers otherwise: ${nameOf(first)}`));
  line(`compared with ${nameOf(parent)}, it changes`);
  for (const { name, file, after, before } of functions) {
    const lines = after ?? before;
    const place = lines === undefined ? file : `${file}:${lines.line}`;
    line(`  ${name}() in ${place}${after === undefined ? ", removed" : ""}`);
  }
  if (functions.length === 0) line("  no function");
}

// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import { createKernel } from "@bpf-token/kernel-wasm";
import { compare, type Trace } from "@bpf-token/scenario";
import type { KernelRelease } from "@bpf-token/uapi";
import { buildUpstream, CompileError, SourceError, type WasmCompiler } from "@bpf-token/upstream";
import { findSource, type TreeCommit, type TreeHistory } from "@bpf-token/upstream/node";
import { KernelPool } from "../../../subjects/pool.js";
import type { ReadScenario } from "../../input/scenarios.js";

/** What a search compares. */
export interface SearchRequest {
  readonly history: TreeHistory;
  readonly scenarios: readonly ReadScenario[];
  readonly release: KernelRelease;
  readonly compiler: WasmCompiler;
  readonly inode: boolean;
  /** Called for each commit that was built, or could not be. */
  readonly onTested: (tested: Tested) => void;
}

/** A commit that a search tested. */
export interface Tested extends TreeCommit {
  /** Whether its answers differ from those of the good commit; why it does not build otherwise. */
  readonly result: "same" | "changed" | { readonly skipped: string };
}

/** The result of a search. */
export interface SearchResult {
  /** The first commit with other answers; undefined if skipped commits hide which one it is. */
  readonly first: TreeCommit | undefined;
  /** If skipped commits hide the first one: all that it can be. */
  readonly candidates: readonly TreeCommit[];
  readonly tested: readonly Tested[];
}

/** Runs scenarios on the sources of commits. The same source is built once. */
export class CommitTester {
  readonly #request: SearchRequest;
  readonly #known = new Map<string, readonly Trace[] | CompileError>();

  constructor(request: SearchRequest) {
    this.#request = request;
  }

  /**
   * Returns the traces of the scenarios on the source of a commit.
   *
   * @throws SourceError if the commit lacks the source, CompileError if it does not compile.
   */
  async traces(commit: string): Promise<readonly Trace[]> {
    const { history, inode } = this.#request;
    const { files } = await findSource(`${history.folder}@${commit}`, { inode });
    const hash = createHash("sha256");
    for (const { path, bytes } of files) hash.update(`${path} ${bytes.length}\0`).update(bytes);
    const key = hash.digest("hex");
    const known = this.#known.get(key) ?? (await this.#run(files).catch(compileError));
    this.#known.set(key, known);
    if (known instanceof CompileError) throw known;
    return known;
  }

  async #run(files: Parameters<typeof buildUpstream>[0]): Promise<readonly Trace[]> {
    const { release, compiler, scenarios } = this.#request;
    const { module } = await buildUpstream(files, { release, compiler });
    const pool = new KernelPool({
      backend: "upstream:bisect",
      ...{ release, own: files.map(({ path }) => path), title: "a commit", shared: false },
      open: () => createKernel({ module }),
    });
    try {
      return scenarios.map(({ scenario }) => pool.run(scenario));
    } finally {
      pool.close();
    }
  }
}

function compileError(error: unknown): CompileError {
  if (error instanceof CompileError) return error;
  throw error;
}

/** Whether two lists of traces differ in an answer. */
export function differs(a: readonly Trace[], b: readonly Trace[]): boolean {
  return a.some((trace, i) => compare(trace, b[i] as Trace).length > 0);
}

/** Finds the first commit after `good` whose answers differ from `traces`, which are those of `good`. */
export async function findFirst(
  request: SearchRequest,
  tester: CommitTester,
  ends: { readonly good: string; readonly bad: string; readonly traces: readonly Trace[] },
): Promise<SearchResult> {
  const { history, onTested } = request;
  const good = [ends.good];
  let { bad } = ends;
  const skipped = new Set<string>();
  const tested: Tested[] = [];
  for (;;) {
    const left = await history.between(good, bad);
    const next = left.find((id) => id !== bad && !skipped.has(id) && left.length > 1);
    if (next === undefined) {
      const [only] = left;
      const all = await Promise.all(left.map((id) => history.commit(id)));
      const first = left.length === 1 && only !== undefined ? all[0] : undefined;
      return { first, candidates: first === undefined ? all : [], tested };
    }
    const result = await test(tester, next, ends.traces);
    const one = { ...(await history.commit(next)), result };
    tested.push(one);
    onTested(one);
    if (result === "same") good.push(next);
    else if (result === "changed") bad = next;
    else skipped.add(next);
  }
}

async function test(
  tester: CommitTester,
  commit: string,
  traces: readonly Trace[],
): Promise<Tested["result"]> {
  try {
    return differs(traces, await tester.traces(commit)) ? "changed" : "same";
  } catch (error) {
    if (!(error instanceof CompileError || error instanceof SourceError)) throw error;
    return { skipped: error.message };
  }
}

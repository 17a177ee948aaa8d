// SPDX-License-Identifier: MIT
import { SourceError } from "../errors.js";
import { reason, resolveCommit, runGit } from "./git.js";

/** A commit of a git tree. */
export interface TreeCommit {
  readonly id: string;
  /** The first line of its message. */
  readonly subject: string;
}

/** The history of a tree of Linux may have a million commits. */
const SECONDS = 120;

/**
 * The commits of a git tree that change some files. Reads objects only: git runs no hook, no filter and
 * no command of the tree's configuration.
 *
 * @example
 * ```ts
 * const history = new TreeHistory("linux", ["kernel/bpf/token.c"]);
 * const { subject } = await history.commit("v6.12");
 * ```
 */
export class TreeHistory {
  readonly folder: string;
  readonly #paths: readonly string[];

  /** @param paths - the files, as paths in the tree. */
  constructor(folder: string, paths: readonly string[]) {
    this.folder = folder;
    this.#paths = paths;
  }

  /**
   * Returns a commit.
   *
   * @throws SourceError if the folder is no git tree, or has no such revision.
   */
  async commit(revision: string): Promise<TreeCommit> {
    const id = await resolveCommit(this.folder, revision);
    const { stdout } = await this.#git(["cat-file", "commit", id]);
    const [, message = ""] = stdout.toString().split(/\n\n(.*)/s, 2);
    return { id, subject: message.split("\n", 1)[0] ?? "" };
  }

  /** Returns whether a commit is an ancestor of another one, or the same. Both are ids. */
  async isAncestor(older: string, newer: string): Promise<boolean> {
    const run = await runGit(
      this.folder,
      this.folder,
      ["merge-base", "--is-ancestor", older, newer],
      { seconds: SECONDS },
    );
    if (run.ok || run.log === "") return run.ok;
    throw new SourceError("no-source", `${this.folder}: ${reason(run)}`);
  }

  /**
   * Returns the commits after some and up to another one that change the files. The first one halves
   * them best; the others follow in this order.
   *
   * @param bad - the id of a commit.
   * @param good - ids of commits, without which and without whose ancestors the list is.
   */
  async between(good: readonly string[], bad: string): Promise<readonly string[]> {
    const ends = [bad, ...good.map((id) => `^${id}`)];
    const { stdout } = await this.#git(["rev-list", "--bisect-all", ...ends, "--", ...this.#paths]);
    const lines = stdout.toString().split("\n");
    return lines.flatMap((line) => /^([0-9a-f]{40,64})\b/.exec(line)?.[1] ?? []);
  }

  async #git(args: readonly string[]) {
    const limits = { seconds: SECONDS, output: 16 << 20 };
    const run = await runGit(this.folder, this.folder, args, limits);
    if (run.ok) return run;
    throw new SourceError("no-source", `${this.folder}: ${reason(run)}`);
  }
}

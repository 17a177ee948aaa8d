// SPDX-License-Identifier: MIT
import { SourceError } from "../errors.js";
import { tooLarge } from "./regular-file.js";
import { type ProgramResult, runProgram } from "./run.js";

// isomorphic-git 1.44 does not find the objects of worktrees, of alternates and of SHA-256
// repositories, and it reads a whole pack into memory; the pack of Linux has several GB.

/** The configuration of a repository may name commands. None of these calls runs one. */
const options = [
  ...["protocol.allow=never", "core.fsmonitor=false", "core.hooksPath=/dev/null"],
  "core.bigFileThreshold=16m",
  // Below MEMORY, which counts mappings too.
  ...["core.packedGitWindowSize=32m", "core.packedGitLimit=256m"],
].flatMap((setting) => ["-c", setting]);
/** Variables that name another repository; git sets them for its hooks. */
const foreign =
  /^GIT_(DIR|COMMON_DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|NAMESPACE|ALTERNATE_.*)$/;
const SECONDS = 8;
/** Address space of git. The index of the pack of Linux, which git maps as a whole, has 0.4 GB. */
const MEMORY = 2_000_000_000;

function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
  return {
    ...Object.fromEntries(own),
    // Without it git fetches a missing object of a partial clone, with a command of its choice.
    GIT_NO_LAZY_FETCH: "1",
    // Git before 2.45 knows only this one.
    GIT_ALLOW_PROTOCOL: "none",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
}

/** What a call of {@link runGit} may use, and what it reads. */
interface GitCall {
  readonly seconds?: number;
  readonly input?: string;
  /** Maximum number of bytes that it prints. */
  readonly output?: number;
}

/**
 * Runs git in a repository without a command of its configuration.
 *
 * @param place - the repository in messages.
 * @throws SourceError if git exceeds a limit.
 */
export async function runGit(
  folder: string,
  place: string,
  args: readonly string[],
  { seconds = SECONDS, input = "", output = 1 << 20 }: GitCall = {},
): Promise<ProgramResult> {
  const run = await runProgram("git", ["-C", folder, ...options, ...args], {
    limits: { seconds, output, bytes: MEMORY },
    env: environment(),
    input,
  });
  if (run.exceeded === undefined) return run;
  throw new SourceError("no-source", `${place}: git ${run.exceeded}`);
}

/** Reads files of a commit with `git cat-file`, which runs no filter and no pager. */
export async function readCommit(
  folder: string,
  revision: string,
  paths: readonly string[],
  most: number,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const place = `${folder}@${JSON.stringify(revision).slice(1, -1)}`;
  const git = (args: readonly string[], output?: number) =>
    runGit(folder, place, args, output === undefined ? {} : { output });
  const commit = await resolveCommit(folder, revision);
  const tree = await git(["ls-tree", "-z", commit, "--", ...paths]);
  if (!tree.ok) throw new SourceError("no-source", `${place}: ${reason(tree)}`);
  const found = new Map<string, Uint8Array>();
  for (const entry of tree.stdout.toString().split("\0").filter(Boolean)) {
    const [, mode = "", object = "", path = ""] =
      /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? [];
    if (!mode.startsWith("100")) {
      throw new SourceError("unsafe", `${place}: ${path} is not a regular file`);
    }
    const size = / blob (\d+)$/.exec(await kindOf(folder, place, object))?.[1];
    if (size === undefined) {
      const how = `Fix: run 'git show ${commit.slice(0, 12)}:${path}' there, which fetches it`;
      throw new SourceError("no-file", `${place}: ${path} is not in this partial clone. ${how}`);
    }
    if (Number(size) > most) throw tooLarge(`${place}: ${path}`, Number(size), most);
    const blob = await git(["cat-file", "blob", object], most + (1 << 20));
    if (!blob.ok) throw new SourceError("damaged", `${place}: ${path}: ${reason(blob)}`);
    found.set(path, blob.stdout);
  }
  return found;
}

/**
 * Returns the id of a commit. Git reads the revision as a line, never as an option.
 *
 * @throws SourceError if there is no such commit.
 */
export async function resolveCommit(folder: string, revision: string): Promise<string> {
  const place = `${folder}@${JSON.stringify(revision).slice(1, -1)}`;
  const isLine = revision !== "" && !/\p{Cc}/u.test(revision);
  const line = isLine ? await kindOf(folder, place, `${revision}^{commit}`) : "";
  const [, commit] = /^([0-9a-f]{40,64}) commit \d+$/.exec(line) ?? [];
  if (commit !== undefined) return commit;
  throw new SourceError("no-source", `${place}: no such revision`);
}

/** Name, kind and size of an object, as git prints them. */
async function kindOf(folder: string, place: string, object: string): Promise<string> {
  const run = await runGit(folder, place, ["cat-file", "--batch-check"], { input: `${object}\n` });
  if (!run.ok) throw new SourceError("no-source", `${place}: ${reason(run)}`);
  return run.stdout.toString().split("\n")[0] ?? "";
}

/** The first line that git printed. */
export function reason({ log }: ProgramResult): string {
  return log.split("\n")[0] || "git failed without a message";
}

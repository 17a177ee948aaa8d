// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cli, type Result } from "./run-cli.ts";

/** A replacement for upstream token.c. */
const base = readFileSync(new URL("../../../upstream/test/no-tokens.c", import.meta.url), "utf8");
const create = "int bpf_token_create(union bpf_attr *attr)\n{\n\treturn -ENOLINK;";
const from = "bpf_token_get_from_fd(u32 ufd)\n{\n\treturn ERR_PTR(-ENOLINK)";

let top = "";
const inside = (name: string): string => join(top, name);
const git = (...args: readonly string[]): string => {
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  const run = spawnSync("git", ["-C", inside("linux"), ...who, ...args], { encoding: "utf8" });
  expect([run.status, run.stderr]).toEqual([0, expect.any(String)]);
  return run.stdout.trim();
};
/** Commits a text of token.c with a tag, on the current branch. */
const commit = (tag: string, text: string, subject = tag): void => {
  writeFileSync(inside("linux/kernel/bpf/token.c"), text);
  git("add", "-A");
  git("commit", "-qm", subject);
  git("tag", tag);
};
const bisect = (...words: readonly string[]): Promise<Result> =>
  cli(["bisect", ...words], {}, { BPF_TOKEN_UPSTREAM: inside("store") });
const search = (good: string, bad: string, ...words: readonly string[]): Promise<Result> =>
  bisect(inside("linux"), good, bad, ...words, "--as", "6.12", "--", inside("fd.yaml"));

const broken = base.replace("return -ENOLINK;", "return -ENOLINK");
const changed = base.replace(from, from.replace("ENOLINK", "EXDEV"));
const both = changed.replace(create, create.replace("ENOLINK", "EXDEV"));

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "bpf-token-bisect-"));
  mkdirSync(inside("linux/kernel/bpf"), { recursive: true });
  git("init", "-q", "-b", "main");
  commit("good", base);
  commit("comment", `${base}/* a comment */\n`);
  commit("broken", broken);
  commit("repaired", base);
  writeFileSync(inside("linux/README"), "another file\n");
  commit("culprit", changed, "bpf: answer another errno for a token fd");
  commit("later", both);
  git("commit", "-q", "--allow-empty", "-m", "nothing");
  git("tag", "bad");
  git("checkout", "-q", "-b", "hidden", "good");
  commit("hidden-1", broken);
  commit("hidden-2", changed);
  git("checkout", "-q", "-b", "side", "repaired");
  commit("side-culprit", changed);
  git("checkout", "-q", "-b", "merging", "repaired");
  commit("aside", `${base}/* another comment */\n`);
  git("merge", "-q", "--no-edit", "side");
  git("tag", "merged");
  git("checkout", "-q", "--orphan", "other");
  commit("apart", both);
  const step =
    "  - bpf: MAP_CREATE\n    attr: { map_type: ARRAY, key_size: 4, value_size: 8, max_entries: 1, map_flags: [TOKEN_FD], map_token_fd: 9 }\n";
  writeFileSync(inside("fd.yaml"), `name: a token fd\nsteps:\n${step}`);
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

describe("bisect", { timeout: 600_000 }, () => {
  test("names the commit, its function and the call, and skips what does not compile", async () => {
    const { code, out, err } = await search("good", "bad");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const id = git("rev-parse", "--short=12", "culprit");
    expect(out).toContain(
      `first commit that answers otherwise: ${id}  bpf: answer another errno for a token fd`,
    );
    const line = 1 + base.slice(0, base.indexOf(from)).split("\n").length;
    expect(out).toMatch(
      new RegExp(`bpf_token_get_from_fd\\(\\) in kernel/bpf/token.c:${line + 1}`),
    );
    expect(out).not.toContain("bpf_token_create()");
    expect(out).toMatch(/bisect-before +ENOLINK.*\n +upstream:bisect-after +EXDEV/);
    const json = await search("good", "bad", "--json");
    expect(JSON.parse(json.out)).toMatchObject({
      first: { subject: "bpf: answer another errno for a token fd" },
      parent: { subject: "repaired" },
      functions: [{ name: "bpf_token_get_from_fd" }],
      candidates: [],
    });
  });

  test("finds a commit of a merged branch", async () => {
    const { out } = await search("good", "merged");
    expect(out).toMatch(/first commit that answers otherwise: \w{12} {2}side-culprit$/m);
    expect(out).toMatch(/^compared with \w{12} {2}repaired, it changes$/m);
  });

  test("says which commits do not compile, if they hide the first one", async () => {
    const { code, out } = await search("good", "hidden-2");
    expect(code).toBe(3);
    expect(out).toMatch(/^skipped {2}\w{12} {2}hidden-1: kernel\/bpf\/token\.c does not compile$/m);
    expect(out).toMatch(/hide which of these is the first:\n( {2}\w{12} {2}hidden-[12]\n){2}$/);
  });

  test("runs nothing of the tree, and changes nothing in it", async () => {
    const script = inside("run.sh");
    const proof = inside("proof");
    writeFileSync(script, `#!/bin/sh\ntouch ${proof}\ncat\n`, { mode: 0o755 });
    for (const hook of ["post-checkout", "reference-transaction", "post-index-change"]) {
      writeFileSync(inside(`linux/.git/hooks/${hook}`), `#!/bin/sh\ntouch ${proof}\n`, {
        mode: 0o755,
      });
    }
    for (const name of ["core.fsmonitor", "core.pager", "diff.external", "gpg.program"]) {
      git("config", name, script);
    }
    rmSync(proof, { force: true });
    const head = readFileSync(inside("linux/.git/HEAD"), "utf8");
    expect((await search("repaired", "later")).code).toBe(0);
    expect(existsSync(proof)).toBe(false);
    expect(readFileSync(inside("linux/.git/HEAD"), "utf8")).toBe(head);
    expect(existsSync(inside("linux/.git/worktrees"))).toBe(false);
  });

  test.each([
    ["no SCENARIO", ["TREE", "good", "bad"], 2, "needs TREE, GOOD, BAD"],
    ["no directory", ["TREE/README", "a", "b", "FILE"], 2, "is not a directory, so no git tree"],
    ["no git tree", ["TOP", "a", "b", "FILE"], 2, "not a git repository"],
    ["an unknown GOOD", ["TREE", "v9", "bad", "FILE"], 2, "linux@v9: no such revision"],
    ["an unknown BAD", ["TREE", "good", "--", "-v9", "FILE"], 2, "linux@-v9: no such revision"],
    [
      "no ancestor",
      ["TREE", "apart", "bad", "FILE"],
      2,
      "GOOD apart is not an ancestor of BAD bad",
    ],
    ["the wrong order", ["TREE", "bad", "good", "FILE"], 2, "GOOD bad is not an ancestor"],
    ["one commit", ["TREE", "good", "good", "FILE"], 2, "are the same commit"],
    [
      "equal answers",
      ["TREE", "good", "repaired", "FILE", "--as", "6.12"],
      3,
      "every scenario the same",
    ],
    [
      "a BAD that does not compile",
      ["TREE", "good", "broken", "FILE", "--as", "6.12"],
      1,
      "does not compile",
    ],
    ["no release", ["TREE", "good", "bad", "FILE"], 2, "give one with --as"],
  ])("refuses %s", async (_, words, code, message) => {
    const places: Readonly<Record<string, string>> = {
      TREE: inside("linux"),
      "TREE/README": inside("fd.yaml"),
      TOP: top,
      FILE: inside("fd.yaml"),
    };
    const result = await bisect(...words.map((word) => places[word] ?? word));
    expect([result.code, result.out]).toEqual([code, ""]);
    expect(result.err.split("\n", 1)[0]).toContain(message);
  });
});

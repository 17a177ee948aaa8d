// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, inflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SourceError } from "../src/index.ts";
import { findSource } from "../src/node/index.ts";
import { noTokens, TOKEN } from "./texts.ts";

let top: string;

const git = (folder: string, ...args: string[]): string => {
  const who = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
  const run = spawnSync("git", ["-C", folder, ...who, ...args], { encoding: "utf8" });
  expect(run.status, run.stderr).toBe(0);
  return run.stdout.trim();
};

/** Creates a repository with one commit that has the tag `v1`. */
function repository(name: string, how: readonly string[] = []): string {
  const folder = join(top, name);
  mkdirSync(join(folder, "kernel/bpf"), { recursive: true });
  writeFileSync(join(folder, TOKEN), noTokens);
  git(folder, "init", "-q", ...how);
  git(folder, "add", "-A");
  git(folder, "commit", "-qm", "first");
  git(folder, "tag", "v1");
  return folder;
}

async function problem(place: string): Promise<SourceError> {
  const error: unknown = await findSource(place).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
}

async function textAt(place: string): Promise<string> {
  const { files } = await findSource(place);
  return new TextDecoder().decode(files[0]?.bytes);
}

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "bpf-token-hostile-git-"));
});

afterAll(() => rmSync(top, { recursive: true, force: true }));

describe("a git checkout runs no command", () => {
  test("of a remote when an object is missing", async () => {
    const folder = repository("promisor");
    const proof = join(top, "ran-promisor");
    const blob = git(folder, "rev-parse", `v1:${TOKEN}`);
    rmSync(join(folder, ".git/objects", blob.slice(0, 2), blob.slice(2)));
    appendFileSync(
      join(folder, ".git/config"),
      `[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n` +
        `[remote "origin"]\n\turl = "ext::sh -c 'touch ${proof}'"\n\tpromisor = true\n` +
        `[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n`,
    );
    const error = await problem(`${folder}@v1`);
    expect(existsSync(proof)).toBe(false);
    expect(error.problem).toBe("no-file");
    expect(error.message).toContain(`${TOKEN} is not in this partial clone`);
  });

  test("of its configuration", async () => {
    const folder = repository("configured");
    const proof = join(top, "ran-configured");
    const script = join(folder, "run.sh");
    writeFileSync(script, `#!/bin/sh\ntouch ${proof}\ncat\n`, { mode: 0o755 });
    writeFileSync(join(folder, ".gitattributes"), "*.c diff=x filter=x\n");
    git(folder, "add", ".gitattributes");
    git(folder, "commit", "-qm", "attributes");
    for (const [name, value] of [
      ["core.fsmonitor", script],
      ["core.pager", script],
      ["core.sshCommand", script],
      ["diff.x.textconv", script],
      ["diff.x.command", script],
      ["filter.x.smudge", script],
      ["gpg.program", script],
      ["log.showSignature", "true"],
    ] as const) {
      git(folder, "config", name, value);
    }
    rmSync(proof, { force: true });
    expect(await textAt(`${folder}@HEAD`)).toBe(noTokens);
    expect(existsSync(proof)).toBe(false);
  });
});

describe("a git checkout whose configuration includes", () => {
  const including = (name: string, path: string): string => {
    const folder = repository(name);
    appendFileSync(join(folder, ".git/config"), `[include]\n\tpath = ${path}\n`);
    return folder;
  };

  test("a file of the host does not show it", async () => {
    const secret = join(top, "secret");
    writeFileSync(secret, "root:$6$abc:20000::\n");
    const error = await problem(`${including("secretive", secret)}@v1`);
    expect(error.problem).toBe("no-source");
    expect(error.message).not.toContain("$6$");
  });

  test("a command runs none", async () => {
    const proof = join(top, "ran-included");
    const included = join(top, "included");
    writeFileSync(included, `[core]\n\tfsmonitor = touch ${proof}\n\tpager = touch ${proof}\n`);
    expect(await textAt(`${including("included-command", included)}@v1`)).toBe(noTokens);
    expect(existsSync(proof)).toBe(false);
  });
});

describe("a revision is read from", () => {
  test.each([
    [
      "packs",
      (folder: string) => {
        git(folder, "gc", "-q");
        return folder;
      },
    ],
    [
      "a worktree",
      (folder: string) => {
        const tree = `${folder}-worktree`;
        git(folder, "worktree", "add", "-q", tree);
        return tree;
      },
    ],
    [
      "a clone with alternates",
      (folder: string) => {
        const clone = `${folder}-clone`;
        git(top, "clone", "-q", "--shared", folder, clone);
        return clone;
      },
    ],
    ["a bare repository", (folder: string) => join(folder, ".git")],
  ])("%s", async (name, prepare) => {
    const folder = prepare(repository(name.replaceAll(" ", "-")));
    expect(await textAt(`${folder}@v1`)).toBe(noTokens);
  });

  test("objects with SHA-256 names", async () => {
    const folder = repository("sha256", ["--object-format=sha256"]);
    expect(await textAt(`${folder}@v1`)).toBe(noTokens);
  });
});

describe("a revision is refused", () => {
  test("if it looks like an option or has a newline", async () => {
    const folder = repository("options");
    for (const revision of ["--git-dir", "-v1", "v1\nHEAD", "v1^{tree}", ""]) {
      const { message } = await problem(`${folder}@${revision}`);
      expect(message).toContain("no such revision");
      expect(message).not.toContain("\n");
    }
  });

  test("if the file is a symbolic link or too large", async () => {
    const folder = repository("linked");
    rmSync(join(folder, TOKEN));
    symlinkSync("/etc/passwd", join(folder, TOKEN));
    git(folder, "add", "-A");
    git(folder, "commit", "-qm", "link");
    expect((await problem(`${folder}@HEAD`)).message).toContain("is not a regular file");
    rmSync(join(folder, TOKEN));
    writeFileSync(join(folder, TOKEN), Buffer.alloc(40 << 20));
    git(folder, "add", "-A");
    git(folder, "commit", "-qm", "large");
    expect((await problem(`${folder}@HEAD`)).message).toMatch(/40 MiB.*limit/);
  });

  test("if git wants more memory than it may have", async () => {
    const folder = repository("huge");
    const commit = git(folder, "rev-parse", "v1");
    const file = join(folder, ".git/objects", commit.slice(0, 2), commit.slice(2));
    const [, text] = inflateSync(readFileSync(file)).toString().split("\0");
    rmSync(file);
    writeFileSync(file, deflateSync(`commit 2600000000\0${text}`));
    const error = await problem(`${folder}@v1`);
    expect([error.problem, error.message]).toEqual([
      "no-source",
      expect.stringContaining("Out of memory"),
    ]);
  });

  test("if git does not answer, because a file that its configuration includes has no end", {
    timeout: 60_000,
  }, async () => {
    const folder = repository("silent");
    expect(spawnSync("mkfifo", [join(top, "pipe")]).status).toBe(0);
    appendFileSync(join(folder, ".git/config"), `[include]\n\tpath = ${join(top, "pipe")}\n`);
    expect((await problem(`${folder}@v1`)).message).toContain("git did not answer within");
  });
});

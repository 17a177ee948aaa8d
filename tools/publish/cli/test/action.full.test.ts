// SPDX-License-Identifier: MIT
// The GitHub Action and the pre-commit hook, with the program of the repository in place of the archive's.
// executable.full.test.ts runs the launcher on an archive.
import { execFileSync, spawnSync } from "node:child_process";
import {
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
import { bpfKernelFolder, bpfKernelReleases } from "@bpf-token/kernel-bpf/node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { onPath } from "../../../lib/run.mjs";
import { writeAction } from "../lib/action.mjs";
import { runAction } from "./composite.ts";
import { inputFolder, ownProgram } from "./programs.ts";

const LOAD = "bpftool prog load x.bpf.o /sys/fs/bpf/x";
const WRONG =
  "ExecStart=mount -t bpf -o delegate_cmds=map_create,btf_load,delegate_maps=array none /run/bpf\n";

let work = "";
let folder = "";
let action = "";
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "bpf-token-action-"));
  folder = inputFolder();
  action = join(work, "action");
  writeAction(action);
  const name = `bpf-token-0.0.0-linux-${process.arch}`;
  writeFileSync(join(action, `${name}.tar.xz`), "");
  mkdirSync(join(action, "unpacked", name), { recursive: true });
  symlinkSync(ownProgram, join(action, "unpacked", name, "bpf-token"));
});
afterAll(() => {
  rmSync(work, { recursive: true });
  rmSync(folder, { recursive: true });
});

describe("the action", () => {
  test("passes if the command passes on each release", () => {
    const run = runAction(action, { run: LOAD, releases: "6.12, 7.3" }, folder);
    expect(run).toMatchObject({ status: 0, outputs: { failed: "" } });
    expect(run.summary).toContain("| Linux 6.12 | passed |\n| Linux 7.3 | passed |\n");
    expect(run.log).not.toContain("::error");
  });

  test("names the refused call with its fix, and continues with the next release", () => {
    const delegate = "cmds=any,maps=hash,progs=any,attachs=any";
    const run = runAction(action, { run: LOAD, releases: "6.12\n7.3", delegate }, folder);
    expect(run).toMatchObject({ status: 1, outputs: { failed: "Linux 6.12,Linux 7.3" } });
    expect(run.summary).toContain("| Linux 6.12 | **failed** |\n| Linux 7.3 | **failed** |\n");
    expect(run.summary).toContain("    4. refused [token.dropped.map] in process");
    expect(run.summary).toContain("       fix:      add the map type to delegate_maps;");
    expect(run.summary).not.toContain("1. note [");
    expect(run.log).toContain("::error title=bpf-token::Linux 7.3: exit status 255;");
  });

  test("runs a command line on the newest release, and shows the end of its output", () => {
    const line = `printf '%s\\n' "$(uname -r)" '\`a\` | $b'; exit 7`;
    const run = runAction(action, { run: line }, folder);
    expect(run).toMatchObject({ status: 1, outputs: { failed: "the newest Linux" } });
    expect(run.summary).toContain("exit status 7\n");
    expect(run.summary).toMatch(/^ {4}7\.3\.0\n {4}`a` \| \$b$/m);
  });

  test("quotes each line of the output, also after a carriage return", () => {
    const run = runAction(action, { run: String.raw`printf 'a\r# b\r\n<img>\n'; false` }, folder);
    expect(run.summary).toContain("    a\n    # b\n");
    expect(run.summary).not.toMatch(/\r|^(# b|<img>)/m);
  });

  test("lints, and annotates the lines", () => {
    const repository = join(work, "units");
    mkdirSync(repository);
    writeFileSync(join(repository, "agent.service"), `[Service]\n${WRONG}`);
    const run = runAction(action, { lint: "." }, repository);
    expect(run).toMatchObject({ status: 1, outputs: { failed: "lint" } });
    expect(run.log).toContain("::error file=agent.service,line=2,");
    expect(run.summary).toContain("'delegate_cmds=map_create:btf_load'");
  });

  test("takes no file for an option", () => {
    const repository = join(work, "options");
    mkdirSync(repository);
    writeFileSync(join(repository, "agent.service"), `[Service]\n${WRONG}`);
    writeFileSync(join(repository, "--config=none.service"), "");
    writeFileSync(join(repository, "--release=6.12.service"), "no object");
    const run = runAction(action, { lint: "*.service", verify: "--*" }, repository);
    expect(run.log).toContain("::error file=agent.service,line=2,");
    expect(run.log).not.toContain("unknown option");
    expect(run.summary).toContain("| verify --config=none.service | **failed** |\n");
  });

  test("compares the objects with a baseline and with the delegations", () => {
    const needs = join(folder, "needs.json");
    execFileSync(ownProgram, ["policy", "x.bpf.o", "--write-baseline", needs], { cwd: folder });
    const inputs = { objects: "*.bpf.o", baseline: "needs.json" };
    const same = runAction(action, inputs, folder);
    expect(same).toMatchObject({ status: 0, outputs: { failed: "" } });
    writeFileSync(needs, readFileSync(needs, "utf8").replace('"xdp"', '"kprobe"'));
    writeFileSync(join(folder, "run.sh"), "o=delegate_cmds=map_create,delegate_maps=hash\n");
    const grown = runAction(action, { ...inputs, lint: "run.sh" }, folder);
    expect(grown).toMatchObject({ status: 1, outputs: { failed: "lint,baseline" } });
    expect(grown.summary).toMatch(/^\| `?x\.bpf\.o`? \|.*xdp.*count/m);
    expect(grown.log).toContain("[lint.object_lacks]");
    const twice = runAction(action, { lint: "run.sh", objects: "x.bpf.o *.bpf.o" }, folder);
    expect(twice.log).toContain("[lint.object_lacks]");
    for (const check of [{ baseline: "needs.json" }, { lint: "run.sh" }]) {
      const none = runAction(action, { ...check, objects: "none*.o" }, folder);
      expect([none.status, none.log]).toEqual([2, expect.stringContaining("no file matches")]);
    }
  });

  test("verifies the objects that a pattern matches", (context) => {
    context.skip(
      !bpfKernelReleases().includes("6.12"),
      "verify: no module of Linux 6.12 was built",
    );
    const run = runAction(action, { verify: "*.bpf.o", modules: bpfKernelFolder() }, folder);
    expect(run).toMatchObject({ status: 0, outputs: { failed: "" } });
    expect(run.log).toContain("count (xdp): accepted");
    expect(run.summary).toContain("| verify x.bpf.o | passed |\n");
  });

  test("says which input is missing", () => {
    expect(runAction(action, {}, folder)).toMatchObject({
      status: 2,
      log: "::error title=bpf-token::no check: give the input run, lint, baseline or verify\n",
    });
    const nothing = runAction(action, { verify: "none*.o" }, folder);
    expect([nothing.status, nothing.log]).toEqual([2, expect.stringContaining("no file matches")]);
    const unbuilt = runAction(action, { verify: "x.bpf.o", modules: work }, folder);
    expect(unbuilt.summary).toContain("Fix: npm run kernel-bpf -- build 6.12 --fetch");
  });

  test("prints the name of a file in one line, without what Markdown or the runner read", () => {
    const repository = join(work, "names");
    mkdirSync(repository);
    writeFileSync(join(repository, "a\n::error::<b>|.o"), "");
    const run = runAction(action, { verify: "*.o", modules: work }, repository);
    expect(run.outputs).toEqual({ failed: "verify a???error???b??.o" });
    expect(run.summary).toContain("| verify a???error???b??.o | **failed** |\n");
  });
});

describe("the pre-commit hook", () => {
  const git = (where: string, ...words: string[]): string =>
    execFileSync(
      "git",
      ["-c", "user.name=test", "-c", "user.email=test@example.org", "-C", where, ...words],
      { encoding: "utf8" },
    ).trim();

  test("fails with the finding, and passes after the fix", (context) => {
    context.skip(!onPath("pre-commit"), "pre-commit is not installed");
    const hook = join(work, "hook");
    writeAction(hook);
    const name = `bpf-token-0.0.0-linux-${process.arch}`;
    mkdirSync(join(work, name));
    const start = `#!/bin/sh\nexec "${process.execPath}" "${ownProgram}" "$@"\n`;
    writeFileSync(join(work, name, "bpf-token"), start, { mode: 0o755 });
    execFileSync("tar", ["-cJf", join(hook, `${name}.tar.xz`), "-C", work, name]);
    git(work, "init", "--quiet", hook);
    git(hook, "add", "--all");
    git(hook, "commit", "--quiet", "--message", "release");
    const user = join(work, "user");
    git(work, "init", "--quiet", user);
    const config = {
      repos: [
        {
          repo: `file://${hook}`,
          rev: git(hook, "rev-parse", "HEAD"),
          hooks: [{ id: "bpf-token-lint" }],
        },
      ],
    };
    writeFileSync(join(user, ".pre-commit-config.yaml"), JSON.stringify(config));
    const lint = (commands: string) => {
      writeFileSync(join(user, "agent.sh"), WRONG.replace("map_create,btf_load", commands));
      git(user, "add", "--all");
      const env = { ...process.env, PRE_COMMIT_HOME: join(work, "cache") };
      const args = ["run", "--all-files", "--color=never"];
      const { status, stdout } = spawnSync("pre-commit", args, {
        cwd: user,
        env,
        encoding: "utf8",
      });
      return { status, stdout };
    };
    const wrong = lint("map_create,btf_load");
    expect(wrong.status).toBe(1);
    expect(wrong.stdout).toContain("'delegate_cmds=map_create:btf_load'");
    const right = lint("map_create:btf_load");
    expect([right.status, right.stdout]).toEqual([
      0,
      expect.stringMatching(/bpf-token lint\.+Passed/),
    ]);
    expect(existsSync(join(hook, "unpacked"))).toBe(false);
  });
});

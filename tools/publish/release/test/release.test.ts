// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { publicPackages } from "../../../lib/manifests.mjs";
import { root } from "../../../lib/run.mjs";
import { release } from "../lib/changelog.mjs";
import { repositoryUrl, withRepository } from "../lib/repository.mjs";
import { git, uncommitted } from "../lib/tree.mjs";

describe("the changelog", () => {
  const page = "# Changelog\n\n## Unreleased\n\n- new\n\n## 0.1.0 – 2026-01-02\n\n- first\n";

  test("moves unreleased entries below a version and a date", () => {
    expect(release(page, "0.2.0", "2026-03-04")).toBe(
      "# Changelog\n\n## Unreleased\n\n## 0.2.0 – 2026-03-04\n\n- new\n\n## 0.1.0 – 2026-01-02\n\n- first\n",
    );
  });

  test("refuses a release without entries", () => {
    const empty = page.replace("- new\n", "");
    expect(() => release(empty, "0.2.0", "2026-03-04")).toThrow("no unreleased entries");
    expect(() => release("# Changelog\n", "0.2.0", "2026-03-04")).toThrow("one heading");
  });

  test("of the repository has the one heading that a release needs", () => {
    const changelog = readFileSync(`${root}CHANGELOG.md`, "utf8");
    expect(changelog.split("## Unreleased\n")).toHaveLength(2);
  });
});

describe("a tree", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-tree-"));
    for (const name of ["tools", "core-c/kernel-bpf"])
      cpSync(`${root}${name}`, join(folder, name), {
        recursive: true,
        filter: (path) => !path.endsWith("node_modules"),
      });
    git(folder, "init", "--quiet");
    git(folder, "add", "--all");
    const who = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
    git(folder, ...who, "commit", "--quiet", "--message", "all");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("that is committed has nothing uncommitted", () => {
    expect(uncommitted(folder)).toEqual([]);
  });

  test("with a new file is refused before any step", () => {
    writeFileSync(join(folder, "new.txt"), "");
    expect(uncommitted(folder)).toEqual(["?? new.txt"]);
    const script = join(folder, "tools/publish/release/release.mjs");
    const run = spawnSync(process.execPath, [script, "--dry-run"], { encoding: "utf8" });
    expect(run.status).toBe(1);
    expect(run.stderr).toContain("?? new.txt");
    expect(run.stdout).toBe("");
  });

  test("an unknown option prints the usage", () => {
    const script = join(folder, "tools/publish/release/release.mjs");
    const run = spawnSync(process.execPath, [script, "--dry"], { encoding: "utf8" });
    expect(run.status).toBe(2);
  });
});

describe("the source of a published package", () => {
  test("is the repository of the workflow, with the folder of the package", () => {
    const env = { GITHUB_SERVER_URL: "https://git.example", GITHUB_REPOSITORY: "a/b" };
    const json = withRepository({ name: "x" }, repositoryUrl(env), "packages/x");
    expect(json).toEqual({
      name: "x",
      homepage: "https://git.example/a/b#readme",
      bugs: { url: "https://git.example/a/b/issues" },
      repository: { type: "git", url: "git+https://git.example/a/b.git", directory: "packages/x" },
    });
  });

  test("is not known outside of the workflow", () => {
    expect(() => repositoryUrl({})).toThrow("--publish runs in the workflow publish.yml");
  });

  test("the workflow publishes what the release tool knows, and starts by hand alone", () => {
    const workflow = parse(readFileSync(`${root}.github/workflows/publish.yml`, "utf8"));
    expect(Object.keys(workflow.on)).toEqual(["workflow_dispatch"]);
    expect(workflow.permissions).toEqual({});
    expect(workflow.jobs.npm.permissions).toEqual({ contents: "read", "id-token": "write" });
    expect(workflow.jobs.npm.steps.at(-1).run).toBe('npm run release -- --publish "$TAG"');
  });
});

test("a package that was never released has a changeset", () => {
  const waiting = readdirSync(`${root}.changeset`)
    .filter((name) => name.endsWith(".md"))
    .map((name) => readFileSync(`${root}.changeset/${name}`, "utf8"));
  const fresh = publicPackages().filter(({ json }) => json.version === "0.0.0");
  for (const { json } of fresh) {
    expect(waiting.some((text) => text.includes(`"${json.name}": minor`))).toBe(true);
  }
  expect(publicPackages().length).toBeGreaterThan(5);
});

#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { releases } from "../../build/kernel-bpf/lib/recipe.mjs";
import { publicPackages } from "../../lib/manifests.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { bpfReleases } from "../../lib/releases.mjs";
import { root } from "../../lib/run.mjs";
import { release } from "./lib/changelog.mjs";
import { packBpfKernel } from "./lib/kernel-bpf.mjs";
import { repositoryUrl, withRepository } from "./lib/repository.mjs";
import { git, uncommitted } from "./lib/tree.mjs";

/** The files of a release: the packages, and the program for every way to get it. */
const FOLDERS = ["out-tsc/packages", "out-tsc/cli"];

const HELP = `usage: npm run release [-- --dry-run]
       npm run release -- --publish TAG [--dry-run]
       npm run release -- --kernel-bpf RELEASE [--out DIR]

Prepares a release of the committed files and changesets, in a clone: writes new versions and
changelogs, builds, checks the API reports, and runs npm run tool pack, npm run tool pack:cli -- all
and its verify-release. Copies the commit, its tag and the files (${FOLDERS.join(", ")}) back
to this repository; you push and attach them yourself. docs/publishing.md has all steps.

With --publish, runs npm publish for each package of a tag and for bpf-token-cli, with npm's provenance.
This is for the workflow .github/workflows/publish.yml.

With --kernel-bpf, releases no package. Builds the module of Linux's own BPF subsystem and packs it
with its complete corresponding source: the distribution's source and configuration, and this commit.

Options:
  --dry-run       tries everything; nothing is published, and the repository stays unchanged. Packs the
                  program only for this architecture, without code caches and with little compression
  --kernel-bpf R  ${bpfReleases.join(" or ")}
  --out DIR       the folder of the package; default: out-tsc/kernel-bpf-R

Exit codes: 0 done; 1 something failed; 2 usage.`;

const env = { ...process.env, NX_DAEMON: "false", CI: "true" };

function step(text, folder, program, ...args) {
  console.log(`$ ${text}`);
  execFileSync(program, args, { cwd: folder, env, stdio: ["ignore", "inherit", "inherit"] });
}

function versionOf(folder) {
  return JSON.parse(readFileSync(join(folder, "packages/bpf-token/package.json"), "utf8")).version;
}

/**
 * The author of the release commit is the one in git's configuration. A dry run needs no author.
 */
function nameAuthor(folder, dryRun) {
  const otherwise = dryRun ? ["--default", "nobody"] : [];
  for (const key of ["user.name", "user.email"]) {
    git(folder, "config", key, git(root, "config", ...otherwise, "--get", key));
  }
}

/** Runs `changeset version`; returns the new version. */
function version(folder) {
  const before = versionOf(folder);
  const waiting = readdirSync(join(folder, ".changeset")).filter(
    (name) => name.endsWith(".md") && name !== "README.md",
  );
  if (waiting.length === 0) throw new Error("no changeset found: there is nothing to release");
  step("changeset version", folder, "npx", "--no", "changeset", "version");
  const after = versionOf(folder);
  const lock = ["install", "--package-lock-only", "--ignore-scripts", "--prefer-offline"];
  step("npm install --package-lock-only", folder, "npm", ...lock);
  const path = join(folder, "CHANGELOG.md");
  const day = new Date().toISOString().slice(0, 10);
  writeFileSync(path, release(readFileSync(path, "utf8"), after, day));
  console.log(`  ${waiting.length} changesets: ${before} becomes ${after}`);
  git(folder, "add", "--all");
  git(folder, "commit", "--quiet", "--message", `Release ${after}`);
  return after;
}

function tryOut(folder) {
  step("npm run build", folder, "npm", "run", "--silent", "build");
  step(
    "npm run tool api -- --check",
    folder,
    "npm",
    "run",
    "--silent",
    "tool",
    "api",
    "--",
    "--check",
  );
  step("npm run tool pack", folder, "npm", "run", "--silent", "tool", "pack");
}

/** Packs the program for every way to get it. */
function packProgram(folder, dryRun) {
  // npm run tool pack has built everything.
  env.BPF_TOKEN_BUILT = join(folder, "/");
  const cli = (...words) => {
    const text = `npm run tool pack:cli -- ${words.join(" ")}`;
    step(text, folder, process.execPath, "tools/publish/cli/cli.mjs", ...words);
  };
  cli("all", ...(dryRun ? ["--quick", "--no-cache", "--arch", process.arch] : []));
  cli("verify-release");
}

/** Publishes in the order of dependencies, so that no published package lacks one. */
function publish(folder, dryRun) {
  const flags = ["--access=public", "--loglevel=warn", dryRun ? "--dry-run" : "--provenance"];
  const send = (name, path, ...more) =>
    step(`npm publish (${name})`, path, "npm", "publish", ...more, ...flags);
  for (const { folder: path, json } of publicPackages()) send(json.name, join(folder, path));
  const out = join(folder, "out-tsc/publish");
  const pack = ["tools/publish/cli/cli.mjs", "tarball", "--folder", out];
  step("npm run tool pack:cli -- tarball", folder, process.execPath, ...pack);
  for (const tarball of readdirSync(out)) send("bpf-token-cli", out, `./${tarball}`);
}

/** Publishes the packages of a tag that is checked out. */
function publishTag(folder, tag, dryRun) {
  const url = repositoryUrl(process.env);
  const wanted = git(root, "rev-parse", "--verify", `${tag}^{commit}`);
  if (wanted !== git(root, "rev-parse", "HEAD"))
    throw new Error(`the checked out commit is not that of the tag ${tag}`);
  if (tag !== `v${versionOf(root)}`)
    throw new Error(`the tag ${tag} has packages of version ${versionOf(root)}`);
  for (const { folder: path, json } of publicPackages()) {
    const text = JSON.stringify(withRepository(json, url, path), undefined, 2);
    writeFileSync(join(folder, path, "package.json"), `${text}\n`);
  }
  tryOut(folder);
  publish(folder, dryRun);
}

function takeBack(folder, name) {
  git(root, "fetch", "--quiet", folder, "HEAD");
  git(root, "merge", "--ff-only", "FETCH_HEAD");
  git(root, "tag", `v${name}`);
  for (const path of FOLDERS) {
    rmSync(join(root, path), { recursive: true, force: true });
    cpSync(join(folder, path), join(root, path), { recursive: true });
  }
  console.log(
    `prepared ${name}: now push the commit and the tag v${name}, and start the workflow publish`,
  );
}

async function packModule(release, given) {
  const { guestsFolder } = await import("../../../packages/kernel-native/dist/index.js");
  const guests = guestsFolder();
  const out = resolve(given ?? `${root}out-tsc/kernel-bpf-${release}`);
  const image = join(guests, release, "vmlinux");
  for (const path of packBpfKernel(release, out, { guests, image })) console.log(join(out, path));
  return 0;
}

function refine({ values }) {
  if (values.out !== undefined && values["kernel-bpf"] === undefined)
    throw new RangeError("--out needs --kernel-bpf");
  if (values.publish !== undefined && values["kernel-bpf"] !== undefined)
    throw new RangeError("--publish and --kernel-bpf exclude each other");
  const release = values["kernel-bpf"];
  if (release !== undefined && !releases.includes(release))
    throw new RangeError(`unknown release '${release}' (known: ${releases.join(", ")})`);
  return values;
}

async function main(values) {
  if (values["kernel-bpf"] !== undefined) return packModule(values["kernel-bpf"], values.out);
  const dryRun = values["dry-run"];
  const changed = uncommitted(root);
  if (changed.length > 0) {
    throw new Error(
      `a release needs a clean tree; these files are not committed:\n${changed.join("\n")}`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-release-"));
  try {
    git(folder, "clone", "--quiet", root, ".");
    nameAuthor(folder, dryRun);
    step("npm ci", folder, "npm", "ci", "--prefer-offline", "--no-audit", "--no-fund");
    if (values.publish !== undefined) {
      publishTag(folder, values.publish, dryRun);
      return 0;
    }
    const name = version(folder);
    tryOut(folder);
    packProgram(folder, dryRun);
    if (dryRun) console.log(`${name} could be released; nothing was published or changed`);
    else takeBack(folder, name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return 0;
}

try {
  const text = { type: "string" };
  const options = { "dry-run": flag, publish: text, "kernel-bpf": text, out: text };
  process.exitCode = await main(readOptions(HELP, { options }, refine));
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}

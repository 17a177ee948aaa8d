#!/usr/bin/env node
// SPDX-License-Identifier: MIT
// Packages as users get them: packs each, installs all in an empty folder, imports every export, runs
// the command, and measures what `npm i bpf-token` puts on a disk.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./run.mjs";

const LIMIT_MB = 5;
const packages = readdirSync(`${root}packages`)
  .map((name) => ({ name, json: readManifest(`${root}packages/${name}/package.json`) }))
  .filter(({ json }) => !json.private);

function readManifest(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function pack(folder) {
  const workspaces = packages.flatMap(({ json }) => ["--workspace", json.name]);
  const args = ["pack", "--json", "--pack-destination", folder, ...workspaces];
  return JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }));
}

/** A tarball has its entry files, its licence and no test or build leftovers. */
function checkTarball(tarball) {
  const paths = tarball.files.map((file) => file.path);
  const wanted = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];
  const missing = wanted.filter((path) => !paths.includes(path));
  const leftover = paths.filter((path) => /\.tsbuildinfo$|^test\/|^out-tsc\//.test(path));
  if (missing.length + leftover.length > 0) {
    throw new Error(`${tarball.name}: missing [${missing}], not wanted [${leftover}]`);
  }
}

function importsOf(json) {
  return Object.entries(json.exports)
    .filter(([, target]) => typeof target === "object")
    .map(([path]) => json.name + path.slice(1));
}

function sizeOf(path) {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
}

function smoke(folder) {
  const tarballs = pack(folder);
  tarballs.forEach(checkTarball);
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(
    join(app, "package.json"),
    '{ "name": "app", "private": true, "type": "module" }\n',
  );
  const run = (program, ...args) =>
    execFileSync(program, args, {
      cwd: app,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
  const files = tarballs.map((tarball) => join(folder, tarball.filename));
  run("npm", "install", "--no-audit", "--no-fund", "--omit=dev", ...files);
  const names = packages.flatMap(({ json }) => importsOf(json));
  const code = names.map((name) => `await import(${JSON.stringify(name)});`).join("\n");
  run(process.execPath, "--input-type=module", "-e", code);
  const shown = run("npx", "--no", "bpf-token", "demo", "--no-color");
  if (shown.trim() === "") throw new Error("the installed demo printed nothing");
  const megabytes = sizeOf(join(app, "node_modules")) / 1e6;
  console.log(
    `packages: ${tarballs.length} packed, ${names.length} imports, demo ok, ${megabytes.toFixed(2)} MB`,
  );
  if (megabytes > LIMIT_MB) throw new Error(`installed: more than ${LIMIT_MB} MB`);
}

const folder = mkdtempSync(join(tmpdir(), "bpf-token-pack-"));
try {
  smoke(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

// SPDX-License-Identifier: MIT
// Packages as tarballs, and a folder in which nothing but they are installed.
import { execFileSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publicPackages } from "../../../lib/manifests.mjs";
import { root } from "../../../lib/run.mjs";

/** Packs every public package into a folder; answers what npm reports about each tarball. */
export function pack(folder, packages = publicPackages()) {
  mkdirSync(folder, { recursive: true });
  const workspaces = packages.flatMap(({ json }) => ["--workspace", json.name]);
  const args = ["pack", "--json", "--pack-destination", folder, ...workspaces];
  const packed = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }));
  return packed.map((tarball) => ({ ...tarball, path: join(folder, tarball.filename) }));
}

/** What is wrong with a tarball, in words: an entry that is missing, a leftover of tests or builds. */
export function complaints({ name, files }) {
  const paths = files.map((file) => file.path);
  const wanted = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];
  const missing = wanted.filter((path) => !paths.includes(path));
  const leftover = paths.filter((path) => /\.(tsbuildinfo|map)$|^(src|test|out-tsc)\//.test(path));
  return [
    ...missing.map((path) => `${name}: ${path} is missing`),
    ...leftover.map((path) => `${name}: ${path} does not belong there`),
  ];
}

/** A folder with a package.json of its own, in which the tarballs are installed. */
export function install(folder, tarballs) {
  const app = join(folder, "app");
  mkdirSync(app);
  const manifest = { name: "app", private: true, type: "module" };
  writeFileSync(join(app, "package.json"), `${JSON.stringify(manifest)}\n`);
  const files = tarballs.map((tarball) => tarball.path);
  const args = ["install", "--no-audit", "--no-fund", "--omit=dev", "--prefer-offline", ...files];
  execFileSync("npm", args, { cwd: app, stdio: ["ignore", "ignore", "inherit"] });
  return app;
}

/** Bytes of all files below a folder. */
export function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Names of a package and of all that comes with it, as they are installed. */
export function comesWith(app, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const manifest = join(app, "node_modules", name, "package.json");
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, "utf8"));
  for (const dependency of Object.keys(dependencies)) comesWith(app, dependency, seen);
  return seen;
}

/**
 * Packs and installs, hands tarballs and folder to `use`, and removes the installation.
 *
 * @param keep - a folder for the tarballs; without it they are removed too
 */
export async function withInstalled(use, keep) {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-pack-"));
  try {
    const tarballs = pack(keep ?? folder);
    const wrong = tarballs.flatMap(complaints);
    if (wrong.length > 0) throw new Error(wrong.join("\n"));
    return await use({ tarballs, app: install(folder, tarballs) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

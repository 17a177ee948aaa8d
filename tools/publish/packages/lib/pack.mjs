// SPDX-License-Identifier: MIT
// Packs the packages as tarballs, and installs only them in a folder.
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

/** Packs every public package into a folder; returns npm's report on each tarball. */
export function pack(folder, packages = publicPackages()) {
  mkdirSync(folder, { recursive: true });
  const workspaces = packages.flatMap(({ json }) => ["--workspace", json.name]);
  const args = ["pack", "--json", "--pack-destination", folder, ...workspaces];
  const packed = JSON.parse(execFileSync("npm", args, { cwd: root, encoding: "utf8" }));
  return packed.map((tarball) => ({ ...tarball, path: join(folder, tarball.filename) }));
}

/** Errors of a tarball: missing entries, and leftovers of tests or builds. */
export function complaints({ name, files }) {
  const paths = files.map((file) => file.path);
  const wanted = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"];
  const missing = wanted.filter((path) => !paths.includes(path));
  const leftover = paths.filter((path) => /\.(tsbuildinfo|map)$|^(src|test|out-tsc)\//.test(path));
  return [
    ...missing.map((path) => `${name}: ${path} is missing`),
    ...leftover.map((path) => `${name}: ${path} does not belong in the package`),
  ];
}

/** Creates a folder with its own package.json and installs the tarballs there. */
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

/** Total size of all files below a folder, in bytes. */
export function sizeOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** The names of a package and of all its installed dependencies. */
export function comesWith(app, name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  const manifest = join(app, "node_modules", name, "package.json");
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, "utf8"));
  for (const dependency of Object.keys(dependencies)) comesWith(app, dependency, seen);
  return seen;
}

/**
 * Packs and installs, passes tarballs and folder to `use`, and deletes the installation.
 *
 * @param keep - a folder for the tarballs; without it they are deleted too
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

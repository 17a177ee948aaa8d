// SPDX-License-Identifier: MIT
// Packs a module of Linux's own BPF subsystem with its complete corresponding source, as GPL-2.0 requires.
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { findArchive, findConfig, sha256 } from "../../../build/kernel-bpf/lib/source.mjs";
import { root } from "../../../lib/run.mjs";
import { git, uncommitted } from "./tree.mjs";

const SOURCES = "source";
const OURS = "bpf-token.tar.gz";
const tool = `${root}tools/build/kernel-bpf/kernel-bpf.mjs`;

function runBuild(words) {
  const { status } = spawnSync(process.execPath, [tool, ...words], { stdio: "inherit" });
  if (status !== 0) throw new Error(`the build of the module failed with ${status}`);
}

/** With a manifest, npm installs the folder next to the program, which finds the module by the name. */
function manifest(release, out) {
  const about = JSON.parse(readFileSync(join(out, "kernel.json"), "utf8"));
  const json = {
    name: `bpf-token-kernel-bpf-${release}`,
    // npm needs three numbers.
    version: /^\d+\.\d+\.\d+$/.test(about.release) ? about.release : "0.0.0",
    license: "GPL-2.0-only",
  };
  return `${JSON.stringify(json, undefined, 2)}\n`;
}

/** How to build the packed module again, from the packed files only. */
const readme = ({
  release,
  source,
  config,
}) => `# Linux's own BPF subsystem ${release} as a WebAssembly module

Licence: GPL-2.0-only, see LICENSE. The folder ${SOURCES} has the complete corresponding source:

- ${source}: Debian's source of the kernel
- ${config}: the configuration of Debian's kernel
- ${OURS}: our C, the generated headers' tools and the build recipe

Build it again. The last command fails unless the module has the same sha256:

    tar -xf ${SOURCES}/${OURS}
    cd bpf-token
    npm ci
    npm run kernel-bpf -- build ${release} --source ../${SOURCES}/${source} \\
      --config ../${SOURCES}/${config} --image ../vmlinux.btf --out .. --again

kernel.json names the compiler. SHA256SUMS has the hash of each file: sha256sum -c SHA256SUMS
`;

/**
 * Builds a module from the packed sources into a folder.
 *
 * @param places - as for `findArchive`, with `image`.
 * @param build - runs `npm run kernel-bpf` with words.
 * @returns the paths of the files, sorted.
 */
export function packBpfKernel(release, out, places, { build = runBuild, tree = root } = {}) {
  const changed = uncommitted(tree);
  if (changed.length > 0)
    throw new Error(`a package needs a clean tree; not committed:\n${changed.join("\n")}`);
  if (existsSync(out) && readdirSync(out).length > 0)
    throw new Error(`the folder ${out} is not empty; name another one with --out`);
  const archive = findArchive(release, places);
  const settings = findConfig(release, places);
  const folder = join(out, SOURCES);
  mkdirSync(folder, { recursive: true });
  const [source, config] = [archive, settings].map((path) => {
    copyFileSync(path, join(folder, basename(path)));
    return basename(path);
  });
  const ours = ["--format=tar.gz", "--prefix=bpf-token/", `--output=${join(folder, OURS)}`];
  git(tree, "archive", ...ours, "HEAD");
  const packed = ["--source", join(folder, source), "--config", join(folder, config)];
  build(["build", release, ...packed, "--image", places.image, "--out", out]);
  copyFileSync(join(tree, "packages/kernel-bpf/LICENSE"), join(out, "LICENSE"));
  writeFileSync(join(out, "README.md"), readme({ release, source, config }));
  assertCorresponding(out, join(folder, source));
  writeFileSync(join(out, "package.json"), manifest(release, out));
  const files = filesOf(out);
  const sums = files.map((path) => `${sha256(readFileSync(join(out, path)))}  ${path}\n`);
  writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
  return [...files, "SHA256SUMS"].sort();
}

/** The module must come from the packed source, or the package breaks the licence. */
function assertCorresponding(out, source) {
  const about = JSON.parse(readFileSync(join(out, "kernel.json"), "utf8"));
  if (about.source !== sha256(readFileSync(source)))
    throw new Error("the module was built from another source than the packed one");
  if (about.sha256 !== sha256(readFileSync(join(out, "kernel.wasm"))))
    throw new Error("kernel.json describes another module");
}

function filesOf(folder) {
  const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return all.filter((path) => statSync(join(folder, path)).isFile()).sort();
}

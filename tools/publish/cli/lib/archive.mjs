// SPDX-License-Identifier: MIT
// The archive with the executable, the files under GPL-2.0-only that it loads, and the licences.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFor } from "./downloads.mjs";
import { writeExecutable } from "./executable.mjs";
import { writeTar } from "./tar.mjs";

const readme = `# bpf-token for Linux on ARCH

The program \`bpf-token\` as one executable. It needs no Node, npm or compiler, but glibc 2.28 and
libstdc++ 6 or newer:

    ./bpf-token doctor
    ./bpf-token --help

To install it, keep the folder unchanged, and link the executable:

    cp -r FOLDER /opt/bpf-token && ln -s /opt/bpf-token/bpf-token /usr/local/bin

The commands that need native programs extract them to a folder of their own in XDG_CACHE_HOME,
~/.cache, TMPDIR or /dev/shm, in this order. No other user can write to it. Where the executable does not
start (Alpine), bpf-token-collect, a static program, writes a report of a process, and
\`bpf-token doctor --from REPORT\` reads it on another machine.

\`upstream build\` and \`fuzz\` of upstream source need clang and wasm-ld.

## Licences

bpf-token and bpf-token-collect: MIT. The executable contains Node; LICENSES/Node.txt has its licence and
those of its parts. third-party.txt has the licences of the npm packages that are inside.

lib: GPL-2.0-only. The source is the folders core-c, packages/kernel-wasm and packages/kernel-bpf of the
repository of this version. The executable loads only the files of the same build.
`;

export const archiveName = ({ version, arch }) => `bpf-token-${version}-linux-${arch}`;

/**
 * Writes the content of the archive, once in a run: all kinds then have the same executable.
 *
 * @returns its folder, which the caller does not change.
 */
export async function stageArchive(context) {
  const { cli, staged, work, arch } = context;
  const folder = join(staged, archiveName(context));
  if (existsSync(folder)) return folder;
  mkdirSync(folder, { recursive: true });
  const own = join(work, `sea-${arch}`);
  mkdirSync(own);
  await writeExecutable(cli, join(folder, "bpf-token"), { ...context, work: own });
  rmSync(own, { recursive: true });
  copyFileSync(
    join(cli, `prebuilds/linux-${arch}/bpf-token-collect`),
    join(folder, "bpf-token-collect"),
  );
  writeFileSync(join(folder, "README.md"), readme.replace("ARCH", arch));
  copyFileSync(join(cli, "third-party.txt"), join(folder, "third-party.txt"));
  cpSync(join(cli, "LICENSES"), join(folder, "LICENSES"), { recursive: true });
  copyFileSync(nodeFor(arch).licence, join(folder, "LICENSES/Node.txt"));
  execFileSync("chmod", ["-R", "u+rw,go+rX,go-w", folder]);
  return folder;
}

/**
 * Packs the archive.
 *
 * @returns its path.
 */
export async function packArchive(context) {
  const { out, staged, work, epoch, level } = context;
  const name = archiveName(context);
  await stageArchive(context);
  const tar = join(work, `${name}.tar`);
  writeTar(tar, staged, name, epoch);
  rmSync(join(out, `${name}.tar.xz`), { force: true });
  execFileSync("xz", [`-${level}`, "--threads=1", tar]);
  copyFileSync(`${tar}.xz`, join(out, `${name}.tar.xz`));
  return join(out, `${name}.tar.xz`);
}

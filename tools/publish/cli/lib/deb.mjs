// SPDX-License-Identifier: MIT
// Packages for Debian: bpf-token runs with Debian's Node, bpf-token-standalone contains the executable.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { stageArchive } from "./archive.mjs";
import { strips } from "./executable.mjs";
import { manPage } from "./man.mjs";

export const debianArch = { x64: "amd64", arm64: "arm64" };
const MAINTAINER = "The bpf-token developers <bpf-token@localhost>";
const LIBRARY = "usr/lib/bpf-token";
const DOCUMENTS = "usr/share/doc";

const variants = {
  deb: {
    name: "bpf-token",
    other: "bpf-token-standalone",
    depends: "nodejs (>= 20.19), libc6 (>= 2.34)",
    about: "It runs with the nodejs of the distribution.",
    stage: stageCli,
  },
  standalone: {
    name: "bpf-token-standalone",
    other: "bpf-token",
    depends: "libc6 (>= 2.28), libgcc-s1 (>= 3.4), libstdc++6 (>= 6)",
    about: "It contains Node, for releases whose nodejs is older than 20.19.",
    stage: stageExecutable,
  },
};

/** Writes a text file; creates its folder. */
function write(root, path, content, mode = 0o644) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
}

const compress = (text) => {
  const bytes = gzipSync(text, { level: 9 });
  // The byte of the operating system.
  bytes[9] = 3;
  return bytes;
};

function stageCli(root, { cli, arch }) {
  const library = join(root, LIBRARY);
  for (const name of ["dist", "package.json", `prebuilds/linux-${arch}`])
    cpSync(join(cli, name), join(library, name), { recursive: true });
  // A program that root runs must not take `node` from PATH.
  const bin = readFileSync(join(cli, "bin/bpf-token.js"), "utf8");
  write(root, `${LIBRARY}/bin/bpf-token.js`, bin.replace(/^#!.*/, "#!/usr/bin/node"), 0o755);
  const programs = join(library, `prebuilds/linux-${arch}`);
  for (const name of readdirSync(programs)) {
    execFileSync(strips[arch], [
      "--strip-unneeded",
      "--remove-section=.comment",
      join(programs, name),
    ]);
    if (name.endsWith(".node")) chmodSync(join(programs, name), 0o644);
  }
  return { target: "bin/bpf-token.js", licences: [] };
}

async function stageExecutable(root, context) {
  const folder = await stageArchive(context);
  mkdirSync(join(root, LIBRARY), { recursive: true });
  for (const name of ["bpf-token", "bpf-token-collect", "lib"])
    cpSync(join(folder, name), join(root, LIBRARY, name), { recursive: true });
  return {
    target: "bpf-token",
    licences: ["Node.txt"].map((name) => join(folder, "LICENSES", name)),
  };
}

/** Runs the program of the package bpf-token-cli. */
const run = (cli, ...words) =>
  execFileSync(process.execPath, [join(cli, "bin/bpf-token.js"), ...words], { encoding: "utf8" });

function writeManPages(root, { cli, version, epoch }) {
  const date = new Date(epoch * 1000).toISOString().slice(0, 10);
  const { commands } = JSON.parse(run(cli, "completion", "bash", "--json"));
  const put = (page) =>
    write(root, `man/man1/${page.name}.1.gz`, compress(manPage({ ...page, version, date })));
  const [first, ...rest] = run(cli, "--help").split("\n\n");
  const names = commands.map(({ name }) => `bpf-token-${name}`);
  const summary = first.replace(/^bpf-token: /, "");
  put({ name: "bpf-token", summary, text: rest.join("\n\n"), see: names });
  for (const { name, summary: about } of commands) {
    const text = run(cli, name, "--help");
    put({ name: `bpf-token-${name}`, summary: about, text, see: ["bpf-token"] });
  }
}

const completions = {
  bash: "bash-completion/completions/bpf-token",
  zsh: "zsh/vendor-completions/_bpf-token",
  fish: "fish/vendor_completions.d/bpf-token.fish",
};

/** Writes what the program says about itself, once in a run; returns its folder. */
function stageShare(context) {
  const folder = join(context.staged, "share");
  if (existsSync(folder)) return folder;
  writeManPages(folder, context);
  for (const [shell, path] of Object.entries(completions))
    write(folder, path, run(context.cli, "completion", shell));
  return folder;
}

function writeDocuments(root, context, { name, licences }) {
  const { cli, version, epoch } = context;
  cpSync(stageShare(context), join(root, "usr/share"), { recursive: true });
  const folder = `${DOCUMENTS}/${name}`;
  const date = new Date(epoch * 1000).toUTCString().replace("GMT", "+0000");
  const changes = `${name} (${version}) unstable; urgency=medium\n\n  * See CHANGELOG.md in the repository.\n\n -- ${MAINTAINER}  ${date}\n`;
  write(root, `${folder}/changelog.gz`, compress(changes));
  const others = licences.map((path) => readFileSync(path, "utf8"));
  write(root, `${folder}/third-party.txt.gz`, compress(readFileSync(join(cli, "third-party.txt"))));
  if (others.length > 0) write(root, `${folder}/node.txt.gz`, compress(others.join("\n")));
  const mit = readFileSync(join(cli, "LICENSES/MIT.txt"), "utf8").trim();
  write(root, `${folder}/copyright`, copyright(mit, others.length > 0));
}

const indent = (text) => text.replace(/^.*$/gm, (line) => ` ${line.trim() === "" ? "." : line}`);

const copyright = (
  mit,
  hasNode,
) => `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: bpf-token
Comment:
 third-party.txt.gz next to this file has the licences of the npm packages that
 are inside${hasNode ? ", and node.txt.gz those of Node and its parts" : ""}. The source of the files under GPL-2.0-only is the folders
 core-c, packages/kernel-wasm and packages/kernel-bpf of the repository of this
 version.

Files: *
Copyright: The bpf-token developers
License: Expat

Files: usr/lib/bpf-token/*/kernel-*
Copyright: The bpf-token developers
License: GPL-2

License: Expat
${indent(mit)}

License: GPL-2
 On Debian systems, the text is in /usr/share/common-licenses/GPL-2.
`;

const control = (variant, { version, arch }, size) => `Package: ${variant.name}
Version: ${version}
Architecture: ${debianArch[arch]}
Maintainer: ${MAINTAINER}
Installed-Size: ${size}
Depends: ${variant.depends}
Suggests: bpftool
Conflicts: ${variant.other}
Replaces: ${variant.other}
Section: utils
Priority: optional
Description: find why the kernel refused a bpf() call, and the fix
 bpf-token names the check of the kernel that refused a bpf() call in a
 container, and the least delegation that lets the call through. It runs
 BPF objects and programs on a model of the kernel, or on the running one.
 .
 ${variant.about}
`;

const list = (root) =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => ({ path: join(entry.parentPath, entry.name), isFile: entry.isFile() }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));

function writeControl(root, context, variant) {
  const files = list(root).filter(({ isFile }) => isFile);
  const kilobytes = files.reduce((sum, { path }) => sum + Math.ceil(statSync(path).size / 1024), 0);
  const sums = files.map(({ path }) => {
    const hash = createHash("md5").update(readFileSync(path)).digest("hex");
    return `${hash}  ${path.slice(root.length + 1)}\n`;
  });
  write(root, "DEBIAN/control", control(variant, context, kilobytes));
  write(root, "DEBIAN/md5sums", sums.join(""));
}

const noAddress = ["bogus-mail-host", "bogus-mail-host-in-debian-changelog"].map((tag) => [
  tag,
  "the project has no address yet",
]);
const isStatic = ["statically-linked-binary", "runs in containers without libraries"];
/** Tags of the package checker that stay, and why. */
const overrides = {
  deb: [
    ...noAddress,
    isStatic,
    ["shared-library-lacks-prerequisites", "bpf-exec is static, and Node loads the addon"],
  ],
  standalone: [
    ...noAddress,
    isStatic,
    ["embedded-library", "Node contains zlib"],
    ["hardening-no-pie", "Node is built so"],
  ],
};

/**
 * Packs a package for Debian.
 *
 * @param kind - `deb` or `standalone`.
 * @returns its path.
 */
export async function packDeb(kind, context) {
  const { out, work, version, arch, epoch, level } = context;
  const variant = variants[kind];
  const root = join(work, "root");
  const { target, licences } = await variant.stage(root, context);
  mkdirSync(join(root, "usr/bin"));
  symlinkSync(`../lib/bpf-token/${target}`, join(root, "usr/bin/bpf-token"));
  writeDocuments(root, context, { name: variant.name, licences });
  const lines = overrides[kind].map(([tag, why]) => `# ${why}\n${variant.name}: ${tag} *\n`);
  if (lines.length > 0) write(root, `usr/share/lintian/overrides/${variant.name}`, lines.join(""));
  writeControl(root, context, variant);
  for (const { path, isFile } of list(root)) {
    if (isFile) utimesSync(path, epoch, epoch);
  }
  execFileSync("chmod", ["-R", "u+w,go-w,go+rX", root]);
  const path = join(out, `${variant.name}_${version}_${debianArch[arch]}.deb`);
  rmSync(path, { force: true });
  const args = ["--root-owner-group", "-Zxz", `-z${level}`, "--threads-max=1", "--build"];
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(epoch) };
  execFileSync("dpkg-deb", [...args, root, path], { env, stdio: "ignore" });
  return path;
}

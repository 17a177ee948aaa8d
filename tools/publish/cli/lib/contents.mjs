// SPDX-License-Identifier: MIT
// What is inside of each file of a release, under which licence, and where the complete source is.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NODE_VERSION } from "./downloads.mjs";

const own = (folders) => `${folders} of the repository at the commit above`;
const glibc = "https://snapshot.debian.org/package/glibc/";
const node = `https://nodejs.org/dist/v${NODE_VERSION}/node-v${NODE_VERSION}.tar.gz`;

/** The first pattern that matches the path of a file says what the file is. */
const rules = [
  {
    pattern: /(^|\/)kernel-(wasm|wasm-sdk|bpf)\.js(\.cache)?$/,
    what: "the model of the kernel, and V8's caches of it",
    licence: "GPL-2.0-only",
    source: own("core-c, packages/kernel-wasm and packages/kernel-bpf"),
  },
  {
    pattern: /\/dist\/.*\.js$|\/bin\/bpf-token\.js$/,
    what: "the program, with the npm packages of third-party.txt",
    licence: "MIT, and those of third-party.txt",
    source: own("packages"),
  },
  {
    pattern: /(^|\/)linux-(x64|arm64)\/bpf-exec$/,
    what: "the executor, linked with glibc of Debian",
    licence: "MIT AND LGPL-2.1-or-later",
    source: `${own("packages/kernel-native/native")}; ${glibc}`,
  },
  {
    pattern: /(^|\/)bpf-token(-collect|-hook|-intercept|-record|\.node)$/,
    what: "the other native programs",
    licence: "MIT",
    source: own("packages/kernel-native/native"),
  },
  {
    pattern: /^(bpf-token-[^/]*|usr\/lib\/bpf-token)\/bpf-token$/,
    what: `Node ${NODE_VERSION} with the program and the native programs`,
    licence:
      "MIT, those of third-party.txt, those of Node.txt (OpenSSL: Apache-2.0), and LGPL-2.1-or-later (glibc of Debian in bpf-exec)",
    source: `${own("packages")}; ${node}; ${glibc}`,
  },
  {
    pattern: /(^|\/)(libc|libdl|libm|libpthread)\.so\.\d+$|(^|\/)ld-linux-[^/]*$/,
    what: "glibc of Debian",
    licence: "LGPL-2.1-or-later",
    source: "the addresses in libraries.txt",
  },
  {
    pattern: /(^|\/)(libgcc_s|libstdc\+\+)\.so\.\d+$/,
    what: "the libraries of GCC, of Debian",
    licence: "GPL-3.0-or-later WITH GCC-exception-3.1",
    source: "the addresses in libraries.txt",
  },
  {
    pattern:
      /(^|\/)(LICENSES|common-licenses|doc|overrides)\/|(^|\/)(README\.md|third-party\.txt|package\.json|passwd)$|\/man1\/|completions/,
    what: "documents, licences, manual pages and completion",
    licence: "MIT; each licence has its own terms",
    source: own("tools/publish/cli"),
  },
  {
    pattern: /^usr\/bin\/bpf-token$/,
    what: "a link to the program",
    licence: "MIT",
    source: own("tools/publish/cli"),
  },
];

const lines = (text) => text.split("\n").filter((line) => line !== "" && !line.endsWith("/"));
const entries = (tar, ...more) =>
  lines(execFileSync("tar", ["-tf", tar, ...more], { encoding: "utf8", maxBuffer: 1 << 26 }));

function imageFiles(path) {
  const layout = mkdtempSync(join(tmpdir(), "bpf-token-layout-"));
  try {
    execFileSync("tar", ["-xf", path, "-C", layout]);
    const blobs = join(layout, "blobs/sha256");
    const values = readdirSync(blobs).flatMap((name) => {
      const bytes = readFileSync(join(blobs, name));
      return bytes[0] === 0x7b ? [JSON.parse(bytes)] : [];
    });
    const layers = values.flatMap((value) => value.layers ?? []);
    const files = layers.flatMap(({ digest }) =>
      entries(join(blobs, digest.replace("sha256:", "")), "--zstd"),
    );
    return [...new Set(files)];
  } finally {
    rmSync(layout, { recursive: true });
  }
}

function debFiles(path) {
  const tar = execFileSync("dpkg-deb", ["--fsys-tarfile", path], { maxBuffer: 1 << 28 });
  return lines(execFileSync("tar", ["-t"], { input: tar, encoding: "utf8" }));
}

/** The files inside of a file of a release, without folders; undefined for a file that contains none. */
export function filesIn(path) {
  const list = () => {
    if (path.endsWith("-image.tar")) return imageFiles(path);
    if (path.endsWith(".deb")) return debFiles(path);
    return /\.(tgz|tar\.xz)$/.test(path) ? entries(path) : undefined;
  };
  return list()?.map((name) => name.replace(/^\.\//, ""));
}

/**
 * Says what the files are.
 *
 * @param name - of the file of the release, for errors.
 * @throws Error if a file is none of the known ones: its licence is unknown.
 */
export function contentsOf(name, files) {
  const found = new Set();
  for (const file of files) {
    const rule = rules.find(({ pattern }) => pattern.test(file));
    if (rule === undefined) throw new Error(`${name} contains ${file}, whose licence is unknown`);
    found.add(rule);
  }
  return rules.filter((rule) => found.has(rule));
}

/** The licence that a path has in the text. */
export const licenceOf = (file) => rules.find(({ pattern }) => pattern.test(file))?.licence;

/** The text of LICENSES.md for a folder with the files of a release. */
export function contentsText(folder, commit) {
  const parts = [
    `# What is inside\n\nThis page is for those who pass these files on. It says what each file contains, under which licence, and where the complete source is. The files were built from the commit ${commit} of the repository.\n`,
  ];
  for (const name of readdirSync(folder).sort()) {
    const files = filesIn(join(folder, name));
    if (files === undefined) continue;
    const rows = contentsOf(name, files).map(
      ({ what, licence, source }) => `| ${what} | ${licence} | ${source} |`,
    );
    parts.push(`## ${name}\n\n| what | licence | source |\n|---|---|---|\n${rows.join("\n")}\n`);
  }
  return parts.join("\n");
}

// SPDX-License-Identifier: MIT
// The shared libraries that the executable needs, from Debian's packages of this machine.
import { execFileSync } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";

/** Where libraries are on this machine and in the image, and the program that loads them. */
const places = {
  x64: {
    from: "/usr/lib/x86_64-linux-gnu",
    to: "usr/lib/x86_64-linux-gnu",
    loader: "lib64/ld-linux-x86-64.so.2",
  },
  arm64: {
    from: process.arch === "arm64" ? "/usr/lib/aarch64-linux-gnu" : "/usr/aarch64-linux-gnu/lib",
    to: "usr/lib/aarch64-linux-gnu",
    loader: "lib/ld-linux-aarch64.so.1",
  },
};

function neededBy(path) {
  const text = execFileSync("readelf", ["--dynamic", "--wide", path], { encoding: "utf8" });
  return [...text.matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
}

const FIELDS = ["Package", "Version", "Architecture", "source:Package", "source:Version"];
const FORMAT = FIELDS.map((name) => `\${${name}}`).join("\t");

/** The package of Debian that a file belongs to, with that of its source. */
function packageOf(file) {
  // dpkg knows files by the name that they had before /usr was merged.
  const names = [file, file.replace(/^\/usr\/lib/, "/lib")];
  for (const name of names) {
    try {
      const [found] = execFileSync("dpkg-query", ["--search", name], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }).split(": ");
      const fields = execFileSync("dpkg-query", ["-W", `-f=${FORMAT}`, found], {
        encoding: "utf8",
      });
      const [own, version, architecture, source, sourceVersion] = fields.split("\t");
      return { name: own, version, architecture, source, sourceVersion };
    } catch {
      // It has the other name.
    }
  }
  throw new Error(`${file} belongs to no package of Debian, so its licence is unknown`);
}

/**
 * Finds the libraries that a program needs, and those that they need.
 *
 * @returns each with its path on this machine, its path in the image, and its package.
 */
export function librariesOf(program, arch) {
  const { from, to, loader } = places[arch];
  const found = new Map();
  const visit = (path) => {
    for (const name of neededBy(path)) {
      if (found.has(name)) continue;
      const library = join(from, name);
      if (!existsSync(library))
        throw new Error(
          `${library} is not there. Fix: apt install libstdc++6${arch === process.arch ? "" : `-${arch}-cross`}`,
        );
      const file = realpathSync(library);
      const path = loader.endsWith(name) ? loader : join(to, name);
      found.set(name, { file, path, package: packageOf(file) });
      visit(file);
    }
  };
  visit(program);
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

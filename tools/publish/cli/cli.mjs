#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative, resolve } from "node:path";
import { buildExecutor } from "../../lib/build-executor.mjs";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { packAction } from "./lib/action.mjs";
import { packArchive } from "./lib/archive.mjs";
import { packDeb } from "./lib/deb.mjs";
import { NODE_VERSION } from "./lib/downloads.mjs";
import { packImage } from "./lib/image.mjs";
import { writeCli } from "./lib/package.mjs";
import { verifyRelease, writeSums } from "./lib/sums.mjs";
import { sourceDate } from "./lib/tar.mjs";

const FOLDER = "out-tsc/cli";
const VERIFY = "verify-release";
const ARCHS = ["x64", "arm64"];

/** What can be packed: the function, and the limit in MB. */
const kinds = {
  tarball: { pack: packTarball, limit: 1.9 },
  executable: { pack: packArchive, limit: 32, each: true },
  deb: { pack: (context) => packDeb("deb", context), limit: 1.2, each: true },
  standalone: { pack: (context) => packDeb("standalone", context), limit: 32, each: true },
  image: { pack: packImage, limit: 80 },
  action: { pack: packAction, limit: 64 },
  // The last, because it describes the others.
  sums: { pack: writeSums, limit: 0.1 },
};

const HELP = `usage: npm run tool pack:cli [-- KIND… [--arch A] [--folder DIR] [--no-cache] [--quick]]
       npm run tool pack:cli -- verify-release [--folder DIR]

Packs the program with its native programs for x86-64 and arm64. All kinds have the same files inside.
Builds the packages first. KIND is one or more of:
  tarball        bpf-token-cli, an npm package without dependencies: 'npx ./bpf-token-cli-X.tgz doctor'
                 works on a machine with only Node and npm (default)
  executable     an archive with one executable, which needs no Node; downloads Node ${NODE_VERSION} from npm
  deb            a package for Debian that runs with the distribution's nodejs
  image          an OCI image of both architectures, in a tar file; needs Debian's libraries for them
  action         a folder to push as a repository: a GitHub Action, a pre-commit hook, and executables
  standalone     a package for Debian around the executable, for releases with an older nodejs
  sums           SHA256SUMS, a CycloneDX bill of materials, and LICENSES.md, which says what is inside
                 of each file of the folder, under which licence, and where the complete source is
  all            all of them

verify-release checks the folder of a release: the hashes, and LICENSES.md against the contents.

Options:
  --arch A       only for this architecture: ${ARCHS.join(" or ")} (default: both); the tarball has both
  --folder DIR   where the files go (default: ${FOLDER})
  --no-cache     without V8's code caches: the executable starts more slowly, and each build has the
                 same bytes
  --quick        compresses less, in much less time

SOURCE_DATE_EPOCH is the time of the files inside. Default: the time of the commit.

Exit codes: 0 packed; 1 something failed, or a file is larger than its limit, or is
not that of SHA256SUMS; 2 usage.`;

/** Packs what {@link writeCli} wrote; returns the path of the tarball. */
function packTarball({ cli, out }) {
  const args = ["pack", "--json", "--pack-destination", out];
  const [{ filename }] = JSON.parse(execFileSync("npm", args, { cwd: cli, encoding: "utf8" }));
  return join(out, filename);
}

/** The size of a file, or of the files of a folder. */
function sizeOf(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

/** Prints the size of what was packed; returns whether it is within the limit. */
function isWithin(path, limit) {
  const megabytes = sizeOf(path) / 1e6;
  console.log(`${relative(process.cwd(), path)}: ${megabytes.toFixed(2)} MB`);
  if (megabytes <= limit) return true;
  console.error(`${path} is larger than ${limit} MB`);
  return false;
}

async function pack(wanted, { archs, out, cache, quick }) {
  const made = mkdtempSync(join(tmpdir(), "bpf-token-cli-"));
  try {
    const cli = join(made, "package");
    const packages = await writeCli(root, cli);
    const { version } = JSON.parse(readFileSync(join(cli, "package.json"), "utf8"));
    mkdirSync(out, { recursive: true });
    const common = {
      root,
      packages,
      cli,
      out,
      staged: join(made, "staged"),
      // Those of the libraries in the image; the bill of materials has them.
      debianPackages: new Map(),
      version,
      cache,
      level: quick ? 0 : 6,
      epoch: sourceDate(root),
    };
    // What this run packed, by name.
    const packed = new Map();
    let fine = true;
    for (const name of wanted) {
      const { pack, limit, each } = kinds[name];
      for (const some of each ? archs.map((arch) => ({ arch })) : [{ archs }]) {
        const work = join(made, "work");
        mkdirSync(work);
        const path = await pack({ ...common, ...some, packed, work });
        packed.set(basename(path), path);
        rmSync(work, { recursive: true });
        fine = isWithin(path, quick ? Number.POSITIVE_INFINITY : limit) && fine;
      }
    }
    return fine ? 0 : 1;
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
}

/** Prints the problems of a release. */
function verify(folder) {
  const problems = verifyRelease(folder);
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log("every file has its hash, and its contents are described");
  return problems.length === 0 ? 0 : 1;
}

function refine({ values, positionals }) {
  const all = Object.keys(kinds);
  const given = positionals.length > 0 ? positionals : ["tarball"];
  const wanted = given.flatMap((name) => (name === "all" ? all : [name]));
  const unknown = wanted.find((name) => !all.includes(name) && given[0] !== VERIFY);
  if (unknown !== undefined)
    throw new RangeError(`unknown kind '${unknown}' (known: ${all.join(", ")}, all)`);
  const { arch, folder, quick } = values;
  if (arch !== undefined && !ARCHS.includes(arch)) throw new RangeError(`unknown --arch '${arch}'`);
  const out = resolve(folder ?? join(root, FOLDER));
  return [wanted, { archs: arch ? [arch] : ARCHS, out, cache: !values["no-cache"], quick }];
}

const text = { type: "string" };
const options = { arch: text, folder: text, "no-cache": flag, quick: flag };
const [wanted, how] = readOptions(HELP, { options, allowPositionals: true }, refine);

async function main() {
  if (wanted[0] === VERIFY) return verify(how.out);
  buildExecutor();
  return buildQuietly() ? await pack(wanted, how) : 1;
}

try {
  process.exitCode = await main();
} catch (cause) {
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = 1;
}

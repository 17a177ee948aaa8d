// SPDX-License-Identifier: MIT
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import {
  describePackage,
  parseSources,
  privateConfig,
  privateFolders,
  privateSources,
} from "./apt-config.mjs";
import { CannotError } from "./errors.mjs";
import { run } from "./run.mjs";

/**
 * Passes `use` an apt with its own configuration and state. It reads the machine's mirrors, checks
 * signatures, installs nothing, and does not change the machine's apt.
 *
 * @param parent - where to create a temporary folder for this apt.
 * @param suites - see {@link privateSources}.
 * @param architecture - of the packages, as Debian names it.
 */
export async function withApt(parent, suites, architecture, use) {
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, "apt-"));
  try {
    const sources = privateSources(readSources("/etc/apt"), suites);
    if (sources === "") {
      throw new CannotError(
        `this machine's apt has no signed source of Debian ${suites.stable}, where the guests' kernels come from`,
      );
    }
    for (const path of privateFolders(folder)) mkdirSync(path, { recursive: true });
    const dump = run("apt-config", ["dump"], ".").stdout;
    writeFileSync(join(folder, "apt.conf"), privateConfig(folder, dump, architecture));
    writeFileSync(join(folder, "private.sources"), sources);
    writeFileSync(join(folder, "status"), "");
    const apt = new Apt(join(folder, "apt.conf"));
    apt.update();
    return await use(apt);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The machine's sources. */
export function readSources(folder) {
  const parts = join(folder, "sources.list.d");
  const files = [
    join(folder, "sources.list"),
    ...(existsSync(parts)
      ? readdirSync(parts)
          .sort()
          .map((name) => join(parts, name))
      : []),
  ];
  return files
    .filter((path) => /\.(list|sources)$/.test(path) && existsSync(path))
    .flatMap((path) => {
      return parseSources(readFileSync(path, "utf8"), path.endsWith(".list") ? "list" : "sources");
    });
}

class Apt {
  #env;

  constructor(config) {
    this.#env = { ...process.env, APT_CONFIG: config, LC_ALL: "C" };
  }

  update() {
    // Without the option, apt only warns about an unavailable suite.
    this.#run("apt-get", ["update", "-qq", "--error-on=any"], ".");
  }

  /** The names of all packages. */
  names() {
    const { stdout } = this.#run("apt-cache", ["pkgnames", "--no-all-names"], ".");
    return stdout.split("\n").filter((name) => name !== "");
  }

  /** The names of packages and of all packages that they need. */
  withDependencies(names) {
    const options = ["--simulate", "-qq", "--no-install-recommends"];
    const { stdout } = this.#run("apt-get", ["install", ...options, ...names], ".");
    return [...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name);
  }

  /**
   * Downloads a package into a folder. Its hash must equal that of the signed index.
   *
   * @returns its file, version and hash.
   */
  download(name, folder) {
    const { version, sha256 } = describePackage(
      this.#run("apt-cache", ["show", "--no-all-versions", name], ".").stdout,
    );
    const before = new Set(readdirSync(folder));
    this.#run("apt-get", ["download", "-qq", `${name}=${version}`], folder);
    const file = readdirSync(folder).find((one) => one.endsWith(".deb") && !before.has(one));
    if (file === undefined) throw new CannotError(`apt-get downloaded nothing for ${name}`);
    const path = join(folder, file);
    const found = createHash("sha256").update(readFileSync(path)).digest("hex");
    if (found !== sha256) {
      throw new Error(`${name} ${version} has sha256 ${found}, and the index has ${sha256}`);
    }
    return { path, version, sha256 };
  }

  #run(program, args, cwd) {
    return run(program, args, cwd, this.#env);
  }
}

// SPDX-License-Identifier: MIT
import { mkdirSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { byFile } from "../../../program-test/coverage.js";
import { istanbul, type LineCoverage } from "../../../program-test/index.js";
import { systemReason } from "../../system-error.js";
import { InconclusiveError } from "../../usage.js";
import { sourceOf } from "./source.js";

/** What this command uses of Istanbul's packages. */
interface Istanbul {
  readonly maps: { createCoverageMap(files: object): object };
  readonly lib: { createContext(options: object): object };
  readonly reports: { create(name: "html", options: object): { execute(context: object): void } };
}

const packages = ["istanbul-lib-coverage", "istanbul-lib-report", "istanbul-reports"] as const;

/** Files of every report. */
const marks = ["base.css", "index.html"];

/** Writes a report; relative names of source files start in `folders`. */
export type HtmlWriter = (lines: readonly LineCoverage[], folders: readonly string[]) => void;

/**
 * Prepares a folder for a report of HTML pages, and returns what writes it.
 *
 * @throws InconclusiveError if Istanbul's packages are not installed, or the folder cannot be written.
 */
export function htmlWriter(
  folder: string,
  load: Require = createRequire(import.meta.url),
): HtmlWriter {
  const { maps, lib, reports } = found(folder, load);
  writing(folder, () => {
    mkdirSync(folder, { recursive: true });
    const names = readdirSync(folder);
    if (names.length > 0 && !marks.every((mark) => names.includes(mark)))
      throw new InconclusiveError(
        `cannot write '${folder}': it has other files. Fix: give the path of a new folder`,
      );
  });
  return (lines, folders) => {
    const sources = new Map<string, string>();
    const named: LineCoverage[] = [];
    for (const [path, own] of byFile(lines)) {
      let file = plainName(path);
      while (sources.has(file)) file += `.${sources.size}`;
      sources.set(file, sourceOf(path, own, folders));
      for (const line of own) named.push({ ...line, file });
    }
    const coverageMap = maps.createCoverageMap(istanbul(named));
    const sourceFinder = (path: string): string => sources.get(path) ?? "";
    const context = lib.createContext({ dir: resolve(folder), coverageMap, sourceFinder });
    writing(folder, () => reports.create("html", {}).execute(context));
  };
}

type Require = (name: string) => unknown;

function found(folder: string, load: Require): Istanbul {
  try {
    const [maps, lib, reports] = packages.map((name) => load(name));
    return { maps, lib, reports } as Istanbul;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    throw new InconclusiveError(
      `cannot write '${folder}': Istanbul's packages are missing. Fix: npm install ${packages.join(" ")}, or give the file of --coverage to genhtml`,
    );
  }
}

function writing(folder: string, run: () => void): void {
  try {
    run();
  } catch (error) {
    const reason = systemReason(error);
    if (reason === undefined) throw error;
    throw new InconclusiveError(`cannot write '${folder}': ${reason}`);
  }
}

/**
 * The name of a page of the report. An object is anybody's: its names become paths and, unescaped, parts of
 * pages.
 */
function plainName(file: string): string {
  const parts = file.split("/").map((part) => part.replaceAll(/[^\w.+-]/g, "_"));
  const named = parts.filter((part) => part !== "" && !/^\.+$/.test(part));
  return named.length === 0 ? "unnamed" : named.join("/");
}

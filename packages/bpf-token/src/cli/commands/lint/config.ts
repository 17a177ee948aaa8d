// SPDX-License-Identifier: MIT
import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { lintFindings } from "../../../lint/index.js";
import { readInputFile } from "../../input/files.js";
import { UsageError } from "../../usage.js";

/** The file that is read from the current folder. */
const DEFAULT = ".bpf-token-lint.json";

/** What a configuration file may have. */
export interface LintConfig {
  readonly release?: string;
  readonly persona?: string;
  /** Ids of findings. */
  readonly ignore: readonly string[];
  /** Patterns of files, as in .gitignore. */
  readonly exclude: readonly string[];
  /** The folder of the file, which the patterns are about. */
  readonly folder: string;
  readonly baseline?: string;
}

const texts = ["release", "persona", "baseline"];
const lists = ["ignore", "exclude"];

/**
 * Reads a configuration file; without a name, `.bpf-token-lint.json` if there is one.
 *
 * @throws UsageError for a file that cannot be read, an unknown key or an unknown finding.
 */
export async function readConfig(name: string | undefined): Promise<LintConfig> {
  const file = name ?? DEFAULT;
  const none = { ignore: [], exclude: [], folder: dirname(resolve(file)) };
  if (name === undefined && !existsSync(DEFAULT)) return none;
  const json = parseJson(file, (await readInputFile(file)).toString());
  const problem = (text: string): UsageError => new UsageError(`lint: ${file}: ${text}`, "");
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw problem("is no JSON object");
  }
  for (const [key, value] of Object.entries(json)) {
    const isList = lists.includes(key);
    if (!isList && !texts.includes(key)) {
      throw problem(`unknown key '${key}' (known: ${[...texts, ...lists].join(", ")})`);
    }
    const all: readonly unknown[] = isList && Array.isArray(value) ? value : [value];
    if (isList !== Array.isArray(value) || all.some((one) => typeof one !== "string")) {
      throw problem(`'${key}' must be ${isList ? "a list of strings" : "a string"}`);
    }
  }
  const config: LintConfig = { ...none, ...json };
  const unknown = config.ignore.find((id) => lintFindings.every((finding) => finding.id !== id));
  if (unknown !== undefined) throw problem(`no finding has the id '${unknown}'`);
  return config;
}

/** @throws UsageError if a file is no JSON. */
export function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`lint: ${file}: is no JSON`, "");
  }
}

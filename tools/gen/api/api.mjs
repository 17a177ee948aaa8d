#!/usr/bin/env node
// SPDX-License-Identifier: MIT
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { buildQuietly } from "../../lib/build-quietly.mjs";
import { publicPackages } from "../../lib/manifests.mjs";
import { flag, readOptions } from "../../lib/options.mjs";
import { root } from "../../lib/run.mjs";
import { difference } from "./difference.mjs";

const HELP = `usage: npm run tool api [-- --check]

Writes the public API of each package to packages/NAME/etc/ENTRY.api.md. A changed report means a
change for users, so reviews look at these files. Builds the packages first.

Options:
  --check     write nothing; print the reports that differ from the code

Exit codes: 0 the reports match or were written; 1 a report differs, or the build failed; 2 usage.`;

/**
 * The names and numbers of uapi are those of facts.json, whose differences say the same in fewer lines. The host is
 * internal.
 */
const unreported = new Set(["uapi.api.md", "kernel-wasm.host.api.md"]);

/** Every entry of a package with its declarations and the name of its report. */
function reportsOf({ folder, json }) {
  const short = folder.split("/")[1];
  return Object.entries(json.exports)
    .filter(([, target]) => typeof target === "object")
    .map(([path, target]) => ({
      folder: root + folder,
      declarations: join(root, folder, target.types),
      file: `${short}${path.slice(1).replaceAll("/", ".")}.api.md`,
    }))
    .filter(({ file }) => !unreported.has(file));
}

const quiet = { logLevel: "none" };
const reported = { logLevel: "none", addToApiReportFile: false };

function configuration({ folder, declarations, file }, temporary) {
  return ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, "package.json"),
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: declarations,
      compiler: { tsconfigFilePath: join(folder, "tsconfig.lib.json") },
      apiReport: {
        enabled: true,
        reportFileName: file,
        reportFolder: temporary,
        reportTempFolder: join(temporary, "temp"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      // typedoc checks the documentation and tsc the types; this report covers the shape of the API
      // only.
      messages: {
        compilerMessageReporting: { default: quiet },
        extractorMessageReporting: { default: reported },
        tsdocMessageReporting: { default: reported },
      },
    },
  });
}

function extract(report, temporary) {
  const seen = [];
  Extractor.invoke(configuration(report, temporary), {
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel === "error") seen.push(message.text);
      message.handled = true;
    },
  });
  if (seen.length > 0) throw new Error(`${report.file}: ${seen.join("; ")}`);
  return readFileSync(join(temporary, report.file), "utf8");
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Writes or compares a report; returns whether it was up to date. */
function settle(report, text, check) {
  const path = join(report.folder, "etc", report.file);
  const old = read(path);
  if (old === text) return true;
  console.log(`${path.slice(root.length)}:`);
  for (const line of difference(old, text).slice(0, 20)) console.log(`  ${line}`);
  if (check) return false;
  mkdirSync(join(report.folder, "etc"), { recursive: true });
  writeFileSync(path, text);
  return true;
}

function main({ check }) {
  if (!buildQuietly()) return 1;
  const reports = publicPackages().flatMap(reportsOf);
  const temporary = mkdtempSync(join(tmpdir(), "bpf-token-api-"));
  try {
    const good = reports.map((each) => settle(each, extract(each, temporary), check));
    const changed = good.filter((one) => !one).length;
    console.log(`api: ${reports.length} entries, ${changed} changed`);
    if (changed === 0) return 0;
    console.error(
      "the public API changed: run `npm run tool api` and have the difference reviewed",
    );
    return 1;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

process.exitCode = main(readOptions(HELP, { options: { check: flag } }));

// SPDX-License-Identifier: MIT
// The files that describe a release: what is inside, the bill of materials, and the hashes of all.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contentsText } from "./contents.mjs";
import { NODE_VERSION } from "./downloads.mjs";

const SUMS = "SHA256SUMS";
const CONTENTS = "LICENSES.md";
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const commitOf = (root) =>
  execFileSync("git", ["rev-parse", "HEAD"], { cwd: root, encoding: "utf8" }).trim();

/** The bill of materials by npm: the bundle has no node_modules, so npm reads those that went in. */
function billOfMaterials({ cli, work, packages, debianPackages, epoch }) {
  const folder = join(work, "bpf-token-cli");
  for (const one of packages) {
    const there = join(folder, "node_modules", one.name);
    mkdirSync(there, { recursive: true });
    // Their own dependencies are not inside, or are in this list.
    const { name, version, license } = one;
    writeFileSync(join(there, "package.json"), JSON.stringify({ name, version, license }));
  }
  const manifest = JSON.parse(readFileSync(join(cli, "package.json"), "utf8"));
  const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, dependencies }));
  const args = ["sbom", "--sbom-format=cyclonedx", "--sbom-type=application"];
  const bill = JSON.parse(execFileSync("npm", args, { cwd: folder, encoding: "utf8" }));
  bill.metadata.timestamp = new Date(epoch * 1000).toISOString();
  bill.components.push({
    ...{ "bom-ref": `node@${NODE_VERSION}`, type: "platform", name: "node" },
    ...{ version: NODE_VERSION, scope: "optional", purl: `pkg:generic/node@${NODE_VERSION}` },
    description: "in the executable, the image and bpf-token-standalone",
    licenses: [{ license: { id: "MIT" } }],
  });
  for (const { name, version, architecture } of debianPackages.values()) {
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}`;
    bill.components.push({
      ...{ "bom-ref": purl, type: "library", name, version, scope: "optional", purl },
      description: "in the image",
    });
  }
  // Instead of a random number, so that each build has the same bytes.
  delete bill.serialNumber;
  const hash = sha256(JSON.stringify(bill));
  const parts = /^(.{8})(.{4}).(.{3}).(.{3})(.{12})/.exec(hash).slice(1);
  const [a, b, c, d, e] = parts;
  return { ...bill, serialNumber: `urn:uuid:${a}-${b}-5${c}-8${d}-${e}` };
}

/** The names of the files of a folder. A folder inside describes itself. */
const filesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map(({ name }) => name);

/** Writes what is inside of the files of a folder, and their hashes. */
export function describeFolder(folder, root) {
  writeFileSync(join(folder, CONTENTS), contentsText(folder, commitOf(root)));
  const names = filesOf(folder)
    .filter((name) => name !== SUMS)
    .sort();
  const lines = names.map((name) => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`);
  writeFileSync(join(folder, SUMS), lines.join(""));
}

/** Writes the files that describe a release into its folder; returns the path of the hashes. */
export function writeSums(context) {
  const { out, root, version } = context;
  const bill = JSON.stringify(billOfMaterials(context), undefined, 2);
  writeFileSync(join(out, `bpf-token-${version}.cdx.json`), `${bill}\n`);
  describeFolder(out, root);
  return join(out, SUMS);
}

/**
 * Checks the folder of a release and the folders inside: the hashes, that there are no other files, and that
 * LICENSES.md describes what is inside.
 *
 * @returns the problems.
 */
export function verifyRelease(folder) {
  // A person may have made a git repository of a folder inside.
  const inside = readdirSync(folder, { withFileTypes: true }).filter(
    (one) => one.isDirectory() && one.name !== ".git",
  );
  const problems = inside.flatMap(({ name }) =>
    verifyRelease(join(folder, name)).map((problem) => `${name}: ${problem}`),
  );
  return [...verifyFiles(folder), ...problems];
}

function verifyFiles(folder) {
  const names = new Set(filesOf(folder));
  if (!names.delete(SUMS)) return [`${SUMS} is missing`];
  const problems = [];
  for (const line of readFileSync(join(folder, SUMS), "utf8").split("\n").filter(Boolean)) {
    const [, hash, name] = /^([0-9a-f]{64}) {2}([^/]+)$/.exec(line) ?? [];
    if (name === undefined) problems.push(`${SUMS} has the line '${line}', which is not a hash`);
    else if (!names.delete(name)) problems.push(`${name} is missing`);
    else if (sha256(readFileSync(join(folder, name))) !== hash)
      problems.push(`${name} has another hash than in ${SUMS}`);
  }
  for (const name of names) problems.push(`${name} is not in ${SUMS}`);
  if (problems.length > 0) return problems;
  const text = readFileSync(join(folder, CONTENTS), "utf8");
  const [, commit] = /the commit ([0-9a-f]{40}) /.exec(text) ?? [];
  if (commit === undefined) return [`${CONTENTS} names no commit`];
  try {
    return text === contentsText(folder, commit) ? [] : [`${CONTENTS} does not say what is inside`];
  } catch ({ message }) {
    return [message];
  }
}

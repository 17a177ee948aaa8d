// SPDX-License-Identifier: MIT
// What describes a release must be true: the hashes, and the list of what is inside.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { contentsOf, licenceOf } from "../lib/contents.mjs";
import { describeFolder, verifyRelease, writeSums } from "../lib/sums.mjs";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

describe("a release", () => {
  let folder = "";
  const at = (name: string): string => join(folder, name);
  const out = (name: string): string => at(`out/${name}`);

  /** Packs an archive with files of these names. */
  const archive = (names: readonly string[]): void => {
    const top = "bpf-token-1.0.0-linux-x64";
    rmSync(at(top), { recursive: true, force: true });
    mkdirSync(join(at(top), "lib"), { recursive: true });
    for (const name of names) writeFileSync(join(at(top), name), name);
    execFileSync("tar", ["-cJf", out(`${top}.tar.xz`), top], { cwd: folder });
  };
  const sum = (): void => {
    mkdirSync(at("work"), { recursive: true });
    mkdirSync(at("cli"), { recursive: true });
    const manifest = { name: "bpf-token-cli", version: "1.0.0", license: "MIT" };
    writeFileSync(at("cli/package.json"), JSON.stringify(manifest));
    const packages = [{ name: "yaml", version: "2.9.1", license: "ISC" }];
    const common = { root, cli: at("cli"), out: at("out"), work: at("work"), packages };
    const libc = { name: "libc6", version: "2.41-12+deb13u1", architecture: "amd64" };
    const debianPackages = new Map([["libc6:amd64", libc]]);
    writeSums({ ...common, debianPackages, version: "1.0.0", epoch: 1_700_000_000 });
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-release-"));
    mkdirSync(at("out"));
    archive(["bpf-token", "lib/kernel-wasm.js", "README.md"]);
    sum();
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("is right as it was written, and the same bytes twice", () => {
    expect(verifyRelease(at("out"))).toEqual([]);
    const before = readFileSync(out("SHA256SUMS"), "utf8");
    sum();
    expect(readFileSync(out("SHA256SUMS"), "utf8")).toBe(before);
  });

  test("has a bill of materials with the packages, Node and the libraries of the image", () => {
    const bill = JSON.parse(readFileSync(out("bpf-token-1.0.0.cdx.json"), "utf8"));
    expect(bill.bomFormat).toBe("CycloneDX");
    expect(bill.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const names = bill.components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(["yaml", "node", "libc6"]);
    const purl = "pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64";
    expect(bill.components.at(-1)).toMatchObject({ "bom-ref": purl, type: "library", purl });
  });

  test("fails with a changed, a missing and an unknown file", () => {
    writeFileSync(out("bpf-token-1.0.0.cdx.json"), "{}");
    writeFileSync(out("new"), "");
    rmSync(out("LICENSES.md"));
    expect(verifyRelease(at("out"))).toEqual([
      "LICENSES.md is missing",
      "bpf-token-1.0.0.cdx.json has another hash than in SHA256SUMS",
      "new is not in SHA256SUMS",
    ]);
  });

  test("fails with a changed file in a folder inside", () => {
    mkdirSync(out("action"));
    writeFileSync(out("action/run.sh"), "");
    describeFolder(out("action"), root);
    expect(verifyRelease(at("out"))).toEqual([]);
    writeFileSync(out("action/run.sh"), "exit");
    expect(verifyRelease(at("out"))).toEqual([
      "action: run.sh has another hash than in SHA256SUMS",
    ]);
  });

  test("fails without hashes, and with an invalid line", () => {
    writeFileSync(out("SHA256SUMS"), "../../etc/passwd\n");
    expect(verifyRelease(at("out"))[0]).toContain("which is not a hash");
    rmSync(out("SHA256SUMS"));
    expect(verifyRelease(at("out"))).toEqual(["SHA256SUMS is missing"]);
  });

  test("fails if LICENSES.md does not say what is inside", () => {
    const text = readFileSync(out("LICENSES.md"), "utf8");
    archive(["bpf-token", "README.md"]);
    sum();
    const right = readFileSync(out("LICENSES.md"), "utf8");
    expect([text.includes("GPL-2.0-only"), right.includes("GPL-2.0-only")]).toEqual([true, false]);
    writeFileSync(out("LICENSES.md"), text);
    const old = readFileSync(out("SHA256SUMS"), "utf8");
    const hash = execFileSync("sha256sum", ["LICENSES.md"], { cwd: at("out"), encoding: "utf8" });
    writeFileSync(out("SHA256SUMS"), old.replace(/^.*LICENSES\.md\n/m, hash));
    expect(verifyRelease(at("out"))).toEqual(["LICENSES.md does not say what is inside"]);
  });

  test("is not packed with a file of unknown licence", () => {
    archive(["bpf-token", "lib/libssl.so.3"]);
    expect(sum).toThrow("contains bpf-token-1.0.0-linux-x64/lib/libssl.so.3, whose licence is unk");
  });
});

test("each rule has a licence for the paths of the packages", () => {
  const paths = [
    ["package/dist/kernel-wasm.js", "GPL-2.0-only"],
    ["usr/lib/bpf-token/lib/kernel-bpf.js.cache", "GPL-2.0-only"],
    ["package/dist/doctor.js", "MIT, and those of third-party.txt"],
    ["package/prebuilds/linux-arm64/bpf-exec", "MIT AND LGPL-2.1-or-later"],
    ["usr/lib/x86_64-linux-gnu/libc.so.6", "LGPL-2.1-or-later"],
  ] as const;
  for (const [path, licence] of paths) expect(licenceOf(path), path).toBe(licence);
  expect(contentsOf("x", ["package/dist/a.js", "package/dist/b.js"])).toHaveLength(1);
});

// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { CannotError } from "../lib/errors.mjs";
import { keepConfig, keepSource } from "../lib/source.mjs";

const control =
  "Package: linux-source-7.3\nVersion: 7.3.4-1\nArchitecture: all\nMaintainer: a test\nDescription: source\n";

/** Builds a package like Debian's with one file, instead of downloading it. */
const aptWith = (file: (name: string) => string) => ({
  download: (name: string, folder: string) => {
    const tree = join(folder, "tree");
    mkdirSync(join(tree, "DEBIAN"), { recursive: true });
    mkdirSync(join(tree, "usr/src", name), { recursive: true });
    writeFileSync(join(tree, "DEBIAN/control"), control);
    writeFileSync(join(tree, "usr/src", file(name)), "the archive");
    const path = join(folder, `${name}.deb`);
    const { status, stderr } = spawnSync("dpkg-deb", ["-b", tree, path], { encoding: "utf8" });
    expect(status, stderr).toBe(0);
    return { path, version: "7.3.4-1", sha256: "0" };
  },
});
const apt = aptWith((name) => `${name}.tar.xz`);
const configApt = aptWith((name) => join(name, "config.amd64_none_cloud-amd64.xz"));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "bpf-token-source-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test("keeps the archive of a package and nothing else", (context) => {
  if (spawnSync("dpkg-deb", ["--version"]).error !== undefined) {
    context.skip("guest: no dpkg-deb on this machine");
    return;
  }
  const sources = join(folder(), "sources");
  keepSource(apt, "7.3", ["linux-source-7.3"], sources);
  keepSource(apt, "7.3", ["linux-source-7.3"], sources);
  expect(readdirSync(sources)).toEqual(["linux-source-7.3.tar.xz"]);
  expect(readFileSync(join(sources, "linux-source-7.3.tar.xz"), "utf8")).toBe("the archive");
});

test("keeps the configuration only if there is a package with it", (context) => {
  if (spawnSync("dpkg-deb", ["--version"]).error !== undefined) {
    context.skip("guest: no dpkg-deb on this machine");
    return;
  }
  const sources = folder();
  keepConfig(apt, "7.3", ["linux-source-7.3"], sources);
  expect(readdirSync(sources)).toEqual([]);
  keepConfig(configApt, "7.3", ["linux-config-7.3"], sources);
  expect(readdirSync(sources)).toEqual(["linux-config-7.3.xz"]);
});

test("a release that the mirrors lack cannot be downloaded", () => {
  const attempt = () => keepSource(apt, "6.19", ["linux-source-7.3"], folder());
  expect(attempt).toThrow(CannotError);
  expect(attempt).toThrow("no package linux-source-6.19");
});

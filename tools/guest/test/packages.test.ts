// SPDX-License-Identifier: MIT
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { guestNames, sourceNames } from "../../lib/releases.mjs";
import { architectureOf, packagesOf, sourcePackage, suitesFor } from "../lib/packages.mjs";

const available = [
  "linux-image-cloud-amd64",
  "linux-image-6.12.9+deb13-cloud-amd64",
  "linux-image-6.12.107+deb13-cloud-amd64",
  "linux-image-6.12.107+deb13-cloud-amd64-dbg",
  "linux-image-6.12.107+deb13-cloud-amd64-unsigned",
  "linux-image-6.12.107+deb13-amd64",
  "linux-image-6.12.118+deb13-cloud-arm64",
  "linux-image-6.12.118+deb13-arm64",
  "linux-image-7.1.9+deb13-cloud-amd64",
  "linux-image-7.1.13+deb13-cloud-amd64",
  "linux-binary-7.1.13+deb13-cloud-amd64",
  "linux-modules-7.1.9+deb13-cloud-amd64",
  "linux-image-7.3.4+deb13-cloud-amd64",
  "linux-binary-7.3.4+deb13-cloud-amd64",
  "linux-modules-7.3.4+deb13-cloud-amd64",
  "linux-base-7.3.4+deb13-cloud-amd64",
  "linux-image-17.3.5+deb13-cloud-amd64",
  "linux-image-7.30.5+deb13-cloud-amd64",
  "user-mode-linux",
  "user-mode-linux-doc",
];

test.each([
  ["6.12", ["linux-image-6.12.107+deb13-cloud-amd64"]],
  ["6.12-arm64", ["linux-image-6.12.118+deb13-cloud-arm64"]],
  ["7.1", ["linux-image-7.1.13+deb13-cloud-amd64", "linux-binary-7.1.13+deb13-cloud-amd64"]],
  [
    "7.3",
    ["image", "binary", "modules", "base"].map((part) => `linux-${part}-7.3.4+deb13-cloud-amd64`),
  ],
  ["uml", ["user-mode-linux"]],
  ["7.2", []],
])("the newest kernel of guest %s", (guest, packages) => {
  expect(packagesOf(guest, available)).toEqual(packages);
});

test("the architecture of a guest's packages follows from its name", () => {
  const arm64 = guestNames.filter((name) => architectureOf(name) === "arm64");
  expect(arm64).toEqual(["6.12-arm64"]);
  expect(architectureOf("7.3")).toBe("amd64");
});

test("the kernel source of a release is one package", () => {
  expect(sourceNames).not.toContain("uml");
  expect(sourceNames).not.toContain("6.12-arm64");
  expect(sourceNames.map(sourcePackage)).toContain("linux-source-7.3");
});

test("only guests that Debian stable lacks need backports", () => {
  expect(suitesFor(["6.12", "uml"]).more).toEqual([]);
  expect(suitesFor(["6.12", "7.3"]).more).toEqual(["trixie-backports"]);
});

test.each([
  [["build", "7.9"], "unknown guest '7.9' (known: 6.12, 6.12-arm64, 6.18"],
  [["build"], "name a guest"],
  [["start", "7.3", "toString"], "unknown guest 'toString'"],
  [["fetch", "7.3"], "build, source or start"],
  [["source"], "name a release"],
  [["source", "7.3", "uml"], "unknown release 'uml' (known: 6.12, 6.18"],
])("%j is a usage error", (args, message) => {
  const program = fileURLToPath(new URL("../guest.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toContain(message);
});

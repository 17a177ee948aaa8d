// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import {
  describePackage,
  parseSources,
  privateConfig,
  privateFolders,
  privateSources,
} from "../lib/apt-config.mjs";

const paragraphs = `# A comment.
Types: deb deb-src
URIs: http://main.example/debian
Suites: trixie trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/a.pgp

Types: deb
URIs: http://security.example/debian
Suites: trixie-security
Components: main

Types: deb
URIs: file:/srv/packages
Suites: ./
Trusted: yes

Types: deb-src
URIs: http://src.example/debian
Suites: trixie
Components: main

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: trixie
Components: main
`;

const suites = { stable: "trixie", more: ["trixie-backports"] };

test("paragraphs: backports come from the mirror that has the release, nothing else is added", () => {
  expect(privateSources(parseSources(paragraphs, "sources"), suites)).toBe(`Types: deb
URIs: http://main.example/debian
Suites: trixie trixie-updates trixie-backports
Components: main
Signed-By: /usr/share/keyrings/a.pgp

Types: deb
URIs: http://security.example/debian
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp
`);
});

test("lines: options in brackets, comments and other releases", () => {
  const lines = `
# deb http://old.example/debian trixie main
deb [arch=amd64 signed-by=/a.gpg] https://mirror.example/debian trixie main contrib # ours
deb-src https://mirror.example/debian trixie main
deb [trusted=yes] https://unsigned.example/debian trixie main
deb http://main.example/debian sid main
deb http://packages.example/tool stable main
`;
  expect(privateSources(parseSources(lines, "list"), suites)).toBe(`Types: deb
URIs: https://mirror.example/debian
Suites: trixie trixie-backports
Components: main
Signed-By: /a.gpg
`);
});

test("without further suites the release alone is read; other machines have no source", () => {
  const entries = parseSources(paragraphs, "sources");
  const stable = privateSources(entries, { stable: "trixie", more: [] });
  expect(stable).not.toContain("backports");
  expect(privateSources(entries, { stable: "forky", more: ["forky-backports"] })).toBe("");
});

test("a key in the paragraph is kept with its lines", () => {
  const text = `Types: deb
URIs: http://mirror.example/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc=
 -----END PGP PUBLIC KEY BLOCK-----
`;
  const made = privateSources(parseSources(text, "sources"), suites);
  expect(made).toContain("\n .\n abc=\n -----END PGP PUBLIC KEY BLOCK-----\n");
  expect(parseSources(made, "sources")[0]).toMatchObject({
    suites: ["trixie", "trixie-backports"],
    signedBy: expect.stringContaining("BEGIN PGP"),
  });
});

test("the configuration names the folder for all that apt writes, and drops hooks", () => {
  const dump = `APT::Update::Post-Invoke "";
APT::Update::Post-Invoke:: "rm -f /var/cache/apt/archives/*.deb || true";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::https "";
Acquire::Check-Valid-Until "false";
Acquire::AllowInsecureRepositories "1";
APT::Get::AllowUnauthenticated "1";
Dir::State "var/lib/apt";
DPkg::Post-Invoke:: "reboot";
`;
  const config = privateConfig("/x", dump, "arm64");
  const lines = config.split("\n");
  expect(lines).toContain('Acquire::http::Proxy "http://proxy.example:3128";');
  expect(lines).toContain('Acquire::Check-Valid-Until "false";');
  expect(lines).toContain('APT::Architectures "arm64";');
  expect(config).not.toMatch(/Invoke|"1"|var\/lib/);
  expect(lines).toContain('Acquire::AllowInsecureRepositories "false";');
  expect(lines).toContain('APT::Get::AllowUnauthenticated "false";');
  const places = lines
    .filter((line) => /^Dir::/.test(line))
    .map((line) => /"(.*)"/.exec(line)?.[1]);
  expect(places.length).toBeGreaterThan(8);
  for (const place of places) expect(place).toMatch(/^(\/x\/|\/dev\/null$)/);
  for (const folder of privateFolders("/x")) expect(folder).toMatch(/^\/x\//);
});

test("a package is described by its version and hash", () => {
  const text = "Package: a\nVersion: 7.3.4-1~bpo13+1\nSize: 3\nSHA256: 00ff\n\n";
  expect(describePackage(text)).toEqual({ version: "7.3.4-1~bpo13+1", sha256: "00ff" });
});

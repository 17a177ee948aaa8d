// SPDX-License-Identifier: MIT
// The package for Debian: its content, and installed in a bare root file system of the stable release.
import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { commandNames } from "../../../../packages/bpf-token/src/cli/program.ts";
import { onPath } from "../../../lib/run.mjs";
import { inputFolder, ownProgram, pack, printed } from "./programs.ts";

const MINUTES_5 = 300_000;
const SUITE = "trixie";
const isRoot = process.getuid?.() === 0;
const run = (program: string, ...words: string[]): string =>
  execFileSync(program, words, { encoding: "utf8" });

function need(context: TestContext, program: string): void {
  context.skip(!onPath(program), `${program} is not installed`);
}

describe("the package for Debian", () => {
  let folder = "";
  let deb = "";
  const at = (name: string): string => join(folder, name);
  const files = (name: string): string[] =>
    readdirSync(at(name), { recursive: true, encoding: "utf8" }).sort();

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "bpf-token-deb-"));
    pack(folder, "tarball", "deb", "--arch", process.arch);
    deb = at(readdirSync(folder).find((name) => name.endsWith(".deb")) ?? "");
    execFileSync("dpkg-deb", ["-x", deb, at("root")]);
    mkdirSync(at("tarball"));
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
    execFileSync("tar", ["-xzf", tarball, "-C", "tarball"], { cwd: folder });
  }, MINUTES_5);
  afterAll(() => rmSync(folder, { recursive: true }));

  test("has the modules of the package bpf-token-cli", () => {
    const [own, there] = ["root/usr/lib/bpf-token/dist", "tarball/package/dist"];
    expect(files(own)).toEqual(files(there));
    for (const name of files(own).filter((name) => name.endsWith(".js")))
      expect(readFileSync(at(join(own, name))).equals(readFileSync(at(join(there, name))))).toBe(
        true,
      );
  });

  test("runs Debian's Node, and not one of PATH", () => {
    const bin = readFileSync(at("root/usr/bin/bpf-token"), "utf8");
    expect(bin.split("\n", 1)).toEqual(["#!/usr/bin/node"]);
    expect(run("dpkg-deb", "--field", deb, "Depends")).toContain("nodejs (>= 20.19)");
  });

  test("has no scripts that run when it is installed", () => {
    mkdirSync(at("control"));
    execFileSync("dpkg-deb", ["--control", deb, at("control")]);
    expect(files("control")).toEqual(["control", "md5sums"]);
  });

  test("has a manual page for each command, and completion for three shells", () => {
    const pages = [...commandNames.map((name) => `bpf-token-${name}`), "bpf-token"];
    expect(files("root/usr/share/man/man1")).toEqual(pages.map((name) => `${name}.1.gz`).sort());
    const share = at("root/usr/share");
    for (const [shell, path] of [
      ["bash", "bash-completion/completions/bpf-token"],
      ["zsh", "zsh/vendor-completions/_bpf-token"],
      ["fish", "fish/vendor_completions.d/bpf-token.fish"],
    ] as const)
      expect(readFileSync(join(share, path), "utf8")).toBe(run(ownProgram, "completion", shell));
  });

  test("has every line of a help text in the manual page", () => {
    const page = join(at("root/usr/share/man/man1"), "bpf-token-exec.1.gz");
    const words = (text: string): string[] => text.match(/[A-Za-z_]{2,}/g) ?? [];
    const there = new Set(
      words(
        gunzipSync(readFileSync(page))
          .toString()
          .replace(/\\\(\w\w/g, " "),
      ),
    );
    const help = run(ownProgram, "exec", "--help").replace(/^(usage|exit codes|examples):/gm, "");
    expect(words(help).filter((word) => !there.has(word))).toEqual([]);
  });

  test(
    "is the same bytes in the next build",
    () => {
      const again = at("again");
      pack(again, "deb", "--arch", process.arch);
      const [name = ""] = readdirSync(again);
      expect(readFileSync(join(again, name)).equals(readFileSync(deb))).toBe(true);
    },
    MINUTES_5,
  );

  test(
    "satisfies Debian's checker",
    (context) => {
      need(context, "lintian");
      const { status, stdout, stderr } = spawnSync(
        "lintian",
        ["--no-cfg", "--allow-root", "--fail-on", "error,warning", deb],
        { encoding: "utf8" },
      );
      expect([stdout, stderr, status]).toEqual(["", "", 0]);
    },
    MINUTES_5,
  );

  test(
    "is installed, runs and is removed in a bare root",
    (context) => {
      need(context, "mmdebstrap");
      context.skip(!isRoot, "only root can install packages");
      const root = at("bare");
      const make = ["--quiet", "--variant=minbase", "--include=nodejs", "--skip=output/dev", SUITE];
      execFileSync("mmdebstrap", [...make, root], { stdio: "ignore" });
      const input = inputFolder();
      for (const name of ["log", "suite.yaml", "mount", "x.bpf.o"])
        copyFileSync(join(input, name), join(root, name));
      copyFileSync(deb, join(root, "package.deb"));
      const inRoot = (...words: string[]) =>
        printed(["unshare", "--mount", "sh", "-ec", CHROOT, root, ...words], root);
      writeOlder(at("older"), deb, join(root, "older.deb"));
      expect(inRoot("dpkg", "-i", "/older.deb").status).toBe(0);
      expect(existsSync(join(root, OBSOLETE))).toBe(true);
      const installed = inRoot("dpkg", "-i", "/package.deb");
      expect(existsSync(join(root, OBSOLETE))).toBe(false);
      expect([installed.status, installed.stderr.replace(/debconf:.*\n/g, "")]).toEqual([0, ""]);
      for (const words of [
        ["--version"],
        ["doctor"],
        ["explain", "log"],
        ["policy", "x.bpf.o", "--for", "systemd", "--no-prove"],
        ["exec", "--subject", "model@7.3", "--delegate", "cmds=any", "--explain", "--", "true"],
        ["load", "x.bpf.o", "--subject", "model@7.3", "--delegate", "cmds=any,maps=any,progs=any"],
        ["run", "suite.yaml"],
        ["translate", "mount"],
      ])
        expect(inRoot("bpf-token", ...words)).toEqual(printed([ownProgram, ...words], input));
      rmSync(input, { recursive: true });
      expect(inRoot("dpkg", "--purge", "bpf-token").status).toBe(0);
      expect(existsSync(join(root, "usr/lib/bpf-token"))).toBe(false);
      expect(existsSync(join(root, "etc/containers/oci/hooks.d"))).toBe(false);
    },
    MINUTES_5,
  );
});

const OBSOLETE = "usr/lib/bpf-token/dist/obsolete.js";

/** Writes a package of an older version, with other modules, for an upgrade. */
function writeOlder(work: string, deb: string, older: string): void {
  execFileSync("dpkg-deb", ["-R", deb, work]);
  const control = join(work, "DEBIAN/control");
  const text = readFileSync(control, "utf8");
  writeFileSync(control, text.replace(/^Version: .*$/m, "Version: 0.0.0~old"));
  writeFileSync(join(work, OBSOLETE), "");
  writeFileSync(join(work, "usr/lib/bpf-token/dist/cli/main.js"), "throw new Error('old');");
  execFileSync("dpkg-deb", ["--root-owner-group", "-Znone", "--build", work, older]);
}

/** Runs a command in the root file system $0, with /proc and /dev. */
const CHROOT = `mount -t proc proc "$0/proc"; mount --bind /dev "$0/dev"; 
exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"`;

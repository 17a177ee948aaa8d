// SPDX-License-Identifier: MIT
// What the tests of all ways to get the program share: how it is packed, and what it must print.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findClang } from "../../../../packages/bpf-token/test/cli/compiled.ts";

const root: string = fileURLToPath(new URL("../../../../", import.meta.url));
/** The program of this repository. */
export const ownProgram: string = join(root, "packages/bpf-token/bin/bpf-token.js");

const everything = ["--delegate", "cmds=any,maps=any,progs=any,attachs=any"];
const model = ["--subject", "model@7.3", ...everything];

/** One case or more for each command; the first word is the command. */
export const cases: readonly (readonly string[])[] = [
  ["--help"],
  ["--version"],
  ["weather"],
  // What it finds depends on the other processes of the machine.
  ["audit", "--help"],
  ["bisect", "--help"],
  ["completion", "bash"],
  ["coverage", "--help"],
  ["demo"],
  ["diff", "suite.yaml", "--subjects", "model@6.12,model@7.3"],
  ["doctor"],
  ["doctor", "--json", "--try", "x.bpf.o"],
  ["exec", ...model, "--", "bpftool", "prog", "load", "x.bpf.o", "/sys/fs/bpf/x"],
  ["exec", ...model, "--explain", "--", "bpftool", "map", "list"],
  ["explain", "log"],
  ["explain", "token.dropped.map"],
  ["fuzz", "--subjects", "model@6.12,model@7.3", "--sequences", "300"],
  ["gen", "x.bpf.o"],
  ["hook", "check"],
  ["inspect", "x.bpf.o", "--prove"],
  ["lint", "mount"],
  ["load", "x.bpf.o", ...model],
  ["mcp"],
  ["nri", "--help"],
  ["policy", "x.bpf.o", "--for", "systemd", "--no-prove"],
  ["policy", "x.bpf.o", "--json", "--prove"],
  ["review", "--help"],
  ["run", "suite.yaml"],
  ["support"],
  ["support", "--compat", "--type", "xdp"],
  ["support", "--changes", "6.18:7.3", "--delegation", "mount"],
  ["test", "--help"],
  ["test-run", "--help"],
  ["trace", "--", "bpftool", "map", "show", "id", "4000000000"],
  ["translate", "--help"],
  ["translate", "mount"],
  ["upstream", "list"],
  ["verify", "x.bpf.o", "--release", "6.12"],
];

const scenario = `name: a token
steps:
  - fsopen: bpf
`;
const log = "libbpf: prog 'x': failed to load: -EPERM\nbpf(BPF_MAP_CREATE) = -1 EPERM\n";

/** Writes the files that the cases name to a new folder. */
export function inputFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-token-cli-"));
  writeFileSync(join(folder, "package.json"), "{}");
  writeFileSync(join(folder, "log"), log);
  writeFileSync(join(folder, "suite.yaml"), scenario);
  writeFileSync(join(folder, "mount"), "bpf /sys/fs/bpf bpf delegate_cmds=map_create 0 0\n");
  const fixture = join(root, "packages/bpf-token/test/fixtures/count.bpf.c");
  const flags = ["-target", "bpf", "-mcpu=v3", "-O2", "-g", "-c", fixture, "-o", "x.bpf.o"];
  const made = spawnSync(findClang() ?? "clang", flags, { cwd: folder, encoding: "utf8" });
  // Without the object, all programs would only print the same error.
  if (made.status !== 0) throw new Error(`x.bpf.o cannot be compiled: ${made.stderr}`);
  return folder;
}

/** Packs the program; the arguments are those of `npm run tool pack:cli`. */
export function pack(folder: string, ...words: readonly string[]): void {
  const tool = join(root, "tools/publish/cli/cli.mjs");
  execFileSync(process.execPath, [tool, ...words, "--folder", folder], { encoding: "utf8" });
}

/** What a run prints. */
export interface Printed {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * What may differ between the ways to get the program: numbers of processes and of namespaces, the name of
 * the program's own process, and the folder of its native programs.
 */
const differences: readonly (readonly [RegExp, string])[] = [
  [/\bpid \d+|\bprocess \d+|"pid": \d+|user namespace: \d+/g, "N"],
  [/\b(node|bpf-token) \(N\)|(?<="comm": )"(node|bpf-token)"/g, "bpf-token"],
  [/\/\S*\/(prebuilds|bpf-token\/[0-9a-f]{16})\//g, "prebuilds/"],
];

/** Runs a program in a folder; removes what may differ from the output. */
export function printed(command: readonly string[], cwd: string): Printed {
  const [program = "", ...words] = command;
  const { status, stdout, stderr } = spawnSync(program, words, {
    cwd,
    encoding: "utf8",
    input: "",
  });
  const plain = (text: string): string =>
    differences.reduce((all, [pattern, by]) => all.replaceAll(pattern, by), text);
  return { status, stdout: plain(stdout ?? ""), stderr: plain(stderr ?? "") };
}

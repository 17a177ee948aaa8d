// SPDX-License-Identifier: MIT
// Which parts of a file are settings, and in which dialects.
import type { Dialect } from "@bpf-token/delegation";
import { blocksIn, type Fragment, isPage } from "./blocks.js";

const endings =
  /\.(service|socket|mount|swap|slice|scope|conf|container|pod|kube|sh|bash|ksh|zsh|ya?ml|json|tf|nix|j2|tpl|toml|ini|env|cfg|md|markdown|mdx|rst|rest|adoc|asciidoc)$/i;
const sources = /\.(c|h|cc|cpp|cxx|hpp|go|rs|py)$/i;
const names = /Dockerfile|Containerfile|Makefile/i;

/** Whether a file of this name may have settings, or calls that make them. */
export function mayHaveSettings(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return endings.test(name) || sources.test(name) || names.test(name) || !name.includes(".");
}

/** Whether bytes have a word of any dialect. */
export const hasKey = (bytes: Buffer): boolean => keys.some((key) => bytes.includes(key));

const keys = ["delegate_", "BPFDelegate", "security.delegate_bpf", "security.bpffs.", "--delegate"];

const dialectKeys: readonly (readonly [Dialect, ...RegExp[]])[] = [
  ["systemd", /\bBPFDelegate\w*[ \t]*=/],
  ["lxd", /\bsecurity\.delegate_bpf\b/],
  ["incus", /\bsecurity\.bpffs\./],
  ["podman", /\/delegate_\w+=/],
  ["k8s", /\/delegate_[\w.-]+["']?[ \t]*:/],
  ["kernel", /(?<![\w./-])delegate_\w+=/],
  ["exec", /\bbpf-token[ \t]+exec\b/, /--delegate[=\s]/],
];

/** The dialects of which a text has keys. */
export const dialectsIn = (text: string): readonly Dialect[] =>
  dialectKeys
    .filter(([, ...all]) => all.every((key) => key.test(text)))
    .map(([dialect]) => dialect);

/** The parts of a file that are settings or calls: of a page, its blocks of code. */
export function fragmentsOf(path: string, text: string): readonly Fragment[] {
  return isPage(path) ? blocksIn(path, text) : [{ text, at: 0, isProgram: sources.test(path) }];
}

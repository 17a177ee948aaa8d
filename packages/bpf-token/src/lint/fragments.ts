// SPDX-License-Identifier: MIT
// Which parts of a file are settings, and in which dialects.
import type { Dialect } from "@bpf-token/delegation";

/** A part of a file, and its position. */
export interface Fragment {
  readonly text: string;
  readonly at: number;
}

const endings =
  /\.(service|socket|mount|swap|slice|scope|conf|container|pod|kube|sh|bash|ksh|zsh|ya?ml|json|tf|nix|j2|tpl|toml|ini|env|cfg|md|markdown|mdx)$/i;
const names = /Dockerfile|Containerfile|Makefile/i;

/** Whether a file of this name may have settings. Sources of programs do not. */
export function mayHaveSettings(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return endings.test(name) || names.test(name) || !name.includes(".");
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

/** Whether a file is a page, whose blocks of code are examples. */
export const isPage = (path: string): boolean => /\.(md|markdown|mdx)$/i.test(path);

/** The parts of a file that are settings: of a page, its blocks of code. */
export function fragmentsOf(path: string, text: string): readonly Fragment[] {
  return isPage(path) ? blocksOf(text) : [{ text, at: 0 }];
}

/** Languages whose blocks are programs, which may show a mistake in a string. */
const programs = /^(ts|tsx|js|mjs|javascript|typescript|c|cpp|go|rust|rs|python|py|diff)$/i;

function blocksOf(text: string): readonly Fragment[] {
  const blocks: Fragment[] = [];
  let open: { fence: string; at: number; isProgram: boolean; isSession: boolean } | undefined;
  let at = 0;
  for (const line of text.split("\n")) {
    const [, fence = "", language = ""] = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w-]*)/.exec(line) ?? [];
    const next = at + line.length + 1;
    if (open === undefined) {
      const isProgram = programs.test(language);
      const isSession = /^(console|shell-session)$/i.test(language);
      if (fence !== "") open = { fence, at: next, isProgram, isSession };
    } else if (fence.startsWith(open.fence) && language === "") {
      const block = text.slice(open.at, at);
      // In a session, '#' is the prompt of root.
      const bare = open.isSession ? block.replace(/^[#$](?= )/gm, " ") : block;
      if (!open.isProgram) blocks.push({ text: bare, at: open.at });
      open = undefined;
    }
    at = next;
  }
  return blocks;
}

// SPDX-License-Identifier: MIT
// Which parts of a file are settings, and in which dialects.
import type { Dialect } from "@bpf-token/delegation";

/** A part of a file, and its position. */
export interface Fragment {
  readonly text: string;
  readonly at: number;
  /** Whether it is the source of a program, of which only calls count. */
  readonly isProgram?: boolean;
}

const endings =
  /\.(service|socket|mount|swap|slice|scope|conf|container|pod|kube|sh|bash|ksh|zsh|ya?ml|json|tf|nix|j2|tpl|toml|ini|env|cfg|md|markdown|mdx)$/i;
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

/** Whether a file is a page, whose blocks of code are examples. */
export const isPage = (path: string): boolean => /\.(md|markdown|mdx)$/i.test(path);

/** The parts of a file that are settings or calls: of a page, its blocks of code. */
export function fragmentsOf(path: string, text: string): readonly Fragment[] {
  return isPage(path) ? blocksOf(text) : [{ text, at: 0, isProgram: sources.test(path) }];
}

/** Languages whose blocks are programs; in those that are not read, a string may show a mistake. */
const programs = /^(c|cpp|go|rust|rs|python|py)$/i;
const unread = /^(ts|tsx|js|mjs|javascript|typescript|diff)$/i;

function blocksOf(text: string): readonly Fragment[] {
  const blocks: Fragment[] = [];
  let open: { fence: string; at: number; language: string } | undefined;
  let at = 0;
  for (const line of text.split("\n")) {
    const [, fence = "", language = ""] = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w-]*)/.exec(line) ?? [];
    const next = at + line.length + 1;
    if (open === undefined) {
      if (fence !== "") open = { fence, at: next, language };
    } else if (fence.startsWith(open.fence) && language === "") {
      if (!unread.test(open.language))
        blocks.push(block(open.language, text.slice(open.at, at), open.at));
      open = undefined;
    }
    at = next;
  }
  return blocks;
}

function block(language: string, text: string, at: number): Fragment {
  // In a session, '#' is the prompt of root.
  const isSession = /^(console|shell-session)$/i.test(language);
  const bare = isSession ? text.replace(/^[#$](?= )/gm, " ") : text;
  return { text: bare, at, isProgram: programs.test(language) };
}

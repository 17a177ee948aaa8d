// SPDX-License-Identifier: MIT
// The blocks of code in pages of Markdown, reStructuredText and AsciiDoc.

/** A part of a file, and its position. */
export interface Fragment {
  readonly text: string;
  readonly at: number;
  /** Whether it is the source of a program, of which only calls count. */
  readonly isProgram?: boolean;
}

const pages = {
  markdown: /\.(md|markdown|mdx)$/i,
  rst: /\.(rst|rest)$/i,
  asciidoc: /\.(adoc|asciidoc)$/i,
};

/** Whether a file is a page, whose blocks of code are examples. */
export const isPage = (path: string): boolean =>
  Object.values(pages).some((ending) => ending.test(path));

/** The blocks of code in a page. */
export function blocksIn(path: string, text: string): readonly Fragment[] {
  const blocks = pages.rst.test(path)
    ? [...indentedBlocks(text), ...lineBlocks(text)]
    : fencedBlocks(text, pages.asciidoc.test(path) ? asciidoc : markdown);
  return [...blocks, ...spansIn(text, blocks)];
}

/** What a sentence says about an option that is no example to follow. */
const warns =
  /\b(?:not?|never|wrong|instead|fails?|refuse[sd]?|ignore[sd]?|mistakes?|silently|invalid)\b|EINVAL|n't\b/i;

/** Mount options in a sentence that does not warn of them. Those in blocks are read with their block. */
function spansIn(text: string, blocks: readonly Fragment[]): readonly Fragment[] {
  return [...text.matchAll(/(?<!`)(`{1,2})(delegate_\w{1,12}=[^`\n]{1,400})\1(?!`)/g)]
    .map(({ index, 1: quote = "", 2: span = "" }) => ({ text: span, at: index + quote.length }))
    .filter(({ at }) => !blocks.some((one) => one.at <= at && at < one.at + one.text.length))
    .filter(({ at }) => !warns.test(paragraphAround(text, at)));
}

/** A paragraph is not longer than this, in each direction. */
const PARAGRAPH = 1000;

function paragraphAround(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - PARAGRAPH), at);
  const after = text.slice(at, at + PARAGRAPH);
  return before.slice(before.lastIndexOf("\n\n") + 1) + after.split("\n\n", 1)[0];
}

/** Languages whose blocks are programs; in those that are not read, a string may show a mistake. */
const programs = /^(c|cpp|go|rust|rs|python|py)$/i;
const unread = /^(ts|tsx|js|mjs|javascript|typescript|diff)$/i;

interface Line {
  readonly text: string;
  readonly at: number;
  /** Where the next line begins. */
  readonly end: number;
}

function linesOf(text: string): readonly Line[] {
  let at = 0;
  return text.split("\n").map((line) => {
    const start = at;
    at += line.length + 1;
    return { text: line, at: start, end: at };
  });
}

/** What opens a block, and its language; undefined for other lines. */
type Fence = (line: string, before: string) => { fence: string; language: string } | undefined;

const markdown: Fence = (line) => {
  const [, fence, language = ""] = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w-]*)/.exec(line) ?? [];
  return fence === undefined ? undefined : { fence, language };
};

/** `[source,LANGUAGE]` stands before the fence, which ends with the same characters. */
const asciidoc: Fence = (line, before) => {
  const [, fence] = /^(-{4,}|\.{4,})[ \t]*$/.exec(line) ?? [];
  if (fence === undefined) return undefined;
  const [, language = ""] = /^\[(?:source|,)[^\]]{0,20}?,\s*([\w-]+)/.exec(before) ?? [];
  return { fence, language };
};

function fencedBlocks(text: string, find: Fence): readonly Fragment[] {
  const blocks: Fragment[] = [];
  let open: { fence: string; at: number; language: string } | undefined;
  let before = "";
  for (const line of linesOf(text)) {
    const found = find(line.text, before);
    before = line.text;
    if (open === undefined) {
      if (found !== undefined) open = { ...found, at: line.end };
    } else if (found?.fence.startsWith(open.fence) === true && found.language === "") {
      blocks.push(...blockOf(open.language, text.slice(open.at, line.at), open.at));
      open = undefined;
    }
  }
  return blocks;
}

const directive =
  /^\s*\.\. (?:code-block|code|sourcecode|parsed-literal|prompt|literalinclude)::[ \t]*([\w-]*)/;
const literal = /::[ \t]*$/;
/** What stands before the text of a list item. */
const listItem = /^[ \t]*(?:[-*+]|\d{1,3}[.)]|#\.)[ \t]+/;

/** Blocks of reStructuredText: what is indented further than the line that announces it. */
function indentedBlocks(text: string): readonly Fragment[] {
  const blocks: Fragment[] = [];
  let open: { language: string; indent: number; at: number; end: number } | undefined;
  const close = (): void => {
    if (open !== undefined) {
      blocks.push(...blockOf(open.language, text.slice(open.at, open.end), open.at));
    }
    open = undefined;
  };
  for (const line of linesOf(text)) {
    if (line.text.trim() === "") continue;
    const indent = line.text.search(/\S/);
    if (open !== undefined && indent > open.indent) {
      if (open.at === open.end) open.at = line.at;
      open.end = line.end;
      continue;
    }
    close();
    const [, language] = directive.exec(line.text) ?? [];
    if (language === undefined && !literal.test(line.text)) continue;
    const own = listItem.exec(line.text)?.[0].length ?? indent;
    open = { language: language ?? "", indent: own, at: line.end, end: line.end };
  }
  close();
  return blocks.filter((one) => one.text !== "");
}

/** Blocks of lines that begin with '|', as in manual pages. Stars make a word bold. */
function lineBlocks(text: string): readonly Fragment[] {
  const blocks: Fragment[] = [];
  for (const { text: line, at } of linesOf(text)) {
    if (!/^[ \t]*\|([ \t]|$)/.test(line)) continue;
    const code = `${line.replace("|", " ").replaceAll("**", "  ")}\n`;
    const last = blocks.at(-1);
    const follows = last !== undefined && last.at + last.text.length === at;
    if (follows) blocks.pop();
    blocks.push(follows ? { ...last, text: last.text + code } : { text: code, at });
  }
  return blocks.map((one) => ({ ...one, text: withoutPrompts(one.text) }));
}

/** Replaces the prompt of root or of a user. */
const withoutPrompts = (text: string): string => text.replace(/^([ \t]*)[#$](?= )/gm, "$1 ");

/** A prompt before a command that delegates; other lines with this sign are comments. */
const commandOfRoot =
  /^([ \t]*)#(?= (?:bpf-token|docker|incus|lxc|mount|podman|systemd-run)[ \t])/gm;

function blockOf(language: string, text: string, at: number): readonly Fragment[] {
  if (unread.test(language)) return [];
  const bare = /^(console|shell-session)$/i.test(language)
    ? withoutPrompts(text)
    : text.replace(commandOfRoot, "$1 ");
  return [{ text: bare, at, isProgram: programs.test(language) }];
}

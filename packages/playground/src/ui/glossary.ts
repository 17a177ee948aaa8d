// SPDX-License-Identifier: MIT
/// <reference types="vite/client" />
// The terms of docs/glossary.md, and where a text has them.

const [page = ""] = Object.values(
  import.meta.glob<string>("../../../../docs/glossary.md", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
);

/** A term and its meaning, without markup. */
export interface Term {
  readonly id: string;
  readonly meaning: string;
}

/** A part of a text: plain, or a term. */
export interface TextPart {
  readonly text: string;
  readonly term?: Term;
}

/** Terms that readers of this page meet. The glossary has others, for writers. */
const shown: ReadonlySet<string> = new Set([
  ...["initial user namespace", "host", "container manager", "BPF token", "bpffs", "delegation"],
  ...["delegate masks", "attach type", "BTF", "struct_ops", "LSM", "upstream source", "unmodelled"],
]);

/** Reads the table of the glossary: several names may have one meaning. */
export function readGlossary(text: string): ReadonlyMap<string, Term> {
  const terms = new Map<string, Term>();
  for (const [, names = "", meaning = ""] of text.matchAll(/^\| (.+?) \| (.+?) \|/gm)) {
    const plain = meaning.replaceAll(/\[([^[\]]+)\]\([^()]*\)/g, "$1").replaceAll("`", "");
    for (const term of names.replaceAll(/`| \([^()]*\)/g, "").split(", ")) {
      if (shown.has(term)) terms.set(term.toLowerCase(), { id: term, meaning: plain });
    }
  }
  return terms;
}

const glossary = readGlossary(page);
// Longer terms first: "BPF token" is not "BPF".
const words = [...glossary.keys()].sort((a, b) => b.length - a.length);
const pattern = new RegExp(`\\b(?:${words.join("|")})s?\\b`, "gi");

/**
 * Splits a text at the first occurrence of each term.
 *
 * @example
 * ```ts
 * splitTerms("the host mounts it"); // "the ", the term "host", " mounts it"
 * ```
 */
export function splitTerms(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  const seen = new Set<string>();
  let end = 0;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    const lower = found.toLowerCase();
    const term = glossary.get(lower) ?? glossary.get(lower.replace(/s$/, ""));
    if (term === undefined || seen.has(term.id)) continue;
    seen.add(term.id);
    if (index > end) parts.push({ text: text.slice(end, index) });
    parts.push({ text: found, term });
    end = index + found.length;
  }
  if (end < text.length) parts.push({ text: text.slice(end) });
  return parts;
}

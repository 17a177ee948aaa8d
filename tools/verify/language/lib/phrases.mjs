// SPDX-License-Identifier: MIT
/** The separator of two words: a space, or a line break with marks of comments or emphasis. */
const space = String.raw`[\s*_>/#]+`;

const compile = (find) => new RegExp(`\\b(?:${find.replaceAll(" ", space)})\\b`, "gi");

/** Compiles the entries of `docs/glossary.json`. */
export function compilePhrases(entries) {
  return entries.map(({ find, write, only, except = [] }) => ({
    pattern: compile(find),
    write,
    only,
    except: except.map((exception) => compile(exception.find)),
  }));
}

/** The banned phrases in prose, as `{ index, found, write }`. */
export function findPhrases(phrases, path, prose) {
  return phrases
    .filter(({ only }) => only === undefined || only.some((prefix) => path.startsWith(prefix)))
    .flatMap(({ pattern, write, except }) => {
      const hits = [...prose.matchAll(pattern)];
      if (hits.length === 0) return [];
      const allowed = except.flatMap((exception) => [...prose.matchAll(exception)]);
      return hits
        .filter((hit) => !allowed.some((legit) => contains(legit, hit)))
        .map(({ index, 0: text }) => ({ index, found: text.replace(/[\s*_>/#]+/g, " "), write }));
    });
}

function contains(outer, inner) {
  return (
    outer.index <= inner.index && inner.index + inner[0].length <= outer.index + outer[0].length
  );
}

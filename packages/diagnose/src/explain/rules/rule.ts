// SPDX-License-Identifier: MIT
import type { CapabilityName } from "@bpf-token/uapi";
import type { CauseId } from "../cause.js";

/** What a line of text means. The first rule that matches a line counts. */
export interface Rule {
  readonly find: Finder;
  /** The causes that fit, most likely first. */
  readonly causes: readonly CauseId[];
  /** 3: the line names the cause. 2: only few causes fit. 1: the line names only an errno. */
  readonly strength: 1 | 2 | 3;
  /** The capability without which the verifier refuses the program; default: CAP_PERFMON. */
  readonly capability?: CapabilityName;
  /** The line may be about something else: it counts only in a text about BPF. */
  readonly onlyForBpf?: boolean;
  /** What the text does not show if the line does not count. */
  readonly unknown?: string;
  /** The fix of the first cause, if the line permits a better one. */
  readonly fix?: readonly string[];
  /** The first cause in the words of the line. */
  readonly says?: (match: Found) => string;
}

/** What a rule looks for in a line: an expression, or several with {@link inOrder} or {@link anyOf}. */
export interface Finder {
  /** One of them matches in each line that `exec` knows. Without the field, `exec` gets every line. */
  readonly heads?: readonly RegExp[];
  exec(line: string): Found | null;
}
/** The text that was found, then the parts in parentheses. */
export type Found = readonly (string | undefined)[];

/** Expressions of which one matches in each line that a finder knows, if there are some. */
export const headsOf = (finder: Finder): readonly RegExp[] | undefined =>
  finder instanceof RegExp ? [finder] : finder.heads;

/** Names of EPERM in texts of loaders. */
export const EPERM: string = String.raw`(?:operation not permitted|-?EPERM\b|(?:os error|errno) 1\b|-1 EPERM)`;
/** Names of EACCES. */
export const EACCES: string = String.raw`(?:permission denied|-?EACCES\b|(?:os error|errno) 13\b)`;

export const eperm: RegExp = new RegExp(EPERM, "i");
export const eacces: RegExp = new RegExp(EACCES, "i");
export const denied: RegExp = new RegExp(`${EACCES}|${EPERM}`, "i");

/**
 * Finds one expression after the other, with anything between them. In one expression, `A.*B`, the time
 * grows with the square of the line: each A is a start, and each start looks for B up to the end.
 */
export function inOrder(first: RegExp, ...others: readonly RegExp[]): Finder {
  const finders = others.map((part) => new RegExp(part, `${part.flags}g`));
  return {
    heads: [first],
    exec(line) {
      // Most lines end here, so nothing is made before.
      const begin = first.exec(line);
      if (begin === null) return null;
      const groups = begin.slice(1);
      let end = begin.index + begin[0].length;
      for (const finder of finders) {
        finder.lastIndex = end;
        const match = finder.exec(line);
        if (match === null) return null;
        groups.push(...match.slice(1));
        end = finder.lastIndex;
      }
      return [line.slice(begin.index, end), ...groups];
    },
  };
}

/** Finds all of several finders, in any order. */
export function allOf(...finders: readonly Finder[]): Finder {
  const heads = finders.map(headsOf).find((found) => found !== undefined);
  return {
    ...(heads && { heads }),
    exec(line) {
      const texts: (string | undefined)[] = [];
      for (const finder of finders) {
        const found = finder.exec(line);
        if (found === null) return null;
        texts.push(found[0]);
      }
      return [texts.join(" ... ")];
    },
  };
}

/** Finds what the first of several finders finds. */
export function anyOf(...finders: readonly Finder[]): Finder {
  const heads = finders.map(headsOf);
  return {
    ...(heads.every((found) => found !== undefined) && { heads: heads.flat() }),
    exec(line) {
      for (const finder of finders) {
        const found = finder.exec(line);
        if (found !== null) return found;
      }
      return null;
    },
  };
}

/** Finds what a finder finds between two colons. */
export function betweenColons(finder: Finder): Finder {
  return {
    exec(line) {
      for (const part of line.split(":")) {
        const found = finder.exec(part);
        if (found !== null) return found;
      }
      return null;
    },
  };
}

/** A text of a log as part of a sentence: at most 160 characters, without control characters. */
export function quoted(text: string | undefined): string {
  const clean = (text ?? "").replace(/[\p{Cc}\p{Cf}]/gu, " ").trim();
  return clean.length > 160 ? `${clean.slice(0, 157)}...` : clean;
}

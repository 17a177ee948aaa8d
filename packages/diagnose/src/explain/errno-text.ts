// SPDX-License-Identifier: MIT
// The errnos that a text names: in the words of C libraries and languages, by name, or by number.
import { Errno, type ErrnoName, errnoName } from "@bpf-token/uapi";
import { errnoMessages } from "./errno-messages.js";

const errnos = Object.entries(errnoMessages) as [ErrnoName, string][];
const words: ReadonlyMap<ErrnoName, string> = new Map(
  errnos.map(([name, texts]) => [name, texts.split("|", 1)[0] ?? ""]),
);
/** An expression of those of others, each of which is checked alone: `a|b` and `c` give `a|b|c`. */
export const anyOf = (texts: Iterable<string>, flags = "i"): RegExp =>
  new RegExp([...texts].join("|"), flags);
const anyWords = anyOf(
  errnos.map(([, texts]) => `(${texts})`),
  "gi",
);
/**
 * `os error 13`, `[Errno 1]`, `err=28`, `-1 [22]`, and the negative numbers of libbpf and the kernel. -1
 * alone often means only "failed", so it counts at the end of a line, where libbpf prints it for EPERM.
 */
const numbers: readonly RegExp[] = [
  /\b(?:os error|errno|error number)[ :=(]{1,3}-?(\d{1,3})\b/i,
  /-1 [[(](\d{1,3})[\])]/,
  /\berr(?:code)?[ :=]{1,3}\(?-?(\d{1,3})\b(?! [[(]\d)/i,
  /\b(?:error|ret(?:val|urn(?:s|ed)?)?|rc|code|result)[ :=]{1,3}(?:code[ :=]{1,2})?-(?!1\b)(\d{1,3})\b/i,
  /\bOs \{ code: (\d{1,3})\b/,
  /=-(?!1\b)(\d{1,3})\b/,
  /(?:: ?|\(|\b(?:error|code) )-(\d{1,3})\)?[\s."';,]{0,3}$/,
];

const anyEnglish = anyOf(words.values());
/** Most lines have none. */
const anyErrno = anyOf([anyEnglish.source, "not supported", String.raw`\bE[A-Z0-9]{3}`]);
const patterns = errnos.map(([name]) => [name, errnoPattern(name)] as const);

/**
 * Returns a line with the messages of translated and of other C libraries as glibc prints them in English.
 *
 * @example
 * ```ts
 * inEnglish("bpf: Keine Berechtigung"); // "bpf: Permission denied"
 * ```
 */
export function inEnglish(line: string): string {
  return line.replace(anyWords, (text: string, ...groups: readonly unknown[]) => {
    const name = errnos[groups.findIndex((group) => group !== undefined)]?.[0];
    const english = name === undefined ? text : (words.get(name) ?? text);
    return english.toLowerCase() === text.toLowerCase() ? text : english;
  });
}

/** Returns the names of the errnos in a line: by their English messages and their names. */
export function errnosIn(line: string): readonly ErrnoName[] {
  if (!anyErrno.test(line)) return [];
  const found = patterns.filter(([, find]) => find.test(line)).map(([name]) => name);
  const names: readonly string[] = line.match(/\bE[A-Z0-9]{3,10}\b/g) ?? [];
  return [...found, ...names.filter((name): name is ErrnoName => Object.hasOwn(Errno, name))];
}

/**
 * Returns the first of {@link errnosIn}.
 *
 * @example
 * ```ts
 * errnoIn("open x: permission denied"); // "EACCES"
 * ```
 */
export const errnoIn = (line: string): ErrnoName | undefined => errnosIn(line)[0];

/**
 * Returns a line with the message of its errno at the end: a line that names the errno as a number or a
 * constant, or has the message first, as LXC and Python print it.
 *
 * @returns `undefined` for a line that has no errno, or has it as a message at its end.
 * @example
 * ```ts
 * withErrnoLast("Operation not permitted - Failed to load"); // "Failed to load: Operation not permitted"
 * withErrnoLast("failed to load: -13"); // "failed to load: -13: Permission denied"
 * ```
 */
export function withErrnoLast(line: string): string | undefined {
  const found = anyEnglish.exec(line);
  if (found !== null) {
    const end = found.index + found[0].length;
    const after = [" - ", ": '", " ["].find((separator) => line.startsWith(separator, end));
    return after === undefined ? undefined : `${line.slice(end + after.length)}: ${found[0]}`;
  }
  const name = errnoOfLine(line);
  const text = name === undefined ? undefined : words.get(name);
  return text === undefined ? undefined : `${line}: ${text}`;
}

/** Words around an errno that name no step. */
const labels =
  /\b(?:caused by|because|errors?|err|reason|message|cause|errno|code|os|system|kind|exception|what|RTNETLINK|answers|fatal|warn(?:ing)?|level|msg|\w*Denied|E[A-Z0-9]{2,9}|(?:\w{1,40}\.){1,9}\w{1,40}|\w{0,40}(?:Error|Exception))\b/gi;
const SHORT = 200;

/**
 * Whether a line has an errno, and no word of what failed.
 *
 * @example
 * ```ts
 * isBareErrno("reason: Operation not permitted (os error 1)"); // true
 * ```
 */
export const isBareErrno = (line: string): boolean =>
  errnoOfLine(line) !== undefined && !hasWords(line.replace(anyEnglish, " "));

/** Whether a line has more words than those that introduce an error. */
export const hasWords = (line: string): boolean =>
  line.length > SHORT || line.replace(labels, " ").replace(/\P{L}/gu, "").length > 3;

/**
 * Returns the errno that a line has, as a message, a name or a number.
 *
 * @example
 * ```ts
 * errnoOfLine("System error, errno: 1"); // "EPERM"
 * ```
 */
export const errnoOfLine = (line: string): ErrnoName | undefined => errnoIn(line) ?? numberIn(line);

/** The name of the errno that a line has as a number. */
function numberIn(line: string): ErrnoName | undefined {
  const found = numbers.map((find) => find.exec(line)?.[1]).find((one) => one !== undefined);
  return found === undefined ? undefined : errnoName(Number(found));
}

/** Returns an expression that finds an errno in a line: by its English message or its name. */
export function errnoPattern(name: ErrnoName): RegExp {
  // ENOTSUP is another name of it; ENOTSUPP is error 524.
  if (name === "EOPNOTSUPP") return /not supported|-?\bE(?:OPNOTSUPP|NOTSUP)\b/i;
  return anyOf([words.get(name) ?? name, String.raw`-?\b${name}\b`]);
}

/** Returns the errno that a message of glibc means. */
export function errnoOf(text: string): ErrnoName | undefined {
  return [...words].find(([, message]) => message.toLowerCase() === text.toLowerCase())?.[0];
}

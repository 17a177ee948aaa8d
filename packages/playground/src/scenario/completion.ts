// SPDX-License-Identifier: MIT
// Which words may stand at a place of a scenario, by the indentation of the lines before it.
import type { Vocabulary, Word } from "./vocabulary.js";

/** The words that may stand at a place, and where the word there begins. */
export interface Completion {
  readonly from: number;
  readonly words: readonly Word[];
  /** Whether the words are keys, which a colon follows. */
  readonly keys: boolean;
}

const KEY = /^( *)((?:- )?)([\w.]*)$/;
const VALUE = /^( *)((?:- )?)([\w.]+): (?:.*[[ ,:|])?([\w$]*)$/;
const FLOW = /(?<![\w.])([\w.]+): \{(?:[^{}]*[,{ ])?([\w]*)$/;
/** After the last brace. */
const FLOW_VALUE = /(?<!\w)(\w+): (?:\[(?:[^[\]]*[ ,])?)?([\w$]*)$/;

/**
 * Returns the words for the end of a text.
 *
 * @param before - the text up to the place.
 * @example
 * ```ts
 * completionOf("steps:\n  - bpf: MAP", vocabulary)?.words; // MAP_CREATE, …
 * ```
 */
export function completionOf(before: string, vocabulary: Vocabulary): Completion | undefined {
  const lines = before.split("\n");
  const line = lines.pop() ?? "";
  const at = (word: string): number => before.length - word.length;
  const key = KEY.exec(line);
  if (key !== null) {
    const [, spaces = "", dash = "", word = ""] = key;
    const words = keysAt(lines, spaces.length, dash !== "", vocabulary);
    return words && { from: at(word), words, keys: true };
  }
  const brace = Math.max(line.lastIndexOf("{"), line.lastIndexOf("}"));
  const inFlow = line[brace] === "{" ? FLOW_VALUE.exec(line.slice(brace + 1)) : null;
  if (inFlow !== null) return valuesAt(inFlow[1] ?? "", inFlow[2] ?? "", before, vocabulary);
  const flow = FLOW.exec(line);
  if (flow !== null) {
    const [, call = "", word = ""] = flow;
    const words = call === "attr" ? attrOf([...lines, line], vocabulary) : vocabulary.params[call];
    return words && { from: at(word), words, keys: true };
  }
  const value = VALUE.exec(line);
  return value === null ? undefined : valuesAt(value[3] ?? "", value[4] ?? "", before, vocabulary);
}

function keysAt(
  lines: readonly string[],
  indent: number,
  dash: boolean,
  vocabulary: Vocabulary,
): readonly Word[] | undefined {
  if (indent === 0 && !dash) return vocabulary.top;
  const parent = parentOf(lines, dash ? indent + 1 : indent);
  if (parent === "steps") return vocabulary.step;
  if (parent === "attr") return attrOf(lines, vocabulary);
  return parent === undefined ? undefined : vocabulary.params[parent];
}

/** The key that the lines at an indentation belong to. */
function parentOf(lines: readonly string[], indent: number): string | undefined {
  for (const line of lines.toReversed()) {
    const [, spaces = "", dash = "", name = ""] = /^( *)((?:- )?)([\w.]+):/.exec(line) ?? [];
    if (name === "") continue;
    // The first key of a step follows the dash; the others stand below it.
    if (dash !== "" && spaces.length < indent && spaces.length + dash.length >= indent) {
      return "steps";
    }
    if (spaces.length + dash.length < indent) return name;
  }
  return undefined;
}

/** The fields of the command of the current step. */
function attrOf(lines: readonly string[], { attr }: Vocabulary): readonly Word[] | undefined {
  const begin = lines.findLastIndex((line) => /^ *- /.test(line));
  const step = lines.slice(Math.max(begin, 0)).join("\n");
  const cmd = /\bbpf: (?:BPF_)?(\w+)/.exec(step)?.[1] ?? "";
  return attr[cmd];
}

function valuesAt(
  key: string,
  word: string,
  before: string,
  { values }: Vocabulary,
): Completion | undefined {
  const from = before.length - word.length;
  const found = (words: readonly Word[]): Completion => ({ from, words, keys: false });
  if (word.startsWith("$")) {
    const names = [...before.matchAll(/\bas: (\w+)/g)].map(([, name]) => ({ label: `$${name}` }));
    return found(names);
  }
  if (key === "by" || key === "for" || key === "fork") return found(tasksOf(before));
  const words = values[key === "expect" ? "errno" : key];
  return words && found(words);
}

function tasksOf(text: string): readonly Word[] {
  const block = /^tasks:((?:.|\n +)*)/m.exec(text)?.[1] ?? "";
  const names = [...block.matchAll(/(?:^|[{,[\n-]) *([A-Za-z]\w*)(?=[:,\]\n]|$)/g)];
  return [...new Set(names.map(([, name]) => name ?? ""))].map((label) => ({ label }));
}

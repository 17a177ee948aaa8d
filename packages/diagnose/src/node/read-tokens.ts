// SPDX-License-Identifier: MIT
import { type Dir, opendirSync } from "node:fs";
import { type DelegationMasks, parseTokenMasks } from "@bpf-token/delegation";
import { type LongTexts, MOST_LONG_OF_ONE } from "./long-texts.js";
import { MOST } from "./proc-files.js";

/** A token in the descriptor table of a process. */
export interface FoundToken {
  readonly masks: DelegationMasks;
  readonly mount: number;
  readonly inode: number;
}

/** The tokens of a process. */
export interface FoundTokens {
  readonly tokens: readonly FoundToken[];
  /** How many descriptors were read. */
  readonly read: number;
  /** There are more descriptors than `most`, or their texts are too long. */
  readonly cut: boolean;
  /** The numbers of descriptors with a text that is too long to read. */
  readonly long: readonly string[];
}

/**
 * Finds the tokens of a process in `fdinfo`. Never opens its file descriptors: opening a token through
 * /proc can end this process.
 *
 * @param folder - `/proc/PID`.
 * @param most - how many descriptors are read.
 */
export function readTokens(folder: string, most: number, texts: LongTexts): FoundTokens {
  const tokens: FoundToken[] = [];
  const long: string[] = [];
  const before = texts.read;
  const entries = opendirSync(`${folder}/fdinfo`, { bufferSize: 256 });
  try {
    let read = 0;
    for (let name = next(entries); name !== undefined; name = next(entries)) {
      const isLong = texts.spent || texts.read - before > MOST_LONG_OF_ONE;
      if (read === most || isLong) return { tokens, long, read, cut: true };
      read++;
      const found = tokenIn(`${folder}/fdinfo/${name}`, texts);
      if (found === "long") long.push(name);
      else if (found !== undefined) tokens.push(found);
    }
    return { tokens, long, read, cut: false };
  } finally {
    entries.closeSync();
  }
}

/** The numbers of the first file descriptors of a process or thread. */
export function listDescriptors(folder: string, most: number): readonly string[] {
  const names: string[] = [];
  const entries = opendirSync(`${folder}/fdinfo`, { bufferSize: 256 });
  try {
    for (let name = next(entries); name !== undefined; name = next(entries)) {
      if (names.length === most) return names;
      names.push(name);
    }
    return names;
  } finally {
    entries.closeSync();
  }
}

const next = (entries: Dir): string | undefined => entries.readSync()?.name;

function tokenIn(path: string, texts: LongTexts): FoundToken | "long" | undefined {
  let text: string;
  try {
    text = texts.start(path);
  } catch {
    return undefined; // closed meanwhile
  }
  const masks = text.includes("allowed_cmds:") ? parseTokenMasks(text) : undefined;
  if (masks === undefined) return endsInLocks(text) ? "long" : undefined;
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s*(\\d+)$`, "m").exec(text)?.[1] ?? -1);
  return { masks, mount: field("mnt_id"), inode: field("ino") };
}

/** Whether a text is cut in the locks of a file, after which the masks of a token would stand. */
const endsInLocks = (text: string): boolean =>
  text.length >= MOST && text.slice(0, text.lastIndexOf("\n")).slice(-100).includes("\nlock:");

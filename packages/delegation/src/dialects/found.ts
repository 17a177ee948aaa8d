// SPDX-License-Identifier: MIT
import { axisNames, type DelegationAxis } from "../axes.js";
import { DelegationError } from "../error.js";
import { isNumber, numberOf } from "../mask-text.js";
import type { DelegationMasks } from "../masks.js";
import { unknownItem } from "../masks.js";
import { ALL_BITS, bitOf } from "../names.js";
import type { Remark, RemarkId } from "./remark.js";
import { isTemplate, type Piece, type Source, split } from "./source.js";

/** A name or number that delegates bits, and its position. */
export interface DelegationWord extends Piece {
  readonly axis: DelegationAxis;
  readonly mask: bigint;
}

/** Collects what one part of a text delegates: a mount, a unit, a container. */
export class Found {
  readonly #source: Source;
  #words: DelegationWord[] = [];
  readonly #axes = new Set<DelegationAxis>();
  readonly remarks: Remark[] = [];
  /** The capabilities of the process, without `CAP_`; undefined: all, or not known. */
  capabilities: readonly string[] | undefined;
  /** Whether the process has all capabilities, also those that the settings do not name. */
  root = false;
  /** Those that root lacks all the same. */
  dropped: readonly string[] | undefined;
  /** Whether the process has a network namespace of its own; undefined: not known. */
  ownNetwork: boolean | undefined;
  /** `whole`: a command has no more. `part`: other words may complete it. Absent: see its file. */
  extent: "part" | "whole" | undefined;
  any = false;

  constructor(source: Source) {
    this.#source = source;
  }

  get words(): readonly DelegationWord[] {
    return this.#words;
  }

  get masks(): DelegationMasks {
    const masks = { cmds: 0n, maps: 0n, progs: 0n, attachs: 0n };
    for (const { axis, mask } of this.#words) masks[axis] |= mask;
    return masks;
  }

  add(axis: DelegationAxis, mask: bigint, piece: Piece): void {
    this.any = true;
    this.#axes.add(axis);
    this.#words.push({ ...piece, axis, mask });
  }

  /** Takes over what another one has. */
  append(other: Found): void {
    for (const { axis, mask, ...piece } of other.words) this.add(axis, mask, piece);
    // A hostile line has more remarks than a call may have arguments.
    for (const remark of other.remarks) this.remarks.push(remark);
  }

  /** Whether it shares a mask with another one. */
  overlaps(other: Found): boolean {
    return axisNames.some((axis) => this.#axes.has(axis) && other.#axes.has(axis));
  }

  /** Forgets what a mask has. Returns whether it had something. */
  clear(axis: DelegationAxis): boolean {
    this.any = true;
    if (!this.#axes.delete(axis)) return false;
    this.#words = this.#words.filter((word) => word.axis !== axis);
    return true;
  }

  /** Adds a remark about a piece, or about the first word. */
  remark(
    id: RemarkId,
    text: string,
    piece: Piece | undefined,
    more: Pick<Remark, "axis" | "fatal" | "fix"> = {},
  ): void {
    const { at, text: word } = piece ?? this.#words[0] ?? { at: this.#source.at, text: "" };
    this.remarks.push({ id, text, at, end: at + word.length, ...more });
  }

  /** Says that a piece is filled in later. Returns whether it is. */
  filledIn(piece: Piece, axis?: DelegationAxis): boolean {
    if (!isTemplate(piece.text)) return false;
    const { at, original } = this.#source;
    const shown = original.slice(piece.at - at, piece.at - at + piece.text.length);
    const why = `'${shown.trim()}' is filled in later, so it is not judged`;
    this.remark("template", why, piece, axis === undefined ? {} : { axis });
    return true;
  }
}

/** Reads a value in the kernel's syntax, and notes what the kernel refuses or reads otherwise. */
export function readMask(axis: DelegationAxis, value: Piece, found: Found): void {
  let words: DelegationWord[] = [];
  for (const piece of split(value, ":")) {
    if (found.filledIn(piece, axis)) continue;
    const { text } = piece;
    const bit = bitOf(axis, text);
    if (text === "any") words.push({ ...piece, axis, mask: ALL_BITS });
    else if (isNumber(text)) {
      const mask = readNumber(axis, piece, found);
      if (words.length > 0) replaced(axis, piece, words, found);
      words = [{ ...piece, axis, mask }];
    } else if (bit !== undefined) {
      fullName(piece, found);
      words.push({ ...piece, axis, mask: 1n << BigInt(bit) });
    } else unknownWord(axis, piece, found);
  }
  for (const { mask, text, at } of words) found.add(axis, mask, { text, at });
}

function readNumber(axis: DelegationAxis, piece: Piece, found: Found): bigint {
  const { text } = piece;
  let mask = 0n;
  try {
    mask = numberOf(text);
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    found.remark("unknown_name", error.message, piece, { axis, fatal: true });
  }
  if (/^0[0-7]/.test(text)) {
    const fix = `0x${mask.toString(16)}`;
    found.remark("octal", `${text} is octal: ${mask}; write ${fix}`, piece, { fix });
  }
  return mask;
}

function replaced(axis: DelegationAxis, piece: Piece, words: readonly Piece[], found: Found): void {
  const lost = words.map(({ text }) => text).join(":");
  found.remark(
    "number_replaces",
    `the number ${piece.text} replaces '${lost}', because it stands after it; write it first`,
    piece,
    { axis },
  );
}

function fullName(piece: Piece, found: Found): void {
  if (!/^bpf_/i.test(piece.text)) return;
  const fix = piece.text.toLowerCase().replace(/^bpf_((map|prog)_type_)?/, "");
  const text = `the kernel refuses the full name '${piece.text}'; write '${fix}'`;
  found.remark("full_name", text, piece, { fix });
}

function unknownWord(axis: DelegationAxis, piece: Piece, found: Found): void {
  const names = piece.text.split(/[, |;]+/);
  if (
    names.length > 1 &&
    names.every((name) => name === "any" || bitOf(axis, name) !== undefined)
  ) {
    const fix = names.join(":");
    const text = `the kernel refuses '${piece.text}'; separate names by ':', as in '${fix}'`;
    found.remark("separator", text, piece, { axis, fix, fatal: true });
  } else {
    const { message } = unknownItem(axis, piece.text);
    const near = /did you mean '(\w+)'|its type is '(\w+)'/.exec(message);
    const fix = piece.text.toLowerCase() === "any" ? "any" : (near?.[1] ?? near?.[2]);
    found.remark("unknown_name", message, piece, {
      ...(fix !== undefined && { fix }),
      ...{ axis, fatal: true },
    });
  }
}

export function unknownKey(
  key: string,
  prefix: string,
  words: readonly string[] = axisNames,
): string {
  const shown = JSON.stringify(key).slice(1, -1);
  return `unknown key '${shown}'; known: ${words.map((word) => prefix + word).join(", ")}`;
}

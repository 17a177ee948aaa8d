// SPDX-License-Identifier: MIT
import { Bytes } from "../bytes.js";
import {
  BTF_HEADER,
  BTF_LONG_HEADER,
  BTF_MAGIC,
  fixedWords,
  KINDS,
  TYPE_WORDS,
  wordsOfEach,
} from "./layout.js";

/** The sizes of the types of one kind, as a layout section has them. See {@link Btf.layout}. */
export interface BtfKindLayout {
  /** Bytes that follow the common header of a type of this kind. */
  readonly fixed: number;
  /** Bytes of each part: a member, an enumerator, a parameter, a variable. */
  readonly each: number;
}

/** The sections of BTF. */
export interface BtfSections {
  readonly types: Bytes;
  readonly strings: Bytes;
  /** By the number of the kind; `undefined` without a layout section. */
  readonly layout: readonly BtfKindLayout[] | undefined;
}

/** Bytes of an entry of the layout section: two sizes, and 16 bits that are not used. */
const LAYOUT_ENTRY = 4;
/** Offsets in the header. */
const TYPES = 8;
const STRINGS = 16;
const LAYOUT = 24;

/**
 * Reads the header. Kernels before 7.1 know 24 bytes of it; longer headers must have zeros in the
 * rest. Since 7.1 a header of 32 bytes may describe a layout section.
 *
 * Source of the rules: kernel/bpf/btf.c: btf_parse_hdr(), btf_parse_layout_sec() (7.1..).
 */
export function readSections(bytes: Bytes): BtfSections {
  if (bytes.length < BTF_HEADER || bytes.u16(0) !== BTF_MAGIC) bytes.fail(0, "not BTF: bad magic");
  if (bytes.u8(2) !== 1) bytes.fail(2, `BTF version ${bytes.u8(2)} is not supported`);
  const header = bytes.u32(4);
  if (header < BTF_HEADER) bytes.fail(4, `the header has only ${header} bytes`);
  refuseUnknownFields(bytes, header);
  const part = (at: number, what: string): Bytes => {
    const start = header + bytes.u32(at);
    return new Bytes(bytes.section, bytes.slice(start, bytes.u32(at + 4), what));
  };
  const [types, strings] = [part(TYPES, "the types"), part(STRINGS, "the strings")];
  if (strings.length > 0 && strings.u8(strings.length - 1) !== 0) {
    bytes.fail(header + bytes.u32(STRINGS), "the strings do not end with a NUL");
  }
  const hasLayout = header >= BTF_LONG_HEADER && bytes.u32(LAYOUT + 4) > 0;
  return { types, strings, layout: hasLayout ? readLayout(bytes, part) : undefined };
}

/** The kernel refuses a header with fields that it does not know, unless they are zero (E2BIG). */
function refuseUnknownFields(bytes: Bytes, header: number): void {
  const rest = bytes.slice(0, header, "the header").subarray(BTF_LONG_HEADER);
  const at = rest.findIndex((byte) => byte !== 0);
  if (at < 0) return;
  const reason = `the header of ${header} bytes has unknown fields; only the first ${BTF_LONG_HEADER} bytes have a meaning (Linux 7.3)`;
  bytes.fail(BTF_LONG_HEADER + at, reason);
}

function readLayout(
  bytes: Bytes,
  part: (at: number, what: string) => Bytes,
): readonly BtfKindLayout[] {
  const [start, length] = [bytes.u32(LAYOUT), bytes.u32(LAYOUT + 4)];
  if (start % 4 !== 0) {
    bytes.fail(LAYOUT, `the layout section begins at ${start}, which is not a multiple of 4`);
  }
  if (length % LAYOUT_ENTRY !== 0) {
    bytes.fail(LAYOUT + 4, `the layout section of ${length} bytes does not have whole entries`);
  }
  for (const [at, what] of [
    [TYPES, "types"],
    [STRINGS, "strings"],
  ] as const) {
    const [from, size] = [bytes.u32(at), bytes.u32(at + 4)];
    if (start < from + size && from < start + length) {
      bytes.fail(LAYOUT, `the layout section overlaps the ${what}`);
    }
  }
  const section = part(LAYOUT, "the layout section");
  return Array.from({ length: length / LAYOUT_ENTRY }, (_, kind) => ({
    fixed: section.u8(LAYOUT_ENTRY * kind),
    each: section.u8(LAYOUT_ENTRY * kind + 1),
  }));
}

/** Sizes of types by kind: words without parts (0 for an unknown kind), and words per part. */
export interface KindSizes {
  readonly fixed: Uint8Array;
  readonly each: Uint8Array;
}

const known: KindSizes = { fixed: fixedWords, each: wordsOfEach };

/**
 * Adds the kinds that only the layout section describes. Its sizes of known kinds are ignored, as
 * kernels do.
 */
export function kindSizes(layout: readonly BtfKindLayout[] | undefined): KindSizes {
  if (layout === undefined) return known;
  const sizes = { fixed: fixedWords.slice(), each: wordsOfEach.slice() };
  for (const [kind, { fixed, each }] of layout.slice(0, KINDS).entries()) {
    if (kind === 0 || fixedWords[kind] !== 0 || fixed % 4 !== 0 || each % 4 !== 0) continue;
    sizes.fixed[kind] = TYPE_WORDS + fixed / 4;
    sizes.each[kind] = each / 4;
  }
  return sizes;
}

/** Why types of a kind cannot be read. */
export function unknownKind(kind: number, layout: readonly BtfKindLayout[] | undefined): string {
  const entry = kind === 0 ? undefined : layout?.[kind];
  if (entry === undefined) {
    const hint = layout === undefined ? "" : ", which the layout section does not describe either";
    return `unknown BTF kind ${kind}${hint}`;
  }
  return `unknown BTF kind ${kind}: the layout section has sizes of ${entry.fixed} and ${entry.each} bytes, which are not multiples of 4`;
}

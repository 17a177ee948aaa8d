// SPDX-License-Identifier: MIT
import { SourceError } from "./errors.js";

/** A line of a file, with its number in the original. */
export interface TextLine {
  readonly text: string;
  /** Line number from 1. */
  readonly number: number;
}

/**
 * Splits a mail, a page or a patch into lines: removes carriage returns and decodes
 * quoted-printable.
 */
export function linesOf(text: string): readonly TextLine[] {
  const lines = text
    .split("\n")
    .map((line, i) => ({ text: line.endsWith("\r") ? line.slice(0, -1) : line, number: i + 1 }));
  return decoded(lines);
}

/** The prefix that mail replies put before quoted lines. */
const QUOTE = /^> ?/;

/** Returns the quoted lines with one level of quoting removed; undefined if no line is quoted. */
export function unquoted(lines: readonly TextLine[]): readonly TextLine[] | undefined {
  const quoted = lines.filter(({ text }) => QUOTE.test(text));
  if (quoted.length === 0) return undefined;
  return quoted.map(({ text, number }) => ({ text: text.replace(QUOTE, ""), number }));
}

/** Decodes quoted-printable mail bodies and leaves all others unchanged. */
function decoded(lines: readonly TextLine[]): readonly TextLine[] {
  const out: TextLine[] = [];
  let quotedPrintable = false;
  /** The lines of a paragraph that end with a soft line break, and the number of the first. */
  let soft: string[] = [];
  let first = 0;
  for (const line of lines) {
    const encoding = /^Content-Transfer-Encoding:\s*(\S+)/i.exec(line.text)?.[1]?.toLowerCase();
    if (encoding === "base64") {
      const how = "Fix: save it decoded, for example as the archive's raw patch";
      throw new SourceError("encoding", `the mail body is base64-encoded. ${how}`, line.number);
    }
    if (encoding !== undefined) quotedPrintable = encoding === "quoted-printable";
    if (!quotedPrintable) {
      out.push(line);
      continue;
    }
    if (soft.length === 0) first = line.number;
    if (line.text.endsWith("=")) {
      soft.push(line.text.slice(0, -1));
      continue;
    }
    out.push({ text: plain([...soft, line.text].join("")), number: first });
    soft = [];
  }
  return out;
}

/** Decodes the bytes `=XX` of a text. */
function plain(text: string): string {
  if (!text.includes("=")) return text;
  const from = new TextEncoder().encode(text);
  const bytes = new Uint8Array(from.length);
  let length = 0;
  for (let at = 0; at < from.length; at++) {
    const byte = from[at] as number;
    const value = byte === EQUALS ? 16 * digit(from[at + 1]) + digit(from[at + 2]) : Number.NaN;
    bytes[length++] = Number.isNaN(value) ? byte : value;
    if (!Number.isNaN(value)) at += 2;
  }
  return new TextDecoder().decode(bytes.subarray(0, length));
}

const EQUALS = 0x3d;

/** Returns the value of a hexadecimal digit; NaN if it is none. */
function digit(byte: number | undefined): number {
  const char = String.fromCharCode(byte ?? 0);
  return /[0-9A-Fa-f]/.test(char) ? Number.parseInt(char, 16) : Number.NaN;
}

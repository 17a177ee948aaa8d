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
  let open: TextLine | undefined;
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
    const text: string = (open?.text ?? "") + line.text;
    const number: number = open?.number ?? line.number;
    const soft = text.endsWith("=");
    open = soft ? { text: text.slice(0, -1), number } : undefined;
    if (!soft) out.push({ text: plain(text), number });
  }
  return out;
}

function plain(text: string): string {
  const bytes: number[] = [];
  const utf8 = new TextEncoder();
  for (let at = 0; at < text.length; ) {
    const hex = /^=([0-9A-F]{2})/i.exec(text.slice(at, at + 3))?.[1];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
      at += 3;
    } else {
      const char = String.fromCodePoint(text.codePointAt(at) ?? 0);
      bytes.push(...utf8.encode(char));
      at += char.length;
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

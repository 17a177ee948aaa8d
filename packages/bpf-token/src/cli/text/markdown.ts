// SPDX-License-Identifier: MIT
import { printable } from "../output.js";

/** A span of code in Markdown, also in a table. Names of files, programs and maps may contain anything. */
export const code = (text: string): string => `\`${printable(text).replace(/[`|]/g, " ")}\``;

/** A word of a command that people paste into a shell. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./~^-]+$/.test(text) && !text.startsWith("~")
    ? text
    : `'${text.replaceAll("'", "'\\''")}'`;

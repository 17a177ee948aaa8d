// SPDX-License-Identifier: MIT
// Sources of programs: the literals of calls that mount a BPF filesystem.
import { isDelegationAxis } from "../axes.js";
import { Found, readMask } from "./found.js";
import { readOptions } from "./read-kernel.js";
import { LONGEST, type Piece, part, type Source } from "./source.js";

/** A string in quotes, in C, C++, Go, Python and Rust. */
const literal = (inner: string): RegExp => new RegExp(`(["'\`])(${inner})\\1`, "g");
const options = literal(`[^"'\`\\n]{0,200}\\bdelegate_\\w{1,12}=[^"'\`\\n]{0,${LONGEST}}`);
const names = literal("delegate_\\w{1,12}");

/**
 * Reads the arguments of fsconfig() and of mount(). What a program computes is filled in later. Calls of
 * fsconfig() belong to one mount, until one sets a mask again.
 */
export function readCalls(source: Source): readonly Found[] {
  const mounts: Found[] = [];
  for (const { index, 2: name = "" } of source.text.matchAll(names)) {
    if (!/fs_?config/i.test(statementBefore(source.text, index))) continue;
    const call = new Found(source);
    readCall(source, { text: name, at: index + 1 }, call);
    const last = mounts.at(-1);
    if (last === undefined || last.overlaps(call)) mounts.push(call);
    else last.append(call);
  }
  for (const { index, 2: text = "" } of source.text.matchAll(options)) {
    if (!/\bmount\b|Mount\s*\(/.test(statementBefore(source.text, index))) continue;
    const mount = new Found(source);
    readOptions(part(source, index + 1, index + 1 + text.length), mount);
    if (mount.any) mount.remark("host_mount", ofMount, undefined);
    mounts.push(mount);
  }
  return mounts;
}

const ofMount =
  "no token comes from a BPF filesystem that mount(2) mounts: its user namespace is that of the caller, and only root of the host may set a mask; call fsopen() in the container, and fsconfig() on the host";

/** How far a call may be from its last argument. */
const STATEMENT = 300;

function statementBefore(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - STATEMENT), at);
  return before.slice(Math.max(...[";", "{", "}"].map((end) => before.lastIndexOf(end))) + 1);
}

/** What may stand around the literal of an argument: a conversion of Rust, or of ctypes. */
const after = /^(?:\.\w+\(\))*\s*,\s*(?:[\w.:]+\()?[cb]?(["'`])/;

function readCall(source: Source, key: Piece, found: Found): void {
  const axis = key.text.slice("delegate_".length);
  const place = { text: key.text, at: source.at + key.at };
  if (!isDelegationAxis(axis)) {
    const text = `the kernel refuses the unknown option '${key.text}' (EINVAL)`;
    found.remark("unknown_option", text, place);
    return;
  }
  const from = key.at + key.text.length + 1;
  const rest = source.text.slice(from, from + LONGEST);
  const [start = "", quote = ""] = after.exec(rest) ?? [];
  const end = start === "" ? -1 : rest.indexOf(quote, start.length);
  const text = rest.slice(start.length, Math.max(end, 0));
  if (end < 0 || isComputed(text, rest.slice(end + 1))) {
    found.remark(
      "template",
      `the value of '${key.text}' is not judged: the program computes it`,
      place,
    );
  } else readMask(axis, { text, at: source.at + from + start.length }, found);
}

/** Whether a string is a format, has escapes, or continues in another string. */
const isComputed = (text: string, next: string): boolean =>
  /[%\\{}\n]/.test(text) || text === "" || /^\s*["'`\w]/.test(next);

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
 * Reads the arguments of fsconfig() and of mount(), and strings of mount options. What a program computes is
 * filled in later. Calls of fsconfig() belong to one mount, until one sets a mask again.
 */
export function readCalls(source: Source): readonly Found[] {
  return [...configured(source), ...mounted(source)];
}

function configured(source: Source): readonly Found[] {
  const mounts: Found[] = [];
  for (const { index, 2: name = "" } of source.text.matchAll(names)) {
    if (!/fs_?config/i.test(statementBefore(source.text, index))) continue;
    const call = new Found(source);
    const key = { text: name, at: index + 1 };
    readCall(source, key, call);
    judgeOrder(source, key, call);
    const last = mounts.at(-1);
    if (last === undefined || last.overlaps(call)) mounts.push(call);
    else last.append(call);
  }
  return mounts;
}

/** What opens a context, what creates the filesystem, and what makes two processes of one. */
const opens = /\b(fs_?open)\s*\(/gi;
const creates = /CMD_CREATE|FsconfigCreate/;
const parts = /\b(?:fork|vfork|clone3?|setns|unshare|recvmsg|recv_?fd|CLONE_NEWUSER)\b/i;

/** Judges what the function does before a call of fsconfig() sets a mask. */
function judgeOrder(source: Source, key: Piece, call: Found): void {
  const near = source.text.slice(Math.max(0, key.at - LONGEST_FUNCTION), key.at);
  const before = near.slice(near.lastIndexOf("\n}") + 1);
  const start = key.at - before.length;
  const opened = [...before.matchAll(opens)].at(-1);
  if (creates.test(before.slice(opened?.index ?? 0))) {
    const why = `the filesystem has no '${key.text}', because fsconfig() after FSCONFIG_CMD_CREATE fails with EBUSY; call it before`;
    call.remark("late_option", why, { text: key.text, at: source.at + key.at });
  }
  if (opened === undefined || parts.test(before)) return;
  // All calls have it at the same place, where it is one finding.
  call.remark("host_mount", ofOpen, {
    text: opened[1] ?? "",
    at: source.at + start + opened.index,
  });
}

/** How far fsopen() may be from fsconfig(). */
const LONGEST_FUNCTION = 4000;

const ofOpen =
  "no token comes from a BPF filesystem that one process opens and configures: its user namespace is that of fsopen(), and only root of the host may set a mask; call fsopen() in the container, and fsconfig() on the host";

/** The strings of mount options. Those that follow each other belong to one mount. */
function mounted(source: Source): readonly Found[] {
  const mounts: Found[] = [];
  let end = -Infinity;
  for (const { index, 0: all, 2: text = "" } of source.text.matchAll(options)) {
    const statement = statementBefore(source.text, index);
    const mount = new Found(source);
    const isCall = /\bmount\b|Mount\s*\(/.test(statement);
    if (!isCall && (compares.test(statement) || !isOptions(text))) continue;
    readOptions(part(source, index + 1, index + 1 + text.length), mount);
    if (!mount.any && mount.remarks.length === 0) continue;
    if (isCall) {
      if (mount.any) mount.remark("host_mount", ofMount, undefined);
      mounts.push(mount);
      continue;
    }
    mount.extent = "part";
    const last = mounts.at(-1);
    const follows = last?.extent === "part" && index - end < NEAR && !last.overlaps(mount);
    if (follows) last.append(mount);
    else mounts.push(mount);
    end = index + all.length;
    const call = callWith(
      /(?<!\w)(\w{1,40})\s{0,9}:?=[^=]{0,99}$/.exec(statement)?.[1],
      source,
      end,
    );
    if (call !== undefined) (follows ? last : mount).remark("host_mount", ofMount, call);
  }
  return mounts;
}

/** What compares or prints a string, in place of using it. */
const compares =
  /assert|expect|contains|print|puts|\blog|strcmp|strstr|HasPrefix|startsWith|panic/i;
/** Whether a string is mount options and nothing else: no format, and spaces only between names. */
const isOptions = (text: string): boolean =>
  /^,?delegate_/.test(text) && !/[{}%$]|[^:, ] /.test(text);

/** How far strings may be apart that a program joins. */
const NEAR = 40;

/** The next call of mount() with a variable. */
function callWith(variable: string | undefined, source: Source, from: number): Piece | undefined {
  if (variable === undefined) return undefined;
  const rest = source.text.slice(from, from + LONGEST_FUNCTION);
  for (const { index, 0: name } of rest.matchAll(/\b[mM]ount\b(?=\s*\()/g)) {
    const [call = ""] = /^[^;{}]{0,300}/.exec(rest.slice(index)) ?? [];
    if (/["'`]bpf["'`]/.test(call) && new RegExp(`\\b${variable}\\b`).test(call)) {
      return { text: name, at: source.at + from + index };
    }
  }
  return undefined;
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

// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi/names";
import { axisNames, isDelegationAxis } from "../axes.js";
import { bitOf } from "../names.js";
import { Found, readMask } from "./found.js";
import {
  isMountCommand,
  Literals,
  literalsIn,
  mountedVariables,
  mountWord,
  variableOf,
} from "./shell.js";
import { isTemplate, type Piece, part, type Source, split } from "./source.js";

/** Options of a bpffs, of mount points and of mount(8). They delegate nothing. */
const otherOptions =
  /^((mode|uid|gid|source|size|x-[\w.-]*|comment|(|fs|def|root)context)(=|$)|(ro|rw|defaults|r?bind|move|r?(private|shared|slave|unbindable)|seclabel|silent|loud|nofail|_netdev|users?|owner|group|(|no)(a?sync|dirsync|lazytime|suid|dev|exec|auto|mand|user|owner|group|iversion)|(|no)(|rel|dir|strict)(a|)time|nodiratime|nosymfollow)$)/i;

/** Reads mount options, wherever a text has them. Each mount is one result. */
export function readKernel(source: Source): readonly Found[] {
  const mounts: Found[] = [];
  const variables = new Literals(literalsIn(source));
  const mounted = mountedVariables(source);
  let whole = true;
  for (const line of linesWithOptions(source)) {
    const isWhole = isMount(line.text);
    const before = mounts.at(-1);
    const mount = new Found(line);
    mount.extent = isWhole ? "whole" : "part";
    readOptions(line, mount, variables);
    // Options on lines of their own belong together, until one comes again.
    const isOwn = isWhole || isArgument(line.text);
    if (before === undefined || isOwn || whole || before.overlaps(mount)) mounts.push(mount);
    else before.append(mount);
    if (isMountCommand(line.text)) hostMount(mount, mountWord(line));
    else {
      const command = mounted.get(variableOf(line.text) ?? "");
      if (command !== undefined) {
        mount.extent = "whole";
        hostMount(mount, command);
      }
    }
    whole = isOwn;
  }
  // A .mount unit, a mount of config.json, a task of Ansible, a volume of Compose
  const typed = /\b(fs)?type["']?\s*[:=]\s*["']?bpf\b/i.test(source.text);
  const again = typed ? /\bremounted\b/.exec(source.text) : null;
  for (const mount of typed ? mounts.filter(({ any }) => any) : []) {
    mount.extent = "whole";
    hostMount(mount);
    if (again !== null) {
      mount.remark("remount", ofRemount, { text: again[0], at: source.at + again.index });
    }
  }
  return mounts;
}

const ofRemount = "a remount changes no mask of a BPF filesystem, and succeeds; mount a new one";

/** Whether the options of a line are an argument of some command. */
const isArgument = (line: string): boolean => /^\s*[A-Za-z]\S*\s.*delegate_/.test(line);

function linesWithOptions(source: Source): readonly Source[] {
  return [...source.text.matchAll(/^.*delegate_\w{1,12}=.*$/gm)].map(({ index, 0: line }) =>
    part(source, index, index + line.length),
  );
}

/** Reads the words of a line that have mount options. */
export function readOptions(line: Source, found: Found, variables?: Literals): void {
  // Neither the stars of bold type nor the end of a sentence belong to a name.
  for (const { index, 0: word } of line.text.matchAll(/[^\s"'`()[\];*]+/g)) {
    if (!/delegate_\w{1,12}=/.test(word) || /[./]delegate_/.test(word)) continue;
    const text = word.replace(/\.$/, "");
    const options = withoutName(text);
    let last: Piece | undefined;
    const at = line.at + index + text.length - options.length;
    for (const option of split({ text: options, at }, ",")) {
      const value = readVariable(option, line, found, variables);
      if (value !== undefined) last = value;
      else if (readOption(option, found)) last = option;
      else if (!found.filledIn(option)) ignored(option, last, found);
    }
  }
}

/** Reads a mask whose value is a variable. Returns the option with the first part of that value. */
function readVariable(
  option: Piece,
  line: Source,
  found: Found,
  variables: Literals | undefined,
): Piece | undefined {
  const [, key = "", axis = "", filled = ""] = /^(delegate_(\w+)=)(.+)$/s.exec(option.text) ?? [];
  if (!isDelegationAxis(axis) || !isTemplate(filled)) return undefined;
  const from = option.at - line.at + key.length;
  const shown = line.original.slice(from, from + filled.length);
  const value = variables?.use(/^\$\{?(\w+)\}?$/.exec(shown)?.[1] ?? "");
  if (value === undefined) return undefined;
  const [first = value, ...rest] = split(value, ",");
  readMask(axis, first, found);
  const read = { text: key + first.text, at: first.at };
  for (const piece of rest) ignored(piece, read, found);
  return read;
}

/** Removes what a word assigns the options to: `-o`, `Options=`, `BPF_OPTS=`. */
function withoutName(text: string): string {
  const [name = ""] = /^(-o(?!=)|[\w.-]+=)/.exec(text) ?? [];
  const isOption = name.startsWith("delegate_") || otherOptions.test(name);
  return isOption || !/[=,]/.test(text.slice(name.length)) ? text : text.slice(name.length);
}

/** Returns whether an option has a delegate mask. */
function readOption({ text, at }: Piece, found: Found): boolean {
  const [, axis = "", value = ""] = /^delegate_(\w+)=(.+)$/s.exec(text) ?? [];
  if (!isDelegationAxis(axis)) return false;
  readMask(axis, { text: value, at: at + text.length - value.length }, found);
  return true;
}

/** A bpffs ignores an option that it does not know. The usual mistake is a comma between names. */
function ignored(option: Piece, last: Piece | undefined, found: Found): void {
  const { text } = option;
  if (text === "" || otherOptions.test(text)) return;
  if (text === "remount") {
    found.remark("remount", ofRemount, option);
    return;
  }
  const [, axis = ""] = /^delegate_(\w+)=/.exec(last?.text ?? "") ?? [];
  const isAxis = isDelegationAxis(axis);
  if (last !== undefined && isAxis && (text === "any" || bitOf(axis, text) !== undefined)) {
    const why = `the kernel ignores '${text}', because a comma ends an option; write '${shown(last)}:${text}'`;
    const piece = { text: `,${text}`, at: option.at - 1 };
    found.remark("separator", why, piece, { axis, fix: `:${text}` });
    return;
  }
  const key = text.split("=", 1)[0] ?? "";
  const hint = nearest(
    key,
    axisNames.map((name) => `delegate_${name}`),
  );
  const guess = hint === undefined ? "remove it" : `write '${hint}='`;
  found.remark(
    "unknown_option",
    `the kernel ignores the unknown option '${text}'; ${guess}`,
    { text: key, at: option.at },
    hint === undefined ? {} : { fix: hint },
  );
}

/** An option, with a sign for what is filled in later, and for more than all names of a mask. */
const shown = ({ text }: Piece): string =>
  isTemplate(text) || text.length > 1000 ? `${text.split("=", 1)[0] ?? ""}=…` : text;

/** Whether a line is all of a mount: a command, a line of fstab or mountinfo, or what mount prints. */
const isMount = (line: string): boolean =>
  isMountCommand(line) || / - bpf /.test(line) || / type bpf \(/.test(line);

function hostMount(found: Found, piece?: Piece): void {
  found.remark(
    "host_mount",
    "no token comes from a BPF filesystem that mount(8) mounts: on the host it belongs to the host's user namespace, and in another one the kernel refuses the mount; 'bpf-token exec' creates one for a container",
    piece,
  );
}

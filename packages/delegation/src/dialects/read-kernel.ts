// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi/names";
import { axisNames, isDelegationAxis } from "../axes.js";
import { bitOf } from "../names.js";
import { Found, readMask } from "./found.js";
import { isTemplate, type Piece, part, type Source, split } from "./source.js";

/** Options of a bpffs, of mount points and of mount(8). They delegate nothing. */
const otherOptions =
  /^((mode|uid|gid|source|size|x-[\w.-]*|comment|(|fs|def|root)context)(=|$)|(ro|rw|defaults|r?bind|move|r?(private|shared|slave|unbindable)|seclabel|silent|loud|nofail|_netdev|users?|owner|group|(|no)(a?sync|dirsync|lazytime|suid|dev|exec|auto|mand|user|owner|group|iversion)|(|no)(|rel|dir|strict)(a|)time|nodiratime|nosymfollow)$)/i;

/** Reads mount options, wherever a text has them. Each mount is one result. */
export function readKernel(source: Source): readonly Found[] {
  const mounts: Found[] = [];
  let whole = true;
  for (const line of linesWithOptions(source)) {
    const isWhole = isMount(line.text);
    const before = mounts.at(-1);
    const mount = new Found(line);
    readOptions(line, mount);
    // Options on lines of their own belong together, until one comes again.
    if (before === undefined || isWhole || whole || before.overlaps(mount)) mounts.push(mount);
    else before.append(mount);
    if (isMountCommand(line.text)) hostMount(mount);
    whole = isWhole;
  }
  // A .mount unit, a mount of config.json, a task of Ansible, a volume of Compose
  const typed = /\b(fs)?type["']?\s*[:=]\s*["']?bpf\b/i.test(source.text);
  if (typed) for (const mount of mounts) if (mount.any) hostMount(mount);
  return mounts;
}

function linesWithOptions(source: Source): readonly Source[] {
  return [...source.text.matchAll(/^.*delegate_\w{1,12}=.*$/gm)].map(({ index, 0: line }) =>
    part(source, index, index + line.length),
  );
}

/** Reads the words of a line that have mount options. */
export function readOptions(line: Source, found: Found): void {
  for (const { index, 0: text } of line.text.matchAll(/[^\s"'`()[\];]+/g)) {
    if (!/delegate_\w{1,12}=/.test(text) || /[./]delegate_/.test(text)) continue;
    const options = withoutName(text);
    let last: Piece | undefined;
    const at = line.at + index + text.length - options.length;
    for (const option of split({ text: options, at }, ",")) {
      if (readOption(option, found)) last = option;
      else if (!found.filledIn(option)) ignored(option, last, found);
    }
  }
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
    const why = "a remount changes no mask of a BPF filesystem, and succeeds; mount a new one";
    found.remark("remount", why, option);
    return;
  }
  const [, axis = ""] = /^delegate_(\w+)=/.exec(last?.text ?? "") ?? [];
  const names = isDelegationAxis(axis) && (text === "any" || bitOf(axis, text) !== undefined);
  if (last !== undefined && names) {
    const why = `the kernel ignores '${text}', because a comma ends an option; write '${shown(last)}:${text}'`;
    found.remark("separator", why, { text: `,${text}`, at: option.at - 1 }, { fix: `:${text}` });
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

/** An option, with a sign for what is filled in later. */
const shown = ({ text }: Piece): string =>
  isTemplate(text) ? `${text.split("=", 1)[0] ?? ""}=…` : text;

/** Whether a line is all of a mount: a command, a line of fstab or mountinfo, or what mount prints. */
const isMount = (line: string): boolean =>
  isMountCommand(line) || / - bpf /.test(line) || / type bpf \(/.test(line);

/** Whether a line is a command that mounts a bpffs, or a line of fstab. */
function isMountCommand(line: string): boolean {
  const words = line.trim().split(/[\s"'`]+/);
  const type = words.findIndex((word, at) => word === "-tbpf" || words[at - 1] === "-t");
  if (type > 0 && /^(-t)?bpf$/.test(words[type] ?? "")) {
    return words.slice(0, type).some((word) => /(^|\/)mount$/.test(word));
  }
  return words[1]?.startsWith("/") === true && words[2] === "bpf";
}

function hostMount(found: Found): void {
  found.remark(
    "host_mount",
    "no token comes from a BPF filesystem that mount(8) mounts: on the host it belongs to the host's user namespace, and in another one the kernel refuses the mount; 'bpf-token exec' creates one for a container",
    undefined,
  );
}

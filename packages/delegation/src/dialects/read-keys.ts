// SPDX-License-Identifier: MIT
// Keys of LXD and Incus: in YAML, in Terraform, or in commands.
import { type DelegationAxis, isDelegationAxis } from "../axes.js";
import { Found, readMask, unknownKey } from "./found.js";
import {
  cut,
  type Piece,
  type Setting,
  type Source,
  settingsIn,
  split,
  trim,
  unquote,
} from "./source.js";

/** Reads keys of Incus. */
export const readIncus = (source: Source): readonly Found[] =>
  readKeys(source, /(?<![\w.])(security\.(?:bpffs\.\w+|privileged))/, (key, value, found) => {
    const [, name = ""] = /^security\.bpffs\.(.*)$/.exec(key) ?? [];
    const axis = name.replace(/^delegate_/, "");
    if (name === "path" || value.text === "") return;
    if (!name.startsWith("delegate_") || !isDelegationAxis(axis)) {
      const why = unknownKey(key, "security.bpffs.delegate_");
      found.remark("unknown_key", why, value, { fatal: true });
      return;
    }
    for (const word of split(value, ",")) readMask(axis, trim(word), found);
  });

/** Reads keys of LXD, which passes each value to the kernel. */
export function readLxd(source: Source): readonly Found[] {
  const key = /(?<![\w.])(security\.(?:delegate_bpf(?:\.\w+)?|privileged))/;
  let enabled = false;
  const results = readKeys(source, key, (name, value, found) => {
    if (name === "security.delegate_bpf") enabled = isTrue(value);
    else if (value.text !== "") {
      const axis = lxdAxis(name);
      if (axis === undefined) {
        const known = ["cmd_types", "map_types", "prog_types", "attach_types"];
        const why = unknownKey(name, "security.delegate_bpf.", known);
        found.remark("unknown_key", why, value, { fatal: true });
      } else readMask(axis, value, found);
    }
  });
  if (enabled) return results;
  for (const found of results) {
    const why = "LXD mounts nothing: set security.delegate_bpf=true";
    if (found.any) found.remark("not_enabled", why, undefined);
  }
  return results;
}

function lxdAxis(key: string): DelegationAxis | undefined {
  const [, short = ""] = /^security\.delegate_bpf\.(\w+)_types$/.exec(key) ?? [];
  return isDelegationAxis(`${short}s`) ? (`${short}s` as DelegationAxis) : undefined;
}

const isTrue = ({ text }: Piece): boolean => /^(true|1|yes|on)$/i.test(text);

/** Reads keys. One that comes again, or a new document of YAML, belongs to another container. */
function readKeys(
  source: Source,
  name: RegExp,
  read: (key: string, value: Piece, found: Found) => void,
): readonly Found[] {
  return cut(source, (line) => line.startsWith("---")).flatMap((document) => {
    const results: Found[] = [];
    const keys = new Set<string>();
    let found = new Found(document);
    let privileged: Piece | undefined;
    for (const { key, value } of keySettings(document, name)) {
      // The metadata of LXD and Incus describe their keys.
      if (value.text.startsWith("{")) continue;
      if (keys.has(key) || results.length === 0) {
        found = new Found(document);
        results.push(found);
        keys.clear();
      }
      keys.add(key);
      const bare = unquote(trim(value));
      if (key === "security.privileged") privileged = isTrue(bare) ? bare : undefined;
      else read(key, bare, found);
    }
    const why = "a privileged container gets no delegation; remove security.privileged";
    for (const one of privileged === undefined ? [] : results) {
      if (one.any) one.remark("privileged", why, privileged);
    }
    return results;
  });
}

/** In a command that sets keys, a space may separate a key from its value. */
function keySettings(source: Source, { source: name }: RegExp): readonly Setting[] {
  const own = /^[ \t]*["']?$/;
  const key = new RegExp(`${name}["']?[ \\t]*[=:][ \\t]*`, "g");
  const spaced = new RegExp(`${name}[ \\t]+(?![=:])`, "g");
  const isCommand = /\b(?:config|profile)[ \t]+(?:device[ \t]+)?set[ \t]/;
  const commands = [...source.text.matchAll(/^.*$/gm)].flatMap(({ 0: line, index }) =>
    isCommand.test(line)
      ? settingsIn({ ...source, text: line, at: source.at + index }, spaced, own)
      : [],
  );
  return [...settingsIn(source, key, own), ...commands].sort((a, b) => a.value.at - b.value.at);
}

// SPDX-License-Identifier: MIT
// Settings as systemd 262.1 reads them, from what `systemd --test` prints.
import { nearest } from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis } from "../axes.js";
import { unknownItem } from "../masks.js";
import { ALL_BITS, bitOf } from "../names.js";
import { Found, unknownKey } from "./found.js";
import { judgeUnit } from "./judge-unit.js";
import {
  cut,
  LONGEST,
  type Piece,
  type Setting,
  type Source,
  settingsIn,
  split,
  trim,
  unquote,
} from "./source.js";
import { bitOfSystemd, SHIFTED_NAME, systemdNames } from "./systemd-names.js";

const systemdAxes: Readonly<Record<string, DelegationAxis>> = {
  Commands: "cmds",
  Maps: "maps",
  Programs: "progs",
  Attachments: "attachs",
};

const keys =
  /(?<!\w)(BPFDelegate\w*|PrivateBPF|PrivateUsers|PrivateNetwork|UserNamespacePath|NetworkNamespacePath|DelegateNamespaces|SystemCallFilter|User|DynamicUser|AmbientCapabilities|CapabilityBoundingSet)[ \t]*=[ \t]*/g;

/** Whether a text has settings on lines of their own, as a unit has. */
export const isUnit = (text: string): boolean => /^[ \t]*BPFDelegate\w+[ \t]*=/m.test(text);

/** Reads a unit, which is one result, or commands such as systemd-run. */
export function readSystemd(source: Source): readonly Found[] {
  return commandsIn(source).map(([one, extent]) => {
    const found = new Found(one);
    found.extent = extent;
    // NixOS may write serviceConfig.KEY; a shell may echo a line into a file.
    const settings = settingsIn(one, keys, /^[ \t]*(serviceConfig\.)?$/).map((setting) =>
      setting.form === "line" ? nixValue(setting, one) : setting,
    );
    for (const setting of settings) readSetting(setting, found);
    if (found.words.length > 0 && extent !== "part") judgeUnit(settings, found);
    return found;
  });
}

/** A unit; each systemd-run; or each line, if a text has nothing but lists. */
function commandsIn(source: Source): readonly (readonly [Source, Found["extent"]])[] {
  const { text } = source;
  if (isUnit(text)) return [[source, undefined]];
  const isRun = (line: string): boolean => /\bsystemd-run\b/.test(line);
  if (isRun(text)) return cut(source, isRun).map((one) => [one, "whole"]);
  const hasOther = [...text.matchAll(keys)].some(([, key = ""]) => !key.startsWith("BPFDelegate"));
  if (hasOther || /serviceConfig/.test(text)) return [[source, undefined]];
  return cut(source, () => true).map((one) => [one, "part"]);
}

/** The strings of a list or a string of NixOS, which ends with `;`. */
function nixValue(setting: Setting, { text, at }: Source): Setting {
  const { value } = setting;
  if (value.text.startsWith("[")) {
    const rest = text.slice(value.at - at, value.at - at + LONGEST);
    const list = /^[^\]]*\]?/.exec(rest)?.[0] ?? "";
    return { ...setting, value: { text: list, at: value.at } };
  }
  if (!value.text.endsWith(";")) return setting;
  const bare = trim({ text: value.text.slice(0, -1), at: value.at });
  return { ...setting, value: bare, form: "quoted" };
}

function readSetting({ key, value, form }: Setting, found: Found): void {
  const name = /^BPFDelegate(.*)/.exec(key)?.[1];
  if (name === undefined) return;
  const axis = systemdAxes[name];
  if (axis === undefined) {
    const why = unknownKey(`${key}=`, "", Object.keys(systemdAxes));
    found.remark("unknown_key", why, value, { fatal: true });
    return;
  }
  if (form === "line" && value.text.startsWith("[")) {
    readList(axis, value, found);
    return;
  }
  const bare = form === "line" ? value : unquote(value);
  if (found.clear(axis) && bare.text !== "") {
    const why = `systemd keeps only the last ${key}=, which replaces the one before; write all names in one`;
    found.remark("repeated", why, value);
  }
  readValue(axis, bare, found);
}

/** NixOS writes one line for each member of a list. */
function readList(axis: DelegationAxis, list: Piece, found: Found): void {
  const words = [...list.text.matchAll(/"([^"]*)"/g)].map(({ 1: text = "", index }) => ({
    text,
    at: list.at + index + 1,
  }));
  const all = words.map(({ text }) => text).join(",");
  if (words.length > 1) {
    const why = `NixOS writes a line for each member of the list, and systemd keeps only the last; write '${all}'`;
    found.remark("repeated", why, list, { fix: `"${all}"` });
  }
  found.clear(axis);
  const last = words.at(-1);
  if (last !== undefined) readValue(axis, last, found);
}

function readValue(axis: DelegationAxis, value: Piece, found: Found): void {
  if (value.text === "any") {
    found.add(axis, ALL_BITS, value);
    return;
  }
  for (const word of split(value, ",")) {
    if (word.text === "" || found.filledIn(word)) continue;
    const bit = bitOfSystemd(axis, word.text);
    if (bit === undefined) ignoredWord(axis, word, value, found);
    else {
      if (word.text === SHIFTED_NAME) {
        const why = `systemd 262 has the index of syscall for ${word.text}; write 'any'`;
        found.remark("shifted", why, word);
      }
      found.add(axis, 1n << BigInt(bit), word);
    }
  }
}

/** systemd ignores a word that it does not know. It neither trims words nor removes quotes. */
function ignoredWord(axis: DelegationAxis, word: Piece, value: Piece, found: Found): void {
  const { text } = word;
  const why = `systemd ignores '${text}'`;
  if (text === "any") {
    found.remark("any_beside_names", `${why}: 'any' stands alone; remove the names`, word);
    return;
  }
  const bare = text.replace(/["']/g, "");
  if (bare !== text && (bare === "any" || bitOfSystemd(axis, bare) !== undefined)) {
    const fix = value.text.replace(/["']/g, "");
    const all = `systemd does not remove the quotes around '${bare}', and ignores it; remove them`;
    found.remark("quotes", all, value, { fix });
    return;
  }
  const before = /^(.*\S)\s+#/.exec(text)?.[1];
  if (before !== undefined) {
    const all = `${why}, because a comment needs its own line; write '${before}'`;
    found.remark("comment_in_value", all, word, { fix: before });
    return;
  }
  const names = text.trim().split(/\s+/);
  if (names.every((name) => bitOfSystemd(axis, name) !== undefined)) {
    const fix = names.join(",");
    const all = `${why}: a space belongs to the name; write '${fix}'`;
    found.remark("separator", all, word, { fix });
    return;
  }
  unknownSystemd(axis, { text: text.trim(), at: trim(word).at }, found);
}

function unknownSystemd(axis: DelegationAxis, word: Piece, found: Found): void {
  const { text } = word;
  const remark = (why: string, fix?: string): void =>
    found.remark("unknown_name", why, word, { fatal: true, ...(fix !== undefined && { fix }) });
  const home = axisNames.find((other) => bitOfSystemd(other, text) !== undefined);
  if (home !== undefined) {
    const setting = Object.entries(systemdAxes).find(([, other]) => other === home)?.[0] ?? "";
    remark(`'${text}' belongs to BPFDelegate${setting}=`);
    return;
  }
  const full = systemdNames(axis);
  const bit = bitOf(axis, text);
  const hint = bit === undefined ? nearest(text, full.values()) : full.get(bit);
  if (hint === undefined) remark(unknownItem(axis, text).message);
  else remark(`systemd does not know '${text}'; write '${hint}'`, hint);
}

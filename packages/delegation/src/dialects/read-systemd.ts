// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi/names";
import { axisNames, type DelegationAxis } from "../axes.js";
import { DelegationError } from "../error.js";
import { unknownItem } from "../masks.js";
import { ALL_BITS, bitOf } from "../names.js";
import { type Found, unknownKey } from "./found.js";
import { nameOfSystemd, SHIFTED_NAME, systemdNames } from "./systemd-names.js";

const systemdAxes: Readonly<Record<string, DelegationAxis>> = {
  Commands: "cmds",
  Maps: "maps",
  Programs: "progs",
  Attachments: "attachs",
};

/** Reads the settings of a unit, or of a command such as systemd-run. */
export function readSystemd(text: string, found: Found): void {
  for (const [, name = "", rest = ""] of text.matchAll(/\bBPFDelegate(\w+)\s*=([^\n]*)/g)) {
    const axis = systemdAxes[name];
    if (axis === undefined) throw unknownKey(`BPFDelegate${name}=`, "", Object.keys(systemdAxes));
    const words = rest.split(/[\s,"']+/).filter((word) => word !== "" && word !== "\\");
    // As for other lists of systemd, an empty value resets the setting.
    if (words.length === 0) found.clear(axis);
    for (const word of words) {
      if (word.startsWith("-")) break;
      if (word === SHIFTED_NAME) {
        found.notes.push(`systemd 262 has the index of syscall for ${word}; write 'any'`);
      }
      found.add(axis, systemdMask(axis, word));
    }
  }
  if (found.any && !/\bPrivateBPF\s*=\s*["']?(yes|true|1|on)\b/i.test(text)) {
    found.notes.push("systemd ignores the settings BPFDelegate…= without PrivateBPF=yes");
  } else if (found.any) found.notes.push(...namespaceNotes(text));
}

/** Without these settings, the unit starts and the masks are visible, but no token can be created. */
function namespaceNotes(text: string): readonly string[] {
  const namespaces = lastValue(text, "DelegateNamespaces");
  if (/\bmnt\b|^(yes|true|1|on)$/i.test(namespaces)) return [];
  const users = lastValue(text, "PrivateUsers");
  const own = namespaces !== "" || (users !== "" && !/^(no|false|0|off)$/i.test(users));
  return [
    own
      ? "the BPF filesystem belongs to the host's user namespace, so the service gets no token (EPERM); write DelegateNamespaces=mnt"
      : "without a user namespace of its own, the service gets no token (EOPNOTSUPP); write PrivateUsers=yes and DelegateNamespaces=mnt",
  ];
}

/** The last value of a setting; empty if it has none. */
function lastValue(text: string, setting: string): string {
  const lines = new RegExp(`\\b${setting}[ \\t]*=[ \\t]*["']?([^\\n"']*)`, "g");
  const value = [...text.matchAll(lines)].at(-1)?.[1] ?? "";
  // In a command, the next option follows.
  return value.split(" -")[0]?.trim() ?? "";
}

function systemdMask(axis: DelegationAxis, word: string): bigint {
  if (word === "any") return ALL_BITS;
  const name = nameOfSystemd(axis, word);
  const bit = name === undefined ? undefined : bitOf(axis, name);
  if (bit !== undefined) return 1n << BigInt(bit);
  throw unknownSystemd(axis, word);
}

function unknownSystemd(axis: DelegationAxis, word: string): DelegationError {
  const home = axisNames.find((other) => nameOfSystemd(other, word) !== undefined);
  if (home !== undefined) {
    const setting = Object.entries(systemdAxes).find(([, other]) => other === home)?.[0] ?? "";
    return new DelegationError(`'${word}' belongs to BPFDelegate${setting}=`);
  }
  const full = systemdNames(axis);
  const bit = bitOf(axis, word);
  const hint = bit === undefined ? nearest(word, full.values()) : full.get(bit);
  return hint === undefined
    ? unknownItem(axis, word)
    : new DelegationError(`systemd does not know '${word}'; write '${hint}'`);
}

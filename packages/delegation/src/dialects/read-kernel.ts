// SPDX-License-Identifier: MIT
import { nearest } from "@bpf-token/uapi/names";
import { axisNames, isDelegationAxis } from "../axes.js";
import { bitOf } from "../names.js";
import { type Found, maskOf } from "./found.js";

/** Options of a bpffs, and flags of filesystems and mount points. They delegate nothing. */
const otherOptions =
  /^((mode|uid|gid|source)(=|$)|(ro|rw|defaults|(|no)(a?sync|dirsync|lazytime|suid|dev|exec|auto)|(|no)(|rel|dir|strict)(a|)time|nodiratime|nosymfollow)$)/;

/** Reads mount options, wherever a text has them. */
export function readKernel(text: string, found: Found): void {
  for (const word of text.split(/[\s"'()]+/)) {
    if (!word.includes("delegate_")) continue;
    let last = "";
    for (const part of word.split(",")) {
      const [key = "", value] = part.split(/=(.*)/s, 2);
      const axis = key.replace(/^delegate_/, "");
      if (key.startsWith("delegate_") && isDelegationAxis(axis) && value) {
        found.add(axis, maskOf(axis, value, found));
        last = part;
      } else if (!otherOptions.test(part)) found.notes.push(ignored(part, last));
    }
  }
  if (isMountOfHost(text)) {
    found.notes.push(
      "a BPF filesystem that the host mounts with mount(8) belongs to the host's user namespace, so no container gets a token from it; 'bpf-token exec' creates one for a container",
    );
  }
}

/** Whether a text has a command that mounts a bpffs, or a line of fstab. */
const isMountOfHost = (text: string): boolean =>
  text.split("\n").some((line) => {
    const words = line.trim().split(/[ \t]+/);
    const type = words.findIndex((word, at) => word === "-tbpf" || words[at - 1] === "-t");
    if (type > 0 && /^(-t)?bpf$/.test(words[type] ?? "")) {
      return words.slice(0, type).some((word) => /(^|\/)mount$/.test(word));
    }
    return words[1]?.startsWith("/") === true && words[2] === "bpf";
  });

/** A bpffs ignores an option that it does not know. The usual mistake is a comma between names. */
function ignored(part: string, last: string): string {
  const [, axis = ""] = /^delegate_(\w+)=/.exec(last) ?? [];
  if (isDelegationAxis(axis) && bitOf(axis, part) !== undefined) {
    return `the kernel ignores '${part}', because a comma ends an option; write '${last}:${part}'`;
  }
  const key = part.split("=", 1)[0] ?? "";
  const hint = nearest(
    key,
    axisNames.map((name) => `delegate_${name}`),
  );
  const guess = hint === undefined ? "remove it" : `write '${hint}='`;
  return `the kernel ignores the unknown option '${part}'; ${guess}`;
}

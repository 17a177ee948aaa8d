// SPDX-License-Identifier: MIT
// Annotations for bpf-token-hook: in JSON, YAML, commands, quadlets and Compose files.
import { isDelegationAxis } from "../axes.js";
import { Found, readMask, unknownKey } from "./found.js";
import { cut, type Setting, type Source, settingsIn, unquote } from "./source.js";

const annotations = /\/delegate_(\w+(?:\.container\.[\w.-]+)?)["']?[ \t]*[=:][ \t]*/g;

/** Reads annotations in JSON and YAML. An annotation that comes again belongs to another container. */
export const readAnnotated = (source: Source): readonly Found[] =>
  cut(source, (line) => line.startsWith("---")).flatMap((document) => {
    const results = readGroups(document);
    judgeAll(results, (found) => judgeDocument(document.text, found));
    return results;
  });

/** Reads commands of Podman and Docker, and quadlets. */
export const readRunCommands = (source: Source): readonly Found[] =>
  cut(source, isRunCommand).flatMap((command) => {
    const results = readGroups(command);
    judgeAll(results, (found) => judgeCommand(command.text, found));
    return results;
  });

/** Judges what several results share only once: a hostile text has thousands. */
function judgeAll([first, ...others]: readonly Found[], judge: (found: Found) => void): void {
  if (first === undefined) return;
  const before = first.remarks.length;
  judge(first);
  for (const other of others) {
    other.capabilities = first.capabilities;
    other.ownNetwork = first.ownNetwork;
    for (const { id, text } of first.remarks.slice(before)) other.remark(id, text, undefined);
  }
}

const isRunCommand = (line: string): boolean =>
  /\b(podman|docker|nerdctl)\b/.test(line) && /\b(run|create)\b/.test(line);

function readGroups(source: Source): readonly Found[] {
  const results: Found[] = [];
  const keys = new Set<string>();
  for (const setting of settingsIn(source, annotations, /^[ \t]*(- )?["']?[\w./-]*$/)) {
    if (keys.has(setting.key) || results.length === 0) {
      results.push(new Found(source));
      keys.clear();
    }
    keys.add(setting.key);
    const found = results.at(-1);
    if (found !== undefined) readAnnotation(setting, source, found);
  }
  return results;
}

/** Annotations of a pod and of its containers, which end in `.container.NAME`, add up. */
function readAnnotation({ key, value, form }: Setting, { text, at }: Source, found: Found): void {
  const axis = key.split(".", 1)[0] ?? "";
  if (!isDelegationAxis(axis)) {
    const why = unknownKey(`delegate_${axis}`, "delegate_");
    found.remark("unknown_key", why, value, { fatal: true });
    return;
  }
  // In a map of YAML on one line, another annotation may follow.
  const isFlow = form === "word" && /:[ \t]*$/.test(text.slice(0, value.at - at).slice(-10));
  const first = /^(["'])[^"']*\1(?=\s*,)/.exec(value.text)?.[0];
  const bare = isFlow
    ? (value.text.split(",", 1)[0] ?? "")
    : (first ?? value.text.replace(/,$/, ""));
  readMask(axis, unquote({ text: bare, at: value.at }), found);
}

/** A pod needs a user namespace, and Compose the wrapper of the runtime. */
function judgeDocument(text: string, found: Found): void {
  const isService = /^services\s*:/m.test(text);
  if (isService) {
    judgeDocker(text, "runtime: bpf-token", /^[ \t]*runtime[ \t]*:/m, found);
    found.capabilities = capabilitiesAfter(text, /^[ \t]*cap_add[ \t]*:/m, []);
    return;
  }
  if (!/^[ \t]*(kind|spec|containers)[ \t]*:/m.test(text)) {
    if (/"process"\s*:/.test(text)) found.capabilities = capabilitiesAfter(text, /"effective"\s*:/);
    return;
  }
  found.ownNetwork = !/\bhostNetwork\s*:\s*true\b/.test(text);
  if (!/\bhostUsers["']?\s*:\s*false\b/.test(text)) {
    const why =
      "without a user namespace of its own, the pod gets no token; write hostUsers: false";
    found.remark("user_namespace", why, undefined);
  }
  const isPrivileged = /\bprivileged["']?\s*:\s*true\b/.test(text);
  if (!isPrivileged) found.capabilities = capabilitiesAfter(text, /\badd["']?\s*:/, []);
}

function judgeDocker(text: string, write: string, runtime: RegExp, found: Found): void {
  if (runtime.test(text)) return;
  const why = `Docker runs no hooks, so nobody reads the annotations; write ${write}`;
  found.remark("no_hook", why, undefined);
}

function judgeCommand(text: string, found: Found): void {
  const isQuadlet = /^\[Container\]/m.test(text);
  const isDocker = /\bdocker\b/.test(text);
  const [, network = ""] = /--net(?:work)?[=\s]+(\S+)/.exec(text) ?? [];
  if (network !== "") found.ownNetwork = network !== "host";
  if (isDocker) judgeDocker(text, "--runtime=bpf-token", /--runtime[=\s]+\S/, found);
  const [, users = isDocker ? "auto" : ""] =
    /(?:--userns[=\s]+|^UserNS\s*=\s*)["']?([\w-]+)/m.exec(text) ?? [];
  const hasMaps = /--(uidmap|subuidname)\b|^(UIDMap|SubUIDMap)\s*=/m.test(text);
  if (!hasMaps && (users === "" || users === "host")) {
    const write = isQuadlet ? "write UserNS=auto" : "give it --userns=auto";
    const option = isQuadlet ? "UserNS=auto" : "--userns=auto";
    const why = `without ${option} the container is in the host's user namespace, and gets no token; ${write}`;
    found.remark("user_namespace", why, undefined);
  }
  const words = text.matchAll(/--cap-add[=\s]+["']?([\w,]+)|^AddCapability\s*=([\w, ]+)/gm);
  const names = [...words].flatMap(([, option, key]) => capabilityWords(option ?? key ?? ""));
  const isAll = /--privileged\b(?!=false)/.test(text) || names.includes("all");
  const isWhole = isQuadlet || /\b(run|create)\b/.test(text);
  if (!isAll && isWhole) found.capabilities = names;
}

/** The capabilities in a list of YAML or JSON after a key; undefined for `ALL`. */
function capabilitiesAfter(
  text: string,
  key: RegExp,
  withoutKey?: readonly string[],
): readonly string[] | undefined {
  const match = key.exec(text);
  if (match === null) return withoutKey;
  const rest = text.slice(match.index + match[0].length);
  const [, flow] = /^\s*\[([^\]]*)\]/.exec(rest) ?? [];
  const block = /^[ \t]*(?:\n[ \t]*-[ \t]*["']?\w+["']?[ \t]*)+/.exec(rest)?.[0];
  const names = capabilityWords(flow ?? block ?? "");
  return names.includes("all") ? undefined : names;
}

const capabilityWords = (text: string): readonly string[] =>
  [...text.matchAll(/\w+/g)].map(([word]) => word.toLowerCase().replace(/^cap_/, ""));

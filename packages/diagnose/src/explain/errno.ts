// SPDX-License-Identifier: MIT
import {
  AttachType,
  BpfCmd,
  callNeeds,
  checkById,
  checkTable,
  Errno,
  MapType,
  nearest,
  ProgType,
} from "@bpf-token/uapi";
import type { CauseId } from "./cause.js";
import { startClues } from "./clues.js";
import type { Explanation } from "./explanation.js";
import { Ranking } from "./ranking.js";
import { judgeCall } from "./strace/judge.js";
import { StraceState } from "./strace/state.js";
import type { ExplainOptions } from "./text-explainer.js";

/** A refused call, as far as a person knows it. */
export interface RefusedCall {
  /** Name of the errno, such as `EPERM`. */
  readonly errno: string;
  /** The bpf() command, such as `map_create`; in any case, with or without `BPF_`. */
  readonly cmd: string;
  /** The map type or program type. */
  readonly type?: string;
  /** For map_create: the sizes. */
  readonly sizes?: { readonly key: number; readonly value: number; readonly entries: number };
  /** The expected attach type. */
  readonly attach?: string;
  /** Whether a token was passed with BPF_F_TOKEN_FD. */
  readonly token?: boolean;
}

/** Prefixes of the checks of a command. */
const checksOf: Readonly<Record<string, RegExp>> = {
  // A map on a device is rare, and the form has no field for it.
  MAP_CREATE: /^(?:map\.create\.(?!offload\.capable)|token\.fd\.|bpf\.tail$|lsm\.bpf_map_create)/,
  PROG_LOAD: /^(?:prog\.load\.|verify\.|token\.fd\.|bpf\.tail$|lsm\.bpf_prog_load)/,
  BTF_LOAD: /^(?:btf\.load\.|token\.fd\.|bpf\.tail$)/,
  TOKEN_CREATE: /^(?:token\.create\.|lsm\.bpf_token_create)/,
  BTF_GET_FD_BY_ID: /^(?:btf\.fd_by_id\.|token\.fd\.)/,
  LINK_CREATE: /^(?:attach\.|link\.)/,
  PROG_ATTACH: /^attach\./,
  PROG_QUERY: /^prog\.query\./,
  OBJ_PIN: /^(?:obj\.|permission\.|path\.)/,
  OBJ_GET: /^(?:obj\.|permission\.|path\.)/,
};

/**
 * Explains an errno of a bpf() call without a log: the causes that fit, most likely first.
 *
 * @throws RangeError for an unknown errno, command or type, with the nearest known one.
 * @example
 * ```ts
 * explainErrno({ errno: "EPERM", cmd: "map_create", type: "hash" }).candidates[0]?.id;
 * // "map.create.sysctl"
 * ```
 */
export function explainErrno(call: RefusedCall, options: ExplainOptions = {}): Explanation {
  const errno = known("errno", call.errno.toUpperCase(), Object.keys(Errno));
  const cmd = known("command", call.cmd.toUpperCase().replace(/^BPF_/, ""), Object.keys(checksOf));
  if (call.type !== undefined) checkType(cmd, call.type);
  if (call.attach !== undefined) known("attach type", bare(call.attach), Object.keys(AttachType));
  const clues = startClues(options.facts, options.release);
  clues.tokens = call.token === true;
  clues.usesToken = call.token === true;
  const ranking = new Ranking(clues.gvisor);
  const text = `bpf(BPF_${cmd}): ${errno}`;
  const judged = judgeCall(
    { pid: undefined, name: "bpf", args: argumentsOf(cmd, call), result: -1, errno },
    new StraceState(clues),
  );
  const needs = rulesOf(cmd, call.type);
  const fits = (id: CauseId): boolean =>
    !ofType.test(id) || checkById(id)?.rules.some((rule) => needs?.has(rule) ?? true) !== false;
  const isOpen = call.token === undefined && errno === "EPERM";
  if (judged !== undefined) {
    const causes = narrowed(judged.causes, errno, call.token).filter(fits);
    const says = isOpen ? undefined : judged.says;
    ranking.add({ ...judged, causes, says, strength: 4 }, { line: 0, text });
  }
  const others = checkTable().filter(
    ({ errno: of, id }) =>
      of === errno &&
      checksOf[cmd]?.test(id) === true &&
      !(call.token === false && id.startsWith("token.fd.")) &&
      fits(id),
  );
  if (others.length > 0) {
    const causes: readonly CauseId[] = others.map(({ id }) => id);
    for (const id of causes) ranking.add({ causes: [id], strength: 2 }, { line: 0, text });
  }
  if (isOpen) {
    ranking.addUnknown("whether the call passed a token: a log of strace -f -v shows it");
  }
  return ranking.explain(clues, 0);
}

/** The checks that ask for a capability only of some map or program types. */
const ofType = /^(?:map\.create\.capable|prog\.load\.(?:bpf|net_admin|perfmon))$/;

/** The rules that ask for a capability of a type; undefined if the type is unknown. */
function rulesOf(cmd: string, type: string | undefined): ReadonlySet<string> | undefined {
  const types: Readonly<Record<string, number>> = cmd === "MAP_CREATE" ? MapType : ProgType;
  const number = type === undefined ? undefined : types[bare(type)];
  if (number === undefined || (cmd !== "MAP_CREATE" && cmd !== "PROG_LOAD")) return undefined;
  const shape = cmd === "MAP_CREATE" ? { mapType: number } : { progType: number };
  const { capabilities } = callNeeds({ cmd: BpfCmd[cmd], ...shape });
  return new Set(capabilities.map(({ rule }) => rule));
}

/** Removes the causes that the person excluded. Who refuses before the kernel looks, remains possible. */
function narrowed(
  causes: readonly CauseId[],
  errno: string,
  token: boolean | undefined,
): readonly CauseId[] {
  if (token === false) return causes.filter((id) => !id.startsWith("token.dropped."));
  if (token === undefined || errno !== "EPERM") return causes;
  const possible = causes.filter((id) => id !== "explain.no_token");
  return [...new Set([...possible, "doctor.seccomp", "doctor.lsm"] as const)];
}

function known(what: string, word: string, words: readonly string[]): string {
  if (words.includes(word)) return word;
  const hint = nearest(word, words);
  const guess = hint === undefined ? "" : `; did you mean ${hint}?`;
  throw new RangeError(`unknown ${what} ${word}${guess}`);
}

const bare = (name: string): string =>
  name.toUpperCase().replace(/^BPF_(?:(?:MAP|PROG)_TYPE_)?/, "");

function checkType(cmd: string, type: string): void {
  if (cmd === "MAP_CREATE") known("map type", bare(type), Object.keys(MapType));
  if (cmd === "PROG_LOAD") known("program type", bare(type), Object.keys(ProgType));
}

/** The arguments as strace prints them. */
function argumentsOf(cmd: string, { type, attach, token, sizes }: RefusedCall): string {
  const name = type === undefined ? undefined : bare(type);
  const flags = (name: string): string =>
    token === undefined ? "" : `, ${name}=${token ? "BPF_F_TOKEN_FD" : "0"}`;
  const attachs = attach === undefined ? "" : `, expected_attach_type=BPF_${bare(attach)}`;
  const fields =
    sizes === undefined
      ? ""
      : `, key_size=${sizes.key}, value_size=${sizes.value}, max_entries=${sizes.entries}`;
  switch (cmd) {
    case "MAP_CREATE":
      return `BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_${name}${fields}${flags("map_flags")}}`;
    case "PROG_LOAD":
      return `BPF_PROG_LOAD, {prog_type=BPF_PROG_TYPE_${name}${flags("prog_flags")}${attachs}}`;
    case "BTF_LOAD":
      return `BPF_BTF_LOAD, {${flags("btf_flags").slice(2)}}`;
    default:
      return `BPF_${cmd}, {attach_type=${name}}`;
  }
}

// SPDX-License-Identifier: MIT
import { axisNames, bitsOf } from "@bpf-token/delegation";
import type { Finding, Severity } from "@bpf-token/diagnose";
import type { Audit, AuditedAccess } from "../../../audit/index.js";
import { ownerOf, shared } from "../../../audit/shares.js";
import type { Paint } from "../../../text/paint.js";
import { wrap } from "../../../text/wrap.js";
import { block, severityRoles } from "../../text/block.js";

/** A line for each row whose processes were followed. */
function useLines(rows: readonly AuditedAccess[], width: number): readonly string[] {
  const lines = shown(rows).flatMap(({ access, use }) => {
    if (use === undefined) return [];
    const { seconds, calls, traced } = use;
    const who = `${cut(access.who, 50)} (${traced} of ${access.processes} processes)`;
    const seen = calls === 0 ? "no call with a token" : `different calls with a token: ${calls}`;
    return wrap(`followed for ${seconds} s: ${who}: ${seen}`, width);
  });
  return lines.length === 0 ? [] : ["", ...lines];
}

/** A terminal shows this many rows and findings; --json prints all. */
const MOST = 50;

/** Formats an audit: the verdict, the table, then each finding once for all that have it. */
export function textLines(audit: Audit, paint: Paint, width: number): readonly string[] {
  const { rows, unknown } = audit;
  const groups = groupsOf(rows);
  const seen = new Set<string>();
  return [
    ...wrap(verdictOf(audit, groups), width).map((line) => paint(roleOf(audit), line)),
    ...(rows.length === 0 ? [] : ["", ...tableOf(rows, paint)]),
    ...groups.slice(0, MOST).flatMap((group, i) => findingLines(group, i, { paint, width, seen })),
    ...more(groups.length, "findings"),
    ...useLines(rows, width),
    ...(unknown.length === 0 ? [] : [""]),
    ...unknown
      .slice(0, MOST)
      .flatMap(({ fact, why }) => wrap(`not seen: ${fact} (${why})`, width))
      .map((line) => paint("warn", line)),
    ...more(unknown.length, "facts"),
  ];
}

/** Some rows of each container. */
const shown = (rows: readonly AuditedAccess[]): readonly AuditedAccess[] =>
  shared(rows, MOST, ({ access }) => ownerOf(access));

const more = (count: number, what: string): readonly string[] =>
  count > MOST ? ["", `${count - MOST} more ${what}: --json prints all`] : [];

const roleOf = ({ rows, unknown }: Audit): "bad" | "warn" | "good" => {
  if (rows.some(({ worst }) => worst === "error")) return "bad";
  return unknown.length > 0 || rows.some(({ worst }) => worst === "warning") ? "warn" : "good";
};

/** A finding, and everybody who has it. */
interface Group {
  readonly finding: Finding;
  readonly who: string[];
}

function groupsOf(rows: readonly AuditedAccess[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const { access, findings } of rows) {
    for (const finding of findings) {
      const { id, severity, cause, fix } = finding;
      const key = JSON.stringify([id, severity, cause, fix]);
      const group = groups.get(key) ?? { finding, who: [] };
      if (!group.who.includes(access.who)) group.who.push(access.who);
      groups.set(key, group);
    }
  }
  const order: readonly Severity[] = ["error", "warning", "note"];
  return [...groups.values()].sort(
    (a, b) => order.indexOf(a.finding.severity) - order.indexOf(b.finding.severity),
  );
}

function verdictOf({ rows, unknown, processes }: Audit, groups: readonly Group[]): string {
  if (rows.length === 0 && unknown.length > 0) {
    return `found no delegation and no open token, but could read only ${processes} process${processes === 1 ? "" : "es"}: see below`;
  }
  if (rows.length === 0) return "no BPF filesystem delegates anything, and no token is open";
  const blind = unknown.length === 0 ? "" : " (not everything could be read: see the end)";
  const wrong = rows.filter(({ worst }) => worst === "error" || worst === "warning");
  const [first] = groups;
  const total = `${rows.length} delegation${rows.length === 1 ? "" : "s"}`;
  if (wrong.length === 0 || first === undefined) {
    return `${total}, none wider than needed, as far as audit knows${blind}`;
  }
  const { cause, fix } = first.finding;
  const count = `${wrong.length} of ${total} ${wrong.length === 1 ? "needs" : "need"} a change`;
  return `${count}${blind}. First, ${listed(first.who, 1)}: ${cause}. Fix: ${fix[0]}`;
}

/** Names, with the number of the others. */
function listed(names: readonly string[], most: number): string {
  const shown = names
    .slice(0, most)
    .map((name) => cut(name, 50))
    .join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

const WHO = 30;

function tableOf(rows: readonly AuditedAccess[], paint: Paint): readonly string[] {
  const head = [
    "who".padEnd(WHO),
    "user ns   ",
    "cmds",
    "maps",
    "progs",
    "attachs",
    "tokens",
    "worst",
  ];
  return [
    paint("strong", head.join(" ")),
    ...shown(rows).map(({ access, worst }) => {
      const counts = axisNames.map((axis) => countOf(access.masks[axis]).padStart(axis.length));
      const tokens = String(access.tokens).padStart(6);
      const userns = String(access.userns.inode).padEnd(10);
      const state = worst === "ok" ? "ok" : paint(severityRoles[worst], worst);
      return [cut(access.who, WHO).padEnd(WHO), userns, ...counts, tokens, state].join(" ");
    }),
    ...more(rows.length, "delegations"),
  ];
}

const countOf = (mask: bigint): string => {
  const count = bitsOf(mask).length;
  return count === 64 ? "any" : count === 0 ? "-" : String(count);
};

const cut = (name: string, most: number): string =>
  name.length > most ? `${name.slice(0, most - 1)}…` : name;

/** How to print, and the evidence that is printed already. */
interface Printing {
  readonly paint: Paint;
  readonly width: number;
  readonly seen: Set<string>;
}

function findingLines(
  { finding, who }: Group,
  i: number,
  { paint, width, seen }: Printing,
): readonly string[] {
  const { id, severity, confidence, cause, fix } = finding;
  const sure = confidence === "certain" ? "" : `, ${confidence}`;
  const isNew = (line: string): boolean => !seen.has(`${who[0]} ${line}`);
  const evidence = finding.evidence.filter(isNew);
  for (const line of evidence) seen.add(`${who[0]} ${line}`);
  const of = who.length > 1 && evidence.length > 0 ? [`of ${who[0]}:`] : [];
  return [
    "",
    paint(severityRoles[severity], `${i + 1}. ${severity}${sure} [${id}]`),
    ...block("who", [listed(who, 8)], width),
    ...block("cause", [cause], width),
    ...block("evidence", [...of, ...evidence], width),
    ...block("fix", fix, width),
  ];
}

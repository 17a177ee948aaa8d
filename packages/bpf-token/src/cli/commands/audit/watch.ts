// SPDX-License-Identifier: MIT
// Reads a host again and again, and prints a line for each change.
import { setTimeout as sleep } from "node:timers/promises";
import { axisNames, formatMask } from "@bpf-token/delegation";
import { type Change, type Changed, changesBetween, type Found } from "../../../audit/changes.js";
import type { Audit, AuditedAccess } from "../../../audit/index.js";
import { ownerOf, shared } from "../../../audit/shares.js";
import type { Paint } from "../../../text/paint.js";
import type { Context } from "../../command.js";
import { severityRoles } from "../../text/block.js";
import { changeJson } from "./formats.js";

/** Lines of one reading: a container can start any number of others. */
const MOST = 50;
const nothing: Audit = { rows: [], unknown: [], processes: 0 };

/**
 * Prints the changes since `first` until it is interrupted.
 *
 * @returns the last audit.
 */
export async function watched(
  read: () => Audit,
  first: Audit,
  seconds: number,
  context: Context,
): Promise<Audit> {
  const stop = new AbortController();
  const interrupted = (): void => stop.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupted);
  let last = first;
  try {
    // In JSON, the stream has one form: what is there at the start is new.
    if (context.json) printChanges(changesBetween(nothing, first), context);
    while (await waited(seconds, stop.signal)) {
      const next = read();
      printChanges(changesBetween(last, next), context);
      last = next;
    }
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupted);
  }
  return last;
}

/** @returns false if it is interrupted. */
async function waited(seconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function printChanges(changes: readonly Change[], { json, io, line, paint }: Context): void {
  const time = new Date();
  if (json) {
    for (const change of changes)
      io.stdout.lines(JSON.stringify({ time: time.toISOString(), ...changeJson(change) }));
    return;
  }
  for (const change of shownChanges(changes)) line(changeLine(change, time, paint));
  if (changes.length > MOST) line(`${changes.length - MOST} more changes: --json prints all`);
}

/** The changes of one reading that are printed as text: those of each container in turn. */
export const shownChanges = (changes: readonly Change[]): readonly Change[] =>
  shared(changes, MOST, (one) => ("row" in one ? `row ${ownerOf(one.row.access)}` : "unseen"));

/** A change as one line: the time, what happened, who, and what it has now. */
export function changeLine(change: Change, time: Date, paint: Paint): string {
  const clock = time.toTimeString().slice(0, 8);
  if (change.kind === "unseen") {
    const { fact, why } = change.unknown;
    return paint("warn", `${clock} unseen  ${fact} (${why})`);
  }
  const { row } = change;
  const start = `${clock} ${change.kind.padEnd(7)} ${row.access.who}`;
  if (change.kind === "gone") return paint("quiet", start);
  const parts = change.kind === "changed" ? changedParts(change, paint) : newParts(row, paint);
  return `${start}: ${parts.join("; ")}`;
}

function newParts({ access: { masks }, findings }: AuditedAccess, paint: Paint): readonly string[] {
  const delegated = axisNames
    .filter((axis) => masks[axis] !== 0n)
    .map((axis) => `delegate_${axis}=${formatMask(axis, masks[axis])}`);
  const bad = findings.filter(({ severity }) => severity !== "note");
  return [delegated.join(" "), ...(bad.length === 0 ? ["ok"] : bad.map((one) => word(one, paint)))];
}

const changedParts = ({ row, tokens, found, mended }: Changed, paint: Paint): readonly string[] => [
  ...(tokens === undefined ? [] : [`open tokens: ${row.access.tokens}, before ${tokens}`]),
  ...found.map((one) => `now ${word(one, paint)}`),
  ...mended.map(({ severity, id }) => `no longer ${severity} [${id}]`),
];

const word = ({ severity, id }: Found, paint: Paint): string =>
  paint(severityRoles[severity], `${severity} [${id}]`);

// SPDX-License-Identifier: MIT
// Follows the processes of an audit for some seconds.
import { RecordingError } from "@bpf-token/diagnose";
import type { Recording } from "@bpf-token/kernel-native/record";
import type { Audit, AuditedAccess } from "../../../audit/index.js";
import { type Narrowing, narrow } from "../../../audit/narrowing.js";
import { grouped, interleaved, ownerOf } from "../../../audit/shares.js";
import { withUse } from "../../../audit/use.js";
import type { Context } from "../../command.js";
import { InconclusiveError, UsageError } from "../../usage.js";

/** Each followed process has a recorder of its own. */
const MOST = 64;
/** Characters of all recordings. Each has the same share, so that one container does not take that of others. */
const LONGEST = 1 << 26;
const LONGEST_TIME = 3600;

/** @throws UsageError if the number of seconds of an option is not a number from 1 to 3600. */
export function secondsOf(option: "trace" | "watch", text: string): number {
  const seconds = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= LONGEST_TIME) return seconds;
  throw new UsageError(
    `audit: --${option} needs a number of seconds from 1 to ${LONGEST_TIME}, got '${text}'`,
  );
}

/**
 * Records the calls of all processes with a delegation, and adds to each row what they used. An interrupt
 * ends the recording early.
 *
 * @throws InconclusiveError without the recorder.
 */
export async function followed(audit: Audit, seconds: number, { io }: Context): Promise<Audit> {
  const pids = chosen(audit.rows);
  const native = await import("@bpf-token/kernel-native/record");
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), seconds * 1000);
  const interrupted = (): void => stop.abort();
  process.on("SIGINT", interrupted);
  const recordings = new Map<number, string>();
  const most = LONGEST / pids.length;
  const start = performance.now();
  try {
    await Promise.all(
      pids.map(async (pid) => {
        const recording = await recordingOf(native.record, pid, {
          signal: stop.signal,
          env: io.env,
          most,
        });
        if (recording !== undefined) recordings.set(pid, recording);
      }),
    );
  } catch (error) {
    if (!(error instanceof native.NativeUnavailableError)) throw error;
    throw new InconclusiveError(`audit: --trace is not available: ${error.why}`);
  } finally {
    stop.abort();
    clearTimeout(timer);
    process.off("SIGINT", interrupted);
  }
  const elapsed = Math.floor((performance.now() - start) / 1000);
  return judged(audit, recordings, Math.min(seconds, elapsed));
}

/**
 * The first processes of each container in turn, and in it of each row, so that one with many does not exclude
 * others.
 */
export function chosen(rows: readonly AuditedAccess[]): readonly number[] {
  const owners = grouped(rows, ({ access }) => ownerOf(access));
  const pids = owners.map((own) => {
    const all = own.map(({ access }) => access.pids);
    // A process is in several rows if it can reach several filesystems.
    return [...new Set(interleaved(all))];
  });
  return [...new Set(interleaved(pids))].slice(0, MOST);
}

/** @returns undefined for a process that cannot be followed, or whose recording is longer than `most`. */
export async function recordingOf(
  record: (what: Recording) => Promise<number>,
  pid: number,
  { signal, env, most }: { signal: AbortSignal; env: Context["io"]["env"]; most: number },
): Promise<string | undefined> {
  const full = new AbortController();
  const lines: string[] = [];
  let length = 0;
  const status = await record({
    ...{ pid, env, signal: AbortSignal.any([signal, full.signal]) },
    onLine: (line) => {
      length += line.length;
      if (length > most) full.abort();
      else lines.push(line);
    },
  });
  const isWhole = status !== 3 && lines.length > 0 && !full.signal.aborted;
  return isWhole ? lines.join("\n") : undefined;
}

/** Adds to each row what the recordings of its processes, by number, used. */
export function judged(
  audit: Audit,
  recordings: ReadonlyMap<number, string>,
  seconds: number,
): Audit {
  const unknown = [...audit.unknown];
  const rows = audit.rows.map((row) => {
    const { who, pids, masks, processes } = row.access;
    const own = pids.flatMap((pid) => recordings.get(pid) ?? []);
    const fact = `calls of ${who}`;
    if (own.length < processes) {
      unknown.push({ fact, why: `${own.length} of its ${processes} processes were followed` });
    }
    const narrowing = narrowed(own, masks);
    if (narrowing === undefined) {
      unknown.push({ fact, why: "their recording cannot be read" });
      return row;
    }
    if (narrowing.proven === false) {
      unknown.push({ fact, why: "the model does not answer them as the kernel did" });
    }
    return withUse(row, { ...narrowing, seconds, traced: own.length });
  });
  return { ...audit, rows, unknown };
}

/** @returns undefined for a recording that is no valid one. A container must not end the audit of others. */
function narrowed(...[recordings, masks]: Parameters<typeof narrow>): Narrowing | undefined {
  try {
    return narrow(recordings, masks);
  } catch (error) {
    if (error instanceof RecordingError || error instanceof RangeError) return undefined;
    throw error;
  }
}

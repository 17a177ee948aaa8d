// SPDX-License-Identifier: MIT
import type { Scenario, TraceEvent } from "@bpf-token/scenario";
import { type Paint, wrap } from "./paint.js";
import { reasonLines } from "./reason.js";

/** How a story is told. */
export interface Telling {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
  /** Shows every call of a shorthand. */
  readonly calls: boolean;
}

const INDENT = "     ";

/** The head of a story: what it is about and who is in it. */
export function tellHead(scenario: Scenario, title: string, how: Telling): readonly string[] {
  const { paint } = how;
  const names = scenario.tasks.map((task) => task.name);
  const pad = Math.max(...names.map((name) => name.length));
  return [
    `${paint("strong", capital(scenario.name))}  ${paint("quiet", `told by ${title}`)}`,
    "",
    ...wrap(scenario.about ?? "", how.width),
    "",
    ...scenario.tasks.map((task) => {
      return `  ${paint("who", task.name.padEnd(pad))}  ${task.about ?? ""}`.trimEnd();
    }),
    "",
  ];
}

/** One step of a story: who, why, the calls, the answer, and the reason for a refusal. */
export function tellStep(events: readonly TraceEvent[], how: Telling): readonly string[] {
  const { paint } = how;
  const first = events[0];
  if (first === undefined) return [];
  const number = `${first.step + 1}`.padStart(3);
  const prose = wrap(first.say ?? "", how.width - INDENT.length);
  const who = `${paint("quiet", number)}  ${paint("who", first.task)}`;
  const shown = how.calls ? events : events.filter((event) => event.cleanup !== true);
  const calls =
    first.part === undefined || how.calls
      ? shown.map((event) => callLine(event, paint))
      : [shorthandLine(first.part, shown, paint)];
  const last = events.find((event) => event.refusal !== undefined);
  const why =
    last?.refusal === undefined ? [] : reasonLines(last.refusal, paint, how.width - INDENT.length);
  const unmet = events.flatMap((event) => {
    const verdict = event.verdict;
    return verdict === undefined || verdict.met
      ? []
      : [paint("bad", `UNEXPECTED: ${verdict.why ?? `expected ${verdict.expected}`}`)];
  });
  return [
    who,
    ...[...prose, ...calls, ...outputLines(events, paint), ...why, ...unmet].map(
      (line) => INDENT + line,
    ),
    "",
  ];
}

/** What a call was and what came back, in one line. */
export function callLine(event: TraceEvent, paint: Paint): string {
  return `${paint("call", event.text)}  ${answer(event, paint)}`;
}

function answer(event: TraceEvent, paint: Paint): string {
  if (event.outcome !== "answered") {
    return paint("warn", `${event.outcome}${event.reason ? `: ${event.reason}` : ""}`);
  }
  if (event.errno !== undefined) return paint("bad", `= ${event.errno}`);
  const name = event.as === undefined ? "" : paint("quiet", ` (${event.as})`);
  return `${paint("good", `= ${event.result ?? 0}`)}${name}`;
}

function shorthandLine(part: string, events: readonly TraceEvent[], paint: Paint): string {
  const names = [...new Set(events.map((event) => event.call))];
  const bad = events.find((event) => event.errno !== undefined || event.outcome !== "answered");
  const end = bad === undefined ? paint("good", "ok") : callLine(bad, paint);
  return `${paint("call", part)} ${paint("quiet", `(${names.join(", ")})`)}  ${end}`;
}

/** Text that a step read; of fdinfo the lines that are about the token. */
function outputLines(events: readonly TraceEvent[], paint: Paint): readonly string[] {
  const text = events.find((event) => event.output !== undefined)?.output;
  if (text === undefined) return [];
  const lines = text.trimEnd().split("\n");
  const masks = lines.filter((line) => line.startsWith("allowed_"));
  return (masks.length > 0 ? masks : lines.slice(0, 20)).map((line) =>
    paint("quiet", `  ${line.replace("\t", "  ")}`),
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

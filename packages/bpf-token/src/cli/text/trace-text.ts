// SPDX-License-Identifier: MIT

import { describeTokenMasks } from "@bpf-token/delegation";
import type { Scenario, TraceEvent } from "@bpf-token/scenario";
import { formatRefusal, formatUnexplained } from "../../explain/refusal.js";
import type { Paint } from "../../text/paint.js";
import { wrap } from "../../text/wrap.js";
import { breakCall, shortCall, withAnswer } from "./call-text.js";

/** How a trace is laid out. */
export interface TraceFormat {
  readonly paint: Paint;
  /** Columns. */
  readonly width: number;
  /** Shows every call of a shorthand. */
  readonly calls: boolean;
  /** Columns for the names of tasks. */
  readonly names: number;
}

/** On a narrower screen, the head of a step gets its own line. */
const NARROW = 60;
const NUMBER = 3;

/** Columns that the names of a scenario's tasks take. */
export function namesWidth(scenario: Scenario): number {
  return Math.max(4, ...scenario.tasks.map((task) => task.name.length));
}

/** Formats the head of a scenario: name, description and tasks. */
export function formatHead(scenario: Scenario, title: string, how: TraceFormat): readonly string[] {
  const { paint } = how;
  return [
    paint("strong", capital(scenario.name)),
    paint("quiet", `run on ${title}`),
    "",
    ...wrap(scenario.about ?? "", how.width),
    "",
    ...scenario.tasks.flatMap((task) => {
      const lines = wrap(task.about ?? "", how.width - how.names - 4);
      const name = paint("who", task.name.padEnd(how.names));
      return hang(`  ${name}  `, how.names + 4, lines);
    }),
    "",
  ];
}

/** Formats one step: task, purpose, calls, answers, and the reason for a refusal. */
export function formatStep(events: readonly TraceEvent[], how: TraceFormat): readonly string[] {
  const { paint } = how;
  const first = events[0];
  if (first === undefined) return [];
  const number = paint("quiet", `${first.step + 1}`.padStart(NUMBER));
  const narrow = how.width < NARROW;
  const gutter = narrow ? NUMBER + 2 : NUMBER + how.names + 4;
  const body = bodyLines(events, how, how.width - gutter);
  if (narrow) return [`${number}  ${paint("who", first.task)}`, ...hang(null, gutter, body), ""];
  const head = `${number}  ${paint("who", first.task.padEnd(how.names))}  `;
  return [...hang(head, gutter, body), ""];
}

function bodyLines(
  events: readonly TraceEvent[],
  how: TraceFormat,
  width: number,
): readonly string[] {
  const { paint } = how;
  const first = events[0] as TraceEvent;
  const shown = how.calls ? events : events.filter((event) => event.cleanup !== true);
  const calls =
    first.part === undefined || how.calls
      ? shown.flatMap((event) => callLines(event, how, width))
      : shorthandLines(first.part, shown, how, width);
  const refusal = events.find((event) => event.refusal !== undefined)?.refusal;
  const unexplained = events.find((event) => event.unexplained !== undefined)?.unexplained;
  const unmet = events.flatMap((event) => {
    const text = unmetText(event);
    return text === undefined ? [] : wrap(`UNEXPECTED: ${text}`, width);
  });
  return [
    ...wrap(first.say ?? "", width),
    ...calls,
    ...outputLines(events, paint, width),
    ...(refusal === undefined ? [] : formatRefusal(refusal, { width, paint })),
    ...(unexplained === undefined ? [] : formatUnexplained(unexplained, { width, paint })),
    ...unmet.map((line) => paint("bad", line)),
  ];
}

/** Puts a head, which is as wide as the gutter, before the first line and indents the others. */
function hang(head: string | null, gutter: number, lines: readonly string[]): readonly string[] {
  const pad = " ".repeat(gutter);
  const [first = "", ...rest] = lines;
  return [(head ?? pad) + first, ...rest.map((line) => pad + line)].map((line) => line.trimEnd());
}

/** Formats an unmet expectation and the actual answer; undefined if it was met. */
export function unmetText({ verdict }: TraceEvent): string | undefined {
  if (verdict === undefined || verdict.met) return undefined;
  return [`expected ${verdict.expected}`, verdict.why].filter(Boolean).join("; ");
}

/** Formats a call and its answer on one line. */
export function callLine(event: TraceEvent, paint: Paint): string {
  return `${paint("call", event.text)}  ${answer(event, paint)}`;
}

/** Formats a call and its answer on lines of at most `width` columns. */
function callLines(event: TraceEvent, how: TraceFormat, width: number): readonly string[] {
  const lines = breakCall(how.calls ? event.text : shortCall(event.text), width);
  const text = answer(event, (_, plain) => plain);
  return withAnswer(lines, { text, painted: answer(event, how.paint) }, width, (line) =>
    how.paint("call", line),
  );
}

function answer(event: TraceEvent, paint: Paint): string {
  if (event.outcome !== "answered") {
    return paint("warn", `${event.outcome}${event.reason ? `: ${event.reason}` : ""}`);
  }
  if (event.errno !== undefined) return paint("bad", `= ${event.errno}`);
  const name = event.as === undefined ? "" : paint("quiet", ` (${event.as})`);
  return `${paint("good", `= ${event.result ?? 0}`)}${name}`;
}

function shorthandLines(
  part: string,
  events: readonly TraceEvent[],
  how: TraceFormat,
  width: number,
): readonly string[] {
  const { paint } = how;
  const names = [...new Set(events.map((event) => event.call))];
  const calls = ` (${names.join(", ")})`;
  const bad = events.find((event) => event.errno !== undefined || event.outcome !== "answered");
  const end = bad === undefined ? { text: "ok", painted: paint("good", "ok") } : undefined;
  const head = (line: string): string =>
    paint("call", line.slice(0, part.length)) + paint("quiet", line.slice(part.length));
  if (end !== undefined) return withAnswer([part + calls], end, width, head);
  return [head(part + calls), ...callLines(bad as TraceEvent, how, width)];
}

/** Formats the text that a step read. For a token's fdinfo: its masks, with the names of the bits. */
function outputLines(
  events: readonly TraceEvent[],
  paint: Paint,
  width: number,
): readonly string[] {
  const text = events.find((event) => event.output !== undefined)?.output;
  if (text === undefined) return [];
  const masks = describeTokenMasks(text);
  if (masks.length === 0) {
    const lines = text.trimEnd().split("\n").slice(0, 20);
    return lines.map((line) => paint("quiet", `    ${line.replaceAll("\t", "  ")}`));
  }
  const wide = Math.max(...masks.map((mask) => mask.value.length));
  return masks.flatMap(({ key, value, names }) => {
    const name = `    ${key}:`.padEnd("    allowed_attachs:".length);
    const line = `${name}  ${value.padEnd(wide)}`;
    if (names === "") return [line.trimEnd()];
    if (line.length + 2 + names.length <= width) return [`${line}  ${paint("quiet", names)}`];
    const below = wrap(names, width - 8).map((text) => `        ${paint("quiet", text)}`);
    return [line.trimEnd(), ...below];
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

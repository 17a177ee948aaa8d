// SPDX-License-Identifier: MIT

import type { InspectReport, MapReport, ProgramReport } from "../../inspect/report.js";
import type { Paint } from "../../text/paint.js";
import { wrap } from "../../text/wrap.js";

/** Aligns rows in columns; the last column is not padded. */
export function columns(rows: readonly (readonly string[])[], indent = 2): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)));
    return " ".repeat(indent) + cells.join("  ").trimEnd();
  });
}

/** Formats a report as text. */
export function reportLines(
  report: InspectReport,
  paint: Paint,
  width: number,
  verbose: boolean,
): readonly string[] {
  const heading = (text: string): string => paint("strong", text);
  return [
    ...about(report, heading),
    ...programLines(report.programs, heading),
    ...mapLines(report.maps, heading),
    ...externLines(report, heading),
    ...(verbose ? sectionLines(report, heading) : []),
    ...needLines(report, paint, width),
  ];
}

function about(report: InspectReport, heading: (text: string) => string): readonly string[] {
  const { btf, core } = report;
  const kinds = Object.entries(core.kinds).map(([kind, count]) => `${count} ${kind}`);
  return [
    `${heading(report.file)}: ${report.bytes} bytes, license '${report.license}'`,
    btf === null
      ? "  no BTF: maps have no types, no CO-RE"
      : `  BTF: ${btf.types} types, ${btf.bytes} bytes`,
    ...(core.relocations === 0 ? [] : [`  CO-RE: ${core.relocations} (${kinds.join(", ")})`]),
  ];
}

function programLines(
  programs: readonly ProgramReport[],
  heading: (text: string) => string,
): readonly string[] {
  const rows = programs.map((program) => {
    const { name, section, type, attach, instructions, autoload, sleepable } = program;
    const marks = [autoload ? "" : "loaded only on request", sleepable ? "sleepable" : ""];
    const kind =
      type === "" ? "unknown program type" : `${type}${attach === null ? "" : `/${attach}`}`;
    const notes = marks.filter((mark) => mark !== "").join(", ");
    return [name, section, kind, `${instructions} insns`, notes];
  });
  return ["", heading(`Programs: ${programs.length}`), ...columns(rows)];
}

function mapLines(
  maps: readonly MapReport[],
  heading: (text: string) => string,
): readonly string[] {
  const rows = maps.map((map) => {
    const { name, type, keySize, valueSize, maxEntries, flags, pinning, inner, origin } = map;
    const notes = [
      flags === 0 ? "" : `flags 0x${flags.toString(16)}`,
      pinning === "none" ? "" : "pinned by name",
      inner === undefined ? "" : `of ${inner.type}`,
      origin === "definition" || origin === "legacy" ? "" : "variables",
    ];
    const sizes = `key ${keySize}, value ${valueSize}, entries ${maxEntries}`;
    return [name, type, sizes, notes.filter((note) => note !== "").join(", ")];
  });
  return ["", heading(`Maps: ${maps.length}`), ...columns(rows)];
}

function externLines(
  { externs, structOps }: InspectReport,
  heading: (text: string) => string,
): readonly string[] {
  const rows = externs.map(({ kind, name, weak }) => [kind, name, weak ? "optional" : ""]);
  const tables = structOps.map(({ name, type }) => [name, type]);
  return [
    ...(rows.length === 0 ? [] : ["", heading("Uses from the kernel:"), ...columns(rows)]),
    ...(tables.length === 0 ? [] : ["", heading("struct_ops:"), ...columns(tables)]),
  ];
}

function sectionLines(
  { sections }: InspectReport,
  heading: (text: string) => string,
): readonly string[] {
  const rows = sections.map(({ name, bytes }) => [name, `${bytes} bytes`]);
  return ["", heading("Sections:"), ...columns(rows)];
}

function needLines({ needs }: InspectReport, paint: Paint, width: number): readonly string[] {
  const rows = needs.reasons.map(({ axis, name, because }) => {
    const more = because.length > 2 ? `, and ${because.length - 2} more` : "";
    return [axis, name, `${because.slice(0, 2).join("; ")}${more}`];
  });
  return [
    "",
    paint("strong", `Needed to load it with a token by ${needs.loader}:`),
    ...columns(rows),
    ...needs.proof.flatMap((text) =>
      wrap(text, width - 2).map((line) => paint("quiet", `  ${line}`)),
    ),
    ...needs.open.flatMap((text) =>
      wrap(text, width - 4).map((line) => paint("warn", `  ${line}`)),
    ),
    "",
    paint("strong", "To try it on this machine:"),
    ...needs.policies.exec.map((line) => `  ${line}`),
    paint("quiet", "  (--for prints other settings; 'bpf-token policy' says what each bit is for)"),
  ];
}

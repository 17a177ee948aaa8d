// SPDX-License-Identifier: MIT
// Manual pages from the help texts of the program.

/** Escapes what the formatter would read as a request, a hyphen or a typographic quote. */
const roff = (text) =>
  text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll("`", "\\(ga")
    .replaceAll("^", "\\(ha")
    .replaceAll("~", "\\(ti")
    .replace(/^\./, "\\&.");

const verbatim = (lines) => [".nf", ...lines.map(roff), ".fi"];
const flowing = (text) => roff(text.replace(/\s+/g, " ").trim());

/** A line of a list: `  --name VALUE   what it does`. */
const ITEM = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/;

/** The lines of a list: a name, and an indented text that may go on in the following lines. */
function list(lines) {
  const items = [];
  for (const line of lines) {
    const [, name, text = ""] = ITEM.exec(line) ?? [];
    if (name === undefined) items.at(-1)?.text.push(line);
    else items.push({ name, text: [text] });
  }
  return items.flatMap(({ name, text }) => [".TP", `.B ${roff(name)}`, flowing(text.join(" "))]);
}

const titles = [
  [/^usage: */, "SYNOPSIS"],
  [/^exit codes: */, "EXIT STATUS"],
  [/^examples:\n?/, "EXAMPLES"],
];

function section(block) {
  for (const [start, title] of titles) {
    if (!start.test(block)) continue;
    const text = block.replace(start, "");
    const lines = text.split("\n").map((line) => line.replace(/^ {2,}/, ""));
    return { title, lines: title === "EXIT STATUS" ? [flowing(text)] : verbatim(lines) };
  }
  const lines = block.split("\n");
  const title = /^ {2}-/.test(block) ? "OPTIONS" : "DESCRIPTION";
  if (ITEM.test(lines[0])) return { title, lines: list(lines) };
  return { title, lines: [".PP", flowing(block)] };
}

/**
 * Writes a manual page of section 1.
 *
 * @param page - its `name`, a `summary`, the help `text`, the `version`, the `date` as YYYY-MM-DD, and the
 *   names of other pages to `see`.
 */
export function manPage({ name, summary, text, version, date, see }) {
  const out = [
    `.TH ${roff(name.toUpperCase())} 1 ${date} "bpf\\-token ${version}" "User Commands"`,
    ...[".SH NAME", `${roff(name)} \\- ${roff(summary)}`],
  ];
  let last = "";
  for (const block of text.trimEnd().split(/\n{2,}/)) {
    const { title, lines } = section(block);
    // Text after the options belongs to them.
    const stays = title === "DESCRIPTION" && last === "OPTIONS";
    if (title !== last && !stays) out.push(`.SH ${title}`);
    if (!stays) last = title;
    out.push(...lines);
  }
  const pages = see.map((one) => `.BR ${roff(one)} (1)`);
  out.push(".SH SEE ALSO", pages.join(",\n"));
  return `${out.join("\n")}\n`;
}

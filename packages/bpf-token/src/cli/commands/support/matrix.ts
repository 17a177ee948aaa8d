// SPDX-License-Identifier: MIT
import { defaultRelease, type KernelRelease, nearest } from "@bpf-token/uapi";
import {
  attachText,
  isForSome,
  type MatrixRow,
  matrixNames,
  matrixRows,
  needText,
  sortRows,
} from "../../../matrix.js";
import { wrap } from "../../../text/wrap.js";
import type { Context } from "../../command.js";
import { readRelease } from "../../input/release.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, UsageError } from "../../usage.js";

/** `support --matrix [--type NAME] [--release R]`: the capabilities that each type needs. */
export function printMatrix(context: Context): Exit {
  const { values } = context.parsed;
  const release =
    values.release === undefined ? defaultRelease : readRelease(String(values.release), context);
  const type = values.type === undefined ? undefined : String(values.type);
  const names = type === undefined ? matrixNames(release) : namesOf(type, release);
  if (context.json) {
    const rows = names.flatMap((name) => matrixRows(name, { release }));
    context.printJson("support-matrix", { release, rows });
    return Exit.FINE;
  }
  if (type === undefined) printAll(context, release);
  else for (const name of names) printOne(context, name, release);
  return Exit.FINE;
}

/** The rows that `xdp`, `BPF_PROG_TYPE_XDP` or `array` names. */
function namesOf(type: string, release: KernelRelease): readonly string[] {
  const all = matrixNames(release);
  const word = type.toUpperCase().replace(/^BPF_(?:MAP_TYPE_|PROG_TYPE_)?/, "");
  const found = all.filter((name) => name.split(" ")[1] === word);
  if (found.length > 0) return found;
  const known = all.map((name) => (name.split(" ")[1] ?? "").toLowerCase());
  const near = nearest(word.toLowerCase(), known);
  const hint = near === undefined ? "" : `; did you mean '${near}'?`;
  throw new UsageError(`unknown map or program type '${type}' in Linux ${release}${hint}`);
}

function printAll({ line, paint }: Context, release: KernelRelease): void {
  line(`Capabilities that Linux ${release} requires if kernel.unprivileged_bpf_disabled is`);
  line("set, in the initial user namespace and in a container with a token for the type:");
  for (const kind of ["map", "prog", "btf"]) {
    line();
    for (const name of matrixNames(release).filter((one) => one.startsWith(`${kind} `))) {
      const [row] = sortRows(matrixRows(name, { release }));
      if (row === undefined) continue;
      const word = name.split(" ")[1] ?? name;
      const more = isForSome(row, release) ? " (some attach types)" : "";
      const token = row.withToken === undefined ? "no tokens" : needText(row.withToken);
      line(`${paint("strong", word.padEnd(24))} ${needText(row.init)}${more}`);
      if (token !== needText(row.init)) line(`${" ".repeat(24)} with a token: ${token}`);
    }
  }
  line();
  line(footnote);
  line(remark);
}

const kinds: Readonly<Record<string, string>> = { map: " map", prog: " program", btf: "" };

function printOne(context: Context, name: string, release: KernelRelease): void {
  const { line, paint } = context;
  const [kind = "", word = ""] = name.split(" ");
  line(paint("strong", `${word}${kinds[kind] ?? kind}, Linux ${release}`));
  const closed = sortRows(matrixRows(name, { release }));
  const open = matrixRows(name, { release, open: true });
  const [main] = closed;
  for (const row of closed) {
    if (row !== main && row.init.then !== undefined) {
      const then = `${errnoText(row.init.then)}, after the capability checks`;
      const { attach = [] } = row;
      const few = attach.length * 2 < (main?.attach?.length ?? 0);
      const which = few ? attachText(attach, release) : "any other attach type";
      printWrapped(context, `with ${which}: ${then}`);
      continue;
    }
    printRow(context, row, closed.length > 1, release);
    const other = open.find((one) => String(one.attach) === String(row.attach));
    if (other === undefined) continue;
    const changed = (["init", "child"] as const).filter(
      (who) => needText(other[who]) !== needText(row[who]),
    );
    if (changed.length > 0) line("  without a token, if kernel.unprivileged_bpf_disabled is 0");
    for (const who of changed) line(`    ${places[who].padEnd(26)} ${needText(other[who])}`);
  }
  if (main?.init.then !== undefined) line(`  ${footnote}`);
  line();
}

const footnote =
  "* The capability checks pass; a later check fails, because its target was not given.";
const remark = "(some attach types): fewer than half; --type NAME lists them.";

const places = { init: "initial user namespace", child: "container" } as const;

function printWrapped({ line, out }: Context, text: string): void {
  for (const part of wrap(text, proseWidth(out) - 2)) line(`  ${part}`);
}

/** The matrix has `not-modelled` in place of an errno. */
function errnoText(errno: string): string {
  return errno.replace("not-modelled", "not modelled");
}

function printRow(
  context: Context,
  row: MatrixRow,
  several: boolean,
  release: KernelRelease,
): void {
  const { line } = context;
  if (several && row.attach !== undefined) {
    printWrapped(context, `attach types: ${attachText(row.attach, release)}`);
  }
  line("  without a token");
  for (const who of ["init", "child"] as const) {
    line(`    ${places[who].padEnd(26)} ${needText(row[who])}`);
  }
  if (row.withToken === undefined) return;
  line("  with a token that delegates it");
  line(`    ${places.child.padEnd(26)} ${needText(row.withToken)}`);
  if (row.lackingIsNone) line("  a token that lacks one of the bits has no effect");
}

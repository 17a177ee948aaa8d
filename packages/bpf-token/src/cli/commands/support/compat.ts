// SPDX-License-Identifier: MIT
import { axisNames, bitOf, delegationAxes, delegationNames } from "@bpf-token/delegation";
import { nearest } from "@bpf-token/uapi";
import {
  type CompatFeature,
  type CompatNeeds,
  type CompatStatement,
  compatProducts,
  compatTable,
  featureOf,
} from "../../../compatibility/index.js";
import { wrap } from "../../../text/wrap.js";
import type { Context } from "../../command.js";
import { proseWidth } from "../../text/paint.js";
import { Exit, UsageError } from "../../usage.js";

/** `support --compat [--type NAME]`: since when kernels, loaders and managers support what. */
export function printCompat(context: Context): Exit {
  const { type } = context.parsed.values;
  if (type === undefined) {
    const table = compatTable();
    if (context.json) context.printJson("support-compat", { ...table });
    else for (const axis of axisNames) printAxis(context, axis, table.bpf[axis] ?? {});
    return Exit.FINE;
  }
  const features = featuresOf(String(type));
  if (context.json) context.printJson("support-compat", { features });
  else for (const feature of features) printFeature(context, feature);
  return Exit.FINE;
}

/** The features that `xdp`, `BPF_PROG_TYPE_XDP` or `map_create` names. */
function featuresOf(word: string): readonly CompatFeature[] {
  const found = axisNames.filter((axis) => bitOf(axis, word) !== undefined);
  if (found.length === 0) {
    const all = axisNames.flatMap((axis) => delegationNames(axis));
    const near = nearest(word.toLowerCase(), all);
    const hint = near === undefined ? "" : `; did you mean '${near}'?`;
    throw new UsageError(`no release has a command, map, program or attach type '${word}'${hint}`);
  }
  return found.map((axis) => {
    const { prefix } = delegationAxes[axis];
    return featureOf(axis, word.toUpperCase().replace(new RegExp(`^${prefix}`), ""));
  });
}

/** The text of a version: `6.9`, `no`, or `not known`. */
function versionText({ version_added: since }: CompatStatement): string {
  if (since === null) return "not known";
  return since === false ? "no" : `since ${since}`;
}

const cellsOf = (cell: CompatStatement | readonly CompatStatement[]): readonly CompatStatement[] =>
  [cell].flat();

function printAxis(
  { line, paint }: Context,
  axis: (typeof axisNames)[number],
  entries: Readonly<Record<string, { readonly __compat: CompatFeature }>>,
): void {
  line(paint("strong", `${delegationAxes[axis].what}s`));
  for (const [name, { __compat }] of Object.entries(entries)) {
    const [linux] = cellsOf(__compat.support.linux ?? []);
    if (linux === undefined || linux.version_added === false) continue;
    line(`  ${name.padEnd(32)} ${versionText(linux)}`);
  }
}

function printFeature(context: Context, { description, support }: CompatFeature): void {
  const { line, paint, out } = context;
  line(paint("strong", description));
  for (const [id, cell] of Object.entries(support)) {
    const name = compatProducts[id as keyof typeof compatProducts].name.padEnd(8);
    for (const one of cellsOf(cell)) {
      const own = one.alternative_name === undefined ? [] : [`named ${one.alternative_name}`];
      line(`  ${name} ${[versionText(one), ...own, ...(one.notes ?? [])].join("; ")}`);
      const rows = [
        ...(one.needs === undefined ? [] : [`needs ${needsText(one.needs)}`]),
        ...(one.checks === undefined ? [] : [`checks ${one.checks.join(", ")}`]),
        ...(one.evidence === undefined ? [] : [`evidence ${one.evidence.join(", ")}`]),
      ];
      if (id !== "linux") continue;
      const width = proseWidth(out) - 11;
      for (const text of rows.flatMap((row) => wrap(row, width))) line(`           ${text}`);
    }
  }
}

function needsText({ masks, capabilities }: CompatNeeds): string {
  const options = Object.entries(masks).map(([axis, names]) => {
    const [first = ""] = names;
    return `delegate_${axis}=${names.length > 1 ? `(${names.join(" or ")})` : first}`;
  });
  const sets = capabilities.map((set) => set.join(" + ")).join(", or ");
  return `${options.join(", ")}, and ${sets} in the user namespace of the token`;
}

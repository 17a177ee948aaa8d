// SPDX-License-Identifier: MIT
import type { KernelRelease, MapTypeName, ProgTypeName } from "@bpf-token/uapi";
import type { MatrixRow } from "bpf-token/matrix";
import type { JSX } from "preact";
import type { LiveRow, Measured } from "../matrix/answer.js";
import { cellsOf } from "../matrix/filter.js";
import {
  attachTypeNames,
  defaultState,
  mapTypeNames,
  progTypeNames,
  type TryState,
} from "../state/try-state.js";
import { linkToState } from "../store.js";
import { TableHead } from "./table-head.js";

/** A row as it is stored, or as the model answered now: then with the answers of real kernels. */
export type ShownRow = Pick<LiveRow, "row" | "stored"> & Partial<Pick<LiveRow, "measured">>;

const titles = [
  ...["Type", "Attach types", "On the host", "In a container", "With a token"],
  ...["Real kernels", "Link"],
];

/** The rows as a table. */
export function MatrixTable(props: {
  readonly rows: readonly ShownRow[];
  readonly release: KernelRelease;
}): JSX.Element {
  const { rows, release } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
    <section class="scroll" tabIndex={0} aria-label="Matrix">
      <table class="stacked">
        <TableHead titles={titles} />
        <tbody>
          {rows.map((shown) => (
            <Row key={`${shown.row.name} ${shown.row.attach}`} shown={shown} release={release} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Row(props: { readonly shown: ShownRow; readonly release: KernelRelease }): JSX.Element {
  const { shown, release } = props;
  const [name = "", ...text] = cellsOf(shown.row, release);
  const before = shown.stored && cellsOf(shown.stored, release).slice(1);
  const target = stateOf(shown.row, release);
  return (
    <tr class={before === undefined ? undefined : "changed"}>
      <th scope="row">
        <code>{name}</code>
      </th>
      {text.map((cell, i) => (
        <td key={titles[i + 1]} data-title={titles[i + 1]}>
          {cell}
          {before !== undefined && before[i] !== cell && (
            <strong class="no"> differs; stored: {before[i]}</strong>
          )}
        </td>
      ))}
      <td data-title="Real kernels">
        {shown.measured?.map((kernel) => (
          <Kernel key={kernel.kernel} measured={kernel} />
        ))}
      </td>
      <td>
        {target && (
          <a href={linkToState(target)} aria-label={`Try ${name}`}>
            Try
          </a>
        )}
      </td>
    </tr>
  );
}

/** What a real kernel answered to the calls of a row. */
function Kernel({ measured: { kernel, other } }: { readonly measured: Measured }): JSX.Element {
  return (
    <div>
      {kernel}:{" "}
      {other === undefined ? (
        <span class="yes">the same</span>
      ) : (
        <span title={other.why}>
          {other.errno}, because {other.why}
        </span>
      )}
    </div>
  );
}

/** The state that creates what a row is about, with a token that allows everything. */
function stateOf({ name, attach }: MatrixRow, release: KernelRelease): TryState | undefined {
  const [kind, type = ""] = name.split(" ");
  const all = { cmds: "any", maps: "any", progs: "any", attachs: "any" };
  const base: TryState = { ...defaultState, release, masks: all };
  if (kind === "btf") return { ...base, action: "btf" };
  if (kind === "map" && mapTypeNames.includes(type as MapTypeName)) {
    return { ...base, action: "map", map: type as MapTypeName };
  }
  if (kind !== "prog" || !progTypeNames.includes(type as ProgTypeName)) return undefined;
  const to = attachTypeNames[attach?.[0] ?? 0];
  return to && { ...base, action: "prog", prog: type as ProgTypeName, attach: to };
}

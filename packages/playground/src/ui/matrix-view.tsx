// SPDX-License-Identifier: MIT
import type { KernelRelease, MapTypeName, ProgTypeName } from "@bpf-token/uapi";
import {
  attachText,
  type ComparedKernel,
  type MatrixRow,
  matrixCompared,
  matrixNames,
  matrixRows,
  needText,
  sortRows,
} from "bpf-token/matrix";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import {
  attachTypeNames,
  defaultState,
  mapTypeNames,
  progTypeNames,
  releases,
  type TryState,
} from "../state/try-state.js";
import { linkToState, route, setFields } from "../store.js";
import { Check, Choice } from "./fields.js";

/** The view "Matrix": who may create which map or program. */
export function MatrixView(): JSX.Element {
  const { fields } = route.value;
  const release = releases.find((name) => name === fields.get("release")) ?? defaultState.release;
  const open = fields.get("sysctl") === "0";
  const query = fields.get("q") ?? "";
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = matrixNames(release)
    .flatMap((name) => sortRows(matrixRows(name, { release, open })))
    .map((row) => ({ row, text: cellsOf(row, release) }))
    .filter(({ text }) => words.every((word) => text.join(" ").toLowerCase().includes(word)));
  return (
    <main>
      <form class="bar" onSubmit={(event) => event.preventDefault()} aria-label="Filter">
        <Search query={query} />
        <Choice
          label="Release"
          value={release}
          values={releases}
          word={(name) => `Linux ${name}`}
          onChange={(next) => setFields({ release: next }, "push")}
        />
        <Check
          label="unprivileged_bpf_disabled is 0"
          checked={open}
          onChange={(on) => setFields({ sysctl: on ? "0" : "" }, "push")}
        />
      </form>
      <p class="hint" role="status">
        {rows.length} rows of the model. (*EINVAL) after capabilities: they suffice, and a later
        check refuses. {comparedText(release)}
      </p>
      <Rows rows={rows} release={release} />
    </main>
  );
}

interface Shown {
  readonly row: MatrixRow;
  readonly text: readonly string[];
}

function Rows(props: {
  readonly rows: readonly Shown[];
  readonly release: KernelRelease;
}): JSX.Element {
  const { rows, release } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
    <section class="scroll" tabIndex={0} aria-label="Matrix">
      <table>
        <thead>
          <tr>
            {["Type", "Attach types", "On the host", "In a container", "With a token", ""].map(
              (title) => (
                <th key={title} scope="col">
                  {title || <span class="visually-hidden">Link</span>}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ row, text }) => (
            <Row key={text.join()} row={row} text={text} release={release} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Search({ query }: { readonly query: string }): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>Filter by words</label>
      <input
        id={id}
        type="text"
        value={query}
        placeholder="xdp"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setFields({ q: currentTarget.value })}
      />
    </div>
  );
}

/** The cells of a row: type, attach types, and the needs of the three callers. */
function cellsOf(row: MatrixRow, release: KernelRelease): readonly string[] {
  const { name, attach, init, child, withToken } = row;
  return [
    name.toLowerCase(),
    attach === undefined ? "–" : attachText(attach, release),
    needText(init),
    needText(child),
    withToken === undefined ? "takes no token" : needText(withToken),
  ];
}

function comparedText(release: KernelRelease): string {
  const kernels = matrixCompared.filter((kernel) => kernel.release === release);
  if (kernels.length === 0) return `No running kernel of Linux ${release} was compared.`;
  return kernels.map((kernel) => comparison(kernel)).join(" ");
}

/** How many answers of a running kernel were compared, and why some differ. */
function comparison({ name, cells, reasons }: ComparedKernel): string {
  const differ = reasons.map(({ why, rows }) => `${rows} rows differ: ${why}`).join("; ");
  const end = differ === "" ? "the same answers" : `the same answers, except that ${differ}`;
  return `${name}: ${cells.toLocaleString("en")} calls gave ${end}.`;
}

function Row(props: {
  readonly row: MatrixRow;
  readonly text: readonly string[];
  readonly release: KernelRelease;
}): JSX.Element {
  const { row, text, release } = props;
  const target = stateOf(row, release);
  return (
    <tr>
      <th scope="row">
        <code>{text[0]}</code>
      </th>
      {text.slice(1).map((cell, i) => (
        <td key={["attach", "host", "container", "token"][i]}>{cell}</td>
      ))}
      <td>
        {target && (
          <a href={linkToState(target)} aria-label={`Try ${text[0]}`}>
            Try
          </a>
        )}
      </td>
    </tr>
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

// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ProgramView } from "../verify/answer.js";
import { TableHead } from "./table-head.js";

type Step = ProgramView["steps"][number];

/** How many instructions are shown at once. */
const PAGE = 300;

/** The instructions that the verifier visited, with source lines and the registers after each. */
export function VerifierLog({ program }: { readonly program: ProgramView }): JSX.Element | null {
  const { steps, visited, verdict } = program;
  // What decided about a refused program is at the end.
  const last = Math.max(0, Math.ceil(steps.length / PAGE) - 1);
  const [page, setPage] = useState(verdict === "accepted" ? 0 : last);
  if (steps.length === 0) return null;
  const from = page * PAGE;
  const rows = steps.slice(from, from + PAGE);
  const hidden = visited - steps.length;
  return (
    <section class="card" aria-label="Log of the verifier">
      <h2>What the verifier visited</h2>
      <p class="hint">
        Instructions {hidden + from + 1} to {hidden + from + rows.length} of {visited}, in the order
        of the verifier, each with the registers after it.
        {hidden > 0 && ` The page keeps the last ${steps.length}.`}
      </p>
      {last > 0 && (
        <p class="pages">
          <button type="button" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Earlier
          </button>{" "}
          <button type="button" disabled={page >= last} onClick={() => setPage(page + 1)}>
            Later
          </button>
        </p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Instructions">
        <table class="log">
          <TableHead titles={["No.", "Instruction", "Registers and stack"]} />
          <tbody>
            {rows.map((step, i) => (
              <Row key={from + i} step={step} before={steps[from + i - 1]} />
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}

function Row(props: { readonly step: Step; readonly before: Step | undefined }): JSX.Element {
  const { insn, text, state, source } = props.step;
  const previous = props.before?.source;
  const isNew =
    source !== undefined && (source.line !== previous?.line || source.text !== previous.text);
  return (
    <>
      {isNew && (
        <tr class="source">
          <th scope="rowgroup" colSpan={3}>
            {source.line > 0 && `${source.line}: `}
            <code>{source.text}</code>
          </th>
        </tr>
      )}
      <tr>
        <td>{insn}</td>
        <td>
          <code>{text}</code>
        </td>
        <td>
          <code>{state}</code>
        </td>
      </tr>
    </>
  );
}

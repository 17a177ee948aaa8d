// SPDX-License-Identifier: MIT
import type { InspectReport } from "bpf-token/inspect";
import type { JSX } from "preact";
import { TableHead } from "./table-head.js";

/** The programs and maps of an object. */
export function Contents({ report }: { readonly report: InspectReport }): JSX.Element {
  const { license, btf, core, programs, maps, externs } = report;
  return (
    <section class="card">
      <h2>Contents of {report.file}</h2>
      <p>
        Licence {license || "none"}; {btf === null ? "no BTF" : `${btf.types} BTF types`};{" "}
        {core.relocations} CO-RE relocations; {externs.length} symbols of the kernel.
      </p>
      <Table
        caption="Programs"
        head={["Name", "Section", "Type", "Attach type", "Instructions", "Maps"]}
        rows={programs.map((one) => [
          one.name,
          one.section,
          one.type,
          one.attach ?? "–",
          String(one.instructions),
          one.maps.join(", ") || "–",
        ])}
      />
      <Table
        caption="Maps"
        head={["Name", "Type", "Key", "Value", "Entries"]}
        rows={maps.map((one) => [
          one.name,
          one.type,
          String(one.keySize),
          String(one.valueSize),
          String(one.maxEntries),
        ])}
      />
    </section>
  );
}

function Table(props: {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}): JSX.Element | null {
  if (props.rows.length === 0) return null;
  return (
    <div class="scroll">
      <table>
        <caption>{props.caption}</caption>
        <TableHead titles={props.head} />
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.join()}>
              {row.map((cell, i) => (
                <td key={props.head[i]}>
                  <code>{cell}</code>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import type { PacketView, RunAnswer } from "../verify/run.js";
import { TableHead } from "./table-head.js";

type Ran = Extract<RunAnswer, { kind: "ran" }>;

const number = (value: number): string => value.toLocaleString("en");
const counted = (value: number, noun: string): string =>
  `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

/** What a program did with a packet, or why it did not run. */
export function RunResult({ answer }: { readonly answer: RunAnswer }): JSX.Element {
  if (answer.kind === "error") {
    return (
      <p class="problem" role="alert">
        <bdi>{answer.program}</bdi> did not run: {answer.message}
      </p>
    );
  }
  const { program, returned, action, instructions, packet } = answer;
  return (
    <>
      <p role="status">
        <bdi>{program}</bdi> returned{" "}
        <strong>{action === "" ? returned : `${action} (${returned})`}</strong>
        {instructions !== undefined && ` after ${counted(instructions, "instruction")}`}.{" "}
        {packetText(packet)}
      </p>
      {packet.rows.length > 0 && (
        <>
          <h3 class="prose">The packet after the run</h3>
          <pre class="packet">{packet.rows.join(" ")}</pre>
          {packet.more > 0 && <p class="hint">{number(packet.more)} rows are not shown.</p>}
        </>
      )}
      <Lines answer={answer} />
      <Maps maps={answer.maps} />
    </>
  );
}

function packetText({ size, sizeBefore, changed }: PacketView): string {
  const resized =
    size === sizeBefore
      ? ""
      : ` The packet has ${counted(size, "byte")} after the run, and had ${number(sizeBefore)}.`;
  if (changed === undefined) return resized === "" ? "The packet is unchanged." : resized.trim();
  const [first, last] = changed;
  const which =
    first === last ? `byte ${number(first)}` : `bytes ${number(first)} to ${number(last)}`;
  return `The program changed the packet, in ${which}.${resized}`;
}

function Maps({ maps }: { readonly maps: Ran["maps"] }): JSX.Element {
  const empty = maps.filter((map) => map.elements.length === 0 && noteOf(map) === "");
  const filled = maps.filter((map) => !empty.includes(map));
  return (
    <>
      <h3 class="prose">Maps and variables after the run</h3>
      {filled.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
        <section class="scroll" tabIndex={0} aria-label="Maps and variables">
          <table class="contents">
            <TableHead titles={["Key or name", "Value"]} />
            {filled.map((map) => (
              <MapRows key={map.name} map={map} />
            ))}
          </table>
        </section>
      )}
      {maps.length === 0 && <p class="hint">The program can write no map and no variable.</p>}
      {empty.length > 0 && (
        <p class="hint">Empty, or only zeros: {empty.map(({ name }) => name).join(", ")}.</p>
      )}
    </>
  );
}

/** What the rows of a map do not show. */
function noteOf({ more, stopped, refused }: Ran["maps"][number]): string {
  if (refused !== undefined) return `The kernel refused to read the map: ${refused}.`;
  const left =
    more === 0 ? "" : `${more === 1 ? "1 element is" : `${number(more)} elements are`} not shown.`;
  if (stopped === undefined) return left;
  return `The page read only the first ${number(stopped)} elements. ${left}`.trim();
}

function MapRows({ map }: { readonly map: Ran["maps"][number] }): JSX.Element {
  const note = noteOf(map);
  return (
    <tbody>
      <tr class="source">
        <th scope="rowgroup" colSpan={2}>
          <code>{map.name}</code>
        </th>
      </tr>
      {map.elements.map(({ key, value }, i) => (
        <tr key={i}>
          <td>
            <code>{key}</code>
          </td>
          <td>
            <code>{value}</code>
          </td>
        </tr>
      ))}
      {note !== "" && (
        <tr>
          <td colSpan={2} class="hint">
            {note}
          </td>
        </tr>
      )}
    </tbody>
  );
}

/** The source lines. Those that did not run have another sign, another word and another colour. */
function Lines({ answer }: { readonly answer: Ran }): JSX.Element {
  const { lines, total, covered } = answer;
  if (total === 0) {
    return (
      <p class="hint">
        The object has no line information, so the page shows no source lines. Compile it with{" "}
        <code>clang -g</code>.
      </p>
    );
  }
  return (
    <>
      <h3 class="prose">
        {number(covered)} of {counted(total, "source line")} ran
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard */}
      <section class="scroll" tabIndex={0} aria-label="Source lines">
        <table class="listing">
          <TableHead titles={["Times", "Line", "Source"]} />
          <tbody>
            {lines.map(({ file, line, text, ran }, i) => (
              <Line key={i} line={line} text={text} ran={ran}>
                {file === lines[i - 1]?.file ? undefined : file}
              </Line>
            ))}
          </tbody>
        </table>
      </section>
      {total > lines.length && (
        <p class="hint">{counted(total - lines.length, "more line")} are not shown.</p>
      )}
    </>
  );
}

function Line(props: {
  readonly line: number;
  readonly text: string;
  readonly ran: number;
  /** The name of the file, at its first line. */
  readonly children: string | undefined;
}): JSX.Element {
  const { line, text, ran, children: file } = props;
  return (
    <>
      {file !== undefined && (
        <tr>
          <th scope="rowgroup" colSpan={3}>
            <code>{file}</code>
          </th>
        </tr>
      )}
      <tr class={ran === 0 ? "missed" : ""}>
        <td class="times">{ran === 0 ? "✗ never" : `✓ ${number(ran)}`}</td>
        <td>{line}</td>
        <td>
          <code>{text.replaceAll("\t", "    ")}</code>
        </td>
      </tr>
    </>
  );
}

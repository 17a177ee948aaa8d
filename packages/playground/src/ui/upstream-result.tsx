// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { UpstreamAnswer, UpstreamPhase } from "../upstream/answer.js";
import type { CoveredFile, SequenceResult } from "../upstream/sequences.js";
import type { ComparedRow, SuiteResult } from "../upstream/suite-comparison.js";
import { TableHead } from "./table-head.js";

/** The results of the source so far. */
export function UpstreamResult(props: {
  readonly answer: UpstreamAnswer;
  readonly busy: boolean;
}): JSX.Element {
  const { answer, busy } = props;
  const { about, suite, sequences, error } = answer;
  return (
    <>
      {busy && <Progress phase={answer.phase} />}
      {error !== undefined && <pre class="problem">{error}</pre>}
      {about && (
        <section class="card">
          <h2>
            {about.files.join(" and ")} for Linux {about.release}
          </h2>
          <p>
            {about.revision === undefined
              ? "No release of Linux has exactly this source."
              : `This is exactly the source of ${about.revision}.`}
          </p>
          {about.warnings.length > 0 && <pre>{about.warnings.join("\n")}</pre>}
        </section>
      )}
      {suite && <Suite suite={suite} />}
      {sequences && <Sequences sequences={sequences} />}
      {sequences?.coverage.map((file) => (
        <Coverage key={file.path} file={file} />
      ))}
    </>
  );
}

const phases: Readonly<Record<UpstreamPhase["name"], string>> = {
  compiler: "The compiler is loading",
  compile: "The source is compiled",
  suite: "The conformance suite runs",
  sequences: "Random sequences run",
  done: "Done",
};

function Progress({ phase }: { readonly phase: UpstreamPhase }): JSX.Element {
  const { name, done, total } = phase;
  const unit = name === "compiler" ? 1_000_000 : 1;
  const text = (value: number): string => Math.round(value / unit).toLocaleString("en");
  const count = total === 0 ? "" : `: ${text(done)} of ${text(total)}${unit > 1 ? " MB" : ""}`;
  const label = `${phases[name]}${count}`;
  return (
    <p role="status">
      {label} <progress aria-label={phases[name]} {...(total > 0 && { value: done, max: total })} />
    </p>
  );
}

function Suite({ suite }: { readonly suite: SuiteResult }): JSX.Element {
  const { run, differing } = suite;
  const [first] = differing;
  const good = first === undefined;
  return (
    <section class={good ? "verdict good" : "verdict bad"} aria-label="Suite">
      <h2>
        Suite: <span class="errno">{good ? "the same answers" : "different answers"}</span>
      </h2>
      <p>
        {run} scenarios ran on both. {good ? "None differs." : `${differing.length} differ.`}
      </p>
      {first && (
        <>
          <h3 class="prose">
            The first difference: {first.name} (<code>{first.file}</code>)
          </h3>
          <Rows of={first.file} rows={first.rows} />
          <Download yaml={first.text} name={first.file} />
        </>
      )}
      {differing.length > 1 && (
        <details>
          <summary>The other scenarios that differ</summary>
          <ul class="points">
            {differing.slice(1).map(({ file, name }) => (
              <li key={file}>
                {name} (<code>{file}</code>)
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}

function Sequences({ sequences }: { readonly sequences: SequenceResult }): JSX.Element {
  const { run, finding } = sequences;
  const good = finding === undefined;
  return (
    <section class={good ? "verdict good" : "verdict bad"} aria-label="Sequences">
      <h2>
        Random sequences:{" "}
        <span class="errno">{good ? "the same answers" : "different answers"}</span>
      </h2>
      <p>{run.toLocaleString("en")} sequences of calls ran on both.</p>
      {finding && (
        <>
          <p class="cause">{finding.message}</p>
          {finding.rows && <Rows of="the sequence" rows={finding.rows} />}
          <Download yaml={finding.yaml} name="finding.yaml" />
        </>
      )}
    </section>
  );
}

function Download(props: { readonly yaml: string; readonly name: string }): JSX.Element {
  const file = `data:text/yaml;charset=utf-8,${encodeURIComponent(props.yaml)}`;
  return (
    <p>
      <a class="button" href={file} download={props.name}>
        Download the scenario
      </a>
    </p>
  );
}

function Rows(props: { readonly of: string; readonly rows: readonly ComparedRow[] }): JSX.Element {
  const { of, rows } = props;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard
    <section class="scroll" tabIndex={0} aria-label={`Calls of ${of}`}>
      <table>
        <TableHead titles={["Step", "Task", "Call", "Model", "Source"]} />
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.step} ${row.call}`} class={row.differences.length > 0 ? "changed" : ""}>
              <td>{row.step + 1}</td>
              <td>{row.task}</td>
              <td>
                <code>{row.call}</code>
                {row.differences.map((text) => (
                  <p key={text}>{text}</p>
                ))}
              </td>
              <td>{row.model}</td>
              <td>{row.upstream}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Coverage({ file }: { readonly file: CoveredFile }): JSX.Element {
  const { path, run, total, lines } = file;
  const [all, setAll] = useState(false);
  const missed = lines.flatMap(({ times, never }, i) =>
    times === 0 || never.length > 0 ? [i] : [],
  );
  const shown = (i: number): boolean => all || missed.some((at) => Math.abs(at - i) <= 2);
  return (
    <section class="card" aria-label={`Coverage of ${path}`}>
      <h2>
        {path}: {run} of {total} lines ran
      </h2>
      <label class="check">
        <input type="checkbox" checked={all} onChange={() => setAll(!all)} />
        <span>Show every line, not only those near a missed one</span>
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls needs the keyboard */}
      <section class="scroll" tabIndex={0} aria-label={`Source of ${path}`}>
        <table class="listing">
          <TableHead titles={["Times", "Line", "Source"]} />
          <tbody>
            {lines.map(
              ({ text, times, never }, i) =>
                shown(i) && (
                  <tr key={i} class={times === 0 ? "missed" : ""}>
                    <td>{times?.toLocaleString("en") ?? ""}</td>
                    <td>{i + 1}</td>
                    <td>
                      <code>{text.replaceAll("\t", "    ")}</code>{" "}
                      {never.length > 0 && <em>{never.join(", ")}</em>}
                    </td>
                  </tr>
                ),
            )}
          </tbody>
        </table>
      </section>
    </section>
  );
}

// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { VerifyQuestion } from "../verify/answer.js";
import { examplePacket } from "../verify/packet.js";
import type { RunAnswer, RunQuestion } from "../verify/run.js";
import { JobNote } from "./job-note.js";
import { useJob } from "./use-job.js";

/** Runs a program on a packet. */
export function TestRun(props: {
  readonly question: VerifyQuestion;
  readonly program: string;
}): JSX.Element {
  const { question, program } = props;
  const id = useId();
  const [packet, setPacket] = useState(examplePacket);
  const [input, setInput] = useState<RunQuestion>();
  const job = useJob("run", input);
  const run = (): void => {
    const { kernel, file, bytes } = question;
    setInput({ kernel, file, bytes, program, packet });
  };
  return (
    <section class="card" aria-label="Test run">
      <h2>Run {program} on a packet</h2>
      <div class="field">
        <label for={id}>The bytes of an Ethernet frame, as hexadecimal digits</label>
        <textarea
          id={id}
          rows={4}
          spellcheck={false}
          value={packet}
          onInput={({ currentTarget }) => setPacket(currentTarget.value)}
        />
      </div>
      <p>
        <button type="button" onClick={run}>
          Run it in Linux's interpreter
        </button>
      </p>
      <JobNote job={job} />
      {job.output && <Result answer={job.output} />}
    </section>
  );
}

function Result({ answer }: { readonly answer: RunAnswer }): JSX.Element {
  if (answer.kind === "error") {
    return (
      <p class="problem" role="alert">
        {answer.program} did not run: {answer.message}
      </p>
    );
  }
  const { returned, action, packet, changed } = answer;
  return (
    <div role="status">
      <p>
        It returned <strong>{returned}</strong>
        {action !== "" && ` (${action})`}. The packet is {changed ? "changed" : "unchanged"}
        {changed ? ":" : "."}
      </p>
      {changed && <pre>{packet.join("\n")}</pre>}
    </div>
  );
}

// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import type { ProgramView, VerifyQuestion } from "../verify/answer.js";
import type { RunQuestion } from "../verify/run.js";
import { JobNote } from "./job-note.js";
import { inSite } from "./links.js";
import { useJob } from "./use-job.js";
import { RunResult } from "./verifier-run-result.js";

/** The program types that a packet runs, and their names for people. */
const runnable: ReadonlyMap<string, string> = new Map([
  ["xdp", "XDP"],
  ["sched_cls", "tc"],
  ["socket_filter", "socket filter"],
  ["flow_dissector", "flow dissector"],
  ["cgroup_skb", "cgroup_skb"],
  ["sk_lookup", "sk_lookup"],
]);

const EXAMPLE = "eth, ipv4, { udp: { dst: 53 } }, { payload: abc }";

/** Runs an accepted program on a packet. */
export function TestRun(props: {
  readonly question: VerifyQuestion;
  readonly program: ProgramView;
}): JSX.Element {
  const { name, type } = props.program;
  return (
    <section class="card" aria-label="Test run">
      <h2>Run {name} on a packet</h2>
      {runnable.has(type) ? (
        <RunFields question={props.question} program={name} isLookup={type === "sk_lookup"} />
      ) : (
        <p>
          The kernel calls <code>{type}</code> programs itself, so the page cannot run this one. It
          runs programs of these types: {[...runnable.values()].join(", ")}.
        </p>
      )}
    </section>
  );
}

function RunFields(props: {
  readonly question: VerifyQuestion;
  readonly program: string;
  readonly isLookup: boolean;
}): JSX.Element {
  const { question, program, isLookup } = props;
  const id = useId();
  const [packet, setPacket] = useState(EXAMPLE);
  const [input, setInput] = useState<RunQuestion>();
  const job = useJob("run", input);
  const run = (): void => {
    const { kernel, file, bytes, lacks, token } = question;
    setInput({ kernel, file, bytes, lacks, token, program, packet });
  };
  return (
    <>
      <div class="field">
        <label for={id}>The packet: headers, or the hexadecimal digits of an Ethernet frame</label>
        <textarea
          id={id}
          rows={3}
          spellcheck={false}
          aria-describedby={`${id}-hint`}
          value={packet}
          onInput={({ currentTarget }) => setPacket(currentTarget.value)}
        />
      </div>
      <div id={`${id}-hint`} class="hint">
        <Hint isLookup={isLookup} />
      </div>
      <p class="act">
        <button type="button" onClick={run}>
          Run
        </button>
      </p>
      <JobNote job={job} />
      {job.output && !job.busy && <RunResult answer={job.output} />}
    </>
  );
}

function Hint({ isLookup }: { readonly isLookup: boolean }): JSX.Element {
  const page = "docs/testing-programs.html";
  return (
    <>
      <p>
        Headers: <code>eth</code>, <code>vlan</code>, <code>ipv4</code>, <code>ipv6</code>,{" "}
        <code>tcp</code>, <code>udp</code>, <code>icmp</code>, <code>payload</code>,{" "}
        <code>hex</code>. Give fields in braces: <code>{"{ ipv4: { ttl: 1 } }"}</code>.
        {inSite() && (
          <>
            {" "}
            <a href={page}>All fields</a>
          </>
        )}
      </p>
      {isLookup && (
        <p>An sk_lookup program gets the packet's addresses, ports and protocol as its context.</p>
      )}
    </>
  );
}

// SPDX-License-Identifier: MIT
import { type Dialect, dialects } from "@bpf-token/delegation";
import type { PolicyLoader } from "bpf-token/policy";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { ObjectAnswer, ObjectQuestion } from "../object/answer.js";
import { route, setFields } from "../store.js";
import { CallPlanCard } from "./call-plan.js";
import { dialectWords } from "./dialect-words.js";
import { Choice } from "./fields.js";
import { JobNote } from "./job-note.js";
import { type ChosenObject, ObjectChoice } from "./object-choice.js";
import { Contents } from "./object-contents.js";
import { PolicyCard } from "./policy-card.js";
import { useJob } from "./use-job.js";

const loaders: Readonly<Record<PolicyLoader, string>> = {
  libbpf: "libbpf 1.4 to 1.7",
  "libbpf@1.4": "libbpf 1.4",
  "libbpf@1.5": "libbpf 1.5",
  "libbpf@1.6": "libbpf 1.6",
  "libbpf@1.7": "libbpf 1.7",
  "libbpf@head": "libbpf after 1.7",
  cilium: "cilium/ebpf 0.22",
  libxdp: "libxdp",
  bpftool: "bpftool",
  tc: "tc",
  "bpf-token": "bpf-token's loader",
};
const loaderNames = Object.keys(loaders) as PolicyLoader[];

/** The view "Object": what a compiled BPF object needs. */
export function ObjectView(): JSX.Element {
  const { fields } = route.value;
  const loader = loaderNames.find((name) => name === fields.get("loader")) ?? "libbpf";
  const dialect = dialects.find((name) => name === fields.get("dialect")) ?? "systemd";
  const [file, setFile] = useState<ChosenObject>();
  const input = useMemo<ObjectQuestion | undefined>(
    () => file && { file: file.name, bytes: file.bytes, loader },
    [file, loader],
  );
  const job = useJob("object", input);
  return (
    <main class="two">
      <section class="controls" aria-label="Object">
        <ObjectChoice object={file} onObject={setFile} />
        <p class="hint">The page reads the file; it is not sent, and it is not in the link.</p>
        <Choice
          label="Loader"
          value={loader}
          values={loaderNames}
          word={(name) => loaders[name]}
          onChange={(next) => setFields({ loader: next }, "push")}
        />
        <Choice
          label="Policy for"
          value={dialect}
          values={dialects}
          word={(name) => dialectWords[name]}
          onChange={(next) => setFields({ dialect: next }, "push")}
        />
      </section>
      <div class="answer">
        <JobNote job={job} />
        {file === undefined ? (
          <Introduction />
        ) : (
          <Result name={file.name} loader={loader} dialect={dialect} answer={job.output} />
        )}
      </div>
    </main>
  );
}

function Introduction(): JSX.Element {
  return (
    <section class="card">
      <h2>What does my program need?</h2>
      <p>
        Choose an object, or use the example. The page lists its programs and maps, and writes the
        least policy with which your loader can load it through a token. Each bit has a reason, and
        the consequence of its absence.
      </p>
    </section>
  );
}

function Result(props: {
  readonly name: string;
  readonly loader: PolicyLoader;
  readonly dialect: Dialect;
  readonly answer: ObjectAnswer | undefined;
}): JSX.Element | null {
  const { name, loader, dialect, answer } = props;
  if (answer === undefined) return null;
  if (answer.kind === "error") {
    return (
      <p class="problem" role="alert">
        {name}: {answer.message}
      </p>
    );
  }
  return (
    <>
      <PolicyCard key={name + loader} policy={answer.policy} dialect={dialect} />
      <CallPlanCard plan={answer.plan} />
      <Contents report={answer.report} />
    </>
  );
}

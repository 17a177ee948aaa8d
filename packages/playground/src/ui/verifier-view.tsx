// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { chosenObject } from "../state/kept.js";
import { capabilities, type StateCapability } from "../state/try-state.js";
import { route, setFields } from "../store.js";
import type { VerifyQuestion } from "../verify/answer.js";
import { Check, Choice, Group } from "./fields.js";
import { JobNote } from "./job-note.js";
import { ObjectChoice } from "./object-choice.js";
import { useJob } from "./use-job.js";
import { type ChosenKernel, KernelChoice, servedKernels } from "./verifier-kernel.js";
import { Verdicts } from "./verifier-verdicts.js";

/** The view "Verifier": the verdicts of Linux's own verifier on the programs of an object. */
export function VerifierView(): JSX.Element {
  const { fields } = route.value;
  const lacking = fields.get("lacks") ?? "";
  const token = fields.get("token") === "yes";
  const least = fields.get("least") === "yes";
  const [kernel, setKernel] = useState<ChosenKernel | undefined>(servedKernels()[0]);
  const object = chosenObject.value;
  const input = useMemo<VerifyQuestion | undefined>(() => {
    if (kernel === undefined || object === undefined) return undefined;
    const { name: file, bytes } = object;
    return { kernel: kernel.source, file, bytes, lacks: namesOf(lacking), token, least };
  }, [kernel, object, lacking, token, least]);
  const job = useJob("verify", input);
  return (
    <main class="two">
      <section class="controls" aria-label="Verifier">
        <KernelChoice kernel={kernel} onKernel={setKernel} />
        <ObjectChoice />
        <ProcessFields lacks={namesOf(lacking)} token={token} least={least} />
      </section>
      <div class="answer">
        <JobNote job={job} />
        {input === undefined ? (
          <Introduction kernel={kernel} />
        ) : (
          job.output && (
            <Verdicts question={job.answered ?? input} answer={job.output} busy={job.busy} />
          )
        )}
      </div>
    </main>
  );
}

const namesOf = (text: string): readonly StateCapability[] =>
  capabilities.filter((name) => text.split(":").includes(name));

function ProcessFields(props: {
  readonly lacks: readonly StateCapability[];
  readonly token: boolean;
  readonly least: boolean;
}): JSX.Element {
  const { lacks, token, least } = props;
  const toggle = (name: StateCapability, has: boolean): void => {
    const next = capabilities.filter((each) => (each === name ? !has : lacks.includes(each)));
    setFields({ lacks: next.join(":") }, "push");
  };
  return (
    <Group title="The process that loads it">
      <Choice
        label="User namespace"
        value={token ? "container" : "host"}
        values={["host", "container"]}
        word={(place) =>
          place === "host" ? "the initial one, no token" : "its own, a token with all rights"
        }
        onChange={(place) => setFields({ token: place === "host" ? "" : "yes" }, "push")}
      />
      <div class="checks">
        {capabilities.map((name) => (
          <Check
            key={name}
            label={`CAP_${name}`}
            checked={!lacks.includes(name)}
            onChange={(has) => toggle(name, has)}
          />
        ))}
      </div>
      <Check
        label="Find the least capabilities of each program"
        checked={least}
        onChange={(on) => setFields({ least: on ? "yes" : "" }, "push")}
      />
    </Group>
  );
}

function Introduction({ kernel }: { readonly kernel: ChosenKernel | undefined }): JSX.Element {
  return (
    <section class="card">
      <h2>Does the verifier accept my program?</h2>
      <p>
        Here Linux's own verifier runs in the page, compiled to WebAssembly. It loads each program
        of an object alone. Nothing is loaded on your machine, and no file is sent.
      </p>
      {kernel === undefined ? (
        <p>
          First choose the files of a kernel. This page has none, because they are compiled from the
          kernel's source: <code>npm run kernel-bpf -- build 6.12 --fetch</code> in a clone of
          bpf-token writes them.
        </p>
      ) : (
        <p>Choose an object, or use the example.</p>
      )}
    </section>
  );
}

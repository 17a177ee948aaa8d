// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import type { CallPlan } from "../object/answer.js";

/** The bpf() calls of a load, in order. */
export function CallPlanCard({ plan }: { readonly plan: CallPlan }): JSX.Element {
  const { calls, failure } = plan;
  return (
    <section class="card">
      <h2>Calls of the load</h2>
      <details>
        <summary>{calls.length} calls of bpf() with a token, on a kernel that accepts them</summary>
        <ol class="points">
          {calls.map(({ cmd, subject, feature }, i) => (
            <li key={`${i} ${cmd}`}>
              <code>{cmd}</code> {subject}
              {feature !== "" && <span class="hint"> probe of {feature}</span>}
            </li>
          ))}
        </ol>
      </details>
      {failure !== "" && <p class="warning">{failure}</p>}
    </section>
  );
}

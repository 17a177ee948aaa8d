// SPDX-License-Identifier: MIT
import {
  type Delegation,
  DelegationError,
  type Dialect,
  formatDelegation,
} from "@bpf-token/delegation";
import type { Policy, PolicyReason } from "bpf-token/policy";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { dialectWords } from "./dialect-words.js";
import { PolicyText } from "./policy-text.js";
import { TableHead } from "./table-head.js";

const keyOf = ({ axis, name }: PolicyReason): string => `${axis} ${name}`;

/** A policy in the syntax of a program, the reason for each bit, and what breaks without it. */
export function PolicyCard(props: {
  readonly policy: Policy;
  readonly dialect: Dialect;
}): JSX.Element {
  const { policy, dialect } = props;
  const [without, setWithout] = useState<ReadonlySet<string>>(new Set());
  const toggle = (key: string): void => {
    const next = new Set(without);
    if (!next.delete(key)) next.add(key);
    setWithout(next);
  };
  return (
    <>
      <section class="card">
        <h2>Policy for {dialectWords[dialect]}</h2>
        <PolicyText text={policyText(policy, dialect, without)} />
        {policy.reasons
          .filter((reason) => without.has(keyOf(reason)))
          .map((reason) => (
            <p class={reason.required ? "problem" : "warning"} key={keyOf(reason)} role="status">
              Without {reason.axis} {reason.name}: {reason.without}.
            </p>
          ))}
      </section>
      <Reasons policy={policy} without={without} toggle={toggle} />
      <Notes title="What it permits beyond the container" items={policy.reach} />
      <Notes title="What a token cannot permit" items={policy.open} />
      <Notes title="Versions" items={policy.versions} />
    </>
  );
}

function Reasons(props: {
  readonly policy: Policy;
  readonly without: ReadonlySet<string>;
  readonly toggle: (key: string) => void;
}): JSX.Element {
  const { policy, without, toggle } = props;
  return (
    <section class="card">
      <h2>Why each bit</h2>
      <p class="hint">Clear a box to see what breaks.</p>
      <div class="scroll">
        <table class="stacked reasons">
          <TableHead titles={["Bit", "Needed by", "Without it"]} />
          <tbody>
            {policy.reasons.map((reason) => (
              <tr key={keyOf(reason)}>
                <td>
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={!without.has(keyOf(reason))}
                      onChange={() => toggle(keyOf(reason))}
                    />
                    <code>
                      {reason.axis} {reason.name}
                    </code>
                  </label>
                </td>
                <td data-title="Needed by">{reason.because.join("; ")}</td>
                <td data-title="Without it">{reason.without}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

/** The policy without some bits, in the syntax of a program. */
function policyText(policy: Policy, dialect: Dialect, without: ReadonlySet<string>): string {
  const delegation = Object.fromEntries(
    Object.entries(policy.delegation).map(([axis, items]) => {
      if (items === "any") return [axis, without.has(`${axis} any`) ? [] : "any"];
      const kept = (items as readonly unknown[]).filter((item) => !without.has(`${axis} ${item}`));
      return [axis, kept];
    }),
  ) as Delegation;
  const capabilities = policy.capabilities.filter((name) => !without.has(`caps ${name}`));
  try {
    return formatDelegation(delegation, dialect, { capabilities }).join("\n");
  } catch (error) {
    if (!(error instanceof DelegationError)) throw error;
    return `# ${error.message}`;
  }
}

function Notes(props: {
  readonly title: string;
  readonly items: readonly string[];
}): JSX.Element | null {
  if (props.items.length === 0) return null;
  return (
    <section class="card">
      <h2>{props.title}</h2>
      <ul class="points">
        {props.items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </section>
  );
}

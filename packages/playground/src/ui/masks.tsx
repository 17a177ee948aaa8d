// SPDX-License-Identifier: MIT
import {
  bitName,
  bitOf,
  type DelegationAxis,
  delegationAxes,
  delegationNames,
  formatMask,
  parseMask,
} from "@bpf-token/delegation";
import type { KernelRelease } from "@bpf-token/uapi";
import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { isMaskText } from "../state/hash.js";
import { withMask } from "../state/try-state.js";
import { setState, state } from "../store.js";

/** A delegate mask: the text that the kernel gets, and its names as checkboxes. */
export function MaskField({ axis }: { readonly axis: DelegationAxis }): JSX.Element {
  const id = useId();
  const { release, masks } = state.value;
  const text = masks[axis];
  const mask = maskOf(axis, text);
  const write = (next: string, step: "push" | "replace"): void => {
    if (isMaskText(next)) setState(withMask(state.value, axis, next), step);
  };
  return (
    <div class="field mask">
      <label for={id}>
        <code>delegate_{axis}</code>
      </label>
      <input
        id={id}
        type="text"
        value={text}
        placeholder="not set"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => write(currentTarget.value, "replace")}
      />
      <details>
        <summary>{delegationAxes[axis].what}s by name</summary>
        <ul class="names">
          {delegationNames(axis, release).map((name) => (
            <li key={name}>
              <label class="check">
                <input
                  type="checkbox"
                  checked={hasName(axis, mask, name, release)}
                  onChange={() => write(toggle(axis, mask, name, release), "push")}
                />
                <code>{name}</code>
              </label>
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

/** The bits of a text; words that are no names are left for the kernel to refuse. */
function maskOf(axis: DelegationAxis, text: string): bigint {
  try {
    return parseMask(axis, text, "ignore");
  } catch {
    return 0n;
  }
}

function bit(axis: DelegationAxis, name: string): bigint {
  return 1n << BigInt(bitOf(axis, name) ?? 0);
}

function hasName(
  axis: DelegationAxis,
  mask: bigint,
  name: string,
  release: KernelRelease,
): boolean {
  return (
    bitName(axis, bitOf(axis, name) ?? -1, release) !== undefined && (mask & bit(axis, name)) !== 0n
  );
}

function toggle(axis: DelegationAxis, mask: bigint, name: string, release: KernelRelease): string {
  const known = delegationNames(axis, release).reduce((all, each) => all | bit(axis, each), 0n);
  const next = (mask & known) ^ bit(axis, name);
  return next === 0n ? "" : formatMask(axis, next, release);
}

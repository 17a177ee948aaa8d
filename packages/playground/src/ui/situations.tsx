// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { linkToState } from "../store.js";
import { type PresetGroup, presetGroups, presets } from "../try/presets.js";

/** The situations as links, by the program in which people meet them. */
export function Situations(): JSX.Element {
  return (
    <section class="situations" aria-label="Situations">
      <h2>Or start from a situation</h2>
      <div class="groups">
        {(Object.keys(presetGroups) as PresetGroup[]).map((group) => (
          <section class="card" key={group}>
            <h3 class="prose">{presetGroups[group]}</h3>
            <ul class="points">
              {presets
                .filter((preset) => preset.group === group)
                .map(({ id, title, state }) => (
                  <li key={id}>
                    <a href={linkToState(state)}>{title}</a>
                  </li>
                ))}
            </ul>
          </section>
        ))}
      </div>
    </section>
  );
}

// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { formatTry } from "../state/hash.js";
import {
  actions,
  attachTypeNames,
  axisNames,
  capabilities,
  creators,
  fdKinds,
  lsmAnswers,
  mapTypeNames,
  places,
  progTypeNames,
  releases,
  sides,
  sysctls,
} from "../state/try-state.js";
import { change, setState, state } from "../store.js";
import { presets } from "../try/presets.js";
import { Check, Choice, Group } from "./fields.js";
import { MaskField } from "./masks.js";
import { Terms } from "./terms.js";
import {
  actionWords,
  creatorWords,
  delegatorWords,
  fdWords,
  lsmWords,
  ownerWords,
  placeWords,
  sysctlWords,
} from "./words.js";

const low = (name: string): string => name.toLowerCase();
const CUSTOM = "custom";

/** Everything that decides the answer. */
export function Controls(): JSX.Element {
  return (
    <form class="controls" onSubmit={(event) => event.preventDefault()} aria-label="State">
      <Call />
      <Token />
      <Group title="Delegation (mount options)">
        {axisNames.map((axis) => (
          <MaskField key={axis} axis={axis} />
        ))}
      </Group>
      <Namespaces />
      <KernelSettings />
    </form>
  );
}

/** The situation of a state, if it is one of the list. */
function presetOf(): (typeof presets)[number] | undefined {
  const { dialect } = state.value;
  const hash = formatTry(state.value);
  return presets.find((preset) => formatTry({ ...preset.state, dialect }) === hash);
}

/** The situations by name; a choice replaces the whole state. */
export function Situation(): JSX.Element {
  const current = presetOf();
  return (
    <div class="situation">
      <Choice
        label="Situation"
        value={current?.id ?? CUSTOM}
        values={[...(current ? [] : [CUSTOM]), ...presets.map(({ id }) => id)]}
        word={(id) => presets.find((preset) => preset.id === id)?.title ?? "Your own"}
        onChange={(id) => {
          const preset = presets.find((each) => each.id === id);
          if (preset !== undefined) setState(preset.state);
        }}
      />
      <p class="hint">
        <Terms text={current?.text ?? "Choose a situation to start again from it."} />
      </p>
    </div>
  );
}

function Call(): JSX.Element {
  const { action, map, prog, attach } = state.value;
  return (
    <Group title="What the program does">
      <Choice
        label="Call"
        value={action}
        values={actions}
        word={(each) => actionWords[each]}
        onChange={(next) => change({ action: next })}
      />
      {action === "map" && (
        <Choice
          label="Map type"
          value={map}
          values={mapTypeNames}
          word={low}
          onChange={(next) => change({ map: next })}
        />
      )}
      {action === "prog" && (
        <>
          <Choice
            label="Program type"
            value={prog}
            values={progTypeNames}
            word={low}
            onChange={(next) => change({ prog: next })}
          />
          <Choice
            label="Expected attach type"
            value={attach}
            values={attachTypeNames}
            word={(name) =>
              name === "CGROUP_INET_INGRESS" ? `${low(name)} (0, the default)` : low(name)
            }
            onChange={(next) => change({ attach: next })}
          />
        </>
      )}
    </Group>
  );
}

function Token(): JSX.Element {
  const { action, token, flag, creator, fd } = state.value;
  const needed = action === "token";
  return (
    <Group title="Token">
      {!needed && (
        <>
          <Check
            label="the program creates a token and passes it"
            checked={token}
            onChange={(next) => change({ token: next })}
          />
          {token && (
            <Check
              label="the call has BPF_F_TOKEN_FD"
              checked={flag}
              onChange={(next) => change({ flag: next })}
            />
          )}
        </>
      )}
      {(needed || token) && (
        <>
          <Choice
            label="Created by"
            value={creator}
            values={creators}
            word={(each) => creatorWords[each]}
            onChange={(next) => change({ creator: next })}
          />
          <Choice
            label="From the file descriptor of"
            value={fd}
            values={fdKinds}
            word={(each) => fdWords[each]}
            onChange={(next) => change({ fd: next })}
          />
        </>
      )}
    </Group>
  );
}

function Namespaces(): JSX.Element {
  const { place, caps, owner, delegator } = state.value;
  return (
    <Group title="Namespaces and capabilities">
      <Choice
        label="The program runs in"
        value={place}
        values={places}
        word={(each) => placeWords[each]}
        onChange={(next) => change({ place: next })}
      />
      <div class="checks">
        {capabilities.map((name) => (
          <Check
            key={name}
            label={`CAP_${name}`}
            checked={caps.includes(name)}
            onChange={(on) =>
              change({
                caps: capabilities.filter((each) => (each === name ? on : caps.includes(each))),
              })
            }
          />
        ))}
      </div>
      <Choice
        label="fsopen() is called by"
        value={owner}
        values={sides}
        word={(each) => ownerWords[each]}
        onChange={(next) => change({ owner: next })}
      />
      <Choice
        label="delegate_* is set by"
        value={delegator}
        values={sides}
        word={(each) => delegatorWords[each]}
        onChange={(next) => change({ delegator: next })}
      />
    </Group>
  );
}

function KernelSettings(): JSX.Element {
  const { release, sysctl, lsm } = state.value;
  return (
    <Group title="Kernel">
      <Choice
        label="Release"
        value={release}
        values={releases}
        word={(name) => `Linux ${name}`}
        onChange={(next) => change({ release: next })}
      />
      <Choice
        label="unprivileged_bpf_disabled"
        value={sysctl}
        values={sysctls}
        word={(each) => sysctlWords[each]}
        onChange={(next) => change({ sysctl: next })}
      />
      <Choice
        label="Security module (LSM)"
        value={lsm}
        values={lsmAnswers}
        word={(each) => lsmWords[each]}
        onChange={(next) => change({ lsm: next })}
      />
    </Group>
  );
}

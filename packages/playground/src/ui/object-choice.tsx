// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { chosenObject } from "../state/kept.js";
import { exampleObject, exampleSource } from "../verify/example.js";
import { Drop } from "./drop.js";
import { Group } from "./fields.js";

const EXAMPLE = "example.bpf.o";

/** Chooses a compiled object, or an example. The views share it. */
export function ObjectChoice(): JSX.Element {
  const object = chosenObject.value;
  const open = async (file: File): Promise<void> => {
    chosenObject.value = { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  };
  const example = (): void => {
    chosenObject.value = { name: EXAMPLE, bytes: exampleObject() };
  };
  return (
    <Group title="Object">
      <Drop label="A compiled BPF object (.bpf.o):" onFile={(file) => void open(file)} />
      <button type="button" onClick={example}>
        Use an example with three XDP programs
      </button>
      {object !== undefined && (
        <p class="hint">
          Chosen: <bdi>{object.name}</bdi>
        </p>
      )}
      {object?.name === EXAMPLE && <pre>{exampleSource}</pre>}
    </Group>
  );
}

// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { exampleObject, exampleSource } from "../verify/example.js";
import { Drop } from "./drop.js";
import { Group } from "./fields.js";

/** The file of an object. */
export interface ChosenObject {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Chooses a compiled object, or an example. */
export function ObjectChoice(props: {
  readonly object: ChosenObject | undefined;
  readonly onObject: (object: ChosenObject) => void;
}): JSX.Element {
  const open = async (file: File): Promise<void> => {
    props.onObject({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  };
  const example = (): void => props.onObject({ name: "example.bpf.o", bytes: exampleObject() });
  return (
    <Group title="Object">
      <Drop label="A compiled BPF object (.bpf.o):" onFile={(file) => void open(file)} />
      <button type="button" onClick={example}>
        Use an example with three XDP programs
      </button>
      {props.object?.name === "example.bpf.o" && <pre>{exampleSource}</pre>}
    </Group>
  );
}

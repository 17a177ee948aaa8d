// SPDX-License-Identifier: MIT
import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";

/** A place to choose files or to drop them. The files are read in the page. */
export function Drop(props: {
  readonly label: string;
  readonly accept?: string;
  readonly multiple?: boolean;
  readonly onFile: (first: File, all: readonly File[]) => void;
}): JSX.Element {
  const id = useId();
  const [over, setOver] = useState(false);
  const take = (files: FileList | null | undefined): void => {
    const file = files?.[0];
    if (file !== undefined) props.onFile(file, [...(files ?? [])]);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is an extra; the input does the same
    <div
      class={over ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer?.files);
      }}
    >
      <label class="drop-label" for={id}>
        {props.label}
      </label>
      <input
        id={id}
        type="file"
        accept={props.accept}
        multiple={props.multiple}
        onChange={({ currentTarget }) => take(currentTarget.files)}
      />
    </div>
  );
}

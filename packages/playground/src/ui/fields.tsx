// SPDX-License-Identifier: MIT
import type { ComponentChildren, JSX } from "preact";
import { useId } from "preact/hooks";

/** A select with a label. */
export function Choice<Value extends string>(props: {
  readonly label: string;
  readonly value: Value;
  readonly values: readonly Value[];
  readonly word?: (value: Value) => string;
  readonly onChange: (value: Value) => void;
}): JSX.Element {
  const id = useId();
  const { label, value, values, word = (each) => each, onChange } = props;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value as Value)}
      >
        {values.map((each) => (
          <option key={each} value={each} selected={each === value}>
            {word(each)}
          </option>
        ))}
      </select>
    </div>
  );
}

/** A checkbox with a label. */
export function Check(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}): JSX.Element {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        onChange={({ currentTarget }) => props.onChange(currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

/** A group of controls. */
export function Group(props: {
  readonly title: string;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <fieldset>
      <legend>{props.title}</legend>
      {props.children}
    </fieldset>
  );
}

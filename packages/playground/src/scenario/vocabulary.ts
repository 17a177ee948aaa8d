// SPDX-License-Identifier: MIT
// The words of scenarios, from their JSON Schema.
import { fieldGroups, scenarioSchema } from "@bpf-token/scenario";

/** A word that may stand at a place, and what it means. */
export interface Word {
  readonly label: string;
  readonly detail?: string;
}

/** The words by the place where they may stand. */
export interface Vocabulary {
  /** The keys of a scenario. */
  readonly top: readonly Word[];
  /** The keys of a step: its call, and what belongs to every step. */
  readonly step: readonly Word[];
  /** The parameters of each call, by its name. */
  readonly params: Readonly<Record<string, readonly Word[]>>;
  /** The fields of the attribute of each command of bpf(). */
  readonly attr: Readonly<Record<string, readonly Word[]>>;
  /** The values of a key: `bpf`, `expect`, `map_type`. */
  readonly values: Readonly<Record<string, readonly Word[]>>;
}

interface Schema {
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly if?: Schema;
  readonly then?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

const root = scenarioSchema as unknown as Schema & {
  readonly definitions: Readonly<Record<string, Schema>>;
};
const { definitions } = root;

/** The name groups of fields and of the masks of a delegation; the schema does not have them. */
const groups: Readonly<Record<string, string>> = {
  ...fieldGroups,
  cmds: "bpf_cmd",
  maps: "bpf_map_type",
  progs: "bpf_prog_type",
  attachs: "bpf_attach_type",
};

/** Returns the words of the schema. */
export function readVocabulary(): Vocabulary {
  const step = definitions.step?.properties ?? {};
  const params = Object.entries(step).flatMap(([call, schema]) => {
    const known = schema.anyOf?.find(({ properties }) => properties !== undefined)?.properties;
    return known === undefined ? [] : [[call, wordsOf(known)] as const];
  });
  const attr = (definitions.step?.allOf ?? []).flatMap((rule) => {
    const [cmd] = rule.if?.properties?.bpf?.enum ?? [];
    const fields = rule.then?.properties?.attr?.then?.properties;
    return fields === undefined ? [] : [[String(cmd), wordsOf(fields)] as const];
  });
  const named = Object.entries(groups).map(
    ([field, group]) => [field, valuesOf(definitions[`names_${group}`])] as const,
  );
  const steps = Object.entries(step).map(([key, schema]) => [key, valuesOf(schema)] as const);
  const values = [...steps, ...named, ["errno", valuesOf(definitions.errno)] as const];
  return {
    top: wordsOf(root.properties ?? {}),
    step: wordsOf(step),
    params: Object.fromEntries(params),
    attr: Object.fromEntries(attr),
    values: Object.fromEntries(values.filter(([, words]) => words.length > 0)),
  };
}

function wordsOf(properties: Readonly<Record<string, Schema>>): readonly Word[] {
  return Object.entries(properties).map(([label, { description }]) => ({
    label,
    ...(description !== undefined && { detail: description }),
  }));
}

/** The names that a schema accepts, without the parameters of a call. */
function valuesOf(schema: Schema | undefined): readonly Word[] {
  const found = new Set<string>();
  const visit = (one: Schema | undefined, depth: number): void => {
    if (one === undefined || depth > 8) return;
    for (const value of one.enum ?? []) found.add(String(value));
    const { $ref } = one;
    if ($ref !== undefined) visit(definitions[$ref.replace("#/definitions/", "")], depth + 1);
    for (const part of [...(one.anyOf ?? []), ...(one.allOf ?? [])]) visit(part, depth + 1);
    if (one.items !== undefined) visit(one.items, depth + 1);
    // A call may be written as the value of its first parameter.
    if (one.properties?.cmd !== undefined) visit(one.properties.cmd, depth + 1);
  };
  visit(schema, 0);
  return [...found].map((label) => ({ label }));
}

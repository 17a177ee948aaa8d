// SPDX-License-Identifier: MIT
import {
  type Btf,
  type MapSpec,
  type ObjectSpec,
  sizeOfType,
  type Value,
  type ValueCodec,
  valueCodec,
} from "@bpf-token/object";

/** A global variable of an object. See {@link Variables.specs}. */
export interface VariableSpec {
  /** The variable's name. */
  readonly name: string;
  /** The map that contains the variable, such as `.bss`. */
  readonly map: string;
  /** Offset in the map's value, in bytes. */
  readonly offset: number;
  /** Size in bytes. */
  readonly size: number;
  /** Type id in the object's BTF. */
  readonly typeId: number;
  /** Whether the variable is constant, so that it can only be set before the load. */
  readonly constant: boolean;
}

/** Reads and writes the bytes of variables for {@link Variables}. */
export interface VariableStore {
  /** Returns bytes of a map, starting at `offset`. */
  read(map: string, offset: number, size: number): Uint8Array;
  /** Writes bytes into a map, starting at `offset`. */
  write(map: string, offset: number, bytes: Uint8Array): void;
}

/**
 * The global variables of programs by name, converted with the object's BTF.
 *
 * @example
 * ```ts
 * collection.variables.set("threshold", 100);
 * collection.variables.get("packets"); // 17n
 * ```
 */
export class Variables {
  /** All variables, in the order of maps and offsets. */
  readonly specs: readonly VariableSpec[];
  readonly #byName: ReadonlyMap<string, VariableSpec>;
  readonly #btf: Btf | undefined;
  readonly #store: VariableStore;
  readonly #codecs = new Map<number, ValueCodec>();

  /** @internal Use {@link variablesOf} or `collection.variables`. */
  constructor(object: ObjectSpec, store: VariableStore) {
    this.specs = variablesIn(object);
    // Of several static variables with the same name, the first one is accessible.
    this.#byName = new Map([...this.specs].reverse().map((spec) => [spec.name, spec]));
    this.#btf = object.btf;
    this.#store = store;
  }

  /**
   * Returns the value of a variable.
   *
   * @throws RangeError for an unknown name, BpfError if the kernel refuses.
   */
  get(name: string): Value {
    const { map, offset, size, typeId } = this.#spec(name);
    return this.#codec(typeId).decode(this.#store.read(map, offset, size));
  }

  /**
   * Sets a variable. Omitted struct members keep their values.
   *
   * @throws RangeError for an unknown name or a value that does not fit, TypeError for a value of
   *   another type, BpfError if the kernel refuses: EPERM for a constant of a loaded program.
   */
  set(name: string, value: unknown): void {
    const { map, offset, size, typeId } = this.#spec(name);
    const bytes = Uint8Array.from(this.#store.read(map, offset, size));
    try {
      this.#codec(typeId).encode(value as Value, bytes);
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
      const Same = error instanceof RangeError ? RangeError : TypeError;
      throw new Same(`variable ${name}: ${error.message}`, { cause: error });
    }
    this.#store.write(map, offset, bytes);
  }

  #spec(name: string): VariableSpec {
    const spec = this.#byName.get(name);
    if (spec !== undefined) return spec;
    const names = this.specs.map((each) => each.name).join(", ") || "none";
    throw new RangeError(`there is no variable ${name}; variables are: ${names}`);
  }

  #codec(typeId: number): ValueCodec {
    const codec = this.#codecs.get(typeId) ?? valueCodec(this.#btf as Btf, typeId);
    this.#codecs.set(typeId, codec);
    return codec;
  }
}

/** Lists the variables of an object, as far as BTF describes them. */
function variablesIn({ btf, maps }: ObjectSpec): VariableSpec[] {
  if (btf === undefined) return [];
  return maps.flatMap((map) => (isOfVariables(map) ? variablesOfMap(btf, map) : []));
}

const isOfVariables = ({ origin }: MapSpec): boolean =>
  origin === "data" || origin === "rodata" || origin === "bss" || origin === "kconfig";

function variablesOfMap(btf: Btf, { name: map, valueTypeId, origin }: MapSpec): VariableSpec[] {
  const section = btf.find(valueTypeId);
  if (section?.kind !== "DATASEC") return [];
  return section.vars.flatMap(({ type: id, offset }) => {
    const variable = btf.type(id);
    if (variable.kind !== "VAR") return [];
    const { name, type: typeId } = variable;
    const constant = origin === "rodata" || origin === "kconfig";
    return [{ name, map, offset, size: sizeOfType(btf, typeId), typeId, constant }];
  });
}

/** The variables of an object before it is loaded. Returned by {@link variablesOf}. */
export interface EditableVariables extends Variables {
  /** Contents of all maps with changed variables, for the option `contents` of a load. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * Gives access to the variables of an object before it is loaded. Pass the changed contents to the
 * load as option `contents`.
 *
 * @param contents - initial contents by map name, instead of the object's.
 * @example
 * ```ts
 * const variables = variablesOf(object);
 * variables.set("debug", true);
 * Collection.load(task, object, { contents: variables.contents });
 * ```
 */
export function variablesOf(
  object: ObjectSpec,
  contents: ReadonlyMap<string, Uint8Array> = new Map(),
): EditableVariables {
  const changed = new Map<string, Uint8Array>();
  const whole = (name: string): Uint8Array => {
    const map = object.maps.find((one) => one.name === name) as MapSpec;
    return contents.get(name) ?? map.contents ?? new Uint8Array(map.valueSize);
  };
  const store: VariableStore = {
    read: (name, offset, size) =>
      (changed.get(name) ?? whole(name)).subarray(offset, offset + size),
    write(name, offset, bytes) {
      const copy = changed.get(name) ?? Uint8Array.from(whole(name));
      copy.set(bytes, offset);
      changed.set(name, copy);
    },
  };
  return Object.assign(new Variables(object, store), { contents: changed });
}

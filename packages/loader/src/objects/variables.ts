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

/** A variable of an object. */
export interface VariableSpec {
  readonly name: string;
  /** The map that it lies in: `.bss`. */
  readonly map: string;
  /** Where in the map's value, in bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** Its type in the object's BTF. */
  readonly typeId: number;
  /** Whether only a load can set it. */
  readonly constant: boolean;
}

/** Where the bytes of variables are. */
export interface VariableStore {
  /** Bytes of a map from `offset` on. */
  read(map: string, offset: number, size: number): Uint8Array;
  write(map: string, offset: number, bytes: Uint8Array): void;
}

/** Variables of programs by name, as values of their types. */
export class Variables {
  /** All that there are, in the order of maps and places. */
  readonly specs: readonly VariableSpec[];
  readonly #byName: ReadonlyMap<string, VariableSpec>;
  readonly #btf: Btf | undefined;
  readonly #store: VariableStore;
  readonly #codecs = new Map<number, ValueCodec>();

  /** @internal See {@link variablesOf}, and `variables` of a collection. */
  constructor(object: ObjectSpec, store: VariableStore) {
    this.specs = variablesIn(object);
    // Of static variables of one name the first one is meant.
    this.#byName = new Map([...this.specs].reverse().map((spec) => [spec.name, spec]));
    this.#btf = object.btf;
    this.#store = store;
  }

  /**
   * The value of a variable.
   *
   * @throws RangeError if there is none of that name, BpfError if the kernel refuses.
   */
  get(name: string): Value {
    const { map, offset, size, typeId } = this.#spec(name);
    return this.#codec(typeId).decode(this.#store.read(map, offset, size));
  }

  /**
   * Sets a variable. Members of a struct that are left out stay as they are.
   *
   * @throws RangeError if there is none of that name or the value does not fit, TypeError for one of
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
    throw new RangeError(`there is no variable ${name}; there are: ${names}`);
  }

  #codec(typeId: number): ValueCodec {
    const codec = this.#codecs.get(typeId) ?? valueCodec(this.#btf as Btf, typeId);
    this.#codecs.set(typeId, codec);
    return codec;
  }
}

/** Variables in the maps of an object, which BTF names. */
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

/** Variables before a load, and what the maps will hold. */
export interface EditableVariables extends Variables {
  /** Contents of the maps whose variables were set: `contents` of the options of a load. */
  readonly contents: ReadonlyMap<string, Uint8Array>;
}

/**
 * The variables of an object before it is loaded. What is set there becomes part of a load by the
 * option `contents`.
 *
 * @param contents - contents in place of those of the object, by the map's name.
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

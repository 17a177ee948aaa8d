// SPDX-License-Identifier: MIT
import { expect, test } from "vitest";
import { parseElf, readRelocations } from "../src/index.ts";
import { ask, compile } from "./clang.ts";

interface Readelf {
  readonly Sections: readonly {
    readonly Section: { readonly Name: { readonly Name: string }; readonly Size: number };
  }[];
  readonly Symbols: readonly {
    readonly Symbol: {
      readonly Name: { readonly Name: string };
      readonly Value: number;
      readonly Size: number;
    };
  }[];
  readonly Relocations: readonly {
    readonly Relocs: readonly {
      readonly Relocation: { readonly Offset: number; readonly Symbol: { readonly Name: string } };
    }[];
  }[];
}

test("llvm-readelf prints the same sections, symbols and relocations", (context) => {
  const object = compile(context, "types");
  const command = ["llvm-readelf-19", "--elf-output-style=JSON", "-S", "-s", "-r"];
  const [seen] = JSON.parse(ask(context, command, object)) as Readelf[];
  const elf = parseElf(object);
  expect(elf.sections.map(({ name, size }) => [name, size])).toEqual(
    seen?.Sections.map(({ Section }) => [Section.Name.Name, Section.Size]),
  );
  expect(elf.symbols.map(({ name, value, size }) => [name, value, size])).toEqual(
    seen?.Symbols.map(({ Symbol: s }) => [s.Name.Name, s.Value, s.Size]),
  );
  const relocations = elf.sections
    .filter(({ type }) => type === 9)
    .map((section) => readRelocations(elf, section));
  expect(relocations.map((of) => of.map(({ offset, symbol }) => [offset, symbol.name]))).toEqual(
    seen?.Relocations.map(({ Relocs }) =>
      Relocs.map(({ Relocation: r }) => [r.Offset, r.Symbol.Name]),
    ),
  );
});

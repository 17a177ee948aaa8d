// SPDX-License-Identifier: MIT
// Compiles a native program for mutants: each unit once, and then only the changed one.
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { findCompiler, isGnu } from "../../../../build/native/lib/compiler.mjs";
import { flags, programs } from "../../../../build/native/lib/programs.mjs";
import { root } from "../../../../lib/run.mjs";

export const NATIVE = "packages/kernel-native/native/";

/** Where static programs are linked to, and how many bytes the code of one may have. */
export const TEXT = 0x400000;
export const SIZE = 1 << 20;

/** A program, compiled from a copy of the sources in a folder. */
export class Build {
  #folder;
  #sources;
  #units;
  #compiler;
  #words;
  #objects = new Map();
  #plain;

  constructor(program, folder) {
    const { file, folder: own, sources, link } = programs[program];
    [this.#folder, this.#sources, this.file] = [folder, join(folder, "native"), file];
    mkdirSync(join(folder, "objects"), { recursive: true });
    cpSync(join(root, NATIVE), this.#sources, { recursive: true });
    const units = readdirSync(join(this.#sources, own)).filter((unit) => unit.endsWith(".c"));
    this.#units = [...units.sort().map((unit) => join(own, unit)), ...sources];
    this.#compiler = findCompiler(process.arch, link);
    // A mutant has unused variables.
    this.#words = flags[link](isGnu([this.#compiler[0]])).filter((word) => word !== "-Werror");
    for (const unit of this.#units) {
      if (!this.#object(unit)) throw new Error(`cannot compile ${unit}`);
      this.#objects.set(unit, readFileSync(this.#objectOf(unit)));
    }
    this.#plain = readFileSync(this.plain());
  }

  /** The program without a change. */
  plain() {
    return this.#link(join(this.#folder, "plain"));
  }

  /**
   * The program with another text of a file.
   *
   * @returns the path; undefined if it does not compile, or to the same code.
   */
  mutant(file, text) {
    const unit = file.slice(NATIVE.length);
    const copy = join(this.#sources, unit);
    const original = readFileSync(copy);
    writeFileSync(copy, text);
    const built = this.#object(unit) ? this.#link(join(this.#folder, "mutant")) : undefined;
    writeFileSync(copy, original);
    writeFileSync(this.#objectOf(unit), this.#objects.get(unit));
    // The linker removes what the program does not call.
    return built === undefined || readFileSync(built).equals(this.#plain) ? undefined : built;
  }

  /** The program that notes which of its blocks run, in the file `map`. gcc and clang have the option. */
  traced(map) {
    const words = this.#words.filter((word) => !/^-(?:O|s$|Wl,-s$)/.test(word));
    const args = ["-O0", "-g", "-gdwarf-4", "-no-pie", ...this.#common(words)];
    const runtime = join(this.#folder, "coverage.o");
    const source = join(import.meta.dirname, "coverage.c");
    const defines = [`-DMAP="${map}"`, `-DTEXT=${TEXT}`, `-DSIZE=${SIZE}`];
    const out = join(this.#folder, "traced");
    const units = [...this.#units, runtime];
    const done =
      this.#run([...this.#common(words), "-O1", ...defines, "-c", source, "-o", runtime]) &&
      this.#run([...args, "-fsanitize-coverage=trace-pc", ...units, "-o", out]);
    if (!done) throw new Error("cannot compile the program that notes which blocks run");
    return out;
  }

  #objectOf(unit) {
    return join(this.#folder, "objects", `${basename(dirname(unit))}-${basename(unit)}.o`);
  }

  #object(unit) {
    const args = [...this.#common(this.#words), "-c", unit, "-o", this.#objectOf(unit)];
    return this.#run(args);
  }

  #link(out) {
    const objects = this.#units.map((unit) => this.#objectOf(unit));
    return this.#run([...this.#common(this.#words), ...objects, "-o", out]) ? out : undefined;
  }

  #common(words) {
    // Programs include headers of the folder above their own.
    return [...this.#compiler.slice(1), ...words, "-w", "-I", "."];
  }

  #run(args) {
    const options = { cwd: this.#sources, stdio: "ignore" };
    return spawnSync(this.#compiler[0], args, options).status === 0;
  }
}

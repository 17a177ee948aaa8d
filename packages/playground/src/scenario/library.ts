// SPDX-License-Identifier: MIT
// The scenarios of the conformance suite, to open one.
import { suite } from "../upstream/suite.js";

/** A scenario of the suite. */
export interface SuiteFile {
  readonly file: string;
  readonly name: string;
  readonly text: string;
}

/** Returns the scenarios by name. */
export function suiteFiles(): readonly SuiteFile[] {
  return suite.map(({ file, text }) => ({
    ...{ file, text },
    name: /^name: (.*)$/m.exec(text)?.[1]?.replace(/^(["'])(.*)\1$/, "$2") ?? file,
  }));
}

// SPDX-License-Identifier: MIT
// Formats the package sizes for docs/backends.md and the READMEs, and compares them with new
// measurements.

const kilo = (bytes) => (bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0);

/**
 * One row per package: name, packed, unpacked, bundle (undefined for a package that pages cannot
 * use).
 */
export function sizeTable(rows) {
  const line = ({ name, packed, unpacked, bundle }) => {
    const page = bundle === undefined ? "Node only" : `${kilo(bundle.plain)}, ${kilo(bundle.gzip)}`;
    return `| \`${name}\` | ${kilo(packed)} | ${kilo(unpacked)} | ${page} |`;
  };
  return [
    "| package, kB | packed | installed | bundled for a browser: minified, with gzip |",
    "|---|---|---|---|",
    ...rows.map(line),
  ].join("\n");
}

/** The sizes of one package, for its own README. */
export function sizeLine({ packed, unpacked, bundle }) {
  const files = `Size: ${kilo(packed)} kB packed, ${kilo(unpacked)} kB installed`;
  if (bundle === undefined) return `${files}.`;
  return `${files}; bundled for a browser ${kilo(bundle.gzip)} kB, minified and with gzip.`;
}

const number = /\d+(?:\.\d+)?/g;

/**
 * Whether two texts are equal except for numbers that differ by at most 5 %. Another compiler or a
 * small change of the code changes sizes by less.
 */
export function agrees(documented, measured) {
  if (documented.replace(number, "#") !== measured.replace(number, "#")) return false;
  const numbers = (text) => (text.match(number) ?? []).map(Number);
  const fresh = numbers(measured);
  return numbers(documented).every(
    (value, i) => Math.abs(value - fresh[i]) <= 0.05 * fresh[i] + 0.1,
  );
}

// SPDX-License-Identifier: MIT

/** Where an annotation of GitHub Actions stands. */
export interface AnnotationPlace {
  readonly file: string;
  readonly line: number;
  readonly column?: number;
  readonly title: string;
}

/** A workflow command of GitHub Actions that annotates a line of a file. */
export function annotation(
  level: "error" | "warning" | "notice",
  { file, line, column, title }: AnnotationPlace,
  text: string,
): string {
  const place = `file=${property(file)},line=${line}${column === undefined ? "" : `,col=${column}`}`;
  return `::${level} ${place},title=${property(title)}::${data(text)}`;
}

const data = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

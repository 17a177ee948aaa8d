// SPDX-License-Identifier: MIT
import type { JSX } from "preact";

/** The titles of the columns of a table. The last column may have none. */
export function TableHead({ titles }: { readonly titles: readonly string[] }): JSX.Element {
  return (
    <thead>
      <tr>
        {titles.map((title) => (
          <th key={title} scope="col">
            {title}
          </th>
        ))}
      </tr>
    </thead>
  );
}

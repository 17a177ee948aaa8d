// SPDX-License-Identifier: MIT

/** Opens the list of pages where there is space for it. */
export function showNavigation() {
  const pages = document.getElementById("pages");
  const wide = matchMedia("(min-width: 60rem)");
  const show = () => {
    pages.open = wide.matches;
  };
  wide.addEventListener("change", show);
  show();
}

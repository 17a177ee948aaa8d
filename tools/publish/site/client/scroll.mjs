// SPDX-License-Identifier: MIT

/** Lets the keyboard reach and scroll what is wider than the page. */
export function focusScrollable() {
  const update = () => {
    for (const element of document.querySelectorAll("main pre, main .table"))
      if (element.scrollWidth > element.clientWidth) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
  };
  addEventListener("resize", update);
  update();
}

// SPDX-License-Identifier: MIT
// @ts-check

/** Longer texts do not fit into an address; the playground takes them there. */
const LIMIT = 4000;

/** Shows the field for an error text, which opens the playground with the text. */
export function showPaste() {
  const form = document.querySelector("#paste");
  const field = form?.querySelector("textarea");
  if (!(form instanceof HTMLFormElement) || !field) return;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = encodeURIComponent(field.value.slice(0, LIMIT));
    location.href = `${form.dataset.playground}#view=start&text=${text}`;
  });
}

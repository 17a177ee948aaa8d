// SPDX-License-Identifier: MIT
// @ts-check

/** The longest text that the field takes: it goes into an address. */
const LIMIT = 100_000;

/** Shows the field for an error text, which opens the playground with the text. */
export function showPaste() {
  const form = document.querySelector("#paste");
  const field = form?.querySelector("textarea");
  if (!(form instanceof HTMLFormElement) || !field) return;
  form.hidden = false;
  // A message stays until somebody changes the text, and a form with one is not submitted.
  field.addEventListener("input", () => field.setCustomValidity(""));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const isLong = field.value.length > LIMIT;
    field.setCustomValidity(
      isLong ? "This text is too long. Open it as a file in the playground." : "",
    );
    if (!form.reportValidity()) return;
    location.href = `${form.dataset.playground}#view=start&text=${encodeURIComponent(field.value)}`;
  });
}

// SPDX-License-Identifier: MIT
// The script of the pages of the book. They can be read without it.
import { addCopyButtons } from "./copy.mjs";
import { showNavigation } from "./navigation.mjs";
import { showPaste } from "./paste.mjs";
import { focusScrollable } from "./scroll.mjs";
import { addSearch } from "./search.mjs";
import { addFilter } from "./tables.mjs";

showNavigation();
showPaste();
addSearch();
addFilter();
focusScrollable();
addCopyButtons();

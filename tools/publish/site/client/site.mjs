// SPDX-License-Identifier: MIT
// The script of the pages of the book. They can be read without it.
import { showNavigation } from "./navigation.mjs";
import { focusScrollable } from "./scroll.mjs";
import { addSearch } from "./search.mjs";
import { addFilter } from "./tables.mjs";

showNavigation();
addSearch();
addFilter();
focusScrollable();

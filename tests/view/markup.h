/* SPDX-License-Identifier: MIT
 * markup.h - whether a page is what a browser's parser would not have to mend
 */
#ifndef RNN_TESTS_VIEW_MARKUP_H
#define RNN_TESTS_VIEW_MARKUP_H

/* NULL, or what is wrong first and where. Asked for: valid UTF-8 without control characters but the line's end; every tag known
 * as one that needs no closing, closed in itself (in <svg> only), or closed in its order; attributes quoted, none twice; & only in the
 * references we write, < and > only around tags; ids unique, and those that aria-labelledby names present; no block inside <p>; no
 * coordinate that is not a number. */
const char *markup_fault(const char *page);

#endif

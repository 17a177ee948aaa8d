/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_ARENA_H
#define _FUZZ_ARENA_H

/* A kernel as it was at some moment: its variables and its heap. */
struct image;

/* The kernel as it is now, in place of what @image was, which may be NULL. */
struct image *image_save(struct image *image);
/* The kernel as it was then. What was allocated since is gone, and poisoned. */
void image_restore(const struct image *image);

#endif /* _FUZZ_ARENA_H */

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _FUZZ_ARENA_H
#define _FUZZ_ARENA_H

/* A snapshot of a kernel: its variables and its heap. */
struct image;

/* Takes a snapshot of the current kernel. It replaces @image, which may be NULL. */
struct image *image_save(struct image *image);
/* Restores a snapshot. Memory allocated since then is freed and poisoned. */
void image_restore(const struct image *image);

#endif /* _FUZZ_ARENA_H */

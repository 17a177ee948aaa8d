// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of maps that user space maps: ring buffers, and arrays with BPF_F_MMAPABLE. Stands in for
 * mm/vmalloc.c: remap_vmalloc_range(). Memory is linear, so a mapping is an address.
 */
#include <linux/bpf.h>
#include <linux/mm.h>

#include "glue.h"

static unsigned long mapped;

int remap_vmalloc_range(struct vm_area_struct *vma, void *addr, unsigned long pgoff)
{
	mapped = (unsigned long)addr + (pgoff << PAGE_SHIFT);
	return 0;
}

/* The address of a map's memory, for reading. Returns -errno. */
EXPORT(kernel_map_address) int kernel_map_address(u32 fd)
{
	struct vm_area_struct vma = { .vm_end = PAGE_SIZE };
	struct bpf_map *map = bpf_map_get(fd);
	int err;

	if (IS_ERR(map))
		return PTR_ERR(map);
	err = map->ops->map_mmap ? map->ops->map_mmap(map, &vma) : -ENOTSUPP;
	bpf_map_put(map);
	return err ?: (int)mapped;
}

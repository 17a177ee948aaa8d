/* SPDX-License-Identifier: MIT */
/*
 * Runs libbpf on a fake bpf(2), so neither root nor a verifier nor a kernel is needed. The file
 * that includes this header defines the answers in fake_bpf().
 */
#pragma once
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

/* Larger than any map that libbpf mmaps; the file stays sparse. */
#define MAP_BYTES (1ul << 36)

/* The object that is being loaded. */
static struct bpf_object *loading;

/* Returns a result, or -errno. */
static long fake_bpf(int cmd, const union bpf_attr *attr);

/* The name stays readable through the fd, whatever number the fd gets later. */
static int new_fd(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, size))
		return -errno;
	return fd;
}

/* Kernels keep 15 characters; the name of an inner map is that of its outer map plus a suffix. */
static int is_own_map(const char *name)
{
	char inner[256];
	struct bpf_map *map;

	bpf_object__for_each_map(map, loading) {
		snprintf(inner, sizeof(inner), "%s.inner", bpf_map__name(map));
		if (!strncmp(name, bpf_map__name(map), BPF_OBJ_NAME_LEN - 1) ||
		    !strncmp(name, inner, BPF_OBJ_NAME_LEN - 1))
			return 1;
	}
	return 0;
}

static struct bpf_program *own_program(const union bpf_attr *attr)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, loading)
		if ((unsigned long)bpf_program__insns(prog) == attr->insns)
			return prog;
	return NULL;
}

static int is_own_btf(const union bpf_attr *attr)
{
	struct btf *btf = bpf_object__btf(loading);
	unsigned int size;

	return btf && (unsigned long)btf__raw_data(btf, &size) == attr->btf;
}

static long real_syscall(long nr, const long arg[6])
{
	register long r10 __asm__("r10") = arg[3];
	register long r8 __asm__("r8") = arg[4];
	register long r9 __asm__("r9") = arg[5];
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(arg[0]), "S"(arg[1]), "d"(arg[2]), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

/* Replaces the C library's syscall(): the static libbpf links to this one first. */
long syscall(long nr, ...)
{
	long arg[6], ret;
	va_list list;
	int i;

	va_start(list, nr);
	for (i = 0; i < 6; i++)
		arg[i] = va_arg(list, long);
	va_end(list);
	ret = nr == __NR_bpf ? fake_bpf(arg[0], (const union bpf_attr *)arg[1]) :
			       real_syscall(nr, arg);
	if (ret >= 0 || ret < -4095)
		return ret;
	errno = -ret;
	return -1;
}

static int silent(enum libbpf_print_level level, const char *format, va_list list)
{
	return getenv("VERBOSE") ? vfprintf(stderr, format, list) : 0;
}

/* Disables pinning, and reuse of pinned maps. */
static void unpin_maps(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		bpf_map__set_pin_path(map, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* PROG_LOAD up to the verifier. Models: kernel/bpf/syscall.c; spec section 3.4. */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/capability.h>
#include <linux/file.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/release.h>
#include <linux/security.h>
#include <linux/string.h>
#include <linux/sysctl.h>
#include <linux/uaccess.h>
#include <generated/needs.h>

#include "internal.h"
#include "verifier.h"

#define BPF_COMPLEXITY_LIMIT_INSNS 1000000
#define SIGNATURE_MAX_SIZE 8192u
#define KEYRING_PLATFORM 2	/* the last of the built-in keyrings */
#define KEYRING_SESSION (-3)
#define KEYRING_USER_SESSION (-5)

/* Spec section 3.4: the valid expected_attach_type values of the types that have a check. */
struct prog_type {
	bool checked;
	u64 attach;
};

#define A(n) (1ULL << (n))
#define RANGE(from, to) (A((to) + 1) - A(from))

static const struct prog_type prog_types[] = {
	[BPF_PROG_TYPE_CGROUP_SKB] = { true, A(BPF_CGROUP_INET_INGRESS) |
						A(BPF_CGROUP_INET_EGRESS) },
	[BPF_PROG_TYPE_CGROUP_SOCK] = { true, A(BPF_CGROUP_INET_SOCK_CREATE) |
						   A(BPF_CGROUP_INET4_POST_BIND) |
						   A(BPF_CGROUP_INET6_POST_BIND) |
						   A(BPF_CGROUP_INET_SOCK_RELEASE) },
	[BPF_PROG_TYPE_CGROUP_SOCK_ADDR] = { true, RANGE(8, 11) | RANGE(14, 15) |
							RANGE(19, 20) | RANGE(29, 32) |
							RANGE(49, 53) },
	[BPF_PROG_TYPE_SK_REUSEPORT] = { true, A(BPF_SK_REUSEPORT_SELECT) |
						  A(BPF_SK_REUSEPORT_SELECT_OR_MIGRATE) },
	[BPF_PROG_TYPE_CGROUP_SOCKOPT] = { true, A(BPF_CGROUP_GETSOCKOPT) |
						      A(BPF_CGROUP_SETSOCKOPT) },
	[BPF_PROG_TYPE_EXT] = { true, A(0) },
	[BPF_PROG_TYPE_SK_LOOKUP] = { true, A(BPF_SK_LOOKUP) },
	[BPF_PROG_TYPE_SYSCALL] = { true, A(0) },
	[BPF_PROG_TYPE_NETFILTER] = { true, A(BPF_NETFILTER) },
};

static const struct prog_type *prog_type_of(u32 type)
{
	static const struct prog_type unknown;

	return type < ARRAY_SIZE(prog_types) ? &prog_types[type] : &unknown;
}

/* PL-02. */
static u32 known_flags(void)
{
	u32 flags = BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT | BPF_F_TEST_RND_HI32 |
		    BPF_F_TEST_STATE_FREQ | BPF_F_SLEEPABLE | BPF_F_XDP_HAS_FRAGS |
		    BPF_F_XDP_DEV_BOUND_ONLY;

	if (kernel_at_least(6, 9))
		flags |= BPF_F_TEST_REG_INVARIANTS | BPF_F_TOKEN_FD;
	return flags;
}

/* PL-03: older loaders leave expected_attach_type at 0. */
static void bpf_prog_load_fixup_attach_type(union bpf_attr *attr)
{
	if (attr->expected_attach_type)
		return;
	if (attr->prog_type == BPF_PROG_TYPE_CGROUP_SOCK)
		attr->expected_attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	else if (attr->prog_type == BPF_PROG_TYPE_SK_REUSEPORT)
		attr->expected_attach_type = BPF_SK_REUSEPORT_SELECT;
}

/* PL-04: the token in force, or NULL. */
static struct bpf_token *prog_token(const union bpf_attr *attr)
{
	struct bpf_token *token = bpf_attr_token(BPF_PROG_LOAD, attr, attr->prog_flags);
	bool prog_ok;

	if (IS_ERR_OR_NULL(token))
		return token;
	token = bpf_filter_token_cmd(token, BPF_PROG_LOAD);
	if (!token || bpf_token_allow_prog_type(token, attr->prog_type,
						attr->expected_attach_type))
		return token;
	prog_ok = attr->prog_type < bpf_release_bound(FACTS_BPF_PROG_TYPE) &&
		  token->allowed_progs & 1ULL << attr->prog_type;
	if (!prog_ok)
		return bpf_drop_token(token, CHK_TOKEN_DROPPED_PROG, attr->prog_type,
				      token->allowed_progs);
	/* The attach type of a struct_ops program is a member number: bit 32 of the evidence. */
	return bpf_drop_token(token, CHK_TOKEN_DROPPED_ATTACH,
			      (u64)(attr->prog_type == BPF_PROG_TYPE_STRUCT_OPS) << 32 |
				      attr->expected_attach_type,
			      token->allowed_attachs);
}

static int no_cap(const struct bpf_token *token, enum check_id check, int cap)
{
	return refuse(-EPERM, check, bpf_evidence_cap(token, cap), evidence_caps_held());
}

/* PL-06..PL-10. PL-05 only concerns other architectures. */
static int prog_capable(const union bpf_attr *attr, const struct bpf_token *token)
{
	bool bpf_cap = bpf_token_capable(token, CAP_BPF);
	u32 limit = bpf_cap ? BPF_COMPLEXITY_LIMIT_INSNS : BPF_MAXINSNS;
	u8 caps = attr->prog_type < ARRAY_SIZE(prog_type_caps) ? prog_type_caps[attr->prog_type] : 0;

	if (sysctl_unprivileged_bpf_disabled && !bpf_cap)
		return no_cap(token, CHK_PROG_LOAD_SYSCTL, CAP_BPF);
	if (!attr->insn_cnt || attr->insn_cnt > limit)
		return refuse(-E2BIG, CHK_PROG_LOAD_INSN_CNT, limit, attr->insn_cnt);
	if (attr->prog_type != BPF_PROG_TYPE_SOCKET_FILTER &&
	    attr->prog_type != BPF_PROG_TYPE_CGROUP_SKB && !bpf_cap)
		return no_cap(token, CHK_PROG_LOAD_BPF, CAP_BPF);
	if (caps & NEEDS_NET_ADMIN && !bpf_token_capable(token, CAP_NET_ADMIN))
		return no_cap(token, CHK_PROG_LOAD_NET_ADMIN, CAP_NET_ADMIN);
	if (caps & NEEDS_PERFMON && !bpf_token_capable(token, CAP_PERFMON))
		return no_cap(token, CHK_PROG_LOAD_PERFMON, CAP_PERFMON);
	return 0;
}

/* PL-11: the attach target of a program. */
struct attach_target {
	struct bpf_prog *prog;
	struct btf *btf;
};

static void put_target(const struct attach_target *target)
{
	if (target->prog)
		bpf_prog_put(target->prog);
	btf_put(target->btf);
}

/** bpf_attach_multi() - Does the attach type attach to many functions by their BTF ids? */
bool bpf_attach_multi(u32 attach_type)
{
	return kernel_at_least(7, 2) && attach_type >= BPF_TRACE_FENTRY_MULTI &&
	       attach_type <= BPF_TRACE_FSESSION_MULTI;
}

static int get_target(const union bpf_attr *attr, struct attach_target *target)
{
	*target = (struct attach_target){};
	if (attr->attach_prog_fd) {
		target->prog = bpf_prog_get(attr->attach_prog_fd);
		if (!IS_ERR(target->prog))
			return 0;
		target->prog = NULL;
		target->btf = btf_get_by_fd(attr->attach_btf_obj_fd);
		if (IS_ERR(target->btf)) {
			target->btf = NULL;
			return refuse(-EINVAL, CHK_PROG_LOAD_TARGET, 0, attr->attach_prog_fd);
		}
		if (!btf_is_kernel(target->btf))
			return refuse(-ENOTSUPP, CHK_PROG_LOAD_TARGET_BTF, 0,
				      btf_obj_id(target->btf));
	} else if (attr->attach_btf_id || bpf_attach_multi(attr->expected_attach_type)) {
		target->btf = bpf_vmlinux_get();
		if (IS_ERR(target->btf)) {
			int err = PTR_ERR(target->btf);

			target->btf = NULL;
			return err;
		}
	}
	return 0;
}

/* PL-12. */
static int bpf_prog_load_check_attach(const union bpf_attr *attr,
				      const struct attach_target *target)
{
	const struct prog_type *t = prog_type_of(attr->prog_type);
	u32 type = attr->prog_type, id = attr->attach_btf_id;
	bool multi = bpf_attach_multi(attr->expected_attach_type);

	if (id && (id > BTF_MAX_TYPE || (!target->btf && !target->prog) ||
		   (type != BPF_PROG_TYPE_TRACING && type != BPF_PROG_TYPE_LSM &&
		    type != BPF_PROG_TYPE_STRUCT_OPS && type != BPF_PROG_TYPE_EXT)))
		return refuse(-EINVAL, CHK_PROG_LOAD_BTF_ID, 0, id);
	if (target->btf && !id && !multi)
		return refuse(-EINVAL, CHK_PROG_LOAD_BTF_ID, 1, 0);
	if (target->prog && type != BPF_PROG_TYPE_TRACING && type != BPF_PROG_TYPE_EXT)
		return refuse(-EINVAL, CHK_PROG_LOAD_TARGET_TYPE, 0, type);
	if (multi && (type != BPF_PROG_TYPE_TRACING || id))
		return refuse(-EINVAL, CHK_PROG_LOAD_ATTACH_TYPE, attr->expected_attach_type, 0);
	if (t->checked && (attr->expected_attach_type >= 64 ||
			   !(t->attach & A(attr->expected_attach_type))))
		return refuse(-EINVAL, CHK_PROG_LOAD_ATTACH_TYPE, attr->expected_attach_type,
			      t->attach);
	return 0;
}

/* The kernel makes the session and user keyrings of a caller when they are needed. */
static bool has_keyring(s32 id)
{
	return id >= 0 ? id <= KEYRING_PLATFORM :
			 id <= KEYRING_SESSION && id >= KEYRING_USER_SESSION;
}

/**
 * bpf_prog_verify_signature() - Check the signature of a program, if it has one: PL-15.
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_verify_signature() (6.18..). Deviation: the model has no
 * user keys, and no certificates to verify a signature with.
 */
int bpf_prog_verify_signature(const union bpf_attr *attr)
{
	const u32 size = attr->signature_size;
	char first;

	if (!kernel_at_least(6, 18) || !attr->signature)
		return 0;
	if (size > SIGNATURE_MAX_SIZE || (!size && kernel_at_least(7, 3)))
		return refuse(-EINVAL, CHK_PROG_LOAD_SIGNATURE, SIGNATURE_MAX_SIZE, size);
	if (!has_keyring(attr->keyring_id))
		return refuse(-EINVAL, CHK_PROG_LOAD_KEYRING, KEYRING_PLATFORM,
			      (u32)attr->keyring_id);
	if (size && copy_from_user(&first, u64_to_user_ptr(attr->signature + size - 1), 1))
		return kernel_at_least(7, 1) ?
			       refuse(-EFAULT, CHK_PROG_LOAD_SIGNATURE_FAULT, size, 0) :
			       refuse(-ENOMEM, CHK_PROG_LOAD_SIGNATURE_MEMORY, size, 0);
	return not_modelled(UNMODELLED_SIGNATURES);
}

/* PL-14..PL-18. The program already has the token. */
static int prog_fill(struct bpf_prog *prog, union bpf_attr *attr)
{
	char license[128];
	int err;

	if (copy_from_user(prog->insnsi, u64_to_user_ptr(attr->insns),
			   (size_t)attr->insn_cnt * sizeof(struct bpf_insn)))
		return refuse(-EFAULT, CHK_PROG_LOAD_INSNS, attr->insn_cnt, 0);
	if (strncpy_from_user(license, u64_to_user_ptr(attr->license), sizeof(license) - 1) < 0)
		return refuse(-EFAULT, CHK_PROG_LOAD_LICENSE, 0, 0);
	license[sizeof(license) - 1] = 0;
	prog->gpl_compatible = !strcmp(license, "GPL") || !strcmp(license, "GPL v2") ||
			       !strcmp(license, "GPL and additional rights") ||
			       !strcmp(license, "Dual BSD/GPL") ||
			       !strcmp(license, "Dual MIT/GPL") ||
			       !strcmp(license, "Dual MPL/GPL");
	if (!kernel_at_least(7, 3)) {
		err = bpf_prog_verify_signature(attr);
		if (err)
			return err;
	}
	if (!attr->prog_type || attr->prog_type >= bpf_release_bound(FACTS_BPF_PROG_TYPE))
		return refuse(-EINVAL, CHK_PROG_LOAD_TYPE, bpf_release_bound(FACTS_BPF_PROG_TYPE),
			      attr->prog_type);
	err = bpf_obj_name_cpy(prog->aux->name, attr->prog_name, sizeof(attr->prog_name));
	if (err < 0)
		return refuse(err, CHK_PROG_LOAD_NAME, 0, 0);
	/* PL-18: without the token, and since 7.3 in the verifier, with it */
	return kernel_at_least(7, 3) ? 0 : security_bpf_prog_load(prog, attr, NULL, false);
}

/* PL-13..PL-19. The program takes over the caller's reference to the token, also on failure. */
static int prog_make(union bpf_attr *attr, const struct bpf_log_attr *log,
		     struct attach_target *target, struct bpf_token *token)
{
	struct bpf_prog *prog = bpf_prog_alloc(attr->insn_cnt);
	int err;

	if (!prog) {
		bpf_token_put(token);
		return refuse(-EINVAL, CHK_PROG_LOAD_MEMORY, attr->insn_cnt, 0);
	}
	prog->type = attr->prog_type;
	prog->expected_attach_type = attr->expected_attach_type;
	prog->aux->prog_flags = attr->prog_flags & ~BPF_F_TOKEN_FD;
	prog->aux->attach_btf_id = attr->attach_btf_id;
	prog->aux->token = token;
	prog->aux->user = current_uid();
	prog->aux->dst_prog = target->prog;
	prog->aux->attach_btf = target->btf;
	*target = (struct attach_target){};

	err = prog_fill(prog, attr);
	if (!err)
		err = bpf_check(prog, attr, log);
	if (err) {
		bpf_prog_free(prog);
		return err;
	}
	decide(CHK_PROG_LOAD_NOT_VERIFIED, 0, attr->insn_cnt);
	bpf_prog_publish(prog);
	err = bpf_prog_new_fd(prog);
	if (err < 0)
		bpf_prog_put(prog);
	return err;
}

/**
 * bpf_prog_load() - PROG_LOAD.
 * @uattr: the attributes in user space, @uattr_size bytes
 *
 * Models: kernel/bpf/syscall.c:bpf_prog_load() (v10..); spec PL-00..PL-18.
 */
int bpf_prog_load(union bpf_attr *attr, union bpf_attr __user *uattr, u32 uattr_size,
		  const struct bpf_common *common)
{
	struct bpf_log_attr log = {
		.ubuf = attr->log_buf,
		.size = attr->log_size,
		.level = attr->log_level,
		.uattr = uattr,
		.uattr_size = uattr_size,
		.true_at = offsetof(union bpf_attr, log_true_size),
	};
	struct attach_target target;
	struct bpf_token *token;
	int err;

	err = bpf_log_attr_init(&log, common, CHK_PROG_LOAD_LOG);
	if (err)
		return err;
	err = bpf_check_attr(BPF_PROG_LOAD, attr, CHK_PROG_LOAD_TAIL);
	if (err)
		return err;
	if (attr->prog_flags & ~known_flags())
		return refuse(-EINVAL, CHK_PROG_LOAD_FLAGS, known_flags(), attr->prog_flags);
	bpf_prog_load_fixup_attach_type(attr);

	token = prog_token(attr);
	if (IS_ERR(token))
		return PTR_ERR(token);
	err = prog_capable(attr, token);
	if (err)
		goto put_token;
	err = get_target(attr, &target);
	if (!err)
		err = bpf_prog_load_check_attach(attr, &target);
	if (!err && attr->prog_ifindex)
		err = not_modelled(UNMODELLED_DEVICE_PROGRAMS);
	if (!err) {
		err = prog_make(attr, &log, &target, token);
		token = NULL;
	}
	put_target(&target);
put_token:
	bpf_token_put(token);
	return err;
}

// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <stdarg.h>
#include "addon/sys.h"
#include "mini.h"

#if defined(__x86_64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call mini_start\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x0, sp\n"
	"	and sp, x0, #-16\n"
	"	bl mini_start\n");
#else
#error "only x86-64 and arm64"
#endif

long mini_syscall(long nr, long a, long b, long c, long d, long e, long f)
{
	return sys6(nr, a, b, c, d, e, f);
}

/* The compiler calls these by name. */
void *memcpy(void *to, const void *from, size_t count)
{
	char *t = to;
	const char *f = from;

	while (count--)
		*t++ = *f++;
	return to;
}

void *memset(void *to, int value, size_t count)
{
	char *t = to;

	while (count--)
		*t++ = (char)value;
	return to;
}

/* Called by _start with the stack of a new program: argc, argv, NULL, environment. */
_Noreturn void mini_start(long *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);

	mini_exit(mini_main(argc, argv, argv + argc + 1));
}

_Noreturn void mini_exit(int status)
{
	for (;;)
		SYS(__NR_exit_group, status);
}

size_t mini_strlen(const char *text)
{
	size_t n = 0;

	while (text[n])
		n++;
	return n;
}

bool mini_equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

bool mini_starts(const char *text, const char *start)
{
	while (*start)
		if (*text++ != *start++)
			return false;
	return true;
}

const char *mini_find(const char *text, const char *part)
{
	for (;; text++) {
		if (mini_starts(text, part))
			return text;
		if (!*text)
			return NULL;
	}
}

long mini_number(const char *text)
{
	long number = 0;
	int digits = 0;

	for (; *text >= '0' && *text <= '9'; text++, digits++)
		if (digits < 11)
			number = number * 10 + (*text - '0');
	return *text || !digits || digits > 10 ? -1 : number;
}

/* Output ---------------------------------------------------------------- */

enum { OUT_FIRST = 1 << 16 };

void out_open(struct out *out, int fd)
{
	out->bytes = NULL;
	out->used = out->size = 0;
	out->fd = fd;
	out->failed = false;
}

/* Keeps a small buffer for the next time. */
void out_clear(struct out *out)
{
	out->used = 0;
	if (out->size > OUT_FIRST) {
		SYS(__NR_munmap, out->bytes, out->size);
		out->bytes = NULL;
		out->size = 0;
	}
}

void out_release(struct out *out)
{
	if (out->bytes)
		SYS(__NR_munmap, out->bytes, out->size);
	out->bytes = NULL;
	out->used = out->size = 0;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
	while (count) {
		long ret = SYS(__NR_write, fd, bytes, count);

		if (ret == -MINI_EINTR)
			continue;
		if (ret <= 0)
			return false;
		bytes += ret;
		count -= (size_t)ret;
	}
	return true;
}

void out_flush(struct out *out)
{
	if (out->fd < 0 || !out->used)
		return;
	if (!write_all(out->fd, out->bytes, out->used))
		out->failed = true;
	out->used = 0;
}

/* Makes room for `count` more bytes. */
static bool grow(struct out *out, size_t count)
{
	size_t size = out->size ? out->size : OUT_FIRST;
	long ret;

	if (out->fd >= 0 && out->used && out->used + count > out->size)
		out_flush(out);
	while (size < out->used + count)
		size *= 2;
	if (size <= out->size)
		return true;
	if (out->bytes)
		ret = SYS(__NR_mremap, out->bytes, out->size, size, 1 /* MREMAP_MAYMOVE */);
	else
		ret = SYS(__NR_mmap, 0, size, 3 /* read, write */, 0x22 /* private, anonymous */, -1, 0);
	if (ret < 0 && ret > -4096)
		return false;
	out->bytes = (char *)ret;
	out->size = size;
	return true;
}

void out_bytes(struct out *out, const void *bytes, size_t count)
{
	if (out->failed || !count)
		return;
	if (out->used + count > out->size && !grow(out, count)) {
		out->failed = true;
		return;
	}
	memcpy(out->bytes + out->used, bytes, count);
	out->used += count;
}

void out_text(struct out *out, const char *text)
{
	out_bytes(out, text, mini_strlen(text));
}

void out_number(struct out *out, long long number)
{
	char text[24];
	size_t at = sizeof(text);
	unsigned long long rest = number < 0 ? 0 - (unsigned long long)number : (unsigned long long)number;

	do
		text[--at] = (char)('0' + rest % 10);
	while (rest /= 10);
	if (number < 0)
		text[--at] = '-';
	out_bytes(out, text + at, sizeof(text) - at);
}

void out_hex(struct out *out, unsigned long long number)
{
	char text[18];
	size_t at = sizeof(text);

	do
		text[--at] = "0123456789abcdef"[number & 15];
	while (number >>= 4);
	text[--at] = 'x';
	text[--at] = '0';
	out_bytes(out, text + at, sizeof(text) - at);
}

void out_base64(struct out *out, const void *bytes, size_t count)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *in = bytes;

	for (; count; ) {
		size_t n = count < 3 ? count : 3;
		uint32_t bits = (uint32_t)in[0] << 16;
		char four[4];

		if (n > 1)
			bits |= (uint32_t)in[1] << 8;
		if (n > 2)
			bits |= in[2];
		for (size_t i = 0; i < 4; i++)
			four[i] = i <= n ? letters[(bits >> (18 - 6 * i)) & 63] : '=';
		out_bytes(out, four, 4);
		in += n;
		count -= n;
	}
}

/* The length of the UTF-8 sequence at `in`; 0 if it is not valid, with the bytes to skip. */
static size_t utf8_length(const unsigned char *in, size_t count, size_t *skip)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t length;

	*skip = 1;
	if (in[0] < 0x80)
		return 1;
	if (in[0] < 0xc2 || in[0] > 0xf4)
		return 0;
	length = in[0] < 0xe0 ? 2 : in[0] < 0xf0 ? 3 : 4;
	if (in[0] == 0xe0)
		low = 0xa0;
	if (in[0] == 0xed)
		high = 0x9f;
	if (in[0] == 0xf0)
		low = 0x90;
	if (in[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i < length; i++) {
		if (i >= count || in[i] < low || in[i] > high)
			return 0;
		*skip = i + 1;
		low = 0x80;
		high = 0xbf;
	}
	return length;
}

/*
 * Whether a character controls a terminal, changes the direction of text or has no width: people
 * print reports, and names of processes and mounts are anybody's.
 */
static bool is_unprintable(unsigned int code)
{
	static const unsigned short ranges[][2] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x180e, 0x180e },
		{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfeff, 0xfeff },
		{ 0xfff9, 0xfffb },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
		if (code >= ranges[i][0] && code <= ranges[i][1])
			return true;
	return false;
}

/* The code of a valid sequence of at most three bytes; 0x10000 for longer ones. */
static unsigned int utf8_code(const unsigned char *in, size_t length)
{
	unsigned int code = length == 1 ? in[0] : length == 2 ? in[0] & 0x1f : in[0] & 0xf;

	if (length > 3)
		return 0x10000;
	for (size_t i = 1; i < length; i++)
		code = code << 6 | (in[i] & 0x3f);
	return code;
}

static void out_escape(struct out *out, unsigned int code)
{
	char six[6] = { '\\', 'u' };

	for (int i = 0; i < 4; i++)
		six[2 + i] = "0123456789abcdef"[code >> (12 - 4 * i) & 15];
	out_bytes(out, six, sizeof(six));
}

void out_json(struct out *out, const char *text, size_t count)
{
	const unsigned char *in = (const unsigned char *)text;

	out_text(out, "\"");
	while (count) {
		size_t skip, length = utf8_length(in, count, &skip);

		if (!length) {
			out_text(out, "\\ufffd");
			length = skip;
		} else if (in[0] == '"' || in[0] == '\\') {
			char two[2] = { '\\', (char)in[0] };

			out_bytes(out, two, 2);
		} else if (is_unprintable(utf8_code(in, length))) {
			out_escape(out, utf8_code(in, length));
		} else {
			out_bytes(out, in, length);
		}
		in += length;
		count -= length;
	}
	out_text(out, "\"");
}

/* Files and messages ------------------------------------------------------ */

long read_file(const char *path, char *text, size_t size)
{
	size_t used = 0;
	long fd = SYS(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
	long ret;

	text[0] = '\0';
	if (fd < 0)
		return fd;
	while ((ret = SYS(__NR_read, fd, text + used, size - used)) > 0) {
		used += (size_t)ret;
		if (used == size) {
			ret = -MINI_E2BIG;
			break;
		}
	}
	SYS(__NR_close, fd);
	text[ret < 0 ? 0 : used] = '\0';
	return ret < 0 ? ret : (long)used;
}

long read_lines(const char *path, bool (*take)(const struct text_line *line, void *to), void *to)
{
	static char text[MINI_LINE], chunk[1 << 14];
	struct text_line line = { text, 0, false };
	long fd = SYS(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0), ret = 0;
	bool more = true;

	if (fd < 0)
		return fd;
	while (more && (ret = SYS(__NR_read, fd, chunk, sizeof(chunk))) > 0) {
		for (long i = 0; more && i < ret; i++) {
			if (chunk[i] == '\n') {
				text[line.count] = '\0';
				more = take(&line, to);
				line = (struct text_line){ text, 0, false };
			} else if (line.count + 1 < sizeof(text)) {
				text[line.count++] = chunk[i];
			} else {
				line.cut = true;
			}
		}
	}
	SYS(__NR_close, fd);
	text[line.count] = '\0';
	if (more && ret == 0 && line.count)
		take(&line, to);
	return ret < 0 ? ret : 0;
}

struct short_lines {
	char *text;
	size_t used, size;
};

static bool take_short_line(const struct text_line *line, void *to)
{
	struct short_lines *lines = to;

	if (line->count >= 256)
		return true;
	if (lines->used + line->count + 2 > lines->size) {
		lines->size = 0;
		return false;
	}
	memcpy(lines->text + lines->used, line->at, line->count);
	lines->used += line->count;
	lines->text[lines->used++] = '\n';
	return true;
}

long read_short_lines(const char *path, char *text, size_t size)
{
	struct short_lines lines = { text, 0, size };
	long ret = read_lines(path, take_short_line, &lines);

	if (ret >= 0 && !lines.size)
		ret = -MINI_E2BIG;
	text[ret < 0 ? 0 : lines.used] = '\0';
	return ret < 0 ? ret : (long)lines.used;
}

long read_link(const char *path, char *text, size_t size)
{
	long ret = SYS(__NR_readlinkat, AT_FDCWD, path, text, size - 1);

	text[ret < 0 ? 0 : ret] = '\0';
	return ret;
}

const char *mini_join(char *text, size_t size, ...)
{
	va_list parts;
	const char *part;
	size_t at = 0;

	va_start(parts, size);
	while ((part = va_arg(parts, const char *)))
		while (*part && at + 1 < size)
			text[at++] = *part++;
	va_end(parts);
	text[at] = '\0';
	return text;
}

/*
 * A terminal would execute the control characters of a name: C0, DEL, C1, and those that change the
 * direction of text (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069) or end a line (U+2028,
 * U+2029), in UTF-8. Their last byte is replaced, which leaves no such character.
 */
static bool is_control(const char *text, size_t at)
{
	unsigned char c = (unsigned char)text[at];
	unsigned char before = at ? (unsigned char)text[at - 1] : 0;

	if (c < ' ' || c == 0x7f || (before == 0xc2 && c < 0xa0) || (before == 0xd8 && c == 0x9c))
		return true;
	if (at < 2 || (unsigned char)text[at - 2] != 0xe2)
		return false;
	if (before == 0x80)
		return c == 0x8e || c == 0x8f || (c >= 0xa8 && c <= 0xae);
	return before == 0x81 && c >= 0xa6 && c <= 0xa9;
}

void mini_complain(const char *message)
{
	char line[1024];
	size_t n = 0;

	for (; message[n] && n + 1 < sizeof(line); n++)
		line[n] = is_control(message, n) ? '?' : message[n];
	line[n++] = '\n';
	write_all(2, line, n);
}

void mini_print(const char *text)
{
	write_all(1, text, mini_strlen(text));
}

static const char *why_late;

static _Noreturn void at_deadline(int signal)
{
	(void)signal;
	mini_complain(why_late);
	mini_exit(3);
}

/* Ends the program after so many seconds, 0: never. A signal alone would only restart the call. */
static void set_deadline(long seconds, const char *message)
{
	enum { SIG_ALARM = 14, RESTORER = 0x04000000 };
	/* x86-64 requires a restorer, and the handler does not return to it. */
	const unsigned long action[4] = {
		(unsigned long)at_deadline, RESTORER, (unsigned long)at_deadline, 0,
	};
	const long timer[4] = { 0, 0, seconds, 0 };

	why_late = message;
	SYS(__NR_rt_sigaction, SIG_ALARM, action, 0, 8);
	SYS(__NR_setitimer, 0 /* ITIMER_REAL */, timer, 0);
}

long mini_seize(const char *program, long pid, unsigned long options)
{
	char message[160];
	long ret;

	set_deadline(5, mini_join(message, sizeof(message), program, ": the process does not finish "
				  "execve(), and cannot be traced before", NULL));
	ret = SYS(__NR_ptrace, 0x4206 /* PTRACE_SEIZE */, pid, 0, options);
	set_deadline(0, NULL);
	return ret;
}

const char *mini_error_name(long error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
		{ 1, "EPERM" }, { 2, "ENOENT" }, { 3, "ESRCH" }, { 4, "EINTR" }, { 5, "EIO" },
		{ 7, "E2BIG" }, { 8, "ENOEXEC" }, { 9, "EBADF" }, { 11, "EAGAIN" },
		{ 12, "ENOMEM" }, { 13, "EACCES" }, { 16, "EBUSY" }, { 20, "ENOTDIR" }, { 21, "EISDIR" }, { 22, "EINVAL" },
		{ 23, "ENFILE" }, { 24, "EMFILE" }, { 28, "ENOSPC" }, { 36, "ENAMETOOLONG" },
		{ 38, "ENOSYS" }, { 40, "ELOOP" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == (error < 0 ? -error : error))
			return names[i].name;
	return "error";
}

// SPDX-License-Identifier: MIT
/* Where messages go besides standard error, which crun and most engines drop. */
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/time_types.h>
#include "hook.h"
#include "addon/sys.h"

/* Of <sys/socket.h>, which belongs to the C library. */
enum { UNIX = 1, DATAGRAM = 2, DONT_WAIT = 0x40 };

/* A container that is started again and again shall not fill the disk of the host. */
enum { LOG_MOST = 16 << 20 };

/* Of <time.h>. */
enum { REALTIME = 0, DAY = 86400 };

const char *log_file = "";

static void send_to_system_log(const char *line, size_t size)
{
	static const struct { unsigned short family; char path[16]; } address = { UNIX, "/dev/log" };
	/* Facility daemon, severity error. */
	static char datagram[LINE_MAX + 8] = "<27>";
	long fd = sys(__NR_socket, UNIX, DATAGRAM | O_CLOEXEC, 0);

	if (fd < 0)
		return;
	memcpy(datagram + 4, line, size);
	sys6(__NR_sendto, fd, (long)datagram, size + 4, DONT_WAIT, (long)&address, sizeof(address));
	sys(__NR_close, fd, 0, 0);
}

static char *two_digits(char *at, unsigned int number)
{
	*at++ = '0' + number / 10 % 10;
	*at++ = '0' + number % 10;
	return at;
}

static bool is_leap(unsigned int year)
{
	return year % 4 == 0 && (year % 100 || year % 400 == 0);
}

static unsigned int days_of(unsigned int year, unsigned int month)
{
	static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return month == 1 && is_leap(year) ? 29 : days[month];
}

/* Puts the date and the time, "2026-12-02T10:24:23Z ", at @at, and returns its end. */
static char *put_time(char *at)
{
	struct __kernel_timespec now = { 0 };
	unsigned int year = 1970, month = 0, days, second;

	sys(__NR_clock_gettime, REALTIME, &now, 0);
	days = now.tv_sec / DAY;
	second = now.tv_sec % DAY;
	for (; days >= 365U + is_leap(year); year++)
		days -= 365 + is_leap(year);
	for (; days >= days_of(year, month); month++)
		days -= days_of(year, month);

	const struct { unsigned int number; char after; } parts[] = {
		{ year % 100, '-' }, { month + 1, '-' }, { days + 1, 'T' },
		{ second / 3600, ':' }, { second / 60 % 60, ':' }, { second % 60, 'Z' },
	};

	at = two_digits(at, year / 100);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		at = two_digits(at, parts[i].number);
		*at++ = parts[i].after;
	}
	*at++ = ' ';
	return at;
}

/* Returns why nothing was written, or NULL. */
static const char *append_to_file(const char *line, size_t size)
{
	static char text[LINE_MAX + 32];
	struct statx file;
	char *end = put_time(text);
	const char *why = NULL;
	long fd, n;

	fd = sys6(__NR_openat, AT_FDCWD, (long)log_file,
		  O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0640, 0, 0);
	if (fd < 0)
		return errno_name(fd);
	n = sys6(__NR_statx, fd, (long)"", AT_EMPTY_PATH, STATX_BASIC_STATS, (long)&file, 0);
	if (n < 0 || (file.stx_mode & S_IFMT) != S_IFREG)
		why = "it is no regular file";
	else if (file.stx_uid || file.stx_mode & 022)
		why = "others than root can write it";
	/* In a folder of others, it can be a second name of any file of root. */
	else if (file.stx_nlink != 1)
		why = "it has several names";
	else if (file.stx_size >= LOG_MOST)
		why = "it has 16 MiB; move it away";
	if (!why) {
		memcpy(end, line, size);
		end[size] = '\n';
		n = sys(__NR_write, fd, text, end + size + 1 - text);
		why = n < 0 ? errno_name(n) : NULL;
	}
	sys(__NR_close, fd, 0, 0);
	return why;
}

const char *log_line(const char *line, size_t size)
{
	send_to_system_log(line, size);
	return *log_file ? append_to_file(line, size) : NULL;
}

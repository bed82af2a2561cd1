/* Stands between a program and the calls by which it changes files, counts those, and ends the program at one or lets it fail.
 *
 * DISK_AT=N: the N-th call, from 1. DISK_HOW=kill: the process is killed before it; DISK_HOW=half: of a write, after half of its
 * bytes; else the number of the error that it fails with. DISK_LOG=FILE: the calls, one a line, as they are about to be done.
 * Only what is written to files counts: standard output and its like are none of it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static long count;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static void note(const char *call, const char *path) {
    const char *file = getenv("DISK_LOG");
    if (!file) return;
    char line[4096];
    int length = snprintf(line, sizeof line, "%s %s\n", call, path ? path : "");
    int fd = REAL(open64)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0) return;
    ssize_t written = REAL(write)(fd, line, (size_t)length);
    (void)written;
    close(fd);
}

/* Whether a call fails. Does not come back from the one at which the process is killed. */
static int fails(const char *call, const char *path) {
    int before = errno;
    note(call, path);
    errno = before;
    const char *at = getenv("DISK_AT"), *how = getenv("DISK_HOW");
    if (!at || !how || ++count != atol(at)) return 0;
    if (!strcmp(how, "half")) return 1;
    if (!strcmp(how, "kill")) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    errno = atoi(how);
    return 1;
}

static int is_half(void) {
    const char *how = getenv("DISK_HOW");
    return how && !strcmp(how, "half");
}

/* A call that is no write has no half: it is done, and the process is killed after it. */
#define AROUND(result, call, path, real)      \
    if (!fails(call, path)) return real;      \
    if (!is_half()) return -1;                \
    result done = real;                       \
    (void)done;                               \
    kill(getpid(), SIGKILL);                  \
    for (;;) pause();

static int changes(int flags) { return (flags & (O_CREAT | O_TRUNC)) != 0; }

/* What is written to a terminal, a pipe or wherever the three that every program has lead is no change of the disk. */
static int is_file(int fd) {
    struct stat about;
    return fd > 2 && !fstat(fd, &about) && S_ISREG(about.st_mode);
}

#define MODE                                                    \
    mode_t mode = 0;                                            \
    if (flags & (O_CREAT | O_TMPFILE)) {                        \
        va_list more;                                           \
        va_start(more, flags);                                  \
        mode = va_arg(more, mode_t);                            \
        va_end(more);                                           \
    }

int open(const char *path, int flags, ...) {
    MODE
    if (!changes(flags)) return REAL(open)(path, flags, mode);
    AROUND(int, "open", path, REAL(open)(path, flags, mode))
}

int open64(const char *path, int flags, ...) {
    MODE
    if (!changes(flags)) return REAL(open64)(path, flags, mode);
    AROUND(int, "open", path, REAL(open64)(path, flags, mode))
}

int openat(int at, const char *path, int flags, ...) {
    MODE
    if (!changes(flags)) return REAL(openat)(at, path, flags, mode);
    AROUND(int, "open", path, REAL(openat)(at, path, flags, mode))
}

int openat64(int at, const char *path, int flags, ...) {
    MODE
    if (!changes(flags)) return REAL(openat64)(at, path, flags, mode);
    AROUND(int, "open", path, REAL(openat64)(at, path, flags, mode))
}

ssize_t write(int fd, const void *bytes, size_t n) {
    if (!is_file(fd)) return REAL(write)(fd, bytes, n);
    if (!fails("write", 0)) return REAL(write)(fd, bytes, n);
    if (!is_half()) return -1;
    ssize_t written = REAL(write)(fd, bytes, n / 2);
    (void)written;
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

ssize_t writev(int fd, const struct iovec *parts, int n) {
    if (!is_file(fd)) return REAL(writev)(fd, parts, n);
    AROUND(ssize_t, "writev", 0, REAL(writev)(fd, parts, n))
}

int rename(const char *from, const char *to) { AROUND(int, "rename", to, REAL(rename)(from, to)) }
int unlink(const char *path) { AROUND(int, "unlink", path, REAL(unlink)(path)) }
int rmdir(const char *path) { AROUND(int, "rmdir", path, REAL(rmdir)(path)) }
int unlinkat(int at, const char *path, int flags) { AROUND(int, "unlinkat", path, REAL(unlinkat)(at, path, flags)) }
int mkdir(const char *path, mode_t mode) { AROUND(int, "mkdir", path, REAL(mkdir)(path, mode)) }
int link(const char *from, const char *to) { AROUND(int, "link", to, REAL(link)(from, to)) }
int symlink(const char *from, const char *to) { AROUND(int, "symlink", to, REAL(symlink)(from, to)) }
int chmod(const char *path, mode_t mode) { AROUND(int, "chmod", path, REAL(chmod)(path, mode)) }
int fchmod(int fd, mode_t mode) { AROUND(int, "fchmod", 0, REAL(fchmod)(fd, mode)) }
int ftruncate64(int fd, off64_t n) { AROUND(int, "ftruncate", 0, REAL(ftruncate64)(fd, n)) }
int fsync(int fd) { AROUND(int, "fsync", 0, REAL(fsync)(fd)) }

/* A disk that fails on demand, laid under a test process by LD_PRELOAD.
 *
 * The folder named by FAULTS says what happens to writes on files with ".db" in their path:
 *   full       a write fails with ENOSPC; a number in the file lets that many writes through first
 *   full-shm   the same for the index of the log alone
 *   broken     fsync and fdatasync fail with EIO
 *   kill       the process is killed at a write; a number in the file lets that many through first
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long seen_full, full_after, seen_kill;

/* Whether the wish is there; *number gets what it says, 0 for an empty one. */
static int wished(const char *name, long *number) {
    const char *folder = getenv("FAULTS");
    char path[4096], text[32] = "";
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    if (read(file, text, sizeof text - 1) < 0) text[0] = 0;
    close(file);
    *number = strtol(text, NULL, 10);
    return 1;
}

static int is(int fd, const char *part) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, part) != NULL;
}

static int refused(int fd) {
    long number;
    if (!is(fd, ".db")) return 0;
    if (wished("kill", &number) && number < ++seen_kill) kill(getpid(), SIGKILL);
    if (wished("full", &number)) {
        /* Another number starts counting anew. */
        if (number != full_after) { full_after = number; seen_full = 0; }
        if (number < ++seen_full) { errno = ENOSPC; return 1; }
    }
    if (is(fd, ".db-shm") && wished("full-shm", &number)) { errno = ENOSPC; return 1; }
    return 0;
}

static int broken(int fd) {
    long number;
    if (!is(fd, ".db") || !wished("broken", &number)) return 0;
    errno = EIO;
    return 1;
}

#define REAL(type, name) static type real; if (!real) real = (type)dlsym(RTLD_NEXT, name)
typedef ssize_t (*writer)(int, const void *, size_t);
typedef ssize_t (*placed_writer)(int, const void *, size_t, off_t);
typedef int (*syncer)(int);

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(writer, "write");
    return refused(fd) ? -1 : real(fd, bytes, count);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
    REAL(placed_writer, "pwrite");
    return refused(fd) ? -1 : real(fd, bytes, count, at);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t at) {
    REAL(placed_writer, "pwrite64");
    return refused(fd) ? -1 : real(fd, bytes, count, at);
}
int fsync(int fd) {
    REAL(syncer, "fsync");
    return broken(fd) ? -1 : real(fd);
}
int fdatasync(int fd) {
    REAL(syncer, "fdatasync");
    return broken(fd) ? -1 : real(fd);
}

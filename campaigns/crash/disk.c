/* Records every change that a process makes below one folder, and lets the n-th of them fail. Loaded by LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char root[PATH_MAX];
static size_t root_length;
static int log_to = -1;
static long count, fail_at, fail_with, fail_on;

/* Which folder, where to record (-1: nowhere), and which call fails (0: none), how, and whether all later ones do too. */
void disk_watch(const char *folder, int descriptor, long at, long with, long on) {
    snprintf(root, sizeof root, "%s/", folder);
    root_length = strlen(root);
    log_to = descriptor;
    count = 0, fail_at = at, fail_with = with, fail_on = on;
}
void disk_rest(void) { root_length = 0; }
long disk_count(void) { return count; }

static int below(const char *path) { return root_length && path && !strncmp(path, root, root_length); }
static int absolute(int folder, const char *path, char *out) {
    if (!root_length || !path) return 0;
    if (path[0] == '/') snprintf(out, PATH_MAX, "%s", path);
    else {
        char link[64], base[PATH_MAX];
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", folder);
        ssize_t got = readlink(link, base, sizeof base - 1);
        if (got < 0) return 0;
        base[got] = 0;
        if (snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX) return 0;
    }
    return below(out);
}
static int named(int descriptor, char *out) {
    if (!root_length) return 0;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t got = readlink(link, out, PATH_MAX - 1);
    if (got < 0) return 0;
    out[got] = 0;
    return below(out) || (strlen(out) + 1 == root_length && !strncmp(out, root, root_length - 1));
}
/* Whether this call fails. ENOSPC is of calls that need space only. */
static int fails(int needs_space) {
    if (fail_with == ENOSPC && !needs_space) return 0;
    count++;
    if (!fail_at || !(count == fail_at || (fail_on && count > fail_at))) return 0;
    errno = (int)fail_with;
    return 1;
}
/* One record: kind, inode, offset, and three byte strings with their lengths. */
static void record(char kind, uint64_t inode, int64_t offset, const char *path, const char *other, const void *body, size_t size) {
    if (log_to < 0) return;
    uint64_t head[5] = {inode, (uint64_t)offset, path ? strlen(path) : 0, other ? strlen(other) : 0, size};
    syscall(SYS_write, log_to, &kind, 1);
    syscall(SYS_write, log_to, head, sizeof head);
    if (head[2]) syscall(SYS_write, log_to, path, head[2]);
    if (head[3]) syscall(SYS_write, log_to, other, head[3]);
    const char *rest = body;
    while (size > 0) {
        ssize_t done = syscall(SYS_write, log_to, rest, size);
        if (done <= 0) break;
        rest += done, size -= (size_t)done;
    }
}
static uint64_t inode_of(int descriptor) {
    struct stat found;
    return fstat(descriptor, &found) ? 0 : (uint64_t)found.st_ino;
}

static int opened(int folder, const char *path, int flags, mode_t mode) {
    char whole[PATH_MAX];
    int ours = (flags & (O_CREAT | O_TRUNC)) && absolute(folder, path, whole);
    int there = ours && !faccessat(folder, path, F_OK, AT_SYMLINK_NOFOLLOW);
    if (ours && !(there && !(flags & O_TRUNC)) && fails(!there)) return -1;
    int descriptor = (int)syscall(SYS_openat, folder, path, flags, mode);
    if (descriptor >= 0 && ours && !there) record('c', inode_of(descriptor), 0, whole, 0, 0, 0);
    else if (descriptor >= 0 && ours && (flags & O_TRUNC)) record('t', inode_of(descriptor), 0, 0, 0, 0, 0);
    return descriptor;
}
#define MODE(flags) mode_t mode = 0; if ((flags) & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return opened(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { MODE(flags) return opened(folder, path, flags | O_LARGEFILE, mode); }

static ssize_t written(int descriptor, const void *body, size_t size, int64_t offset, int placed) {
    char path[PATH_MAX];
    int ours = named(descriptor, path);
    if (ours && fails(1)) return -1;
    if (ours && !placed) {
        int flags = fcntl(descriptor, F_GETFL);
        offset = lseek(descriptor, 0, (flags & O_APPEND) ? SEEK_END : SEEK_CUR);
    }
    ssize_t done = placed ? syscall(SYS_pwrite64, descriptor, body, size, offset) : syscall(SYS_write, descriptor, body, size);
    if (ours && done > 0) record('w', inode_of(descriptor), offset, 0, 0, body, (size_t)done);
    return done;
}
ssize_t write(int descriptor, const void *body, size_t size) { return written(descriptor, body, size, 0, 0); }
ssize_t pwrite(int descriptor, const void *body, size_t size, off_t offset) { return written(descriptor, body, size, offset, 1); }
ssize_t pwrite64(int descriptor, const void *body, size_t size, off64_t offset) { return written(descriptor, body, size, offset, 1); }

static int shortened(int descriptor, int64_t size) {
    char path[PATH_MAX];
    int ours = named(descriptor, path);
    if (ours && fails(1)) return -1;
    int done = (int)syscall(SYS_ftruncate, descriptor, size);
    if (ours && !done) record('t', inode_of(descriptor), size, 0, 0, 0, 0);
    return done;
}
int ftruncate(int descriptor, off_t size) { return shortened(descriptor, size); }
int ftruncate64(int descriptor, off64_t size) { return shortened(descriptor, size); }

static int synced(int descriptor, long call) {
    char path[PATH_MAX];
    int ours = named(descriptor, path);
    if (ours && fails(1)) return -1;
    int done = (int)syscall(call, descriptor);
    struct stat found;
    if (ours && !done && !fstat(descriptor, &found))
        record(S_ISDIR(found.st_mode) ? 'f' : 's', (uint64_t)found.st_ino, 0, path, 0, 0, 0);
    return done;
}
int fsync(int descriptor) { return synced(descriptor, SYS_fsync); }
int fdatasync(int descriptor) { return synced(descriptor, SYS_fdatasync); }

#define TWO(kind, from_folder, from, to_folder, to, space, call) \
    char first[PATH_MAX], second[PATH_MAX]; \
    int ours = absolute(from_folder, from, first) | absolute(to_folder, to, second); \
    if (ours && fails(space)) return -1; \
    int done = (int)(call); \
    if (ours && !done) record(kind, 0, 0, first, second, 0, 0); \
    return done;
int rename(const char *from, const char *to) { TWO('r', AT_FDCWD, from, AT_FDCWD, to, 0, syscall(SYS_rename, from, to)) }
int renameat(int a, const char *from, int b, const char *to) { TWO('r', a, from, b, to, 0, syscall(SYS_renameat, a, from, b, to)) }
int link(const char *from, const char *to) { TWO('l', AT_FDCWD, from, AT_FDCWD, to, 1, syscall(SYS_link, from, to)) }
int linkat(int a, const char *from, int b, const char *to, int flags) { TWO('l', a, from, b, to, 1, syscall(SYS_linkat, a, from, b, to, flags)) }

#define ONE(kind, folder, path, space, call) \
    char whole[PATH_MAX]; \
    int ours = absolute(folder, path, whole); \
    if (ours && fails(space)) return -1; \
    int done = (int)(call); \
    if (ours && !done) record(kind, 0, 0, whole, 0, 0, 0); \
    return done;
int unlink(const char *path) { ONE('u', AT_FDCWD, path, 0, syscall(SYS_unlink, path)) }
int unlinkat(int folder, const char *path, int flags) { ONE((flags & AT_REMOVEDIR) ? 'd' : 'u', folder, path, 0, syscall(SYS_unlinkat, folder, path, flags)) }
int rmdir(const char *path) { ONE('d', AT_FDCWD, path, 0, syscall(SYS_rmdir, path)) }
int mkdir(const char *path, mode_t mode) { ONE('m', AT_FDCWD, path, 1, syscall(SYS_mkdir, path, mode)) }
int mkdirat(int folder, const char *path, mode_t mode) { ONE('m', folder, path, 1, syscall(SYS_mkdirat, folder, path, mode)) }

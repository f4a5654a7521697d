/*
 * fs.c: libuv's file operations for node:fs. Each takes its arguments and, last, a callback: with one the operation
 * runs on the thread pool and the callback gets (result, value); without, it runs here and returns the value, or a
 * negative errno. Which value an operation has is in `enum fs_value`.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

enum fs_value {
  VALUE_RESULT, /* the number that libuv returned: a descriptor, a count of bytes, or 0 */
  VALUE_STAT,
  VALUE_STAT_BIG,
  VALUE_STATFS,
  VALUE_TEXT,
  VALUE_PATH,
  VALUE_ENTRIES,
};

enum { STAT_FIELDS = 18, STATFS_FIELDS = 8 };

typedef struct fs_request {
  uv_fs_t uv;
  runtime *rt;
  runtime_work work;
  held callback;
  enum fs_value value;
  uv_buf_t *bufs;
  js_bytes *bytes; /* the memory behind bufs, where the operation is done on the thread pool */
  uint32_t bytes_count;
  char *path, *target;
} fs_request;

/* ---- values -------------------------------------------------------------------------------------------------------
 */

/* A Float64Array, or a BigInt64Array, in the order that modules/internal/fs/stats.js reads. Times are
 * split into seconds and nanoseconds, so that doubles lose nothing. */
static napi_value stat_value(napi_env env, const uv_stat_t *st, bool big) {
  napi_value buffer, out = NULL;
  void *data = NULL;
  int64_t fields[STAT_FIELDS] = {(int64_t)st->st_dev,     (int64_t)st->st_mode,   (int64_t)st->st_nlink,
                                 (int64_t)st->st_uid,     (int64_t)st->st_gid,    (int64_t)st->st_rdev,
                                 (int64_t)st->st_blksize, (int64_t)st->st_ino,    (int64_t)st->st_size,
                                 (int64_t)st->st_blocks,  st->st_atim.tv_sec,     st->st_atim.tv_nsec,
                                 st->st_mtim.tv_sec,      st->st_mtim.tv_nsec,    st->st_ctim.tv_sec,
                                 st->st_ctim.tv_nsec,     st->st_birthtim.tv_sec, st->st_birthtim.tv_nsec};
  if (napi_create_arraybuffer(env, sizeof fields, &data, &buffer) != napi_ok) return NULL;
  if (big) {
    memcpy(data, fields, sizeof fields);
  } else {
    for (int i = 0; i < STAT_FIELDS; i++) ((double *)data)[i] = (double)fields[i];
  }
  napi_create_typedarray(env, big ? napi_bigint64_array : napi_float64_array, STAT_FIELDS, buffer, 0, &out);
  return out;
}

static napi_value statfs_value(napi_env env, const uv_statfs_t *st) {
  napi_value out;
  double fields[STATFS_FIELDS] = {(double)st->f_type,  (double)st->f_bsize,  (double)st->f_frsize, (double)st->f_blocks,
                                  (double)st->f_bfree, (double)st->f_bavail, (double)st->f_files,  (double)st->f_ffree};
  napi_create_array_with_length(env, STATFS_FIELDS, &out);
  for (uint32_t i = 0; i < STATFS_FIELDS; i++) napi_set_element(env, out, i, make_double(env, fields[i]));
  return out;
}

static bool is_utf8(const unsigned char *s) {
  while (*s != 0) {
    unsigned char c = *s++;
    if (c < 0x80) continue;
    int more = c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : -1;
    if (more < 0 || (c == 0xe0 && *s < 0xa0) || (c == 0xed && *s > 0x9f) || (c == 0xf0 && *s < 0x90) ||
        (c == 0xf4 && *s > 0x8f))
      return false;
    for (; more > 0; more--) {
      if ((*s++ & 0xc0) != 0x80) return false;
    }
  }
  return true;
}

/* A name as the kernel knows it: a string where it is UTF-8, a Buffer otherwise. */
static napi_value name_value(napi_env env, const char *bytes) {
  napi_value out = NULL;
  void *copy = NULL;
  if (!is_utf8((const unsigned char *)bytes)) {
    size_t length = strlen(bytes);
    if (js_buffer_create(env, length, &copy, &out) == napi_ok) memcpy(copy, bytes, length);
    return out;
  }
  js_string_utf8(env, bytes, strlen(bytes), &out);
  return out;
}

/* A flat array [name, type, ...]; type as uv_dirent_type_t. */
static napi_value entries_value(napi_env env, uv_fs_t *request) {
  napi_value out;
  uv_dirent_t entry;
  uint32_t count = 0;
  napi_create_array(env, &out);
  while (uv_fs_scandir_next(request, &entry) != UV_EOF) {
    napi_set_element(env, out, count++, name_value(env, entry.name));
    napi_set_element(env, out, count++, make_int32(env, entry.type));
  }
  return out;
}

static napi_value request_value(napi_env env, fs_request *r) {
  switch (r->value) {
    case VALUE_RESULT:
      return make_double(env, (double)r->uv.result);
    case VALUE_STAT:
      return stat_value(env, &r->uv.statbuf, false);
    case VALUE_STAT_BIG:
      return stat_value(env, &r->uv.statbuf, true);
    case VALUE_STATFS:
      return statfs_value(env, r->uv.ptr);
    case VALUE_TEXT:
      return name_value(env, r->uv.ptr);
    case VALUE_PATH:
      return name_value(env, r->uv.path);
    case VALUE_ENTRIES:
      return entries_value(env, &r->uv);
  }
  return NULL;
}

/* ---- requests -----------------------------------------------------------------------------------------------------
 */

static fs_request *request_new(napi_env env, napi_value callback, enum fs_value value) {
  fs_request *r = calloc(1, sizeof *r);
  if (r == NULL) return NULL;
  r->rt = runtime_of(env);
  r->value = value;
  if (!arg_is(env, callback, napi_function) || held_set(&r->callback, env, callback) == napi_ok) return r;
  free(r);
  return NULL;
}

static void request_free(napi_env env, fs_request *r) {
  runtime_work_end(&r->work);
  uv_fs_req_cleanup(&r->uv);
  held_clear(&r->callback, env);
  for (uint32_t i = 0; i < r->bytes_count; i++) js_bytes_drop(&r->bytes[i]);
  free(r->bytes);
  free(r->bufs);
  free(r->path);
  free(r->target);
  free(r);
}

static void on_done(uv_fs_t *uv) {
  fs_request *r = (fs_request *)uv;
  napi_env env = runtime_env(r->rt);
  js_scope scope;
  js_scope_open(env, &scope);
  napi_value argv[2];
  argv[0] = make_double(env, (double)uv->result);
  argv[1] = uv->result < 0 ? make_undefined(env) : request_value(env, r);
  if (argv[1] == NULL) argv[1] = make_undefined(env);
  runtime *rt = r->rt;
  held callback = r->callback;
  r->callback = (held){NULL};
  runtime_work_end(&r->work);
  runtime_work work = r->work;
  request_free(env, r); /* first: an exception may end the process, and the bytes are free for the next operation */
  runtime_work_done(rt, &work, &callback, 2, argv);
  js_scope_close(&scope);
}

static uv_fs_cb request_callback(fs_request *r) { return held_empty(&r->callback) ? NULL : on_done; }
static uv_loop_t *request_loop(fs_request *r) { return runtime_loop(r->rt); }

/* After the uv_fs_* call: the value now (sync), nothing (async), or the error. */
static napi_value request_end(napi_env env, fs_request *r, int err) {
  if (!held_empty(&r->callback) && err >= 0) {
    /* One that closes is let through: nobody else would. */
    uv_req_t *queued = uv_fs_get_type(&r->uv) == UV_FS_CLOSE ? NULL : (uv_req_t *)&r->uv;
    runtime_work_begin(r->rt, &r->work, queued, "FSREQCALLBACK");
    return NULL;
  }
  napi_value out = NULL;
  if (err >= 0) out = request_value(env, r);
  request_free(env, r);
  return err < 0 ? make_int32(env, err) : out;
}

static bool take_path(napi_env env, napi_value value, char **out) {
  void *data;
  size_t size;
  if (js_bytes_get(env, value, &data, &size) == napi_ok) {
    *out = malloc(size + 1);
    if (*out == NULL) return false;
    memcpy(*out, data, size);
    (*out)[size] = 0;
    return true;
  }
  *out = arg_utf8(env, value, NULL);
  return *out != NULL;
}

/* An operation on a path: NAME(path, ARGUMENTS..., callback). `call` uses r, a (arguments after the path). */
#define PATH_OPERATION(name, count, value_kind, call)                           \
  static napi_value fs_##name(napi_env env, napi_callback_info info) {          \
    napi_value a[(count) + 2];                                                  \
    args_get(env, info, a, (count) + 2);                                        \
    fs_request *r = request_new(env, a[(count) + 1], value_kind);               \
    if (r == NULL) return make_int32(env, UV_ENOMEM);                           \
    if (!take_path(env, a[0], &r->path)) return request_end(env, r, UV_ENOMEM); \
    return request_end(env, r, call);                                           \
  }

/* An operation on a descriptor: NAME(fd, ARGUMENTS..., callback). */
#define FD_OPERATION(name, count, value_kind, call)                    \
  static napi_value fs_##name(napi_env env, napi_callback_info info) { \
    napi_value a[(count) + 2];                                         \
    args_get(env, info, a, (count) + 2);                               \
    fs_request *r = request_new(env, a[(count) + 1], value_kind);      \
    if (r == NULL) return make_int32(env, UV_ENOMEM);                  \
    int fd = arg_int32(env, a[0]);                                     \
    return request_end(env, r, call);                                  \
  }

/* An operation on two paths: NAME(path, target, flags, callback). */
#define PATHS_OPERATION(name, call)                                                                                  \
  static napi_value fs_##name(napi_env env, napi_callback_info info) {                                               \
    napi_value a[4];                                                                                                 \
    args_get(env, info, a, 4);                                                                                       \
    fs_request *r = request_new(env, a[3], VALUE_RESULT);                                                            \
    if (r == NULL) return make_int32(env, UV_ENOMEM);                                                                \
    if (!take_path(env, a[0], &r->path) || !take_path(env, a[1], &r->target)) return request_end(env, r, UV_ENOMEM); \
    return request_end(env, r, call);                                                                                \
  }

#define L request_loop(r), &r->uv
#define CB request_callback(r)
#define INT(i) arg_int32(env, a[i])
#define NUM(i) arg_double(env, a[i])

PATH_OPERATION(open, 2, VALUE_RESULT, uv_fs_open(L, r->path, INT(1), INT(2), CB))
PATH_OPERATION(access, 1, VALUE_RESULT, uv_fs_access(L, r->path, INT(1), CB))
PATH_OPERATION(chmod, 1, VALUE_RESULT, uv_fs_chmod(L, r->path, INT(1), CB))
PATH_OPERATION(chown, 2, VALUE_RESULT, uv_fs_chown(L, r->path, arg_uint32(env, a[1]), arg_uint32(env, a[2]), CB))
PATH_OPERATION(lchown, 2, VALUE_RESULT, uv_fs_lchown(L, r->path, arg_uint32(env, a[1]), arg_uint32(env, a[2]), CB))
PATH_OPERATION(mkdir, 1, VALUE_RESULT, uv_fs_mkdir(L, r->path, INT(1), CB))
PATH_OPERATION(mkdtemp, 0, VALUE_PATH, uv_fs_mkdtemp(L, r->path, CB))
PATH_OPERATION(rmdir, 0, VALUE_RESULT, uv_fs_rmdir(L, r->path, CB))
PATH_OPERATION(unlink, 0, VALUE_RESULT, uv_fs_unlink(L, r->path, CB))
PATH_OPERATION(readlink, 0, VALUE_TEXT, uv_fs_readlink(L, r->path, CB))
PATH_OPERATION(realpath, 0, VALUE_TEXT, uv_fs_realpath(L, r->path, CB))
PATH_OPERATION(scandir, 0, VALUE_ENTRIES, uv_fs_scandir(L, r->path, 0, CB))
PATH_OPERATION(statfs, 0, VALUE_STATFS, uv_fs_statfs(L, r->path, CB))
PATH_OPERATION(utimes, 2, VALUE_RESULT, uv_fs_utime(L, r->path, NUM(1), NUM(2), CB))
PATH_OPERATION(lutimes, 2, VALUE_RESULT, uv_fs_lutime(L, r->path, NUM(1), NUM(2), CB))
PATH_OPERATION(stat, 1, arg_bool(env, a[1]) ? VALUE_STAT_BIG : VALUE_STAT, uv_fs_stat(L, r->path, CB))
PATH_OPERATION(lstat, 1, arg_bool(env, a[1]) ? VALUE_STAT_BIG : VALUE_STAT, uv_fs_lstat(L, r->path, CB))

FD_OPERATION(close, 0, VALUE_RESULT, uv_fs_close(L, fd, CB))
FD_OPERATION(fsync, 0, VALUE_RESULT, uv_fs_fsync(L, fd, CB))
FD_OPERATION(fdatasync, 0, VALUE_RESULT, uv_fs_fdatasync(L, fd, CB))
FD_OPERATION(ftruncate, 1, VALUE_RESULT, uv_fs_ftruncate(L, fd, arg_int64(env, a[1]), CB))
FD_OPERATION(fchmod, 1, VALUE_RESULT, uv_fs_fchmod(L, fd, INT(1), CB))
FD_OPERATION(fchown, 2, VALUE_RESULT, uv_fs_fchown(L, fd, arg_uint32(env, a[1]), arg_uint32(env, a[2]), CB))
FD_OPERATION(futimes, 2, VALUE_RESULT, uv_fs_futime(L, fd, NUM(1), NUM(2), CB))
FD_OPERATION(fstat, 1, arg_bool(env, a[1]) ? VALUE_STAT_BIG : VALUE_STAT, uv_fs_fstat(L, fd, CB))

PATHS_OPERATION(rename, uv_fs_rename(L, r->path, r->target, CB))
PATHS_OPERATION(link, uv_fs_link(L, r->path, r->target, CB))
PATHS_OPERATION(symlink, uv_fs_symlink(L, r->path, r->target, INT(2), CB))
PATHS_OPERATION(copyFile, uv_fs_copyfile(L, r->path, r->target, INT(2), CB))

/* ---- reading and writing ------------------------------------------------------------------------------------------
 */

/* A view's bytes; `hold` keeps them beyond this call, or is NULL. */
static int view_get(napi_env env, napi_value view, bool writing, js_bytes *hold, uv_buf_t *out) {
  void *data = NULL;
  size_t size = 0;
  if (hold != NULL) {
    napi_status status = js_bytes_hold(env, view, writing ? js_bytes_read : js_bytes_write, hold);
    *out = (uv_buf_t){.base = hold->data, .len = hold->length};
    return status == napi_ok ? 0 : status == napi_invalid_arg ? UV_EINVAL : UV_ENOMEM;
  }
  if (js_bytes_get(env, view, &data, &size) != napi_ok) return UV_EINVAL;
  *out = (uv_buf_t){.base = data, .len = size};
  return 0;
}

/* bytes(fd, views, position or -1, callback): views is one view, or an array of them */
static napi_value fs_bytes(napi_env env, napi_callback_info info, bool writing) {
  napi_value a[4], view;
  uint32_t count = 1;
  bool many = false;
  args_get(env, info, a, 4);
  fs_request *r = request_new(env, a[3], VALUE_RESULT);
  if (r == NULL) return make_int32(env, UV_ENOMEM);
  napi_is_array(env, a[1], &many);
  if (many) napi_get_array_length(env, a[1], &count);
  r->bufs = calloc(count ? count : 1, sizeof *r->bufs);
  if (r->bufs == NULL) return request_end(env, r, UV_ENOMEM);
  bool later = !held_empty(&r->callback);
  if (later && (r->bytes = calloc(count ? count : 1, sizeof *r->bytes)) == NULL) return request_end(env, r, UV_ENOMEM);
  for (uint32_t i = 0; i < count; i++) {
    view = a[1];
    if (many && napi_get_element(env, a[1], i, &view) != napi_ok) return request_end(env, r, UV_EINVAL);
    int err = view_get(env, view, writing, later ? &r->bytes[i] : NULL, &r->bufs[i]);
    if (err != 0) return request_end(env, r, err);
    r->bytes_count += later;
  }
  int fd = arg_int32(env, a[0]);
  int64_t position = arg_int64(env, a[2]);
  return request_end(
      env, r,
      writing ? uv_fs_write(L, fd, r->bufs, count, position, CB) : uv_fs_read(L, fd, r->bufs, count, position, CB));
}

static napi_value fs_read(napi_env env, napi_callback_info info) { return fs_bytes(env, info, false); }
static napi_value fs_write(napi_env env, napi_callback_info info) { return fs_bytes(env, info, true); }

/* readFileUtf8(path or fd, flags) → string, or a negative errno: fs.readFileSync(path, 'utf8') in one call */
static napi_value fs_read_file_utf8(napi_env env, napi_callback_info info) {
  napi_value a[2], out = NULL;
  args_get(env, info, a, 2);
  bool given = arg_is(env, a[0], napi_number);
  int fd = given ? arg_int32(env, a[0]) : -1;
  if (!given) {
    char *path = NULL;
    if (!take_path(env, a[0], &path)) return make_int32(env, UV_ENOMEM);
    do fd = open(path, arg_int32(env, a[1]) | O_CLOEXEC, 0666);
    while (fd < 0 && errno == EINTR);
    int err = errno;
    free(path);
    if (fd < 0) return make_int32(env, -err);
  }
  struct stat st;
  size_t size = 0, capacity = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) ? (size_t)st.st_size + 1 : 8192;
  char *text = malloc(capacity);
  int err = text == NULL ? ENOMEM : 0;
  while (err == 0) {
    if (size == capacity) {
      char *grown = realloc(text, capacity * 2);
      if (grown == NULL) {
        err = ENOMEM;
        break;
      }
      text = grown;
      capacity *= 2;
    }
    ssize_t n = read(fd, text + size, capacity - size);
    if (n == 0) break;
    if (n > 0)
      size += (size_t)n;
    else if (errno != EINTR)
      err = errno;
  }
  if (!given) close(fd);
  if (err == 0 && js_string_utf8(env, text, size, &out) != napi_ok) err = EFBIG;
  free(text);
  return err != 0 ? make_int32(env, -err) : out;
}

/* ---- directories read in steps ------------------------------------------------------------------------------------
 */

static void dir_finalize(void *pointer) {
  uv_fs_t request;
  uv_fs_closedir(NULL, &request, pointer, NULL);
  uv_fs_req_cleanup(&request);
}

static const js_type dir_type = {"Dir", dir_finalize};

/* opendir(path) → handle, or a negative errno (sync: it is one cheap system call) */
static napi_value fs_opendir(napi_env env, napi_callback_info info) {
  napi_value a[1], out = NULL;
  uv_fs_t request;
  char *path = NULL;
  args_get(env, info, a, 1);
  if (!take_path(env, a[0], &path)) return make_int32(env, UV_ENOMEM);
  int err = uv_fs_opendir(NULL, &request, path, NULL);
  free(path);
  if (err == 0 && js_handle_create(env, &dir_type, request.ptr, &out) != napi_ok) err = UV_ENOMEM;
  uv_fs_req_cleanup(&request);
  return err != 0 ? make_int32(env, err) : out;
}

/* readdir(handle, count) → [name, type, ...], empty at the end, or a negative errno */
static napi_value fs_readdir(napi_env env, napi_callback_info info) {
  enum { MOST = 256 };
  napi_value a[2], out;
  void *pointer;
  uv_dirent_t entries[MOST];
  args_get(env, info, a, 2);
  if (js_handle_get(env, a[0], &dir_type, &pointer) != napi_ok) return make_int32(env, UV_EBADF);
  uv_dir_t *dir = pointer;
  uint32_t count = arg_uint32(env, a[1]);
  dir->dirents = entries;
  dir->nentries = count < MOST ? count : MOST;
  uv_fs_t request;
  int n = uv_fs_readdir(NULL, &request, dir, NULL);
  if (n >= 0) {
    napi_create_array(env, &out);
    for (int i = 0; i < n; i++) {
      napi_set_element(env, out, (uint32_t)i * 2, name_value(env, entries[i].name));
      napi_set_element(env, out, (uint32_t)i * 2 + 1, make_int32(env, entries[i].type));
    }
  }
  uv_fs_req_cleanup(&request);
  dir->dirents = NULL;
  return n < 0 ? make_int32(env, n) : out;
}

static napi_value fs_closedir(napi_env env, napi_callback_info info) {
  napi_value a[1];
  void *pointer;
  args_get(env, info, a, 1);
  if (js_handle_get(env, a[0], &dir_type, &pointer) != napi_ok) return make_int32(env, UV_EBADF);
  js_handle_clear(env, a[0]);
  dir_finalize(pointer);
  return make_int32(env, 0);
}

static const js_function functions[] = {
    {"open", fs_open},           {"access", fs_access},
    {"chmod", fs_chmod},         {"chown", fs_chown},
    {"lchown", fs_lchown},       {"mkdir", fs_mkdir},
    {"mkdtemp", fs_mkdtemp},     {"rmdir", fs_rmdir},
    {"unlink", fs_unlink},       {"readlink", fs_readlink},
    {"realpath", fs_realpath},   {"scandir", fs_scandir},
    {"statfs", fs_statfs},       {"utimes", fs_utimes},
    {"lutimes", fs_lutimes},     {"stat", fs_stat},
    {"lstat", fs_lstat},         {"close", fs_close},
    {"fsync", fs_fsync},         {"fdatasync", fs_fdatasync},
    {"ftruncate", fs_ftruncate}, {"fchmod", fs_fchmod},
    {"fchown", fs_fchown},       {"futimes", fs_futimes},
    {"fstat", fs_fstat},         {"rename", fs_rename},
    {"link", fs_link},           {"symlink", fs_symlink},
    {"copyFile", fs_copyFile},   {"read", fs_read},
    {"write", fs_write},         {"readFileUtf8", fs_read_file_utf8},
    {"opendir", fs_opendir},     {"readdir", fs_readdir},
    {"closedir", fs_closedir},   {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const struct {
    const char *name;
    int value;
  } constants[] = {{"UV_FS_SYMLINK_DIR", 1},
                   {"UV_FS_SYMLINK_JUNCTION", 2},
                   {"O_RDONLY", O_RDONLY},
                   {"O_WRONLY", O_WRONLY},
                   {"O_RDWR", O_RDWR},
                   {"UV_DIRENT_UNKNOWN", 0},
                   {"UV_DIRENT_FILE", 1},
                   {"UV_DIRENT_DIR", 2},
                   {"UV_DIRENT_LINK", 3},
                   {"UV_DIRENT_FIFO", 4},
                   {"UV_DIRENT_SOCKET", 5},
                   {"UV_DIRENT_CHAR", 6},
                   {"UV_DIRENT_BLOCK", 7},
                   {"S_IFMT", S_IFMT},
                   {"S_IFREG", S_IFREG},
                   {"S_IFDIR", S_IFDIR},
                   {"S_IFCHR", S_IFCHR},
                   {"S_IFBLK", S_IFBLK},
                   {"S_IFIFO", S_IFIFO},
                   {"S_IFLNK", S_IFLNK},
                   {"S_IFSOCK", S_IFSOCK},
                   {"O_CREAT", O_CREAT},
                   {"O_EXCL", O_EXCL},
                   {"UV_FS_O_FILEMAP", 0},
                   {"O_NOCTTY", O_NOCTTY},
                   {"O_TRUNC", O_TRUNC},
                   {"O_APPEND", O_APPEND},
                   {"O_DIRECTORY", O_DIRECTORY},
                   {"O_NOATIME", O_NOATIME},
                   {"O_NOFOLLOW", O_NOFOLLOW},
                   {"O_SYNC", O_SYNC},
                   {"O_DSYNC", O_DSYNC},
                   {"O_DIRECT", O_DIRECT},
                   {"O_NONBLOCK", O_NONBLOCK},
                   {"S_IRWXU", S_IRWXU},
                   {"S_IRUSR", S_IRUSR},
                   {"S_IWUSR", S_IWUSR},
                   {"S_IXUSR", S_IXUSR},
                   {"S_IRWXG", S_IRWXG},
                   {"S_IRGRP", S_IRGRP},
                   {"S_IWGRP", S_IWGRP},
                   {"S_IXGRP", S_IXGRP},
                   {"S_IRWXO", S_IRWXO},
                   {"S_IROTH", S_IROTH},
                   {"S_IWOTH", S_IWOTH},
                   {"S_IXOTH", S_IXOTH},
                   {"F_OK", F_OK},
                   {"R_OK", R_OK},
                   {"W_OK", W_OK},
                   {"X_OK", X_OK},
                   {"UV_FS_COPYFILE_EXCL", 1},
                   {"COPYFILE_EXCL", 1},
                   {"UV_FS_COPYFILE_FICLONE", 2},
                   {"COPYFILE_FICLONE", 2},
                   {"UV_FS_COPYFILE_FICLONE_FORCE", 4},
                   {"COPYFILE_FICLONE_FORCE", 4}};
  napi_value all;
  napi_create_object(env, &all);
  for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
    export_int32(env, all, constants[i].name, constants[i].value);
  return napi_set_named_property(env, exports, "constants", all);
}

const js_binding binding_fs = {"fs", functions, init};

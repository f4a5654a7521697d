/*
 * sqlite_session.c: sessions and their changesets, databases as bytes, and backups. A backup copies on the thread pool,
 * some pages at a time; JS asks for the next step, so that its progress callback can stop it.
 */
#include "sqlite.h"

/* ---- sessions -----------------------------------------------------------------------------------------------------
 */

struct sqlite_session {
  sqlite3_session *session; /* NULL: closed */
  sqlite_db *db;
  sqlite_session *next;
  bool busy;
};

static void sessions_close(sqlite_db *db) {
  for (sqlite_session *s = db->sessions; s != NULL; s = s->next) {
    if (s->session != NULL) sqlite3session_delete(s->session);
    s->session = NULL;
  }
}

static void session_finalize(void *pointer) {
  sqlite_session *s = pointer, **place = &s->db->sessions;
  while (*place != s) place = &(*place)->next;
  *place = s->next;
  if (s->session != NULL) sqlite3session_delete(s->session);
  sqlite_db_release(s->db);
  free(s);
}
static const js_type session_type = {"SqliteSession", session_finalize};

static sqlite_session *session_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  sqlite_session *s = js_handle_get(env, value, &session_type, &pointer) == napi_ok ? pointer : NULL;
  if (s != NULL && s->session != NULL) return s;
  napi_throw_error(env, "ERR_INVALID_STATE", "session is not open");
  return NULL;
}

/* session(db, table or undefined, database) → handle */
napi_value sqlite_js_session(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  char *table = arg_is(env, argv[1], napi_string) ? arg_utf8(env, argv[1], NULL) : NULL;
  char *name = arg_utf8(env, argv[2], NULL);
  sqlite_session *s = calloc(1, sizeof *s);
  int rc = s == NULL || name == NULL ? SQLITE_NOMEM : sqlite3session_create(db->db, name, &s->session);
  if (rc == SQLITE_OK) rc = sqlite3session_attach(s->session, table);
  free(table);
  free(name);
  if (rc != SQLITE_OK) {
    if (s != NULL && s->session != NULL) sqlite3session_delete(s->session);
    free(s);
    sqlite_throw(env, db->db);
    return NULL;
  }
  s->db = sqlite_db_hold(db);
  s->next = db->sessions;
  db->sessions = s;
  db->close_sessions = sessions_close;
  if (js_handle_create(env, &session_type, s, &value) != napi_ok) session_finalize(s);
  return value;
}

/* sessionChanges(session, patchset) → Uint8Array */
napi_value sqlite_js_session_changes(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  sqlite_session *s = session_get(env, argv[0]);
  if (s == NULL) return NULL;
  int size = 0;
  void *data = NULL;
  s->busy = true; /* the authorizer may run */
  int rc = arg_bool(env, argv[1]) ? sqlite3session_patchset(s->session, &size, &data)
                                  : sqlite3session_changeset(s->session, &size, &data);
  s->busy = false;
  napi_value out = NULL;
  if (rc == SQLITE_OK && !sqlite_js_threw(env))
    out = sqlite_bytes(env, data, (size_t)size);
  else
    sqlite_throw(env, s->db->db);
  sqlite3_free(data);
  return out;
}

napi_value sqlite_js_session_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  sqlite_session *s = session_get(env, argv[0]);
  if (s == NULL) return NULL;
  if (s->busy) {
    napi_throw_error(env, "ERR_INVALID_STATE", "session is currently in use");
    return NULL;
  }
  sqlite3session_delete(s->session);
  s->session = NULL;
  return NULL;
}

typedef struct application {
  napi_env env;
  napi_value conflict, filter; /* functions, or undefined */
} application;

static int on_conflict(void *data, int kind, sqlite3_changeset_iter *iterator) {
  application *a = data;
  napi_value argument = make_int32(a->env, kind), result = NULL;
  if (!arg_is(a->env, a->conflict, napi_function)) return SQLITE_CHANGESET_ABORT;
  if (sqlite_js_threw(a->env) || js_call(a->env, NULL, a->conflict, 1, &argument, &result) != napi_ok)
    return SQLITE_CHANGESET_ABORT;
  double number = arg_is(a->env, result, napi_number) ? arg_double(a->env, result) : -1;
  return number == (double)(int)number ? (int)number : -1; /* sqlite refuses what it does not know */
}

static int on_filter(void *data, const char *table) {
  application *a = data;
  if (!arg_is(a->env, a->filter, napi_function)) return 1;
  if (sqlite_js_threw(a->env)) return 0;
  napi_value argument = make_string(a->env, table), result = NULL, truth = NULL;
  if (js_call(a->env, NULL, a->filter, 1, &argument, &result) != napi_ok) return 0;
  return napi_coerce_to_bool(a->env, result, &truth) == napi_ok && arg_bool(a->env, truth);
}

/* applyChangeset(db, bytes, onConflict or undefined, filter or undefined) → whether it was applied */
napi_value sqlite_js_apply(napi_env env, napi_callback_info info) {
  napi_value argv[4];
  args_get(env, info, argv, 4);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  void *data = NULL;
  size_t size = 0;
  if (db == NULL || js_bytes_get(env, argv[1], &data, &size) != napi_ok) return NULL;
  void *copy = malloc(size + 1); /* callbacks of JS may transfer the bytes away */
  if (copy == NULL) {
    sqlite_throw_code(env, SQLITE_NOMEM);
    return NULL;
  }
  if (size > 0) memcpy(copy, data, size);
  application a = {env, argv[2], argv[3]};
  int rc = sqlite3changeset_apply(db->db, (int)size, copy, on_filter, on_conflict, &a);
  free(copy);
  if (sqlite_js_threw(env)) return NULL;
  if (rc == SQLITE_OK || rc == SQLITE_ABORT) return make_bool(env, rc == SQLITE_OK);
  sqlite_throw_code(env, rc);
  return NULL;
}

/* ---- bytes --------------------------------------------------------------------------------------------------------
 */

/* serialize(db, name) → Uint8Array */
napi_value sqlite_js_serialize(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  char *name = arg_utf8(env, argv[1], NULL);
  sqlite3_int64 size = 0;
  unsigned char *data = name == NULL ? NULL : sqlite3_serialize(db->db, name, &size, 0);
  free(name);
  napi_value out = NULL;
  if (data != NULL || size == 0)
    out = sqlite_bytes(env, data, (size_t)size);
  else
    sqlite_throw(env, db->db);
  sqlite3_free(data);
  return out;
}

/* deserialize(db, bytes, name) */
napi_value sqlite_js_deserialize(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  void *data = NULL;
  size_t size = 0;
  if (db == NULL || js_bytes_get(env, argv[1], &data, &size) != napi_ok) return NULL;
  sqlite_statements_end(db);
  char *name = arg_utf8(env, argv[2], NULL);
  unsigned char *copy = name == NULL ? NULL : sqlite3_malloc64(size);
  if (copy == NULL) {
    free(name);
    sqlite_throw_code(env, SQLITE_NOMEM);
    return NULL;
  }
  memcpy(copy, data, size);
  int rc = sqlite3_deserialize(db->db, name, copy, (sqlite3_int64)size, (sqlite3_int64)size,
                               SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE);
  free(name);
  if (rc != SQLITE_OK) sqlite_throw(env, db->db);
  return NULL;
}

/* ---- backups ------------------------------------------------------------------------------------------------------
 */

typedef struct backup {
  uv_work_t work;
  runtime_work queued;
  runtime *rt;
  sqlite_db *source;
  sqlite3 *target;
  sqlite3_backup *handle;
  int pages, status;
  held keep, callback; /* keep: the handle, while it works */
} backup;

static void backup_end(backup *b) {
  if (b->handle != NULL) sqlite3_backup_finish(b->handle);
  sqlite3_close_v2(b->target);
  b->handle = NULL;
  b->target = NULL;
}

static void backup_finalize(void *pointer) {
  backup *b = pointer;
  backup_end(b);
  sqlite_db_release(b->source);
  free(b);
}
static const js_type backup_type = {"SqliteBackup", backup_finalize};

/* backup(db, path, source's name, target's name) → handle, or an Error */
napi_value sqlite_js_backup(napi_env env, napi_callback_info info) {
  napi_value argv[4], value = NULL;
  args_get(env, info, argv, 4);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  backup *b = db == NULL ? NULL : calloc(1, sizeof *b);
  if (b == NULL) return NULL;
  b->rt = db->rt;
  b->source = sqlite_db_hold(db);
  char *path = arg_utf8(env, argv[1], NULL);
  char *from = arg_utf8(env, argv[2], NULL), *to = arg_utf8(env, argv[3], NULL);
  int rc = path == NULL || from == NULL || to == NULL
               ? SQLITE_NOMEM
               : sqlite3_open_v2(path, &b->target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL);
  if (rc == SQLITE_OK) b->handle = sqlite3_backup_init(b->target, to, db->db, from);
  free(path);
  free(from);
  free(to);
  if (b->handle != NULL && js_handle_create(env, &backup_type, b, &value) == napi_ok) return value;
  value = b->target == NULL ? sqlite_error(env, SQLITE_NOMEM, sqlite3_errstr(SQLITE_NOMEM))
                            : sqlite_error(env, sqlite3_extended_errcode(b->target), sqlite3_errmsg(b->target));
  backup_finalize(b);
  return value;
}

static void step_work(uv_work_t *work) {
  backup *b = work->data;
  b->status = sqlite3_backup_step(b->handle, b->pages);
}

static void step_done(uv_work_t *work, int cancelled) {
  backup *b = work->data;
  runtime *rt = b->rt;
  napi_env env = runtime_env(rt);
  js_scope scope;
  js_scope_open(env, &scope);
  runtime_work_end(&b->queued);
  held_value(&b->keep, env); /* kept through this scope */
  held_clear(&b->keep, env);
  bool failed =
      b->status != SQLITE_OK && b->status != SQLITE_DONE && b->status != SQLITE_BUSY && b->status != SQLITE_LOCKED;
  napi_value argv[4] = {failed ? sqlite_error(env, b->status, sqlite3_errstr(b->status)) : make_null(env),
                        make_bool(env, b->status == SQLITE_DONE), make_int32(env, sqlite3_backup_remaining(b->handle)),
                        make_int32(env, sqlite3_backup_pagecount(b->handle))};
  if (failed || b->status == SQLITE_DONE || cancelled != 0) backup_end(b);
  held callback = b->callback;
  b->callback.ref = NULL;
  runtime_work_done(rt, &b->queued, &callback, 4, argv);
  js_scope_close(&scope);
}

/* backupStep(handle, pages, callback(error or null, whether it is done, remaining pages, all pages)) */
napi_value sqlite_js_backup_step(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  void *pointer = NULL;
  args_get(env, info, argv, 3);
  if (js_handle_get(env, argv[0], &backup_type, &pointer) != napi_ok) return NULL;
  backup *b = pointer;
  if (b->handle == NULL || !held_empty(&b->keep) || held_set(&b->keep, env, argv[0]) != napi_ok ||
      held_set(&b->callback, env, argv[2]) != napi_ok)
    return NULL;
  b->pages = arg_int32(env, argv[1]);
  b->work.data = b;
  uv_queue_work(runtime_loop(b->rt), &b->work, step_work, step_done);
  runtime_work_begin(b->rt, &b->queued, (uv_req_t *)&b->work, "SQLITEBACKUP");
  return NULL;
}

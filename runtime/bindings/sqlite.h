/*
 * sqlite: what the files of node:sqlite's C half share. A connection's struct lives until its JS object and those of
 * its statements and sessions are gone; sqlite's own connection ends at close. Each file has a part: sqlite.c
 * connections and statements, sqlite_value.c values, sqlite_function.c functions of JS within SQL, sqlite_session.c
 * changesets, copies and backups. JS (modules/node/sqlite.js) checks arguments; errors of sqlite are thrown from here.
 */
#ifndef JSD_RUNTIME_BINDINGS_SQLITE_H
#define JSD_RUNTIME_BINDINGS_SQLITE_H

/* The header hides what the library was built with. */
#define SQLITE_ENABLE_SESSION 1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <sqlite3.h>

#include "util.h"

typedef struct sqlite_statement sqlite_statement;
typedef struct sqlite_session sqlite_session;

typedef struct sqlite_db {
  sqlite3 *db; /* NULL: closed */
  runtime_resource resource;
  runtime *rt;
  int references;
  sqlite_statement *statements;
  sqlite_session *sessions;
  held authorizer;
  void (*close_sessions)(struct sqlite_db *db);
} sqlite_db;

/* NULL with an exception pending where the value is no connection, or a closed one. */
sqlite_db *sqlite_db_get(napi_env env, napi_value value);
sqlite_db *sqlite_db_hold(sqlite_db *db);
void sqlite_db_release(sqlite_db *db);
void sqlite_statements_end(sqlite_db *db);

/* An Error with code ERR_SQLITE_ERROR, errcode, errstr, as Node's. */
napi_value sqlite_error(napi_env env, int code, const char *message);
/* Throws the connection's last error, unless JS has thrown already. */
void sqlite_throw(napi_env env, sqlite3 *db);
void sqlite_throw_code(napi_env env, int code);
bool sqlite_js_threw(napi_env env);

/* NULL with an exception pending: an integer that is no safe number, without bigints. */
napi_value sqlite_column_value(napi_env env, sqlite3_stmt *statement, int column, bool bigints);
napi_value sqlite_argument_value(napi_env env, sqlite3_value *value, bool bigints);
/* SQLITE_OK, sqlite's error, or -1: not of a kind that sqlite has, -2: a bigint of more than 64 bits. */
int sqlite_bind_value(napi_env env, sqlite3_stmt *statement, int index, napi_value value);
void sqlite_result_value(napi_env env, sqlite3_context *context, napi_value value);
/* Copies. */
napi_value sqlite_bytes(napi_env env, const void *data, size_t size);

/* Parts of the binding's table. */
napi_value sqlite_js_function(napi_env env, napi_callback_info info);
napi_value sqlite_js_aggregate(napi_env env, napi_callback_info info);
napi_value sqlite_js_authorizer(napi_env env, napi_callback_info info);
napi_value sqlite_js_session(napi_env env, napi_callback_info info);
napi_value sqlite_js_session_changes(napi_env env, napi_callback_info info);
napi_value sqlite_js_session_close(napi_env env, napi_callback_info info);
napi_value sqlite_js_apply(napi_env env, napi_callback_info info);
napi_value sqlite_js_serialize(napi_env env, napi_callback_info info);
napi_value sqlite_js_deserialize(napi_env env, napi_callback_info info);
napi_value sqlite_js_backup(napi_env env, napi_callback_info info);
napi_value sqlite_js_backup_step(napi_env env, napi_callback_info info);

#endif

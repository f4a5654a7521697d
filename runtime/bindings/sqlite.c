/* sqlite.c: node:sqlite's connections and statements (sqlite.h). */
#include "sqlite.h"

struct sqlite_statement {
  sqlite3_stmt *stmt; /* NULL: finalized */
  sqlite_db *db;
  sqlite_statement *next;
};

/* ---- connections --------------------------------------------------------------------------------------------------
 */

sqlite_db *sqlite_db_hold(sqlite_db *db) {
  db->references++;
  return db;
}

void sqlite_statements_end(sqlite_db *db) {
  for (sqlite_statement *s = db->statements; s != NULL; s = s->next) {
    sqlite3_finalize(s->stmt);
    s->stmt = NULL;
  }
}

static void db_close(sqlite_db *db) {
  if (db->db == NULL) return;
  sqlite3 *connection = db->db;
  sqlite_statements_end(db);
  if (db->close_sessions != NULL) db->close_sessions(db);
  db->db = NULL;
  runtime_resource_remove(&db->resource);
  sqlite3_close_v2(connection);
  held_clear(&db->authorizer, runtime_env(db->rt));
}

static void db_resource_close(runtime_resource *resource) {
  db_close((sqlite_db *)((char *)resource - offsetof(sqlite_db, resource)));
}

void sqlite_db_release(sqlite_db *db) {
  if (--db->references > 0) return;
  db_close(db);
  free(db);
}

static void db_finalize(void *pointer) {
  db_close(pointer);
  sqlite_db_release(pointer);
}
static const js_type db_type = {"SqliteDatabase", db_finalize};

sqlite_db *sqlite_db_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  sqlite_db *db = js_handle_get(env, value, &db_type, &pointer) == napi_ok ? pointer : NULL;
  if (db != NULL && db->db != NULL) return db;
  napi_throw_error(env, "ERR_INVALID_STATE", "database is not open");
  return NULL;
}

enum { OPEN_READ_ONLY = 1, OPEN_FOREIGN_KEYS = 2, OPEN_DOUBLE_QUOTED = 4, OPEN_EXTENSIONS = 8, OPEN_DEFENSIVE = 16 };

static int db_configure(sqlite3 *db, int options, int timeout) {
  int rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, (options & OPEN_DOUBLE_QUOTED) != 0, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, (options & OPEN_DOUBLE_QUOTED) != 0, NULL);
  if (rc == SQLITE_OK)
    rc = sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, (options & OPEN_FOREIGN_KEYS) != 0, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, (options & OPEN_DEFENSIVE) != 0, NULL);
  if (rc == SQLITE_OK) rc = sqlite3_enable_load_extension(db, (options & OPEN_EXTENSIONS) != 0);
  if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db, timeout);
  return rc;
}

/* open(path, OPEN_* bits, busy timeout in ms) → handle */
static napi_value sqlite_js_open(napi_env env, napi_callback_info info) {
  napi_value argv[3], value = NULL;
  args_get(env, info, argv, 3);
  char *path = arg_utf8(env, argv[0], NULL);
  sqlite_db *db = path == NULL ? NULL : calloc(1, sizeof *db);
  if (db == NULL) {
    free(path);
    sqlite_throw_code(env, SQLITE_NOMEM);
    return NULL;
  }
  db->rt = runtime_of(env);
  db->references = 1;
  int options = arg_int32(env, argv[1]);
  int flags =
      SQLITE_OPEN_URI | (options & OPEN_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  int rc = sqlite3_open_v2(path, &db->db, flags, NULL);
  free(path);
  if (rc == SQLITE_OK) rc = db_configure(db->db, options, arg_int32(env, argv[2]));
  if (rc == SQLITE_OK && js_handle_create(env, &db_type, db, &value) == napi_ok) {
    db->resource.close = db_resource_close;
    runtime_resource_add(db->rt, &db->resource);
    return value;
  }
  if (db->db == NULL)
    sqlite_throw_code(env, SQLITE_NOMEM);
  else
    sqlite_throw(env, db->db);
  sqlite_db_release(db);
  return NULL;
}

static napi_value sqlite_js_close(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db != NULL) db_close(db);
  return NULL;
}

/* exec(db, sql) */
static napi_value sqlite_js_exec(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  char *sql = arg_utf8(env, argv[1], NULL);
  int rc = sql == NULL ? SQLITE_NOMEM : sqlite3_exec(db->db, sql, NULL, NULL, NULL);
  free(sql);
  if (rc != SQLITE_OK && db->db != NULL) sqlite_throw(env, db->db);
  return NULL;
}

static napi_value sqlite_js_in_transaction(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  return db == NULL ? NULL : make_bool(env, sqlite3_get_autocommit(db->db) == 0);
}

/* location(db, name) → path or null */
static napi_value sqlite_js_location(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  char *name = arg_utf8(env, argv[1], NULL);
  const char *path = name == NULL ? NULL : sqlite3_db_filename(db->db, name);
  free(name);
  return path == NULL || *path == 0 ? make_null(env) : make_string(env, path);
}

/* limit(db, SQLITE_LIMIT_* number, value or -1) → what it was */
static napi_value sqlite_js_limit(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  return make_int32(env, sqlite3_limit(db->db, arg_int32(env, argv[1]), arg_int32(env, argv[2])));
}

/* configure(db, OPEN_DEFENSIVE or OPEN_EXTENSIONS, on) */
static napi_value sqlite_js_configure(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  int on = arg_bool(env, argv[2]);
  int rc = arg_int32(env, argv[1]) == OPEN_DEFENSIVE ? sqlite3_db_config(db->db, SQLITE_DBCONFIG_DEFENSIVE, on, NULL)
                                                     : sqlite3_enable_load_extension(db->db, on);
  if (rc != SQLITE_OK) sqlite_throw(env, db->db);
  return NULL;
}

/* loadExtension(db, path, entry point or undefined) */
static napi_value sqlite_js_load_extension(napi_env env, napi_callback_info info) {
  napi_value argv[3];
  args_get(env, info, argv, 3);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  char *path = arg_utf8(env, argv[1], NULL), *message = NULL;
  char *entry = arg_is(env, argv[2], napi_string) ? arg_utf8(env, argv[2], NULL) : NULL;
  int rc = path == NULL ? SQLITE_NOMEM : sqlite3_load_extension(db->db, path, entry, &message);
  free(path);
  free(entry);
  if (rc != SQLITE_OK)
    napi_throw_error(env, "ERR_LOAD_SQLITE_EXTENSION", message != NULL ? message : sqlite3_errstr(rc));
  sqlite3_free(message);
  return NULL;
}

/* ---- statements ---------------------------------------------------------------------------------------------------
 */

static void statement_finalize(void *pointer) {
  sqlite_statement *s = pointer, **place = &s->db->statements;
  while (*place != s) place = &(*place)->next;
  *place = s->next;
  sqlite3_finalize(s->stmt);
  sqlite_db_release(s->db);
  free(s);
}
static const js_type statement_type = {"SqliteStatement", statement_finalize};

static sqlite_statement *statement_get(napi_env env, napi_value value) {
  void *pointer = NULL;
  sqlite_statement *s = js_handle_get(env, value, &statement_type, &pointer) == napi_ok ? pointer : NULL;
  if (s != NULL && s->stmt != NULL) return s;
  napi_throw_error(env, "ERR_INVALID_STATE", "statement has been finalized");
  return NULL;
}

/* prepare(db, sql) → handle, or undefined where the SQL has no statement */
static napi_value sqlite_js_prepare(napi_env env, napi_callback_info info) {
  napi_value argv[2], value = NULL;
  args_get(env, info, argv, 2);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  size_t length = 0;
  char *sql = arg_utf8(env, argv[1], &length);
  sqlite_statement *s = calloc(1, sizeof *s);
  int rc = sql == NULL || s == NULL ? SQLITE_NOMEM : sqlite3_prepare_v2(db->db, sql, (int)length, &s->stmt, NULL);
  free(sql);
  if (rc != SQLITE_OK || s->stmt == NULL || sqlite_js_threw(env)) {
    if (rc != SQLITE_OK && db->db != NULL) sqlite_throw(env, db->db);
    free(s);
    return NULL;
  }
  s->db = sqlite_db_hold(db);
  s->next = db->statements;
  db->statements = s;
  if (js_handle_create(env, &statement_type, s, &value) != napi_ok) statement_finalize(s);
  return value;
}

/* finalize(statement) */
static napi_value sqlite_js_finalize(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  sqlite3_finalize(s->stmt);
  s->stmt = NULL;
  return NULL;
}

/* isFinalized(statement) */
static napi_value sqlite_js_is_finalized(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  void *pointer = NULL;
  args_get(env, info, argv, 1);
  bool is = js_handle_get(env, argv[0], &statement_type, &pointer) == napi_ok;
  return make_bool(env, !is || ((sqlite_statement *)pointer)->stmt == NULL);
}

/* parameters(statement) → [name or null of each] */
static napi_value sqlite_js_parameters(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  napi_create_array(env, &out);
  for (int i = 1; i <= sqlite3_bind_parameter_count(s->stmt); i++) {
    const char *name = sqlite3_bind_parameter_name(s->stmt, i);
    napi_set_element(env, out, (uint32_t)i - 1, name == NULL ? make_null(env) : make_string(env, name));
  }
  return out;
}

/* bind(statement, [index, value, ...]): begins anew with these values and no others */
static napi_value sqlite_js_bind(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  uint32_t length = 0;
  args_get(env, info, argv, 2);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  sqlite3_reset(s->stmt);
  sqlite3_clear_bindings(s->stmt);
  napi_get_array_length(env, argv[1], &length);
  for (uint32_t i = 0; i + 1 < length; i += 2) {
    napi_value index = NULL, value = NULL;
    napi_get_element(env, argv[1], i, &index);
    napi_get_element(env, argv[1], i + 1, &value);
    int rc = sqlite_bind_value(env, s->stmt, arg_int32(env, index), value);
    char text[64];
    snprintf(text, sizeof text, "Provided value cannot be bound to SQLite parameter %d.", arg_int32(env, index));
    if (rc == SQLITE_OK) continue;
    if (rc == -1)
      napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", text);
    else if (rc == -2)
      napi_throw_type_error(env, "ERR_INVALID_ARG_VALUE", "BigInt value is too large to bind.");
    else
      sqlite_throw(env, s->db->db);
    return NULL;
  }
  return NULL;
}

/* Of the current row; NULL with an exception pending. */
static napi_value row_value(napi_env env, sqlite3_stmt *stmt, bool bigints) {
  napi_value row = NULL;
  int count = sqlite3_column_count(stmt);
  napi_create_array_with_length(env, (size_t)count, &row);
  for (int i = 0; i < count; i++) {
    napi_value value = sqlite_column_value(env, stmt, i, bigints);
    if (value == NULL) return NULL;
    napi_set_element(env, row, (uint32_t)i, value);
  }
  return row;
}

/* After a step that gave neither row nor end, or a row that cannot be read. */
static napi_value statement_failed(napi_env env, sqlite_statement *s) {
  if (s->db->db != NULL) sqlite_throw(env, s->db->db);
  if (s->stmt != NULL) sqlite3_reset(s->stmt);
  return NULL;
}

/* step(statement, bigints) → [value of each column], or undefined at the end, where the statement is reset */
static napi_value sqlite_js_step(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  int rc = sqlite3_step(s->stmt);
  napi_value row = NULL;
  if (rc == SQLITE_ROW && (row = row_value(env, s->stmt, arg_bool(env, argv[1]))) != NULL) return row;
  if (rc != SQLITE_DONE || sqlite_js_threw(env)) return statement_failed(env, s);
  sqlite3_reset(s->stmt);
  return NULL;
}

/* all(statement, bigints) → [[value of each column], ...] */
static napi_value sqlite_js_all(napi_env env, napi_callback_info info) {
  napi_value argv[2], rows = NULL;
  args_get(env, info, argv, 2);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  bool bigints = arg_bool(env, argv[1]);
  uint32_t at = 0;
  int rc;
  napi_create_array(env, &rows);
  while ((rc = sqlite3_step(s->stmt)) == SQLITE_ROW) {
    js_scope scope;
    js_scope_open(env, &scope);
    napi_value row = row_value(env, s->stmt, bigints);
    if (row != NULL) napi_set_element(env, rows, at++, row);
    js_scope_close(&scope);
    if (row == NULL) return statement_failed(env, s);
  }
  if (rc != SQLITE_DONE || sqlite_js_threw(env)) return statement_failed(env, s);
  sqlite3_reset(s->stmt);
  return rows;
}

/* run(statement, bigints) → [changes, last row id] */
static napi_value sqlite_js_run(napi_env env, napi_callback_info info) {
  napi_value argv[2], out = NULL;
  args_get(env, info, argv, 2);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  int rc = sqlite3_step(s->stmt);
  if ((rc != SQLITE_ROW && rc != SQLITE_DONE) || sqlite_js_threw(env)) return statement_failed(env, s);
  if (sqlite3_reset(s->stmt) != SQLITE_OK) return statement_failed(env, s); /* counts what RETURNING gave rows for */
  int64_t numbers[] = {sqlite3_changes64(s->db->db), sqlite3_last_insert_rowid(s->db->db)};
  napi_create_array_with_length(env, 2, &out);
  for (uint32_t i = 0; i < 2; i++) {
    napi_value number = NULL;
    if (arg_bool(env, argv[1]))
      napi_create_bigint_int64(env, numbers[i], &number);
    else
      number = make_double(env, (double)numbers[i]);
    napi_set_element(env, out, i, number);
  }
  return out;
}

/* reset(statement) */
static napi_value sqlite_js_reset(napi_env env, napi_callback_info info) {
  napi_value argv[1];
  args_get(env, info, argv, 1);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s != NULL) sqlite3_reset(s->stmt);
  return NULL;
}

static napi_value text_or_null(napi_env env, const char *text) {
  return text == NULL ? make_null(env) : make_string(env, text);
}

/* columnNames(statement) → [name] */
static napi_value sqlite_js_column_names(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  napi_create_array(env, &out);
  for (int i = 0; i < sqlite3_column_count(s->stmt); i++) {
    const char *name = sqlite3_column_name(s->stmt, i);
    napi_value value = NULL;
    js_string_intern(env, name == NULL ? "" : name, name == NULL ? 0 : strlen(name), &value);
    if (value == NULL) value = text_or_null(env, name);
    napi_set_element(env, out, (uint32_t)i, value);
  }
  return out;
}

/* columns(statement) → [column, database, name, table, type, ...], each a string or null */
static napi_value sqlite_js_columns(napi_env env, napi_callback_info info) {
  napi_value argv[1], out = NULL;
  args_get(env, info, argv, 1);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  uint32_t at = 0;
  napi_create_array(env, &out);
  for (int i = 0; i < sqlite3_column_count(s->stmt); i++) {
    const char *facts[] = {sqlite3_column_origin_name(s->stmt, i), sqlite3_column_database_name(s->stmt, i),
                           sqlite3_column_name(s->stmt, i), sqlite3_column_table_name(s->stmt, i),
                           sqlite3_column_decltype(s->stmt, i)};
    for (size_t f = 0; f < sizeof facts / sizeof *facts; f++)
      napi_set_element(env, out, at++, text_or_null(env, facts[f]));
  }
  return out;
}

/* sql(statement, expanded) */
static napi_value sqlite_js_sql(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  sqlite_statement *s = statement_get(env, argv[0]);
  if (s == NULL) return NULL;
  if (!arg_bool(env, argv[1])) return text_or_null(env, sqlite3_sql(s->stmt));
  char *text = sqlite3_expanded_sql(s->stmt);
  if (text == NULL) {
    sqlite_throw_code(env, SQLITE_NOMEM);
    return NULL;
  }
  napi_value out = make_string(env, text);
  sqlite3_free(text);
  return out;
}

static const js_function functions[] = {
    {"open", sqlite_js_open},
    {"close", sqlite_js_close},
    {"exec", sqlite_js_exec},
    {"inTransaction", sqlite_js_in_transaction},
    {"location", sqlite_js_location},
    {"limit", sqlite_js_limit},
    {"configure", sqlite_js_configure},
    {"loadExtension", sqlite_js_load_extension},
    {"prepare", sqlite_js_prepare},
    {"finalize", sqlite_js_finalize},
    {"isFinalized", sqlite_js_is_finalized},
    {"parameters", sqlite_js_parameters},
    {"bind", sqlite_js_bind},
    {"step", sqlite_js_step},
    {"all", sqlite_js_all},
    {"run", sqlite_js_run},
    {"reset", sqlite_js_reset},
    {"columnNames", sqlite_js_column_names},
    {"columns", sqlite_js_columns},
    {"sql", sqlite_js_sql},
    {"function", sqlite_js_function},
    {"aggregate", sqlite_js_aggregate},
    {"setAuthorizer", sqlite_js_authorizer},
    {"session", sqlite_js_session},
    {"sessionChanges", sqlite_js_session_changes},
    {"sessionClose", sqlite_js_session_close},
    {"applyChangeset", sqlite_js_apply},
    {"serialize", sqlite_js_serialize},
    {"deserialize", sqlite_js_deserialize},
    {"backup", sqlite_js_backup},
    {"backupStep", sqlite_js_backup_step},
    {NULL, NULL},
};

static napi_status init(napi_env env, napi_value exports) {
  static const constant numbers[] = {CONSTANT(SQLITE_CHANGESET_OMIT),
                                     CONSTANT(SQLITE_CHANGESET_REPLACE),
                                     CONSTANT(SQLITE_CHANGESET_ABORT),
                                     CONSTANT(SQLITE_CHANGESET_DATA),
                                     CONSTANT(SQLITE_CHANGESET_NOTFOUND),
                                     CONSTANT(SQLITE_CHANGESET_CONFLICT),
                                     CONSTANT(SQLITE_CHANGESET_CONSTRAINT),
                                     CONSTANT(SQLITE_CHANGESET_FOREIGN_KEY),
                                     CONSTANT(SQLITE_OK),
                                     CONSTANT(SQLITE_DENY),
                                     CONSTANT(SQLITE_IGNORE),
                                     CONSTANT(SQLITE_CREATE_INDEX),
                                     CONSTANT(SQLITE_CREATE_TABLE),
                                     CONSTANT(SQLITE_CREATE_TEMP_INDEX),
                                     CONSTANT(SQLITE_CREATE_TEMP_TABLE),
                                     CONSTANT(SQLITE_CREATE_TEMP_TRIGGER),
                                     CONSTANT(SQLITE_CREATE_TEMP_VIEW),
                                     CONSTANT(SQLITE_CREATE_TRIGGER),
                                     CONSTANT(SQLITE_CREATE_VIEW),
                                     CONSTANT(SQLITE_DELETE),
                                     CONSTANT(SQLITE_DROP_INDEX),
                                     CONSTANT(SQLITE_DROP_TABLE),
                                     CONSTANT(SQLITE_DROP_TEMP_INDEX),
                                     CONSTANT(SQLITE_DROP_TEMP_TABLE),
                                     CONSTANT(SQLITE_DROP_TEMP_TRIGGER),
                                     CONSTANT(SQLITE_DROP_TEMP_VIEW),
                                     CONSTANT(SQLITE_DROP_TRIGGER),
                                     CONSTANT(SQLITE_DROP_VIEW),
                                     CONSTANT(SQLITE_INSERT),
                                     CONSTANT(SQLITE_PRAGMA),
                                     CONSTANT(SQLITE_READ),
                                     CONSTANT(SQLITE_SELECT),
                                     CONSTANT(SQLITE_TRANSACTION),
                                     CONSTANT(SQLITE_UPDATE),
                                     CONSTANT(SQLITE_ATTACH),
                                     CONSTANT(SQLITE_DETACH),
                                     CONSTANT(SQLITE_ALTER_TABLE),
                                     CONSTANT(SQLITE_REINDEX),
                                     CONSTANT(SQLITE_ANALYZE),
                                     CONSTANT(SQLITE_CREATE_VTABLE),
                                     CONSTANT(SQLITE_DROP_VTABLE),
                                     CONSTANT(SQLITE_FUNCTION),
                                     CONSTANT(SQLITE_SAVEPOINT),
                                     CONSTANT(SQLITE_COPY),
                                     CONSTANT(SQLITE_RECURSIVE),
                                     {NULL, 0}};
  static const constant bits[] = {CONSTANT(OPEN_READ_ONLY),           CONSTANT(OPEN_FOREIGN_KEYS),
                                  CONSTANT(OPEN_DOUBLE_QUOTED),       CONSTANT(OPEN_EXTENSIONS),
                                  CONSTANT(OPEN_DEFENSIVE),           {"DETERMINISTIC", SQLITE_DETERMINISTIC},
                                  {"DIRECT_ONLY", SQLITE_DIRECTONLY}, {NULL, 0}};
  napi_status status = export_constants(env, exports, "constants", numbers);
  return status == napi_ok ? export_constants(env, exports, "bits", bits) : status;
}

const js_binding binding_sqlite = {"sqlite", functions, init};

/*
 * sqlite_function.c: functions of JS that SQL calls: scalar, aggregate and window functions, and the authorizer. They
 * run in the middle of a call into sqlite that JS made: what they throw stays pending, sqlite is told of an error, and
 * the binding that called it lets the exception through.
 */
#include "sqlite.h"

typedef struct sqlite_user {
  sqlite_db *db;
  bool bigints;
  held call; /* of a function; of an aggregate its step */
  held start, result, inverse;
  held start_value; /* where start is no function: [value] */
} sqlite_user;

static void user_free(void *pointer) {
  sqlite_user *u = pointer;
  napi_env env = runtime_env(u->db->rt);
  held_clear(&u->call, env);
  held_clear(&u->start, env);
  held_clear(&u->result, env);
  held_clear(&u->inverse, env);
  held_clear(&u->start_value, env);
  free(u);
}

/* Calls fn(first, ...arguments), or fn(...arguments). False: JS threw, now or before. */
static bool user_call(sqlite_user *u, held *fn, napi_value first, int argc, sqlite3_value **argv, napi_value *result) {
  napi_env env = runtime_env(u->db->rt);
  size_t count = 0;
  napi_value few[16], *values = argc < 16 ? few : calloc((size_t)argc + 1, sizeof *values);
  bool fine = values != NULL && !sqlite_js_threw(env);
  if (first != NULL && values != NULL) values[count++] = first;
  for (int i = 0; fine && i < argc; i++) {
    values[count] = sqlite_argument_value(env, argv[i], u->bigints);
    fine = values[count++] != NULL;
  }
  *result = NULL;
  fine = fine && js_call(env, NULL, held_value(fn, env), count, values, result) == napi_ok;
  if (values != few) free(values);
  return fine;
}

static void on_function(sqlite3_context *context, int argc, sqlite3_value **argv) {
  sqlite_user *u = sqlite3_user_data(context);
  napi_env env = runtime_env(u->db->rt);
  js_scope scope;
  napi_value result = NULL;
  js_scope_open(env, &scope);
  if (user_call(u, &u->call, NULL, argc, argv, &result))
    sqlite_result_value(env, context, result);
  else
    sqlite3_result_error(context, "", 0);
  js_scope_close(&scope);
}

/* function(db, name, argc or -1, flags, fn, bigints) */
napi_value sqlite_js_function(napi_env env, napi_callback_info info) {
  napi_value argv[6];
  args_get(env, info, argv, 6);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  char *name = arg_utf8(env, argv[1], NULL);
  sqlite_user *u = calloc(1, sizeof *u);
  if (name == NULL || u == NULL || held_set(&u->call, env, argv[4]) != napi_ok) {
    free(name);
    free(u);
    sqlite_throw_code(env, SQLITE_NOMEM);
    return NULL;
  }
  u->db = db;
  u->bigints = arg_bool(env, argv[5]);
  int flags = SQLITE_UTF8 | arg_int32(env, argv[3]);
  int rc =
      sqlite3_create_function_v2(db->db, name, arg_int32(env, argv[2]), flags, u, on_function, NULL, NULL, user_free);
  free(name);
  if (rc != SQLITE_OK) sqlite_throw(env, db->db);
  return NULL;
}

/* ---- aggregates ---------------------------------------------------------------------------------------------------
 */

typedef struct accumulator {
  held value; /* [value]: so that it may be of any type */
  bool begun, windowed;
} accumulator;

static napi_value boxed(napi_env env, napi_value value) {
  napi_value box = NULL;
  napi_create_array_with_length(env, 1, &box);
  napi_set_element(env, box, 0, value != NULL ? value : make_undefined(env));
  return box;
}

static napi_value unboxed(napi_env env, const held *box) {
  napi_value value = NULL, array = held_value(box, env);
  if (array != NULL) napi_get_element(env, array, 0, &value);
  return value != NULL ? value : make_undefined(env);
}

/* The state of one aggregation, begun with the value of `start`. NULL: JS threw, or there is no memory. */
static accumulator *accumulator_of(sqlite3_context *context, sqlite_user *u) {
  napi_env env = runtime_env(u->db->rt);
  accumulator *a = sqlite3_aggregate_context(context, sizeof *a);
  if (a == NULL || a->begun) return a;
  napi_value start = unboxed(env, &u->start_value);
  if (!held_empty(&u->start) && !user_call(u, &u->start, NULL, 0, NULL, &start)) return NULL;
  if (held_set(&a->value, env, boxed(env, start)) != napi_ok) return NULL;
  a->begun = true;
  return a;
}

static void advance(sqlite3_context *context, int argc, sqlite3_value **argv, bool inverse) {
  sqlite_user *u = sqlite3_user_data(context);
  napi_env env = runtime_env(u->db->rt);
  js_scope scope;
  napi_value next = NULL;
  js_scope_open(env, &scope);
  accumulator *a = sqlite_js_threw(env) ? NULL : accumulator_of(context, u);
  if (a != NULL && user_call(u, inverse ? &u->inverse : &u->call, unboxed(env, &a->value), argc, argv, &next))
    held_set(&a->value, env, boxed(env, next));
  else
    sqlite3_result_error(context, "", 0);
  js_scope_close(&scope);
}

static void on_step(sqlite3_context *context, int argc, sqlite3_value **argv) { advance(context, argc, argv, false); }
static void on_inverse(sqlite3_context *context, int argc, sqlite3_value **argv) { advance(context, argc, argv, true); }

/* What a window's value is asked for row by row; its end then tells nothing new. */
static void conclude(sqlite3_context *context, bool final) {
  sqlite_user *u = sqlite3_user_data(context);
  napi_env env = runtime_env(u->db->rt);
  accumulator *a = final ? sqlite3_aggregate_context(context, 0) : NULL;
  bool told = a != NULL && a->windowed;
  js_scope scope;
  js_scope_open(env, &scope);
  if (told) {
    sqlite3_result_null(context);
  } else {
    a = sqlite_js_threw(env) ? NULL : accumulator_of(context, u);
    napi_value result = a != NULL ? unboxed(env, &a->value) : NULL;
    if (a != NULL) a->windowed = !final;
    if (a != NULL && (held_empty(&u->result) || user_call(u, &u->result, result, 0, NULL, &result)))
      sqlite_result_value(env, context, result);
    else
      sqlite3_result_error(context, "", 0);
  }
  a = final ? sqlite3_aggregate_context(context, 0) : NULL;
  if (a != NULL) held_clear(&a->value, env);
  js_scope_close(&scope);
}

static void on_value(sqlite3_context *context) { conclude(context, false); }
static void on_final(sqlite3_context *context) { conclude(context, true); }

/* aggregate(db, name, argc or -1, flags, start, step, result or undefined, inverse or undefined, bigints) */
napi_value sqlite_js_aggregate(napi_env env, napi_callback_info info) {
  napi_value argv[9];
  args_get(env, info, argv, 9);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  char *name = arg_utf8(env, argv[1], NULL);
  sqlite_user *u = calloc(1, sizeof *u);
  if (name == NULL || u == NULL) {
    free(name);
    free(u);
    sqlite_throw_code(env, SQLITE_NOMEM);
    return NULL;
  }
  u->db = db;
  u->bigints = arg_bool(env, argv[8]);
  if (arg_is(env, argv[4], napi_function))
    held_set(&u->start, env, argv[4]);
  else
    held_set(&u->start_value, env, boxed(env, argv[4]));
  held_set(&u->call, env, argv[5]);
  held_set(&u->result, env, argv[6]);
  held_set(&u->inverse, env, argv[7]);
  bool window = !held_empty(&u->inverse);
  int flags = SQLITE_UTF8 | arg_int32(env, argv[3]);
  int rc = sqlite3_create_window_function(db->db, name, arg_int32(env, argv[2]), flags, u, on_step, on_final,
                                          window ? on_value : NULL, window ? on_inverse : NULL, user_free);
  free(name);
  if (rc != SQLITE_OK) sqlite_throw(env, db->db);
  return NULL;
}

/* ---- the authorizer -----------------------------------------------------------------------------------------------
 */

static int on_authorize(void *data, int action, const char *a, const char *b, const char *c, const char *d) {
  sqlite_db *db = data;
  napi_env env = runtime_env(db->rt);
  const char *texts[] = {a, b, c, d};
  js_scope scope;
  int code = SQLITE_DENY;
  if (sqlite_js_threw(env)) return code;
  js_scope_open(env, &scope);
  napi_value argv[5] = {make_int32(env, action)}, result = NULL;
  for (int i = 0; i < 4; i++) argv[i + 1] = texts[i] == NULL ? make_null(env) : make_string(env, texts[i]);
  if (js_call(env, NULL, held_value(&db->authorizer, env), 5, argv, &result) == napi_ok) {
    double number = arg_is(env, result, napi_number) ? arg_double(env, result) : 0.5;
    if (number != (double)(int)number) {
      napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE",
                            "Authorizer callback must return an integer authorization code");
    } else if (number != SQLITE_OK && number != SQLITE_DENY && number != SQLITE_IGNORE) {
      napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "Authorizer callback returned a invalid authorization code");
    } else {
      code = (int)number;
    }
  }
  js_scope_close(&scope);
  return code;
}

/* setAuthorizer(db, callback or null) */
napi_value sqlite_js_authorizer(napi_env env, napi_callback_info info) {
  napi_value argv[2];
  args_get(env, info, argv, 2);
  sqlite_db *db = sqlite_db_get(env, argv[0]);
  if (db == NULL) return NULL;
  bool on = arg_is(env, argv[1], napi_function);
  if (on)
    held_set(&db->authorizer, env, argv[1]);
  else
    held_clear(&db->authorizer, env);
  if (sqlite3_set_authorizer(db->db, on ? on_authorize : NULL, db) != SQLITE_OK) sqlite_throw(env, db->db);
  return NULL;
}

/*
 * module.cc: ES modules. A js_module holds V8's module; V8's callbacks carry only V8's module, so one is found from
 * the other by identity hash. Which module a specifier means is C's to say (js_module_resolve). With a handle for JS,
 * the module and its id belong to that handle, and a js_module's own references are weak.
 */
#include "env.h"
#include "watchdog.h"

using namespace v8;

struct js_module {
  napi_env env;
  Global<Module> module;
  int hash; /* where env->modules has it */
  Global<Value> name, id, source;
  Global<Object> global; /* of its context; empty: the main one's */
  MicrotaskQueue *microtasks;
  void *data;
  napi_status (*evaluate)(napi_env env, js_module *module); /* synthetic ones */
};

static js_module *module_find(napi_env env, Local<Module> module) {
  auto range = env->modules.equal_range(module->GetIdentityHash());
  for (auto it = range.first; it != range.second; ++it) {
    if (!it->second->module.IsEmpty() && slot_of(it->second->module) == module) return it->second;
  }
  return nullptr;
}

/* Where a module's code runs. */
struct Place {
  Local<Context> context;
  MicrotaskQueue *microtasks;
};

static js_module *module_add(napi_env env, Local<Module> module, Local<Value> name, napi_value id, const Place &place,
                             void *data) {
  auto *made = new js_module{};
  made->env = env;
  made->module.Reset(env->isolate, module);
  made->hash = module->GetIdentityHash();
  made->name.Reset(env->isolate, name);
  if (id != nullptr) made->id.Reset(env->isolate, to_local(id));
  if (place.context != env->context()) made->global.Reset(env->isolate, place.context->Global());
  made->microtasks = place.microtasks;
  made->data = data;
  env->modules.emplace(made->hash, made);
  return made;
}

static Local<Context> module_context(napi_env env, js_module *module) {
  Local<Context> context = env->context();
  if (!module->global.IsEmpty()) (void)!module->global.Get(env->isolate)->GetCreationContext().ToLocal(&context);
  return context;
}

/* V8's flat list to ours: it has `stride` elements an attribute, the first two are key and value. */
static Local<Array> attributes_of(napi_env env, Local<FixedArray> list, int stride) {
  std::vector<Local<Value>> flat;
  for (int i = 0; !list.IsEmpty() && i + 1 < list->Length(); i += stride) {
    flat.push_back(list->Get(env->context(), i).As<Value>());
    flat.push_back(list->Get(env->context(), i + 1).As<Value>());
  }
  return Array::New(env->isolate, flat.data(), flat.size());
}

/* ---- making ----------------------------------------------------------------------------------------------------- */

napi_status js_module_compile(napi_env env, js_source *source, void *data, js_module **out) {
  CHECK(env, source->code != nullptr && to_local(source->code)->IsString(), napi_string_expected);
  Place place;
  napi_status status = context_of(env, source->context, &place.context, &place.microtasks);
  if (status != napi_ok) return status;
  Catcher catcher(env);
  Context::Scope scope(place.context);
  ScriptCompiler::CachedData *cache = script_cache(source);
  ScriptCompiler::Source compiled(to_local(source->code).As<String>(), script_origin(env, source, true), cache);
  Local<Module> module;
  bool have =
      ScriptCompiler::CompileModule(env->isolate, &compiled,
                                    cache ? ScriptCompiler::kConsumeCodeCache : ScriptCompiler::kNoCompileOptions)
          .ToLocal(&module);
  source->cache_rejected = cache != nullptr && cache->rejected;
  if (!have) return catcher.failed(napi_pending_exception);
  *out = module_add(env, module, source->name == nullptr ? Undefined(env->isolate).As<Value>() : to_local(source->name),
                    source->id, place, data);
  return ok(env);
}

napi_status js_module_cache(napi_env env, js_module *module, uint8_t **data, size_t *size) {
  Local<Module> m = slot_of(module->module);
  CHECK(env, m->IsSourceTextModule() && m->GetStatus() != Module::kErrored, napi_invalid_arg);
  return script_cache_copy(env, ScriptCompiler::CreateCodeCache(m->GetUnboundModuleScript()), data, size);
}

static MaybeLocal<Value> synthetic_evaluate(Local<Context> context, Local<Module> module) {
  Isolate *isolate = Isolate::GetCurrent();
  napi_env env = env_of(isolate);
  js_module *found = module_find(env, module);
  if (found != nullptr && found->evaluate != nullptr) {
    napi_status status = found->evaluate(env, found);
    if (!env->last_exception.IsEmpty()) {
      env_throw_pending(env);
      return MaybeLocal<Value>();
    }
    if (status != napi_ok) {
      isolate->ThrowException(Exception::Error(String::NewFromUtf8Literal(isolate, "Module evaluation failed")));
      return MaybeLocal<Value>();
    }
  }
  Local<Promise::Resolver> resolver;
  if (!Promise::Resolver::New(context).ToLocal(&resolver)) return MaybeLocal<Value>();
  resolver->Resolve(context, Undefined(isolate)).Check();
  return resolver->GetPromise();
}

napi_status js_module_synthetic(napi_env env, napi_value name, napi_value names, napi_value id,
                                napi_value context_handle, napi_status (*evaluate)(napi_env env, js_module *module),
                                void *data, js_module **out) {
  CHECK(env, name != nullptr && to_local(name)->IsString(), napi_string_expected);
  CHECK(env, names != nullptr && to_local(names)->IsArray(), napi_array_expected);
  Local<Array> list = to_local(names).As<Array>();
  std::vector<Local<String>> exports;
  for (uint32_t i = 0; i < list->Length(); i++) {
    Local<Value> element;
    CHECK(env, list->Get(env->context(), i).ToLocal(&element) && element->IsString(), napi_string_expected);
    exports.push_back(element.As<String>());
  }
  Place place;
  napi_status status = context_of(env, context_handle, &place.context, &place.microtasks);
  if (status != napi_ok) return status;
  Context::Scope scope(place.context);
  Local<String> title = to_local(name).As<String>();
  MemorySpan<const Local<String>> span(exports.data(), exports.size());
  Local<Module> module = Module::CreateSyntheticModule(env->isolate, title, span, synthetic_evaluate);
  *out = module_add(env, module, title, id, place, data);
  (*out)->evaluate = evaluate;
  return ok(env);
}

napi_status js_module_export_set(napi_env env, js_module *module, napi_value name, napi_value value) {
  CHECK(env, name != nullptr && to_local(name)->IsString(), napi_string_expected);
  ARG(env, value);
  Catcher catcher(env);
  Maybe<bool> set =
      slot_of(module->module)->SetSyntheticModuleExport(env->isolate, to_local(name).As<String>(), to_local(value));
  return set.FromMaybe(false) ? ok(env) : catcher.failed();
}

void js_module_destroy(napi_env env, js_module *module) {
  if (module == nullptr) return;
  auto range = env->modules.equal_range(module->hash);
  for (auto it = range.first; it != range.second; ++it) {
    if (it->second == module) {
      env->modules.erase(it);
      break;
    }
  }
  delete module;
}

void modules_destroy_all(napi_env env) {
  for (auto &entry : env->modules) delete entry.second;
  env->modules.clear();
}

/* ---- questions -------------------------------------------------------------------------------------------------- */

void *js_module_data(js_module *module) { return module->data; }

napi_status js_module_name(napi_env env, js_module *module, napi_value *name) {
  *name = to_value(module->name.Get(env->isolate));
  return ok(env);
}

napi_status js_module_handle_create(napi_env env, js_module *module, const js_type *type, void *pointer,
                                    napi_value *handle) {
  Isolate *isolate = env->isolate;
  Local<Value> id = module->id.IsEmpty() ? Undefined(isolate).As<Value>() : module->id.Get(isolate);
  Local<Data> second = id;
  if (!module->global.IsEmpty()) { /* its context, too, which leads to the queue of its microtasks */
    Local<Array> both = Array::New(isolate, 2);
    both->Set(env->context(), 0, id).Check();
    both->Set(env->context(), 1, module->global.Get(isolate)).Check();
    second = both;
  }
  napi_status status = handle_create_holding(env, type, pointer, module->module.Get(isolate), second, handle);
  if (status != napi_ok) return status;
  module->module.SetWeak();
  if (id->IsSymbol()) module->id.SetWeak();
  if (!module->global.IsEmpty()) module->global.SetWeak();
  return ok(env);
}

napi_status js_module_id(napi_env env, js_module *module, napi_value *id) {
  *id = to_value(module->id.IsEmpty() ? Undefined(env->isolate).As<Value>() : module->id.Get(env->isolate));
  return ok(env);
}

napi_status js_module_source_set(napi_env env, js_module *module, napi_value source) {
  CHECK(env, source != nullptr && to_local(source)->IsObject(), napi_object_expected);
  module->source.Reset(env->isolate, to_local(source));
  return ok(env);
}

napi_status js_module_request_count(napi_env env, js_module *module, size_t *count) {
  Local<Module> m = slot_of(module->module);
  *count = m->IsSourceTextModule() ? static_cast<size_t>(m->GetModuleRequests()->Length()) : 0;
  return ok(env);
}

napi_status js_module_request_get(napi_env env, js_module *module, size_t index, js_request *out) {
  Local<Module> m = slot_of(module->module);
  CHECK(env, m->IsSourceTextModule(), napi_invalid_arg);
  Local<FixedArray> requests = m->GetModuleRequests();
  CHECK(env, index < static_cast<size_t>(requests->Length()), napi_invalid_arg);
  Local<ModuleRequest> request = requests->Get(env->context(), static_cast<int>(index)).As<ModuleRequest>();
  Location location = m->SourceOffsetToLocation(request->GetSourceOffset());
  *out = js_request{.specifier = to_value(request->GetSpecifier()),
                    .attributes = to_value(attributes_of(env, request->GetImportAttributes(), 3)),
                    .source_phase = request->GetPhase() == ModuleImportPhase::kSource,
                    .line = location.GetLineNumber(),
                    .column = location.GetColumnNumber()};
  return ok(env);
}

napi_status js_module_status_get(napi_env env, js_module *module, js_module_status *status) {
  *status = static_cast<js_module_status>(slot_of(module->module)->GetStatus());
  return ok(env);
}

napi_status js_module_is_async(napi_env env, js_module *module, bool *async) {
  Local<Module> m = slot_of(module->module);
  CHECK(env, m->GetStatus() >= Module::kInstantiated, napi_generic_failure);
  *async = m->GetStatus() != Module::kErrored && m->IsGraphAsync();
  return ok(env);
}

bool js_module_has_await(js_module *module) {
  Local<Module> m = slot_of(module->module);
  return m->IsSourceTextModule() && m->HasTopLevelAwait();
}

napi_status js_module_namespace(napi_env env, js_module *module, napi_value *namespace_object) {
  Local<Module> m = slot_of(module->module);
  CHECK(env, m->GetStatus() >= Module::kInstantiated, napi_generic_failure);
  *namespace_object = to_value(m->GetModuleNamespace());
  return ok(env);
}

napi_status js_module_error(napi_env env, js_module *module, napi_value *error) {
  Local<Module> m = slot_of(module->module);
  CHECK(env, m->GetStatus() == Module::kErrored, napi_generic_failure);
  *error = to_value(m->GetException());
  return ok(env);
}

/* ---- linking and running ---------------------------------------------------------------------------------------- */

static MaybeLocal<Module> resolve(Local<Context> context, Local<String> specifier, Local<FixedArray> attributes,
                                  Local<Module> referrer) {
  Isolate *isolate = Isolate::GetCurrent();
  napi_env env = env_of(isolate);
  js_module *from = module_find(env, referrer), *found = nullptr;
  if (env->resolve != nullptr)
    found =
        env->resolve(env, env->resolve_data, from, to_value(specifier), to_value(attributes_of(env, attributes, 3)));
  if (found != nullptr) return found->module.Get(isolate);
  if (!env->last_exception.IsEmpty())
    env_throw_pending(env);
  else
    isolate->ThrowException(Exception::Error(String::NewFromUtf8Literal(isolate, "Module was not resolved")));
  return MaybeLocal<Module>();
}

/* `import source x from` what has no source object; a module of WebAssembly has one. */
static Local<Value> source_undefined(Isolate *isolate, Local<Value> name) {
  Local<String> text = name->ToString(isolate->GetCurrentContext()).FromMaybe(String::Empty(isolate));
  Local<String> start = String::NewFromUtf8Literal(isolate, "Source phase import object is not defined for module '");
  text = String::Concat(isolate, String::Concat(isolate, start, text), String::NewFromUtf8Literal(isolate, "'"));
  Local<Value> error = Exception::SyntaxError(text);
  error.As<Object>()
      ->Set(isolate->GetCurrentContext(), String::NewFromUtf8Literal(isolate, "code"),
            String::NewFromUtf8Literal(isolate, "ERR_SOURCE_PHASE_NOT_DEFINED"))
      .Check();
  return error;
}

static MaybeLocal<Object> resolve_source(Local<Context> context, Local<String> specifier, Local<FixedArray> attributes,
                                         Local<Module> referrer) {
  Isolate *isolate = Isolate::GetCurrent();
  Local<Module> target;
  if (!resolve(context, specifier, attributes, referrer).ToLocal(&target)) return MaybeLocal<Object>();
  js_module *found = module_find(env_of(isolate), target);
  if (found != nullptr && !found->source.IsEmpty()) return found->source.Get(isolate).As<Object>();
  isolate->ThrowException(
      source_undefined(isolate, found == nullptr ? specifier.As<Value>() : found->name.Get(isolate)));
  return MaybeLocal<Object>();
}

napi_status js_module_instantiate(napi_env env, js_module *module, js_module_resolve callback, void *data) {
  Catcher catcher(env);
  js_module_resolve outer = env->resolve;
  void *outer_data = env->resolve_data;
  env->resolve = callback;
  env->resolve_data = data;
  Maybe<bool> done = slot_of(module->module)->InstantiateModule(module_context(env, module), resolve, resolve_source);
  env->resolve = outer;
  env->resolve_data = outer_data;
  return done.FromMaybe(false) ? ok(env) : catcher.failed(napi_pending_exception);
}

/* A promise of a context with a queue of its own settles when that queue runs: the caller gets one of the main context,
 * in the same state. */
static MaybeLocal<Value> outer_promise(Local<Context> context, Local<Value> inner) {
  if (!inner->IsPromise()) return inner;
  Local<Promise> promise = inner.As<Promise>();
  Local<Promise::Resolver> resolver;
  if (promise->State() == Promise::kPending || !Promise::Resolver::New(context).ToLocal(&resolver)) return inner;
  promise->MarkAsHandled();
  Maybe<bool> done = promise->State() == Promise::kFulfilled ? resolver->Resolve(context, promise->Result())
                                                             : resolver->Reject(context, promise->Result());
  if (done.IsNothing()) return MaybeLocal<Value>();
  return resolver->GetPromise();
}

static napi_status evaluate_in(napi_env env, js_module *module, napi_value *promise) {
  Catcher catcher(env);
  Local<Value> result;
  Local<Context> context = module_context(env, module);
  Isolate *isolate = env->isolate;
  if (!slot_of(module->module)->Evaluate(context).ToLocal(&result)) return catcher.failed(napi_pending_exception);
  if (module->microtasks != nullptr && !isolate->IsExecutionTerminating()) {
    module->microtasks->PerformCheckpoint(isolate);
    if (!outer_promise(env->context(), result).ToLocal(&result)) return catcher.failed(napi_pending_exception);
  }
  if (isolate->IsExecutionTerminating()) return napi_pending_exception;
  /* What a module threw is the promise's; V8 leaves a synthetic module's in the TryCatch too. */
  if (!catcher.try_catch().HasTerminated()) catcher.try_catch().Reset();
  if (promise != nullptr) *promise = to_value(result);
  return napi_ok;
}

napi_status js_module_evaluate(napi_env env, js_module *module, const js_limits *limits, napi_value *promise) {
  CHECK(env, slot_of(module->module)->GetStatus() >= Module::kInstantiated, napi_generic_failure);
  Watchdog watchdog(env, limits);
  napi_status status = watchdog.finish(evaluate_in(env, module, promise));
  return status == napi_ok ? ok(env) : fail(env, status);
}

/* ---- import() and import.meta ----------------------------------------------------------------------------------- */

static MaybeLocal<Promise> import_rejected(napi_env env, Local<Context> context) {
  Isolate *isolate = env->isolate;
  Local<Value> reason;
  if (env->last_exception.IsEmpty()) {
    reason = Exception::Error(String::NewFromUtf8Literal(isolate, "import() failed"));
  } else {
    reason = env->last_exception.Get(isolate);
    env->last_exception.Reset();
  }
  Local<Promise::Resolver> resolver;
  if (!Promise::Resolver::New(context).ToLocal(&resolver)) return MaybeLocal<Promise>();
  if (resolver->Reject(context, reason).IsNothing()) return MaybeLocal<Promise>(); /* execution is being ended */
  return resolver->GetPromise();
}

/* The id of the code that imports: its own, or its context's. */
static Local<Value> id_of(Local<Context> context, Local<Data> options) {
  Isolate *isolate = Isolate::GetCurrent();
  if (!options.IsEmpty() && options->IsFixedArray() && options.As<FixedArray>()->Length() > 0)
    return options.As<FixedArray>()->Get(context, 0).As<Value>();
  if (context->GetNumberOfEmbedderDataFields() > CONTEXT_ID) return context->GetEmbedderData(CONTEXT_ID);
  return Undefined(isolate);
}

/* import() gives a promise of the context that it stands in. */
static MaybeLocal<Promise> promise_in(Local<Context> context, Local<Promise> promise) {
  Local<Promise::Resolver> resolver;
  if (context == env_of(Isolate::GetCurrent())->context()) return promise;
  if (!Promise::Resolver::New(context).ToLocal(&resolver) || resolver->Resolve(context, promise).IsNothing())
    return MaybeLocal<Promise>();
  return resolver->GetPromise();
}

static MaybeLocal<Promise> import_dynamically(Local<Context> context, Local<Data> options, Local<Value> name,
                                              Local<String> specifier, Local<FixedArray> attributes, bool source) {
  napi_env env = env_of(Isolate::GetCurrent());
  EscapableHandleScope scope(env->isolate);
  napi_value promise = nullptr;
  Local<Promise> result;
  js_import import = {
      .referrer = to_value(name.IsEmpty() ? Undefined(env->isolate).As<Value>() : name),
      .id = to_value(id_of(context, options)),
      .specifier = to_value(specifier),
      .attributes = to_value(attributes_of(env, attributes, 2)),
      .source_phase = source,
  };
  if (env->callbacks.import_dynamic != nullptr &&
      env->callbacks.import_dynamic(env, env->data, &import, &promise) == napi_ok && promise != nullptr &&
      to_local(promise)->IsPromise()) {
    if (!promise_in(context, to_local(promise).As<Promise>()).ToLocal(&result)) return MaybeLocal<Promise>();
  } else if (!import_rejected(env, context).ToLocal(&result)) {
    return MaybeLocal<Promise>();
  }
  return scope.Escape(result);
}

MaybeLocal<Promise> module_import_dynamically(Local<Context> context, Local<Data> options, Local<Value> name,
                                              Local<String> specifier, Local<FixedArray> attributes) {
  return import_dynamically(context, options, name, specifier, attributes, false);
}

MaybeLocal<Promise> module_import_source(Local<Context> context, Local<Data> options, Local<Value> name,
                                         Local<String> specifier, ModuleImportPhase phase,
                                         Local<FixedArray> attributes) {
  return import_dynamically(context, options, name, specifier, attributes, phase == ModuleImportPhase::kSource);
}

void module_import_meta_init(Local<Context> context, Local<Module> module, Local<Object> meta) {
  napi_env env = env_of(Isolate::GetCurrent());
  js_module *found = module_find(env, module);
  if (found == nullptr || env->callbacks.import_meta == nullptr) return;
  HandleScope scope(env->isolate);
  env->callbacks.import_meta(env, env->data, found, to_value(meta));
  if (!env->last_exception.IsEmpty()) env_throw_pending(env);
}

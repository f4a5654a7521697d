/*
 * inspector.cc: sessions of the engine's inspector within the process (the Chrome DevTools Protocol as JSON texts).
 *
 * The inspector is made with the first session and stays: the engine keeps what debuggers need from then on. A session
 * that pauses the program has nobody to wait for, so the program goes on.
 */
#include <v8-inspector.h>

#include <string>

#include "env.h"

using namespace v8;
using v8_inspector::StringBuffer;
using v8_inspector::StringView;
using v8_inspector::V8Inspector;

enum { CONTEXT_GROUP = 1 };

static StringView view_of(const std::string &text) {
  return StringView(reinterpret_cast<const uint8_t *>(text.data()), text.size());
}

/* The bytes of a path as a URL has them. */
static std::string file_url(const std::string &path) {
  static const char hex[] = "0123456789ABCDEF";
  std::string url = "file://";
  for (unsigned char c : path) {
    if (c > ' ' && c < 0x7f && strchr("\"#%<>?`{}", c) == nullptr) {
      url += static_cast<char>(c);
    } else {
      url += '%';
      url += hex[c >> 4];
      url += hex[c & 15];
    }
  }
  return url;
}

namespace {
struct Client final : v8_inspector::V8InspectorClient {
  explicit Client(napi_env env) : env_(env) {}
  Local<Context> ensureDefaultContextInGroup(int) override { return env_->context(); }

  /* CommonJS modules are named by their path, which tools want as a URL. */
  std::unique_ptr<StringBuffer> resourceNameToUrl(const StringView &name) override {
    if (name.length() == 0) return nullptr;
    std::string path;
    if (name.is8Bit()) {
      path.assign(reinterpret_cast<const char *>(name.characters8()), name.length());
      if (path[0] != '/') return nullptr;
      for (char c : path) {
        if (static_cast<unsigned char>(c) >= 0x80) return nullptr;
      }
    } else {
      if (name.characters16()[0] != '/') return nullptr;
      HandleScope scope(env_->isolate);
      Local<String> text;
      if (!String::NewFromTwoByte(env_->isolate, name.characters16(), NewStringType::kNormal,
                                  static_cast<int>(name.length()))
               .ToLocal(&text))
        return nullptr;
      String::Utf8Value utf8(env_->isolate, text);
      path.assign(*utf8, static_cast<size_t>(utf8.length()));
    }
    return StringBuffer::create(view_of(file_url(path)));
  }

  napi_env env_;
};
}  // namespace

/* Of one environment. Leaves with the process. */
struct js_inspector {
  explicit js_inspector(napi_env env) : client(env), inspector(V8Inspector::create(env->isolate, &client)) {
    inspector->contextCreated(v8_inspector::V8ContextInfo(env->context(), CONTEXT_GROUP, view_of(name)));
  }
  std::string name = "jsd";
  Client client;
  std::unique_ptr<V8Inspector> inspector;
};

void inspector_context_created(napi_env env, Local<Context> context) {
  static const std::string name = "vm";
  if (env->inspector == nullptr) return;
  env->inspector->inspector->contextCreated(v8_inspector::V8ContextInfo(context, CONTEXT_GROUP, view_of(name)));
}

struct js_inspector_session final : V8Inspector::Channel {
  napi_env env = nullptr;
  void (*message)(void *data, napi_env env, napi_value json) = nullptr;
  void *data = nullptr;
  std::unique_ptr<v8_inspector::V8InspectorSession> session;

  void deliver(const StringView &text) {
    HandleScope scope(env->isolate);
    Local<String> json;
    bool made = text.is8Bit() ? String::NewFromOneByte(env->isolate, text.characters8(), NewStringType::kNormal,
                                                       static_cast<int>(text.length()))
                                    .ToLocal(&json)
                              : String::NewFromTwoByte(env->isolate, text.characters16(), NewStringType::kNormal,
                                                       static_cast<int>(text.length()))
                                    .ToLocal(&json);
    if (made && message != nullptr) message(data, env, to_value(json));
  }
  void sendResponse(int, std::unique_ptr<StringBuffer> text) override { deliver(text->string()); }
  void sendNotification(std::unique_ptr<StringBuffer> text) override { deliver(text->string()); }
  void flushProtocolNotifications() override {}
};

napi_status js_inspector_connect(napi_env env, void (*message)(void *data, napi_env env, napi_value json), void *data,
                                 js_inspector_session **out) {
  HandleScope scope(env->isolate);
  if (env->inspector == nullptr) env->inspector = new js_inspector(env);
  auto *session = new js_inspector_session;
  session->env = env;
  session->message = message;
  session->data = data;
  session->session = env->inspector->inspector->connect(
      CONTEXT_GROUP, session, StringView(), V8Inspector::kFullyTrusted, V8Inspector::kNotWaitingForDebugger);
  *out = session;
  return ok(env);
}

napi_status js_inspector_send(napi_env env, js_inspector_session *session, napi_value json) {
  HandleScope scope(env->isolate);
  Local<Value> value = to_local(json);
  if (!value->IsString()) return fail(env, napi_string_expected);
  String::Value text(env->isolate, value);
  session->session->dispatchProtocolMessage(StringView(*text, static_cast<size_t>(text.length())));
  return ok(env);
}

void js_inspector_disconnect(js_inspector_session *session) {
  session->message = nullptr;
  delete session;
}

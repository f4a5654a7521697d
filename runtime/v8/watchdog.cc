/* watchdog.cc: see watchdog.h. A thread counts the time; SIGINT's handler is replaced for the time of the run. */
#include "watchdog.h"

#include <atomic>

using namespace v8;

/* Signals are the process's: the innermost run that listens. */
static std::atomic<Watchdog *> listening{nullptr};

Watchdog::Watchdog(napi_env env, const js_limits *limits) : env_(env) {
  if (limits == nullptr) return;
  timeout_ms_ = limits->timeout_ms;
  interruptible_ = limits->interruptible;
  if (timeout_ms_ > 0) thread_ = std::thread([this] { watch(); });
  if (!interruptible_) return;
  outer_ = listening.exchange(this);
  struct sigaction action {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, &before_);
}

void Watchdog::on_signal(int) {
  Watchdog *run = listening.load();
  if (run == nullptr) return;
  run->reason_ = Reason::interrupt;
  run->env_->isolate->TerminateExecution();
}

void Watchdog::watch() {
  std::unique_lock<std::mutex> guard(lock_);
  if (changed_.wait_for(guard, std::chrono::milliseconds(timeout_ms_), [this] { return done_; })) return;
  reason_ = Reason::timeout;
  env_->isolate->TerminateExecution();
}

void Watchdog::stop() {
  if (interruptible_) {
    sigaction(SIGINT, &before_, nullptr);
    listening.store(outer_);
    interruptible_ = false;
  }
  if (!thread_.joinable()) return;
  {
    std::lock_guard<std::mutex> guard(lock_);
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

napi_status Watchdog::finish(napi_status status) {
  stop();
  if (reason_ == Reason::none) return status;
  env_->isolate->CancelTerminateExecution();
  if (status == napi_ok) return status;
  env_->last_exception.Reset();
  if (reason_ == Reason::interrupt) {
    napi_throw_error(env_, "ERR_SCRIPT_EXECUTION_INTERRUPTED", "Script execution was interrupted by `SIGINT`");
  } else {
    char text[80];
    snprintf(text, sizeof text, "Script execution timed out after %lldms", static_cast<long long>(timeout_ms_));
    napi_throw_error(env_, "ERR_SCRIPT_EXECUTION_TIMEOUT", text);
  }
  return napi_pending_exception;
}

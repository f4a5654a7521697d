/* watchdog: ends the running JS when its time is over, or at SIGINT (js_limits). Declared around a run, on its thread.
 */
#ifndef JSD_RUNTIME_V8_WATCHDOG_H
#define JSD_RUNTIME_V8_WATCHDOG_H

#include <signal.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "env.h"

class Watchdog {
 public:
  Watchdog(napi_env env, const js_limits *limits);
  ~Watchdog() { stop(); }
  Watchdog(const Watchdog &) = delete;
  /* What a run that returned `status` comes to: where this ended it, an error that says so is pending. */
  napi_status finish(napi_status status);

 private:
  enum class Reason { none, timeout, interrupt };
  static void on_signal(int);
  void watch();
  void stop();
  napi_env env_;
  int64_t timeout_ms_ = 0;
  bool interruptible_ = false;
  std::thread thread_;
  std::mutex lock_;
  std::condition_variable changed_;
  bool done_ = false;
  volatile Reason reason_ = Reason::none;
  Watchdog *outer_ = nullptr;
  struct sigaction before_ {};
};

#endif

/*
 * platform.cc: V8's platform. libplatform's own cannot be used in a zygote: its threads do not survive a fork. Ours
 * queues background work until js_platform_start_threads; V8 never waits for a task that no thread took (a job's
 * joiner does the work itself), so an isolate is usable before.
 */
#include "platform.h"

#include <vector>
#include <string>
#include <cstring>
#include <chrono>
#include <cmath>

#include "env.h"

static Platform *the_platform;

Platform *platform_get() { return the_platform; }

static double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/* ---- foreground ------------------------------------------------------------------------------------------------- */

void Runner::post(std::unique_ptr<v8::Task> task) {
  std::lock_guard<std::mutex> guard(lock_);
  if (closed_) return;
  tasks_.push_back(std::move(task));
  if (wake_ != nullptr) wake_(data_);
}

void Runner::post_delayed(std::unique_ptr<v8::Task> task, double seconds) {
  std::lock_guard<std::mutex> guard(lock_);
  if (closed_) return;
  delayed_.push_back({now_seconds() + seconds, std::move(task)});
  if (wake_ != nullptr) wake_(data_);
}

void Runner::attach(void (*wake)(void *), void *data) {
  std::lock_guard<std::mutex> guard(lock_);
  wake_ = wake;
  data_ = data;
}

bool Runner::waiting() {
  std::lock_guard<std::mutex> guard(lock_);
  return !tasks_.empty();
}

void Runner::wake() {
  std::lock_guard<std::mutex> guard(lock_);
  if (wake_ != nullptr) wake_(data_);
}

void Runner::close() {
  std::deque<std::unique_ptr<v8::Task>> tasks; /* destroyed outside of the lock: a task may post */
  std::vector<Delayed> delayed;
  std::lock_guard<std::mutex> guard(lock_);
  closed_ = true;
  wake_ = nullptr;
  tasks.swap(tasks_);
  delayed.swap(delayed_);
}

std::vector<std::unique_ptr<v8::Task>> Runner::take(int64_t *next_ms) {
  std::vector<std::unique_ptr<v8::Task>> out;
  std::lock_guard<std::mutex> guard(lock_);
  for (auto &task : tasks_) out.push_back(std::move(task));
  tasks_.clear();
  double now = delayed_.empty() ? 0 : now_seconds(), next = -1;
  for (size_t i = 0; i < delayed_.size();) {
    if (delayed_[i].due <= now) {
      out.push_back(std::move(delayed_[i].task));
      delayed_[i] = std::move(delayed_.back());
      delayed_.pop_back();
    } else {
      double wait = delayed_[i].due - now;
      if (next < 0 || wait < next) next = wait;
      i++;
    }
  }
  *next_ms = next < 0 ? -1 : static_cast<int64_t>(std::ceil(next * 1000));
  return out;
}

/* ---- background ------------------------------------------------------------------------------------------------- */

Platform::Platform(int threads)
    : base_(v8::platform::NewSingleThreadedDefaultPlatform()), threads_wanted_(threads < 1 ? 1 : threads) {}

Platform::~Platform() {
  {
    std::lock_guard<std::mutex> guard(lock_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto &thread : threads_) thread.join();
}

void Platform::start() {
  std::lock_guard<std::mutex> guard(lock_);
  started_ = true;
  for (int i = 0; i < threads_wanted_; i++) thread_wanted();
}

/* Under the lock. Another thread where tasks wait for one: a short program has fewer tasks than there may be threads.
 */
void Platform::thread_wanted() {
  if (!started_ || threads_.size() == static_cast<size_t>(threads_wanted_)) return;
  if (tasks_.size() + delayed_.size() <= idle_) return;
  idle_++;
  threads_.emplace_back([this] { work(); });
}

void Platform::settle() {
  if (started_) return;
  std::thread worker([this] {
    for (;;) {
      Queued next;
      {
        std::lock_guard<std::mutex> guard(lock_);
        if (tasks_.empty()) return;
        next = std::move(tasks_.front());
        tasks_.pop_front();
      }
      next.task->Run();
      next.task.reset();
      if (!next.blocking) continue;
      std::lock_guard<std::mutex> guard(lock_);
      blocking_--;
    }
  });
  worker.join();
}

void Platform::work() {
  std::unique_lock<std::mutex> guard(lock_);
  while (!stopping_) {
    double due = -1, now = delayed_.empty() ? 0 : now_seconds();
    for (size_t i = 0; i < delayed_.size();) {
      if (delayed_[i].due <= now) {
        tasks_.push_back({std::move(delayed_[i].task), false});
        delayed_[i] = std::move(delayed_.back());
        delayed_.pop_back();
      } else {
        if (due < 0 || delayed_[i].due - now < due) due = delayed_[i].due - now;
        i++;
      }
    }
    if (tasks_.empty()) {
      if (due < 0)
        changed_.wait(guard);
      else
        changed_.wait_for(guard, std::chrono::duration<double>(due));
      continue;
    }
    Queued next = std::move(tasks_.front());
    tasks_.pop_front();
    idle_--;
    guard.unlock();
    next.task->Run();
    next.task.reset();
    guard.lock();
    idle_++;
    if (next.blocking && --blocking_ == 0) unblocked_.notify_all();
  }
}

void Platform::post(std::unique_ptr<v8::Task> task, v8::TaskPriority priority) {
  bool blocking = priority == v8::TaskPriority::kUserBlocking;
  {
    std::lock_guard<std::mutex> guard(lock_);
    tasks_.push_back({std::move(task), blocking});
    if (blocking) blocking_++;
    thread_wanted();
  }
  changed_.notify_one();
}

void Platform::wait() {
  std::unique_lock<std::mutex> guard(lock_);
  if (!threads_.empty()) unblocked_.wait(guard, [this] { return blocking_ == 0; });
}

void Platform::post_delayed(std::unique_ptr<v8::Task> task, double seconds) {
  {
    std::lock_guard<std::mutex> guard(lock_);
    delayed_.push_back({now_seconds() + seconds, std::move(task)});
    thread_wanted();
  }
  changed_.notify_one();
}

std::unique_ptr<v8::JobHandle> Platform::job(v8::TaskPriority priority, std::unique_ptr<v8::JobTask> task) {
  return v8::platform::NewDefaultJobHandle(this, priority, std::move(task), static_cast<size_t>(threads_wanted_));
}

std::shared_ptr<Runner> Platform::runner(v8::Isolate *isolate) {
  std::lock_guard<std::mutex> guard(runners_lock_);
  auto &slot = runners_[isolate];
  if (!slot) slot = std::make_shared<Runner>();
  return slot;
}

void Platform::forget(v8::Isolate *isolate) {
  std::lock_guard<std::mutex> guard(runners_lock_);
  runners_.erase(isolate);
}

static std::mutex blob_lock;
static const void *blob_in_use;
static size_t blob_users;

bool platform_blob_acquire(const void *blob) {
  std::lock_guard<std::mutex> guard(blob_lock);
  if (blob_users > 0 && blob != blob_in_use) return false;
  blob_in_use = blob;
  blob_users++;
  return true;
}

void platform_blob_release() {
  std::lock_guard<std::mutex> guard(blob_lock);
  blob_users--;
}

/* ---- js.h ------------------------------------------------------------------------------------------------------- */

/*
 * What Node 24 itself sets, for programs that rely on it: WebAssembly.promising and Suspending, `import source`, and
 * flags that may change while the engine runs (v8.setFlagsFromString, Math.random's seed after a fork). The snapshot
 * is made with the same.
 * rehash-snapshot is on in Node's build and off in Debian's: without it every process of a build has the hash seed of
 * its snapshot, and keys that collide could be computed beforehand and sent as JSON. Costs 2.5 ms at the start of a
 * process; forked workers have it for nothing, and all have the seed of their zygote: one for each generation.
 * no-concurrent-sparkplug: baseline code is made where it is needed, not by a thread of its own. Loading Express takes
 * the same time (70 ms, 74 of CPU), and an idle worker of the welcome app has no thread and 1.2 instead of 1.45 MB of
 * its own.
 * Tried and left as they are: min-semi-space-size 4 and 16 and single-threaded-gc (requests cost the same within noise,
 * 16 takes 20 MB more), no-maglev, no-sparkplug (the same loading, slower code).
 */
static const char default_flags[] =
    "--no-freeze-flags-after-init --experimental-wasm-jspi --js-source-phase-imports --rehash-snapshot"
    " --no-concurrent-sparkplug";

napi_status js_platform_init(const js_platform_options *options) {
  if (the_platform != nullptr) return napi_ok;
  v8::V8::SetFlagsFromString(default_flags);
  if (options->flags != nullptr && *options->flags != 0) v8::V8::SetFlagsFromString(options->flags);
  if (options->builtins != nullptr) builtins_set(options->builtins, options->builtins_size);
  the_platform = new Platform(options->threads);
  v8::V8::InitializePlatform(the_platform);
  v8::V8::Initialize();
  return napi_ok;
}

napi_status js_platform_start_threads(void) {
  if (the_platform == nullptr) return napi_generic_failure;
  the_platform->start();
  return napi_ok;
}

void js_platform_dispose(void) {
  if (the_platform == nullptr) return;
  v8::V8::Dispose();
  v8::V8::DisposePlatform();
  delete the_platform;
  the_platform = nullptr;
}

napi_status js_flags_set(const char *flags) {
  if (flags == nullptr) return napi_invalid_arg;
  /* As from a command line, because that way the engine leaves what it does not know. */
  std::string text(flags), program("jsd");
  std::vector<char *> words{program.data()};
  for (char *word = strtok(text.data(), " "); word != nullptr; word = strtok(nullptr, " ")) words.push_back(word);
  int count = static_cast<int>(words.size());
  v8::V8::SetFlagsFromCommandLine(&count, words.data(), true);
  return count == 1 ? napi_ok : napi_invalid_arg;
}

void js_flags_set_text(const char *flags) { v8::V8::SetFlagsFromString(flags); }

const char *js_engine_version(void) { return v8::V8::GetVersion(); }

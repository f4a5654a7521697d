/* platform.h: our v8::Platform, for the files of runtime/v8 only. */
#ifndef JSD_RUNTIME_V8_PLATFORM_H
#define JSD_RUNTIME_V8_PLATFORM_H

#include <libplatform/libplatform.h>
#include <v8.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <vector>

/* Foreground tasks of one isolate. Any thread posts, the isolate's own thread runs them (js_tasks_run). */
class Runner final : public v8::TaskRunner {
 public:
  void post(std::unique_ptr<v8::Task> task);
  void post_delayed(std::unique_ptr<v8::Task> task, double seconds);
  bool IdleTasksEnabled() override { return false; }
  bool NonNestableTasksEnabled() const override { return true; } /* they only ever run from the loop */
  bool NonNestableDelayedTasksEnabled() const override { return true; }

  void attach(void (*wake)(void *), void *data);
  void close(); /* drops what waits and all that is posted later */
  void wake();
  /* What is due now, and the milliseconds until the next delayed task (-1: none). */
  std::vector<std::unique_ptr<v8::Task>> take(int64_t *next_ms);

 private:
#if V8_MAJOR_VERSION >= 13
  using Task = std::unique_ptr<v8::Task>;
  using Place = v8::SourceLocation;
  void PostTaskImpl(Task task, const Place &) override { post(std::move(task)); }
  void PostNonNestableTaskImpl(Task task, const Place &) override { post(std::move(task)); }
  void PostDelayedTaskImpl(Task task, double seconds, const Place &) override {
    post_delayed(std::move(task), seconds);
  }
  void PostNonNestableDelayedTaskImpl(Task task, double seconds, const Place &) override {
    post_delayed(std::move(task), seconds);
  }
  void PostIdleTaskImpl(std::unique_ptr<v8::IdleTask>, const Place &) override {}
#else
  void PostTask(std::unique_ptr<v8::Task> task) override { post(std::move(task)); }
  void PostNonNestableTask(std::unique_ptr<v8::Task> task) override { post(std::move(task)); }
  void PostDelayedTask(std::unique_ptr<v8::Task> task, double seconds) override {
    post_delayed(std::move(task), seconds);
  }
  void PostNonNestableDelayedTask(std::unique_ptr<v8::Task> task, double seconds) override {
    post_delayed(std::move(task), seconds);
  }
  void PostIdleTask(std::unique_ptr<v8::IdleTask> task) override {}
#endif
  struct Delayed {
    double due;
    std::unique_ptr<v8::Task> task;
  };
  std::mutex lock_;
  std::deque<std::unique_ptr<v8::Task>> tasks_;
  std::vector<Delayed> delayed_;
  void (*wake_)(void *) = nullptr;
  void *data_ = nullptr;
  bool closed_ = false;
};

class Platform final : public v8::Platform {
 public:
  explicit Platform(int threads);
  ~Platform() override;
  void start();
  /* Runs the background tasks that wait, on a thread that is gone when this returns; for before the start. */
  void settle();
  std::shared_ptr<Runner> runner(v8::Isolate *isolate);
  void forget(v8::Isolate *isolate);

  v8::PageAllocator *GetPageAllocator() override { return base_->GetPageAllocator(); }
  int NumberOfWorkerThreads() override { return threads_wanted_; }
  void post(std::unique_ptr<v8::Task> task);
  void post_delayed(std::unique_ptr<v8::Task> task, double seconds);
  std::unique_ptr<v8::JobHandle> job(v8::TaskPriority priority, std::unique_ptr<v8::JobTask> task);
  bool IdleTasksEnabled(v8::Isolate *) override { return false; }
#if V8_MAJOR_VERSION >= 13
  using WorkerTask = std::unique_ptr<v8::Task>;
  using Place = v8::SourceLocation;
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate *isolate, v8::TaskPriority) override {
    return runner(isolate);
  }
  void PostTaskOnWorkerThreadImpl(v8::TaskPriority, WorkerTask task, const Place &) override { post(std::move(task)); }
  void PostDelayedTaskOnWorkerThreadImpl(v8::TaskPriority, WorkerTask task, double seconds, const Place &) override {
    post_delayed(std::move(task), seconds);
  }
  std::unique_ptr<v8::JobHandle> CreateJobImpl(v8::TaskPriority priority, std::unique_ptr<v8::JobTask> task,
                                               const Place &) override {
    return job(priority, std::move(task));
  }
#else
  std::shared_ptr<v8::TaskRunner> GetForegroundTaskRunner(v8::Isolate *isolate) override { return runner(isolate); }
  void CallOnWorkerThread(std::unique_ptr<v8::Task> task) override { post(std::move(task)); }
  void CallDelayedOnWorkerThread(std::unique_ptr<v8::Task> task, double seconds) override {
    post_delayed(std::move(task), seconds);
  }
#if V8_MAJOR_VERSION >= 11
  std::unique_ptr<v8::JobHandle> CreateJob(v8::TaskPriority priority, std::unique_ptr<v8::JobTask> task) override {
    return job(priority, std::move(task));
  }
#else
  std::unique_ptr<v8::JobHandle> PostJob(v8::TaskPriority priority, std::unique_ptr<v8::JobTask> task) override {
    return job(priority, std::move(task));
  }
#endif
#endif
  double MonotonicallyIncreasingTime() override { return base_->MonotonicallyIncreasingTime(); }
  double CurrentClockTimeMillis() override { return base_->CurrentClockTimeMillis(); }
  v8::TracingController *GetTracingController() override { return base_->GetTracingController(); }

 private:
  struct Delayed {
    double due;
    std::unique_ptr<v8::Task> task;
  };
  void work();
  void thread_wanted();

  std::unique_ptr<v8::Platform> base_; /* page allocator, clock and tracing of libplatform */
  int threads_wanted_;
  std::vector<std::thread> threads_;
  std::mutex lock_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<v8::Task>> tasks_;
  std::vector<Delayed> delayed_;
  bool started_ = false, stopping_ = false;
  size_t idle_ = 0; /* threads that wait, or are about to look for a task */
  std::mutex runners_lock_;
  std::unordered_map<v8::Isolate *, std::shared_ptr<Runner>> runners_;
};

Platform *platform_get();

/*
 * Isolates of one process share V8's read-only heap, which comes from the first one's snapshot: those alive at the
 * same time must all have the same blob (NULL: V8's own). False where that is not so; release after a success.
 */
bool platform_blob_acquire(const void *blob);
void platform_blob_release();

#endif

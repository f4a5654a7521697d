/* worker_runtime: the worker program that runs a JavaScript app (the only file of the server that knows the runtime).
 */
#ifndef JSD_SERVER_WORKER_RUNTIME_H
#define JSD_SERVER_WORKER_RUNTIME_H

#include "server/worker.h"

extern const worker_program worker_runtime_program;

#endif

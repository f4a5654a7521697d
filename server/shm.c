#include "server/shm.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int shm_create(shm *memory, size_t slots) {
  bool *taken = calloc(slots, sizeof *taken);
  if (taken == NULL) return -ENOMEM;
  void *at = mmap(NULL, slots * sizeof(shm_slot), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) {
    int rc = -errno;
    free(taken);
    return rc;
  }
  *memory = (shm){.slots = slots, .slot = at, .taken = taken};
  return 0;
}

void shm_destroy(shm *memory) {
  if (memory->slot != NULL) munmap(memory->slot, memory->slots * sizeof(shm_slot));
  free(memory->taken);
  *memory = (shm){0};
}

int shm_take(shm *memory) {
  for (size_t i = 0; i < memory->slots; i++) {
    if (memory->taken[i]) continue;
    shm_slot *slot = &memory->slot[i];
    memory->taken[i] = true;
    memset(slot, 0, sizeof *slot);
    atomic_store(&slot->accept_slot, -1);
    /* Until the worker writes its own pid. */
    atomic_store(&slot->pid, (uint64_t)getpid());
    return (int)i;
  }
  return -1;
}

void shm_release(shm *memory, int slot) {
  if (slot < 0 || (size_t)slot >= memory->slots) return;
  memory->taken[slot] = false;
  atomic_store(&memory->slot[slot].pid, 0);
}

int shm_keep_own(shm *memory, int slot) {
  if (mprotect(memory->slot, memory->slots * sizeof(shm_slot), PROT_READ) != 0) return -errno;
  return mprotect(&memory->slot[slot], sizeof(shm_slot), PROT_READ | PROT_WRITE) != 0 ? -errno : 0;
}

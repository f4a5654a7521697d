/* Packets between master and workers: whatever a broken or hostile worker sends, the parser refuses or bounds it. */
#include "server/ipc.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  ipc_message message;
  if (ipc_parse(data, size, &message) != 0) return 0;
  if (message.type <= 0 || message.type >= IPC_TYPE_END || message.fd != -1) __builtin_trap();
  if (strlen(message.text) > IPC_TEXT_MAX || strlen(message.text) + sizeof(ipc_header) != size) __builtin_trap();
  return 0;
}

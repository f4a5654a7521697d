/* mksnapshot itself has neither blob nor bundle inside. */
    .section .rodata
    .global jsd_snapshot_blob, jsd_snapshot_blob_end, jsd_builtins, jsd_builtins_end
jsd_snapshot_blob:
jsd_snapshot_blob_end:
jsd_builtins:
jsd_builtins_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits

/* The snapshot of the built-in JS and its texts, linked into the program. */
    .section .rodata
    .global jsd_snapshot_blob, jsd_snapshot_blob_end, jsd_builtins, jsd_builtins_end
    .balign 64
jsd_snapshot_blob:
    .incbin "snapshot.blob"
jsd_snapshot_blob_end:
    .balign 64
jsd_builtins:
    .incbin "builtins"
jsd_builtins_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits

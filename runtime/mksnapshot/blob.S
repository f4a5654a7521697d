/* The snapshot of the built-in JS and its source (for --no-snapshot), linked into the program. */
    .section .rodata
    .global jsd_snapshot_blob, jsd_snapshot_blob_end, jsd_bundle, jsd_bundle_end
    .balign 64
jsd_snapshot_blob:
    .incbin "snapshot.blob"
jsd_snapshot_blob_end:
    .balign 64
jsd_bundle:
    .incbin "bundle.js"
jsd_bundle_end:
    .byte 0
    .section .note.GNU-stack,"",@progbits

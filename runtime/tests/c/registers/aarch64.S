/* See registers.c. x18 may be the platform's, and is left alone. */
    .section .rodata
    .globl test_control_of_rust
    .balign 4
test_control_of_rust:
    .long 0
    .text
    .globl test_control
    .type test_control, %function
test_control:
    .cfi_startproc
    mrs x0, fpcr
    ret
    .cfi_endproc
    .size test_control, . - test_control

    .globl test_poisoned_call
    .type test_poisoned_call, %function
test_poisoned_call:
    .cfi_startproc
    stp x29, x30, [sp, #-192]!
    .cfi_def_cfa_offset 192
    .cfi_offset x29, -192
    .cfi_offset x30, -184
    stp x19, x20, [sp, #16]
    .cfi_offset x19, -176
    .cfi_offset x20, -168
    stp x21, x22, [sp, #32]
    .cfi_offset x21, -160
    .cfi_offset x22, -152
    stp x23, x24, [sp, #48]
    .cfi_offset x23, -144
    .cfi_offset x24, -136
    stp x25, x26, [sp, #64]
    .cfi_offset x25, -128
    .cfi_offset x26, -120
    stp x27, x28, [sp, #80]
    .cfi_offset x27, -112
    .cfi_offset x28, -104
    stp d8, d9, [sp, #96]
    .cfi_offset d8, -96
    .cfi_offset d9, -88
    stp d10, d11, [sp, #112]
    .cfi_offset d10, -80
    .cfi_offset d11, -72
    stp d12, d13, [sp, #128]
    .cfi_offset d12, -64
    .cfi_offset d13, -56
    stp d14, d15, [sp, #144]
    .cfi_offset d14, -48
    .cfi_offset d15, -40
    mrs x9, fpcr                /* the caller's own word */
    mov x10, sp
    stp x9, x0, [sp, #160]
    stp x1, x10, [sp, #176]
    mov x9, #0x03400000         /* flush to zero, default NaN, round up */
    msr fpcr, x9
    movi v0.16b, #255
    movi v1.16b, #255
    movi v2.16b, #255
    movi v3.16b, #255
    movi v4.16b, #255
    movi v5.16b, #255
    movi v6.16b, #255
    movi v7.16b, #255
    movi v8.16b, #255
    movi v9.16b, #255
    movi v10.16b, #255
    movi v11.16b, #255
    movi v12.16b, #255
    movi v13.16b, #255
    movi v14.16b, #255
    movi v15.16b, #255
    movi v16.16b, #255
    movi v17.16b, #255
    movi v18.16b, #255
    movi v19.16b, #255
    movi v20.16b, #255
    movi v21.16b, #255
    movi v22.16b, #255
    movi v23.16b, #255
    movi v24.16b, #255
    movi v25.16b, #255
    movi v26.16b, #255
    movi v27.16b, #255
    movi v28.16b, #255
    movi v29.16b, #255
    movi v30.16b, #255
    movi v31.16b, #255
    ldr x1, =0xdead0001dead0001
    ldr x2, =0xdead0002dead0002
    ldr x3, =0xdead0003dead0003
    ldr x4, =0xdead0004dead0004
    ldr x5, =0xdead0005dead0005
    ldr x6, =0xdead0006dead0006
    ldr x7, =0xdead0007dead0007
    ldr x8, =0xdead0008dead0008
    ldr x9, =0xdead0009dead0009
    ldr x10, =0xdead0010dead0010
    ldr x11, =0xdead0011dead0011
    ldr x12, =0xdead0012dead0012
    ldr x13, =0xdead0013dead0013
    ldr x14, =0xdead0014dead0014
    ldr x15, =0xdead0015dead0015
    ldr x17, =0xdead0017dead0017
    ldr x19, =0xb0b0b0b0b0b0b0b0
    ldr x20, =0xb1b1b1b1b1b1b1b1
    ldr x21, =0xb2b2b2b2b2b2b2b2
    ldr x22, =0xb3b3b3b3b3b3b3b3
    ldr x23, =0xb4b4b4b4b4b4b4b4
    ldr x24, =0xb5b5b5b5b5b5b5b5
    ldr x25, =0xb6b6b6b6b6b6b6b6
    ldr x26, =0xb7b7b7b7b7b7b7b7
    ldr x27, =0xb8b8b8b8b8b8b8b8
    ldr x28, =0xb9b9b9b9b9b9b9b9
    ldr x29, =0xbabababababababa
    ldr x0, [sp, #176]
    ldr x16, [sp, #168]
    blr x16
    mov w0, #0
    ldr x9, =0xb0b0b0b0b0b0b0b0
    cmp x19, x9
    b.ne 4f
    ldr x9, =0xb1b1b1b1b1b1b1b1
    cmp x20, x9
    b.ne 4f
    ldr x9, =0xb2b2b2b2b2b2b2b2
    cmp x21, x9
    b.ne 4f
    ldr x9, =0xb3b3b3b3b3b3b3b3
    cmp x22, x9
    b.ne 4f
    ldr x9, =0xb4b4b4b4b4b4b4b4
    cmp x23, x9
    b.ne 4f
    ldr x9, =0xb5b5b5b5b5b5b5b5
    cmp x24, x9
    b.ne 4f
    ldr x9, =0xb6b6b6b6b6b6b6b6
    cmp x25, x9
    b.ne 4f
    ldr x9, =0xb7b7b7b7b7b7b7b7
    cmp x26, x9
    b.ne 4f
    ldr x9, =0xb8b8b8b8b8b8b8b8
    cmp x27, x9
    b.ne 4f
    ldr x9, =0xb9b9b9b9b9b9b9b9
    cmp x28, x9
    b.ne 4f
    ldr x9, =0xbabababababababa
    cmp x29, x9
    b.ne 4f
    b 5f
4:  orr w0, w0, #1
5:
    fmov x9, d8
    cmn x9, #1
    b.ne 6f
    fmov x9, d9
    cmn x9, #1
    b.ne 6f
    fmov x9, d10
    cmn x9, #1
    b.ne 6f
    fmov x9, d11
    cmn x9, #1
    b.ne 6f
    fmov x9, d12
    cmn x9, #1
    b.ne 6f
    fmov x9, d13
    cmn x9, #1
    b.ne 6f
    fmov x9, d14
    cmn x9, #1
    b.ne 6f
    fmov x9, d15
    cmn x9, #1
    b.ne 6f
    b 7f
6:  orr w0, w0, #2
7:  mov x9, sp
    ldr x10, [sp, #184]
    cmp x9, x10
    b.eq 8f
    orr w0, w0, #4
8:  mrs x9, fpcr
    mov x10, #0x0340
    cmp x10, x9, lsr #16
    b.eq 9f
    orr w0, w0, #8
9:  ldr x9, [sp, #160]
    msr fpcr, x9
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    ldp x29, x30, [sp], #192
    .cfi_def_cfa_offset 0
    .cfi_restore x29
    .cfi_restore x30
    ret
    .cfi_endproc
    .size test_poisoned_call, . - test_poisoned_call
    .section .note.GNU-stack, "", %progbits

/* See registers.c. */
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
    frrm a0
    ret
    .cfi_endproc
    .size test_control, . - test_control

    .globl test_poisoned_call
    .type test_poisoned_call, %function
test_poisoned_call:
    .cfi_startproc
    addi sp, sp, -240
    .cfi_def_cfa_offset 240
    sd ra, 232(sp)
    .cfi_offset ra, -8
    sd s0, 224(sp)
    .cfi_offset s0, -16
    sd s1, 216(sp)
    .cfi_offset s1, -24
    sd s2, 208(sp)
    .cfi_offset s2, -32
    sd s3, 200(sp)
    .cfi_offset s3, -40
    sd s4, 192(sp)
    .cfi_offset s4, -48
    sd s5, 184(sp)
    .cfi_offset s5, -56
    sd s6, 176(sp)
    .cfi_offset s6, -64
    sd s7, 168(sp)
    .cfi_offset s7, -72
    sd s8, 160(sp)
    .cfi_offset s8, -80
    sd s9, 152(sp)
    .cfi_offset s9, -88
    sd s10, 144(sp)
    .cfi_offset s10, -96
    sd s11, 136(sp)
    .cfi_offset s11, -104
    fsd fs0, 128(sp)
    .cfi_offset fs0, -112
    fsd fs1, 120(sp)
    .cfi_offset fs1, -120
    fsd fs2, 112(sp)
    .cfi_offset fs2, -128
    fsd fs3, 104(sp)
    .cfi_offset fs3, -136
    fsd fs4, 96(sp)
    .cfi_offset fs4, -144
    fsd fs5, 88(sp)
    .cfi_offset fs5, -152
    fsd fs6, 80(sp)
    .cfi_offset fs6, -160
    fsd fs7, 72(sp)
    .cfi_offset fs7, -168
    fsd fs8, 64(sp)
    .cfi_offset fs8, -176
    fsd fs9, 56(sp)
    .cfi_offset fs9, -184
    fsd fs10, 48(sp)
    .cfi_offset fs10, -192
    fsd fs11, 40(sp)
    .cfi_offset fs11, -200
    frrm t0                     /* the caller's own word */
    sd t0, 0(sp)
    sd a0, 8(sp)
    sd a1, 16(sp)
    sd sp, 24(sp)
    li t0, 3                    /* round up */
    fsrm t0
    li t0, -1
    fmv.d.x fa0, t0
    fmv.d.x fa1, t0
    fmv.d.x fa2, t0
    fmv.d.x fa3, t0
    fmv.d.x fa4, t0
    fmv.d.x fa5, t0
    fmv.d.x fa6, t0
    fmv.d.x fa7, t0
    fmv.d.x ft0, t0
    fmv.d.x ft1, t0
    fmv.d.x ft2, t0
    fmv.d.x ft3, t0
    fmv.d.x ft4, t0
    fmv.d.x ft5, t0
    fmv.d.x ft6, t0
    fmv.d.x ft7, t0
    fmv.d.x ft8, t0
    fmv.d.x ft9, t0
    fmv.d.x ft10, t0
    fmv.d.x ft11, t0
    fmv.d.x fs0, t0
    fmv.d.x fs1, t0
    fmv.d.x fs2, t0
    fmv.d.x fs3, t0
    fmv.d.x fs4, t0
    fmv.d.x fs5, t0
    fmv.d.x fs6, t0
    fmv.d.x fs7, t0
    fmv.d.x fs8, t0
    fmv.d.x fs9, t0
    fmv.d.x fs10, t0
    fmv.d.x fs11, t0
    li s0, 0xb0b0b0b0b0b0b0b0
    li s1, 0xb1b1b1b1b1b1b1b1
    li s2, 0xb2b2b2b2b2b2b2b2
    li s3, 0xb3b3b3b3b3b3b3b3
    li s4, 0xb4b4b4b4b4b4b4b4
    li s5, 0xb5b5b5b5b5b5b5b5
    li s6, 0xb6b6b6b6b6b6b6b6
    li s7, 0xb7b7b7b7b7b7b7b7
    li s8, 0xb8b8b8b8b8b8b8b8
    li s9, 0xb9b9b9b9b9b9b9b9
    li s10, 0xbabababababababa
    li s11, 0xbbbbbbbbbbbbbbbb
    li a1, 0xdead0001dead0001
    li a2, 0xdead0002dead0002
    li a3, 0xdead0003dead0003
    li a4, 0xdead0004dead0004
    li a5, 0xdead0005dead0005
    li a6, 0xdead0006dead0006
    li a7, 0xdead0007dead0007
    li t0, 0xdead0010dead0010
    li t1, 0xdead0011dead0011
    li t2, 0xdead0012dead0012
    li t3, 0xdead0013dead0013
    li t4, 0xdead0014dead0014
    li t6, 0xdead0016dead0016
    ld a0, 16(sp)
    ld t5, 8(sp)
    jalr t5
    li a0, 0
    li t0, 0xb0b0b0b0b0b0b0b0
    bne s0, t0, 4f
    li t0, 0xb1b1b1b1b1b1b1b1
    bne s1, t0, 4f
    li t0, 0xb2b2b2b2b2b2b2b2
    bne s2, t0, 4f
    li t0, 0xb3b3b3b3b3b3b3b3
    bne s3, t0, 4f
    li t0, 0xb4b4b4b4b4b4b4b4
    bne s4, t0, 4f
    li t0, 0xb5b5b5b5b5b5b5b5
    bne s5, t0, 4f
    li t0, 0xb6b6b6b6b6b6b6b6
    bne s6, t0, 4f
    li t0, 0xb7b7b7b7b7b7b7b7
    bne s7, t0, 4f
    li t0, 0xb8b8b8b8b8b8b8b8
    bne s8, t0, 4f
    li t0, 0xb9b9b9b9b9b9b9b9
    bne s9, t0, 4f
    li t0, 0xbabababababababa
    bne s10, t0, 4f
    li t0, 0xbbbbbbbbbbbbbbbb
    bne s11, t0, 4f
    j 5f
4:  ori a0, a0, 1
5:
    li t0, -1
    fmv.x.d t1, fs0
    bne t1, t0, 6f
    fmv.x.d t1, fs1
    bne t1, t0, 6f
    fmv.x.d t1, fs2
    bne t1, t0, 6f
    fmv.x.d t1, fs3
    bne t1, t0, 6f
    fmv.x.d t1, fs4
    bne t1, t0, 6f
    fmv.x.d t1, fs5
    bne t1, t0, 6f
    fmv.x.d t1, fs6
    bne t1, t0, 6f
    fmv.x.d t1, fs7
    bne t1, t0, 6f
    fmv.x.d t1, fs8
    bne t1, t0, 6f
    fmv.x.d t1, fs9
    bne t1, t0, 6f
    fmv.x.d t1, fs10
    bne t1, t0, 6f
    fmv.x.d t1, fs11
    bne t1, t0, 6f
    j 7f
6:  ori a0, a0, 2
7:  ld t0, 24(sp)
    beq t0, sp, 8f
    ori a0, a0, 4
8:  frrm t0
    li t1, 3
    beq t0, t1, 9f
    ori a0, a0, 8
9:  ld t0, 0(sp)
    fsrm t0
    ld ra, 232(sp)
    ld s0, 224(sp)
    ld s1, 216(sp)
    ld s2, 208(sp)
    ld s3, 200(sp)
    ld s4, 192(sp)
    ld s5, 184(sp)
    ld s6, 176(sp)
    ld s7, 168(sp)
    ld s8, 160(sp)
    ld s9, 152(sp)
    ld s10, 144(sp)
    ld s11, 136(sp)
    fld fs0, 128(sp)
    fld fs1, 120(sp)
    fld fs2, 112(sp)
    fld fs3, 104(sp)
    fld fs4, 96(sp)
    fld fs5, 88(sp)
    fld fs6, 80(sp)
    fld fs7, 72(sp)
    fld fs8, 64(sp)
    fld fs9, 56(sp)
    fld fs10, 48(sp)
    fld fs11, 40(sp)
    addi sp, sp, 240
    .cfi_def_cfa_offset 0
    ret
    .cfi_endproc
    .size test_poisoned_call, . - test_poisoned_call
    .section .note.GNU-stack, "", %progbits

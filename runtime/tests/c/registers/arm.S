/* See registers.c. Poisonings: 0 sixteen registers for doubles, 1 thirty-two. */
    .syntax unified
    .arch armv7-a
    .fpu neon
    .arm
    .section .rodata
    .globl test_control_of_rust
    .balign 4
test_control_of_rust:
    .long 0
    .text
    .balign 4
    .globl test_control
    .type test_control, %function
test_control:
    .fnstart
    vmrs r0, fpscr
    ldr r1, =0x07f79f00         /* without the flags of past exceptions and comparisons */
    and r0, r0, r1
    bx lr
    .fnend
    .size test_control, . - test_control

    .globl test_poisoned_call
    .type test_poisoned_call, %function
test_poisoned_call:
    .fnstart
    push {r4-r11, lr}
    .save {r4-r11, lr}
    sub sp, sp, #4
    .pad #4
    vpush {d8-d15}
    .vsave {d8-d15}
    sub sp, sp, #16
    .pad #16
    vmrs r4, fpscr              /* the caller's own word */
    str r4, [sp]
    str r0, [sp, #4]
    str r1, [sp, #8]
    str sp, [sp, #12]
    ldr r4, =0x03400000         /* flush to zero, default NaN, round up */
    vmsr fpscr, r4
    cmp r2, #0
    mvn r4, #0
    vmov d0, r4, r4
    vmov d1, r4, r4
    vmov d2, r4, r4
    vmov d3, r4, r4
    vmov d4, r4, r4
    vmov d5, r4, r4
    vmov d6, r4, r4
    vmov d7, r4, r4
    vmov d8, r4, r4
    vmov d9, r4, r4
    vmov d10, r4, r4
    vmov d11, r4, r4
    vmov d12, r4, r4
    vmov d13, r4, r4
    vmov d14, r4, r4
    vmov d15, r4, r4
    beq 3f
    vmov d16, r4, r4
    vmov d17, r4, r4
    vmov d18, r4, r4
    vmov d19, r4, r4
    vmov d20, r4, r4
    vmov d21, r4, r4
    vmov d22, r4, r4
    vmov d23, r4, r4
    vmov d24, r4, r4
    vmov d25, r4, r4
    vmov d26, r4, r4
    vmov d27, r4, r4
    vmov d28, r4, r4
    vmov d29, r4, r4
    vmov d30, r4, r4
    vmov d31, r4, r4
3:
    ldr r4, =0xb4b4b4b4
    ldr r5, =0xb5b5b5b5
    ldr r6, =0xb6b6b6b6
    ldr r7, =0xb7b7b7b7
    ldr r8, =0xb8b8b8b8
    ldr r9, =0xb9b9b9b9
    ldr r10, =0xbabababa
    ldr r11, =0xbbbbbbbb
    ldr r1, =0xdead0001
    ldr r2, =0xdead0002
    ldr r3, =0xdead0003
    ldr r0, [sp, #8]
    ldr r12, [sp, #4]
    blx r12
    mov r0, #0
    ldr r1, =0xb4b4b4b4
    cmp r4, r1
    bne 4f
    ldr r1, =0xb5b5b5b5
    cmp r5, r1
    bne 4f
    ldr r1, =0xb6b6b6b6
    cmp r6, r1
    bne 4f
    ldr r1, =0xb7b7b7b7
    cmp r7, r1
    bne 4f
    ldr r1, =0xb8b8b8b8
    cmp r8, r1
    bne 4f
    ldr r1, =0xb9b9b9b9
    cmp r9, r1
    bne 4f
    ldr r1, =0xbabababa
    cmp r10, r1
    bne 4f
    ldr r1, =0xbbbbbbbb
    cmp r11, r1
    bne 4f
    b 5f
4:  orr r0, r0, #1
5:
    vmov r1, r2, d8
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    vmov r1, r2, d9
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    vmov r1, r2, d10
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    vmov r1, r2, d11
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    vmov r1, r2, d12
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    vmov r1, r2, d13
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    vmov r1, r2, d14
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    vmov r1, r2, d15
    and r1, r1, r2
    cmn r1, #1
    bne 6f
    b 7f
6:  orr r0, r0, #2
7:  ldr r1, [sp, #12]
    cmp r1, sp
    orrne r0, r0, #4
    vmrs r1, fpscr
    ldr r2, =0x07f79f00
    and r1, r1, r2
    ldr r2, =0x03400000
    cmp r1, r2
    orrne r0, r0, #8
    ldr r1, [sp]
    vmsr fpscr, r1
    add sp, sp, #16
    vpop {d8-d15}
    add sp, sp, #4
    pop {r4-r11, pc}
    .ltorg
    .fnend
    .size test_poisoned_call, . - test_poisoned_call
    .section .note.GNU-stack, "", %progbits

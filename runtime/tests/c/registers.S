/* Calls back with every register full that a C function may leave full at a call.
 *
 *   void test_poisoned_call(void (*f)(void *), void *arg, struct after *after, int vectors);
 *
 * vectors: 0 SSE only, 1 AVX, 2 AVX-512. The caller has filled after->mxcsr and after->x87 with the
 * control words that C has; all of `after` is what C finds when the callback has returned:
 *
 *   0 rbx   8 rbp   16 r12   24 r13   32 r14   40 r15   48 rsp-difference   56 flags
 *   64 mxcsr (4 bytes)   68 x87 control word (2 bytes)
 */
#if defined(__x86_64__) && defined(__linux__)
    .text
    .globl test_poisoned_call
    .type test_poisoned_call, @function
test_poisoned_call:
    .cfi_startproc
    pushq %rbp
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbp, 0
    pushq %rbx
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %rbx, 0
    pushq %r12
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r12, 0
    pushq %r13
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r13, 0
    pushq %r14
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r14, 0
    pushq %r15
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %r15, 0
    subq $56, %rsp
    .cfi_adjust_cfa_offset 56
    movq %rdi, 0(%rsp)          /* f */
    movq %rsi, 8(%rsp)          /* arg */
    movq %rdx, 16(%rsp)         /* after */
    movq %rsp, 24(%rsp)
    stmxcsr 32(%rsp)            /* the caller's own words */
    fnstcw 36(%rsp)
    ldmxcsr 64(%rdx)
    fldcw 68(%rdx)

    /* x87: eight values, popped again. The stack is empty at a call, the registers are not clean. */
    .rept 8
    fldpi
    .endr
    .rept 8
    fstp %st(0)
    .endr

    /* Vectors: all ones. */
    pcmpeqd %xmm0, %xmm0
    cmpl $1, %ecx
    jb 1f
    je 2f
    vpternlogd $0xff, %zmm0, %zmm0, %zmm0
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
    vmovdqa64 %zmm0, %zmm\n
    .endr
    .irp n, 0,1,2,3,4,5,6,7
    kxnorw %k\n, %k\n, %k\n
    .endr
    jmp 3f
2:  vxorps %ymm0, %ymm0, %ymm0
    vcmpps $0x0f, %ymm0, %ymm0, %ymm0
    .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    vmovaps %ymm0, %ymm\n
    .endr
    jmp 3f
1:  .irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    movdqa %xmm0, %xmm\n
    .endr
3:
    movq 8(%rsp), %rdi
    movabsq $0xdead0001dead0001, %rax
    movabsq $0xdead0002dead0002, %rcx
    movabsq $0xdead0003dead0003, %rdx
    movabsq $0xdead0004dead0004, %rsi
    movabsq $0xdead0008dead0008, %r8
    movabsq $0xdead0009dead0009, %r9
    movabsq $0xdead0010dead0010, %r10
    movabsq $0xdead0011dead0011, %r11
    movabsq $0xb0b0b0b0b0b0b0b0, %rbx
    movabsq $0xb1b1b1b1b1b1b1b1, %rbp
    movabsq $0xb2b2b2b2b2b2b2b2, %r12
    movabsq $0xb3b3b3b3b3b3b3b3, %r13
    movabsq $0xb4b4b4b4b4b4b4b4, %r14
    movabsq $0xb5b5b5b5b5b5b5b5, %r15
    pushfq
    .cfi_adjust_cfa_offset 8
    orq $0x8d5, (%rsp)          /* OF SF ZF AF PF CF */
    popfq
    .cfi_adjust_cfa_offset -8
    call *0(%rsp)

    pushfq
    .cfi_adjust_cfa_offset 8
    popq %rcx
    .cfi_adjust_cfa_offset -8
    movq 16(%rsp), %rdx
    movq %rbx, 0(%rdx)
    movq %rbp, 8(%rdx)
    movq %r12, 16(%rdx)
    movq %r13, 24(%rdx)
    movq %r14, 32(%rdx)
    movq %r15, 40(%rdx)
    movq %rsp, %rax
    subq 24(%rsp), %rax
    movq %rax, 48(%rdx)
    movq %rcx, 56(%rdx)
    stmxcsr 64(%rdx)
    fnstcw 68(%rdx)
    ldmxcsr 32(%rsp)
    fldcw 36(%rsp)
    addq $56, %rsp
    .cfi_adjust_cfa_offset -56
    popq %r15
    .cfi_adjust_cfa_offset -8
    popq %r14
    .cfi_adjust_cfa_offset -8
    popq %r13
    .cfi_adjust_cfa_offset -8
    popq %r12
    .cfi_adjust_cfa_offset -8
    popq %rbx
    .cfi_adjust_cfa_offset -8
    popq %rbp
    .cfi_adjust_cfa_offset -8
    ret
    .cfi_endproc
    .size test_poisoned_call, . - test_poisoned_call
    .section .note.GNU-stack, "", @progbits
#endif

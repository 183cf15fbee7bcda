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

/* The same by the ABI of 64-bit Windows, with what is the caller's there as well:
 *
 *   0 rbx   8 rbp   16 r12   24 r13   32 r14   40 r15   48 rsp-difference   56 flags
 *   64 mxcsr (4 bytes)   68 x87 control word (2 bytes)   72 rdi   80 rsi
 *   88 xmm6, 104 xmm7, … 232 xmm15, 16 bytes each
 */
#if defined(__x86_64__) && defined(_WIN32)
    .text
    .globl test_poisoned_call
    .def test_poisoned_call
    .scl 2
    .type 32
    .endef
    .seh_proc test_poisoned_call
test_poisoned_call:
    .irp r, rbp, rbx, rdi, rsi, r12, r13, r14, r15
    pushq %\r
    .seh_pushreg %\r
    .endr
    subq $248, %rsp             /* 0: home space, 32: f, 40: arg, 48: after, 56: rsp, 64: control words */
    .seh_stackalloc 248
    .irp n, 6,7,8,9,10,11,12,13,14,15
    movaps %xmm\n, 80+16*(\n-6)(%rsp)
    .seh_savexmm %xmm\n, 80+16*(\n-6)
    .endr
    .seh_endprologue
    movq %rcx, 32(%rsp)
    movq %rdx, 40(%rsp)
    movq %r8, 48(%rsp)
    movq %rsp, 56(%rsp)
    stmxcsr 64(%rsp)
    fnstcw 68(%rsp)
    ldmxcsr 64(%r8)
    fldcw 68(%r8)

    .rept 8
    fldpi
    .endr
    .rept 8
    fstp %st(0)
    .endr

    /* Vectors: all ones. */
    pcmpeqd %xmm0, %xmm0
    cmpl $1, %r9d
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
    movq 40(%rsp), %rcx
    movabsq $0xdead0001dead0001, %rax
    movabsq $0xdead0003dead0003, %rdx
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
    movabsq $0xb6b6b6b6b6b6b6b6, %rdi
    movabsq $0xb7b7b7b7b7b7b7b7, %rsi
    pushfq
    orq $0x8d5, (%rsp)          /* OF SF ZF AF PF CF */
    popfq
    call *32(%rsp)

    pushfq
    popq %rcx
    movq 48(%rsp), %rdx
    movq %rbx, 0(%rdx)
    movq %rbp, 8(%rdx)
    movq %r12, 16(%rdx)
    movq %r13, 24(%rdx)
    movq %r14, 32(%rdx)
    movq %r15, 40(%rdx)
    movq %rdi, 72(%rdx)
    movq %rsi, 80(%rdx)
    .irp n, 6,7,8,9,10,11,12,13,14,15
    movups %xmm\n, 88+16*(\n-6)(%rdx)
    .endr
    movq %rsp, %rax
    subq 56(%rsp), %rax
    movq %rax, 48(%rdx)
    movq %rcx, 56(%rdx)
    stmxcsr 64(%rdx)
    fnstcw 68(%rdx)
    ldmxcsr 64(%rsp)
    fldcw 68(%rsp)
    .irp n, 6,7,8,9,10,11,12,13,14,15
    movaps 80+16*(\n-6)(%rsp), %xmm\n
    .endr
    addq $248, %rsp
    .irp r, r15, r14, r13, r12, rsi, rdi, rbx, rbp
    popq %\r
    .endr
    ret
    .seh_endproc
#endif

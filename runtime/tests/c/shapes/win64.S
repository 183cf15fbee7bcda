/* Calls a function of Windows' convention with every register full that it must keep.
 *
 *   void test_win64_call(void (*f)(void *) of win64, void *arg, uint64_t fill, struct kept *kept);
 *
 * Each register is filled with `fill` plus a number of its own, the vectors in both halves; `kept` is
 * what they hold when f has returned:
 *
 *   0 rbx (+1)   8 rbp (+2)   16 rdi (+3)   24 rsi (+4)   32 r12 (+5)   … 56 r15 (+8)
 *   64 xmm6 (+9), 80 xmm7 (+10), … 208 xmm15 (+18), 16 bytes each   224 rsp-difference
 */
#if defined(__x86_64__) && defined(__linux__)
    .text
    .globl test_win64_call
    .type test_win64_call, @function
test_win64_call:
    .cfi_startproc
    .irp r, rbp, rbx, r12, r13, r14, r15
    pushq %\r
    .cfi_adjust_cfa_offset 8
    .cfi_rel_offset %\r, 0
    .endr
    subq $56, %rsp              /* 0: the callee's home space, 32: kept, 40: f, 48: rsp */
    .cfi_adjust_cfa_offset 56
    movq %rcx, 32(%rsp)
    movq %rdi, 40(%rsp)
    movq %rsp, 48(%rsp)
    movq %rsi, %rcx
    .irp n, 6,7,8,9,10,11,12,13,14,15
    leaq \n+3(%rdx), %rax
    movq %rax, %xmm\n
    punpcklqdq %xmm\n, %xmm\n
    .endr
    leaq 1(%rdx), %rbx
    leaq 2(%rdx), %rbp
    leaq 3(%rdx), %rdi
    leaq 4(%rdx), %rsi
    leaq 5(%rdx), %r12
    leaq 6(%rdx), %r13
    leaq 7(%rdx), %r14
    leaq 8(%rdx), %r15
    call *40(%rsp)
    movq 32(%rsp), %rax
    movq %rbx, 0(%rax)
    movq %rbp, 8(%rax)
    movq %rdi, 16(%rax)
    movq %rsi, 24(%rax)
    movq %r12, 32(%rax)
    movq %r13, 40(%rax)
    movq %r14, 48(%rax)
    movq %r15, 56(%rax)
    .irp n, 6,7,8,9,10,11,12,13,14,15
    movups %xmm\n, (\n-2)*16(%rax)
    .endr
    movq %rsp, %rcx
    subq 48(%rsp), %rcx
    movq %rcx, 224(%rax)
    addq $56, %rsp
    .cfi_adjust_cfa_offset -56
    .irp r, r15, r14, r13, r12, rbx, rbp
    popq %\r
    .cfi_adjust_cfa_offset -8
    .cfi_restore %\r
    .endr
    ret
    .cfi_endproc
    .size test_win64_call, .-test_win64_call
    .section .note.GNU-stack, "", @progbits
#endif

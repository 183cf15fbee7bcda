/* See registers.c. Poisonings: 0 SSE only, 1 AVX, 2 AVX-512. */
#ifndef _WIN32
    .section .rodata
    .globl test_control_of_rust
    .balign 4
test_control_of_rust:
    .long 0x037f1f80
    .text
    .globl test_control
    .type test_control, @function
test_control:
    .cfi_startproc
    pushfq
    .cfi_adjust_cfa_offset 8
    popq %rax
    .cfi_adjust_cfa_offset -8
    andl $0x400, %eax           /* the direction flag: at the top */
    shll $21, %eax
    stmxcsr -8(%rsp)
    movl -8(%rsp), %ecx
    andl $0xffc0, %ecx          /* without the flags of past exceptions */
    orl %ecx, %eax
    fnstcw -8(%rsp)
    movzwl -8(%rsp), %ecx
    shll $16, %ecx
    orl %ecx, %eax
    ret
    .cfi_endproc
    .size test_control, . - test_control
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
    movl %edx, %ecx
    movq %rsp, 24(%rsp)
    stmxcsr 32(%rsp)            /* the caller's own words */
    fnstcw 36(%rsp)
    movl $0xdfc0, 40(%rsp)      /* all exceptions masked, flush-to-zero, denormals-are-zero, round up */
    ldmxcsr 40(%rsp)
    movl $0x087f, 40(%rsp)      /* single precision, round up */
    fldcw 40(%rsp)

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
    popq %rdx
    .cfi_adjust_cfa_offset -8
    xorl %eax, %eax
    movabsq $0xb0b0b0b0b0b0b0b0, %rcx
    cmpq %rcx, %rbx
    jne 4f
    movabsq $0xb1b1b1b1b1b1b1b1, %rcx
    cmpq %rcx, %rbp
    jne 4f
    movabsq $0xb2b2b2b2b2b2b2b2, %rcx
    cmpq %rcx, %r12
    jne 4f
    movabsq $0xb3b3b3b3b3b3b3b3, %rcx
    cmpq %rcx, %r13
    jne 4f
    movabsq $0xb4b4b4b4b4b4b4b4, %rcx
    cmpq %rcx, %r14
    jne 4f
    movabsq $0xb5b5b5b5b5b5b5b5, %rcx
    cmpq %rcx, %r15
    jne 4f
    jmp 5f
4:  orl $1, %eax
5:  cmpq %rsp, 24(%rsp)
    je 6f
    orl $4, %eax
6:  stmxcsr 40(%rsp)
    movl 40(%rsp), %ecx
    andl $0xffc0, %ecx
    cmpl $0xdfc0, %ecx
    jne 7f
    fnstcw 40(%rsp)
    cmpw $0x087f, 40(%rsp)
    je 8f
7:  orl $8, %eax
8:  testl $0x400, %edx
    jz 9f
    orl $16, %eax
9:
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
#else

/* The ABI of 64-bit Windows: rdi, rsi and xmm6 to xmm15 are the caller's as well. */
    .section .rdata, "dr"
    .globl test_control_of_rust
    .balign 4
test_control_of_rust:
    .long 0x027f1f80
    .text
    .globl test_control
test_control:
    .seh_proc test_control
    subq $8, %rsp
    .seh_stackalloc 8
    .seh_endprologue
    pushfq
    popq %rax
    andl $0x400, %eax           /* the direction flag: at the top */
    shll $21, %eax
    stmxcsr (%rsp)
    movl (%rsp), %ecx
    andl $0xffc0, %ecx          /* without the flags of past exceptions */
    orl %ecx, %eax
    fnstcw (%rsp)
    movzwl (%rsp), %ecx
    shll $16, %ecx
    orl %ecx, %eax
    addq $8, %rsp
    ret
    .seh_endproc

    .globl test_poisoned_call
    .seh_proc test_poisoned_call
test_poisoned_call:
    .irp r, rbp, rbx, rdi, rsi, r12, r13, r14, r15
    pushq %\r
    .seh_pushreg %\r
    .endr
    subq $248, %rsp             /* 0: home space, 32: f, 40: arg, 48: scratch, 56: rsp, 64: control words */
    .seh_stackalloc 248
    .irp n, 6,7,8,9,10,11,12,13,14,15
    movaps %xmm\n, 80+16*(\n-6)(%rsp)
    .seh_savexmm %xmm\n, 80+16*(\n-6)
    .endr
    .seh_endprologue
    movq %rcx, 32(%rsp)
    movq %rdx, 40(%rsp)
    movq %rsp, 56(%rsp)
    stmxcsr 64(%rsp)            /* the caller's own words */
    fnstcw 68(%rsp)
    movl $0xdfc0, 48(%rsp)      /* all exceptions masked, flush-to-zero, denormals-are-zero, round up */
    ldmxcsr 48(%rsp)
    movl $0x087f, 48(%rsp)      /* single precision, round up */
    fldcw 48(%rsp)

    .rept 8
    fldpi
    .endr
    .rept 8
    fstp %st(0)
    .endr

    /* Vectors: all ones. */
    pcmpeqd %xmm0, %xmm0
    cmpl $1, %r8d
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
    popq %rdx
    xorl %eax, %eax
    .macro kept value, register
    movabsq $\value, %rcx
    cmpq %rcx, %\register
    jne 4f
    .endm
    kept 0xb0b0b0b0b0b0b0b0, rbx
    kept 0xb1b1b1b1b1b1b1b1, rbp
    kept 0xb2b2b2b2b2b2b2b2, r12
    kept 0xb3b3b3b3b3b3b3b3, r13
    kept 0xb4b4b4b4b4b4b4b4, r14
    kept 0xb5b5b5b5b5b5b5b5, r15
    kept 0xb6b6b6b6b6b6b6b6, rdi
    kept 0xb7b7b7b7b7b7b7b7, rsi
    jmp 5f
4:  orl $1, %eax
5:  pcmpeqd %xmm0, %xmm0        /* all ones, but for one that has lost a bit */
    .irp n, 6,7,8,9,10,11,12,13,14,15
    pand %xmm\n, %xmm0
    .endr
    pcmpeqd %xmm1, %xmm1
    pcmpeqb %xmm1, %xmm0
    pmovmskb %xmm0, %ecx
    cmpl $0xffff, %ecx
    je 6f
    orl $2, %eax
6:  cmpq %rsp, 56(%rsp)
    je 7f
    orl $4, %eax
7:  stmxcsr 48(%rsp)
    movl 48(%rsp), %ecx
    andl $0xffc0, %ecx
    cmpl $0xdfc0, %ecx
    jne 8f
    fnstcw 48(%rsp)
    cmpw $0x087f, 48(%rsp)
    je 9f
8:  orl $8, %eax
9:  testl $0x400, %edx
    jz 10f
    orl $16, %eax
10:
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

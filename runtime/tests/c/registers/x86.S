/* See registers.c. Poisonings: 0 SSE, 1 AVX. */
#ifdef _WIN32
#define NAME(name) _##name
#define FUNCTION(name) .globl NAME(name); .def NAME(name); .scl 2; .type 32; .endef
#define END(name)
#define CONTROL_OF_RUST 0x027f1f80
    .section .rdata, "dr"
#else
#define NAME(name) name
#define FUNCTION(name) .globl name; .type name, @function
#define END(name) .size name, . - name
#define CONTROL_OF_RUST 0x037f1f80
    .section .rodata
#endif
    .globl NAME(test_control_of_rust)
    .balign 4
NAME(test_control_of_rust):
    .long CONTROL_OF_RUST
    .text
    FUNCTION(test_control)
NAME(test_control):
    .cfi_startproc
    pushfl
    .cfi_adjust_cfa_offset 4
    movl (%esp), %eax
    andl $0x400, %eax           /* the direction flag: at the top */
    shll $21, %eax
    stmxcsr (%esp)
    movl (%esp), %ecx
    andl $0xffc0, %ecx          /* without the flags of past exceptions */
    orl %ecx, %eax
    fnstcw (%esp)
    movzwl (%esp), %ecx
    shll $16, %ecx
    orl %ecx, %eax
    addl $4, %esp
    .cfi_adjust_cfa_offset -4
    ret
    .cfi_endproc
    END(test_control)

    FUNCTION(test_poisoned_call)
NAME(test_poisoned_call):
    .cfi_startproc
    pushl %ebp
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset %ebp, 0
    pushl %ebx
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset %ebx, 0
    pushl %esi
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset %esi, 0
    pushl %edi
    .cfi_adjust_cfa_offset 4
    .cfi_rel_offset %edi, 0
    subl $44, %esp
    .cfi_adjust_cfa_offset 44
    stmxcsr 16(%esp)            /* the caller's own words */
    fnstcw 20(%esp)
    movl %esp, 24(%esp)
    movl $0xdfc0, 28(%esp)      /* all exceptions masked, flush-to-zero, denormals-are-zero, round up */
    ldmxcsr 28(%esp)
    movl $0x087f, 28(%esp)      /* single precision, round up */
    fldcw 28(%esp)
    movl 68(%esp), %eax         /* arg */
    movl %eax, (%esp)

    /* x87: eight values, popped again. The stack is empty at a call, the registers are not clean. */
    .rept 8
    fldpi
    .endr
    .rept 8
    fstp %st(0)
    .endr

    pcmpeqd %xmm0, %xmm0
    cmpl $1, 72(%esp)           /* poisoning */
    jb 1f
    vxorps %ymm0, %ymm0, %ymm0
    vcmpps $0x0f, %ymm0, %ymm0, %ymm0
    .irp n, 1,2,3,4,5,6,7
    vmovaps %ymm0, %ymm\n
    .endr
    jmp 3f
1:  .irp n, 1,2,3,4,5,6,7
    movdqa %xmm0, %xmm\n
    .endr
3:
    movl $0xdead0001, %eax
    movl $0xdead0002, %ecx
    movl $0xdead0003, %edx
    movl $0xb0b0b0b0, %ebx
    movl $0xb1b1b1b1, %ebp
    movl $0xb2b2b2b2, %esi
    movl $0xb3b3b3b3, %edi
    pushfl
    .cfi_adjust_cfa_offset 4
    orl $0x8d5, (%esp)          /* OF SF ZF AF PF CF */
    popfl
    .cfi_adjust_cfa_offset -4
    call *64(%esp)

    pushfl
    .cfi_adjust_cfa_offset 4
    popl %edx
    .cfi_adjust_cfa_offset -4
    movl $0, %eax
    cmpl $0xb0b0b0b0, %ebx
    jne 4f
    cmpl $0xb1b1b1b1, %ebp
    jne 4f
    cmpl $0xb2b2b2b2, %esi
    jne 4f
    cmpl $0xb3b3b3b3, %edi
    jne 4f
    jmp 5f
4:  orl $1, %eax
5:  cmpl %esp, 24(%esp)
    je 6f
    orl $4, %eax
6:  stmxcsr 28(%esp)
    movl 28(%esp), %ecx
    andl $0xffc0, %ecx
    cmpl $0xdfc0, %ecx
    jne 7f
    fnstcw 28(%esp)
    cmpw $0x087f, 28(%esp)
    je 8f
7:  orl $8, %eax
8:  testl $0x400, %edx
    jz 9f
    orl $16, %eax
9:  ldmxcsr 16(%esp)
    fldcw 20(%esp)
    addl $44, %esp
    .cfi_adjust_cfa_offset -44
    popl %edi
    .cfi_adjust_cfa_offset -4
    popl %esi
    .cfi_adjust_cfa_offset -4
    popl %ebx
    .cfi_adjust_cfa_offset -4
    popl %ebp
    .cfi_adjust_cfa_offset -4
    ret
    .cfi_endproc
    END(test_poisoned_call)
#ifndef _WIN32
    .section .note.GNU-stack, "", @progbits
#endif

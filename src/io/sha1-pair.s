# SHA-1 (FIPS 180-4) of two messages at once, with the SHA instructions of x86-64. Within a message each of them waits for
# the one before it; those of the other message fill that time.
#
#   void sha1_pair(uint32_t states[2][5], const void *first, const void *second, size_t blocks)
#   int sha1_pair_can_run(void)
#
# System V calling convention; nothing is kept, nothing else is called. sha1-pair.linux-x64.so is made of this file by
# scripts/build-native.ts.
        .intel_syntax noprefix
        .altmacro

# Registers of the first message; those of the second are seven further on.
#   0      the state's words a to d, from the highest
#   1, 2   word e, for even and for odd groups of four rounds
#   3 - 6  sixteen words of the schedule
# Of both: xmm14 says in which order bytes become words, xmm15 is for what was kept in memory.

# Four rounds. w0: their words of the schedule. w1 to w3: those of the next three groups, as far as they are made; each word
# is made of those 3, 8, 14 and 16 before it.
        .macro  four_rounds group, state, e, next_e, w0, w1, w2, w3
        .if     \group == 0
        paddd   xmm\e, xmm\w0
        .else
        sha1nexte xmm\e, xmm\w0
        .endif
        movdqa  xmm\next_e, xmm\state
        .if     \group >= 3 && \group <= 18
        sha1msg2 xmm\w1, xmm\w0
        .endif
        sha1rnds4 xmm\state, xmm\e, \group / 5
        .if     \group >= 1 && \group <= 16
        sha1msg1 xmm\w3, xmm\w0
        .endif
        .if     \group >= 2 && \group <= 17
        pxor    xmm\w2, xmm\w0
        .endif
        .endm

        .macro  load_words w, message, at
        movdqu  xmm\w, [\message + \at]
        pshufb  xmm\w, xmm14
        .endm

        .macro  of_both group, e, next_e, w0, w1, w2, w3
        .if     \group < 4
        load_words %(\w0), rsi, %(\group * 16)
        load_words %(\w0 + 7), rdx, %(\group * 16)
        .endif
        four_rounds \group, 0, \e, \next_e, %(\w0), %(\w1), %(\w2), %(\w3)
        four_rounds \group, 7, %(\e + 7), %(\next_e + 7), %(\w0 + 7), %(\w1 + 7), %(\w2 + 7), %(\w3 + 7)
        .endm

        .macro  load_state state, e, at
        movdqu  xmm\state, [rdi + \at]
        pshufd  xmm\state, xmm\state, 0x1b
        movd    xmm\e, dword ptr [rdi + \at + 16]
        pslldq  xmm\e, 12
        .endm

        .macro  store_state state, e, at
        pshufd  xmm\state, xmm\state, 0x1b
        movdqu  [rdi + \at], xmm\state
        psrldq  xmm\e, 12
        movd    dword ptr [rdi + \at + 16], xmm\e
        .endm

# A block's result is added to the state before it, which is kept in the 128 bytes below the stack that are ours.
        .macro  keep_state state, e, at
        movdqu  [rsp - \at], xmm\state
        movdqu  [rsp - \at - 16], xmm\e
        .endm

        .macro  add_state state, e, at
        movdqu  xmm15, [rsp - \at]
        paddd   xmm\state, xmm15
        movdqu  xmm15, [rsp - \at - 16]
        sha1nexte xmm\e, xmm15
        .endm

        .text
        .globl  sha1_pair
        .type   sha1_pair, @function
        .balign 64
sha1_pair:
        test    rcx, rcx
        jz      2f
        movdqa  xmm14, [rip + order]
        load_state 0, 1, 0
        load_state 7, 8, 20
1:      keep_state 0, 1, 24
        keep_state 7, 8, 56
        .set    group, 0
        .rept   10
        of_both %(group), 1, 2, %(3 + group % 4), %(3 + (group + 1) % 4), %(3 + (group + 2) % 4), %(3 + (group + 3) % 4)
        .set    group, group + 1
        of_both %(group), 2, 1, %(3 + group % 4), %(3 + (group + 1) % 4), %(3 + (group + 2) % 4), %(3 + (group + 3) % 4)
        .set    group, group + 1
        .endr
        add_state 0, 1, 24
        add_state 7, 8, 56
        add     rsi, 64
        add     rdx, 64
        dec     rcx
        jnz     1b
        store_state 0, 1, 0
        store_state 7, 8, 20
2:      ret
        .size   sha1_pair, . - sha1_pair

# CPUID's leaf 7 has the SHA instructions in bit 29 of ebx.
        .globl  sha1_pair_can_run
        .type   sha1_pair_can_run, @function
sha1_pair_can_run:
        push    rbx
        xor     eax, eax
        cpuid
        cmp     eax, 7
        mov     eax, 0
        jb      1f
        mov     eax, 7
        xor     ecx, ecx
        cpuid
        shr     ebx, 29
        mov     eax, ebx
        and     eax, 1
1:      pop     rbx
        ret
        .size   sha1_pair_can_run, . - sha1_pair_can_run

        .balign 16
order:  .byte   15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0

        .section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The note of a test module, from the file that make_note wrote. */
	.section .note.attn, "a", %note
	.balign 4
	.incbin NOTE_FILE
	.section .note.GNU-stack, "", %progbits

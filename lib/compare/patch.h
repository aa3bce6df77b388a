/* SPDX-License-Identifier: Apache-2.0 */
/* The way from one document to another as a JSON Patch (RFC 6902). */
#ifndef PLX_COMPARE_PATCH_H
#define PLX_COMPARE_PATCH_H

#include "base/buffer.h"
#include <parallax/value.h>

/*
 * Appends to out a JSON array of the operations (add, remove, replace) that make b of a: the same members whatever
 * their order, numbers of the same decimal value, strings of the same characters. Values are b's as written. No rules
 * apply. PLX_E_UNSUPPORTED where an object that differs has a key twice, which no pointer can tell apart; PLX_E_MEMORY,
 * also where out is full. On failure what was appended is of no use.
 */
PLX_MUST_USE enum plx_status plx_patch_write(const struct plx_document *a, const struct plx_document *b,
                                             struct plx_arena *arena, struct plx_buffer *out);

#endif

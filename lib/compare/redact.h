/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies without what redact rules name, as the program records them. */
#ifndef PLX_COMPARE_REDACT_H
#define PLX_COMPARE_REDACT_H

#include "base/buffer.h"
#include <parallax/compare.h>

#define PLX_REDACTED "[redacted]"

/*
 * Appends a JSON body to out with the values that redact patterns name written as "[redacted]"; everything else stays
 * byte for byte as it was. Without redact patterns the body is appended as it is. PLX_E_SYNTAX and the like where there
 * are redact patterns and the body can't be read: then nothing is appended.
 */
PLX_MUST_USE enum plx_status plx_rules_write_redacted(const struct plx_rules *rules, struct plx_slice body,
                                                      struct plx_arena *arena, struct plx_buffer *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies as the program records them: without what redact rules name, and what is secret by its name. */
#ifndef PLX_COMPARE_REDACT_H
#define PLX_COMPARE_REDACT_H

#include "secrets/secret_text.h"

#include <parallax/compare.h>

/*
 * Appends a body to out with marks (secrets/marks.h) in the place of values that redact patterns name, and of those
 * that are secret by their names; everything else stays byte for byte as it was. Not all of it where out has taken max
 * bytes of it. rules may be NULL. PLX_E_SYNTAX and the like where there are redact patterns and the body can't be read
 * as JSON: then nothing is appended.
 */
PLX_MUST_USE enum plx_status plx_rules_write_redacted(const struct plx_rules *rules, struct plx_slice body,
                                                      enum plx_secret_text kind, size_t max, struct plx_arena *arena,
                                                      struct plx_buffer *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What `parallax diff` has found, for people and for machines. */
#ifndef PLX_REPORT_DIFF_TEXT_H
#define PLX_REPORT_DIFF_TEXT_H

#include "base/buffer.h"
#include <parallax/compare.h>

/* For standard output: each difference with both values, then how many there are and what rules have excused. */
void plx_diff_tell(struct plx_buffer *out, const struct plx_comparison *comparison);
/* {"same":..,"total":..,"ignored":..,"ignored_by":{..},"differences":[..]} */
void plx_diff_tell_json(struct plx_buffer *out, const struct plx_comparison *comparison);

#endif

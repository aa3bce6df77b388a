/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/findings/erased_report.h"

void
plx_findings_write_erased(const struct plx_erased *erased, bool dry, struct plx_slice left, struct plx_json_writer *w)
{
    plx_json_begin_object(w);
    plx_json_key(w, "dry_run");
    plx_json_bool(w, dry);
    plx_json_key(w, "places");
    plx_json_uint(w, plx_erased_total(erased));
    plx_json_key(w, "erased");
    plx_json_begin_object(w);
    for (unsigned i = 0; i < PLX_ERASED_KINDS; i++) {
        plx_json_key(w, plx_erased_text((enum plx_erased_kind)i));
        plx_json_uint(w, erased->places[i]);
    }
    plx_json_end_object(w);
    plx_json_key(w, "left");
    plx_json_begin_array(w);
    while (left.len > 0) {
        const char *end = memchr(left.ptr, '\n', left.len);
        const size_t len = end ? (size_t)(end - left.ptr) : left.len;
        plx_json_string(w, plx_slice_make(left.ptr, len));
        left = plx_slice_make(left.ptr + len + (end != NULL), left.len - len - (end != NULL));
    }
    plx_json_end_array(w);
    plx_json_end_object(w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Copies and writes differences. Folded names are not kept: a record is found by its names. */
#include "evidence/record/kept_difference.h"

struct plx_difference *
plx_differences_keep(struct plx_keeper *keeper, struct plx_difference *differences, size_t count)
{
    struct plx_difference *kept = plx_keep_array(keeper, differences, count * sizeof(*differences));

    for (size_t i = 0; i < count; i++) {
        kept[i].folded = plx_slice_make(NULL, 0);
        plx_keep_text(keeper, &kept[i].field);
        plx_keep_text(keeper, &kept[i].primary);
        plx_keep_text(keeper, &kept[i].candidate);
    }
    return kept;
}

static void
write_value(struct plx_json_writer *w, const char *key, const char *cut_key, struct plx_slice value, bool cut)
{
    plx_json_key(w, key);
    plx_json_string(w, value);
    if (cut) {
        plx_json_key(w, cut_key);
        plx_json_bool(w, true);
    }
}

void
plx_difference_write(struct plx_json_writer *w, const struct plx_difference *d)
{
    plx_json_begin_object(w);
    plx_json_key(w, "field");
    plx_json_string(w, d->field);
    plx_json_key(w, "kind");
    plx_json_text_value(w, plx_kind_text(d->kind));
    write_value(w, "primary", "primary_cut", d->primary, d->primary_cut);
    write_value(w, "candidate", "candidate_cut", d->candidate, d->candidate_cut);
    plx_json_key(w, "noise");
    plx_json_bool(w, d->noise);
    plx_json_end_object(w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Redacts, copies and writes differences. Folded names are not kept: a record is found by its names. */
#include "evidence/record/kept_difference.h"

#include "evidence/record/credentials.h"

/* "body" is raw text of a body that could not be read as JSON: the redact rules could not be applied to it. */
static bool
values_are_secret(struct plx_slice field, const struct plx_rules *rules)
{
    return plx_field_is_credential(field) ||
           (rules && plx_rules_redacts(rules) && plx_slice_equal(field, plx_slice_of("body")));
}

struct plx_difference
plx_difference_redact(const struct plx_difference *difference, const struct plx_rules *rules)
{
    struct plx_difference kept = *difference;

    kept.folded = plx_slice_make(NULL, 0);
    if (!values_are_secret(kept.field, rules))
        return kept;
    if (kept.primary.len)
        kept.primary = plx_slice_of(PLX_REDACTED);
    if (kept.candidate.len)
        kept.candidate = plx_slice_of(PLX_REDACTED);
    kept.primary_cut = kept.candidate_cut = false;
    return kept;
}

struct plx_difference *
plx_differences_keep(struct plx_keeper *keeper, struct plx_difference *differences, size_t count)
{
    struct plx_difference *kept = plx_keep_array(keeper, differences, count * sizeof(*differences));

    for (size_t i = 0; i < count; i++) {
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

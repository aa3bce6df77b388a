/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of an endpoint as the report has them: what matters most first, and by what each is known. */
#include "evidence/findings/report_fields.h"

#include "evidence/findings/propose.h"

static int
weight(const struct plx_field_counts *field)
{
    return field->finding == PLX_REGRESSION ? 0 : field->finding == PLX_INCONCLUSIVE ? 1 : 2;
}

/* Regressions, then what is open, then noise; the more differences the earlier. Equal ones keep their order by name. */
static bool
goes_before(const struct plx_field_counts *a, const struct plx_field_counts *b)
{
    int order = weight(a) - weight(b);

    return order ? order < 0 : plx_field_counts_differences(a) > plx_field_counts_differences(b);
}

/* By insertion: stable, and there are at most PLX_FIELDS_MAX + 1. */
static void
sort_by_weight(struct plx_field_counts **fields, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct plx_field_counts *field = fields[i];
        size_t at = i;

        for (; at > 0 && goes_before(field, fields[at - 1]); at--)
            fields[at] = fields[at - 1];
        fields[at] = field;
    }
}

static void
write_example(struct plx_json_writer *w, const struct plx_example *example)
{
    plx_json_key(w, "example");
    if (!example) {
        plx_json_null(w);
        return;
    }
    plx_json_begin_object(w);
    plx_json_key(w, "exchange");
    plx_json_text_value(w, example->exchange);
    plx_json_key(w, "primary");
    plx_json_string(w, plx_slice_make(example->primary, example->primary_len));
    plx_json_key(w, "candidate");
    plx_json_string(w, plx_slice_make(example->candidate, example->candidate_len));
    plx_json_end_object(w);
}

/* What has shown that it is noise: the secondary in each of the exchanges themselves, or only the counts over all. */
static void
write_noise(struct plx_json_writer *w, const struct plx_field_counts *field)
{
    uint64_t excused = plx_field_counts_excused(field);

    plx_json_key(w, "noise_by");
    plx_json_text_value(w, field->finding != PLX_NOISE ? NULL : excused ? "counts" : "secondary");
    plx_json_key(w, "excused");
    plx_json_uint(w, excused);
}

/* An endpoint's fields, and what is to be known to tell of each. */
struct field_list {
    struct plx_field_counts **fields;
    size_t count;
    bool with_secondary;
};

static void
write_hint(struct plx_json_writer *w, const struct plx_field_counts *field)
{
    char hint[PLX_RENEWAL_HINT_MAX];
    bool has = plx_renewal_hint(field->renewal, hint);

    plx_json_key(w, "hint");
    plx_json_text_value(w, has ? hint : NULL);
}

static void
write_form(struct plx_json_writer *w, const struct field_list *list, const struct plx_field_counts *field)
{
    enum plx_form form = plx_field_counts_form(field);
    struct plx_proposal proposal;
    struct plx_buffer text;

    plx_json_key(w, "form");
    plx_json_text_value(w, form == PLX_FORM_NONE ? NULL : plx_form_text(form));
    plx_json_key(w, "formed");
    plx_json_uint(w, form == PLX_FORM_NONE ? 0 : field->formed);
    plx_json_key(w, "proposal");
    if (!plx_propose(list->fields, list->count, field, list->with_secondary, &proposal)) {
        plx_json_null(w);
        return;
    }
    plx_buffer_init(&text, PLX_PROPOSAL_BYTES_MAX);
    plx_proposal_write(&proposal, &text);
    plx_json_string(w, plx_buffer_slice(&text));
    w->out->failed = w->out->failed || text.failed;
    plx_buffer_fini(&text);
}

static void
write_field(struct plx_json_writer *w, const struct field_list *list, const struct plx_field_counts *field)
{
    plx_json_begin_object(w);
    plx_json_key(w, "field");
    plx_json_string(w, field->name);
    plx_json_key(w, "kind");
    plx_json_text_value(w, plx_kind_text(field->kind));
    plx_json_key(w, "differences");
    plx_json_uint(w, plx_field_counts_differences(field));
    plx_json_key(w, "noise");
    plx_json_uint(w, plx_field_counts_noise(field));
    plx_json_key(w, "unpaired");
    plx_json_uint(w, field->unpaired);
    plx_json_key(w, "verdict");
    plx_json_text_value(w, plx_finding_text(field->finding));
    write_noise(w, field);
    write_form(w, list, field);
    write_hint(w, field);
    write_example(w, field->example);
    plx_json_end_object(w);
}

void
plx_fields_write(struct plx_field_counts **fields, size_t count, bool with_secondary, struct plx_json_writer *w)
{
    const struct field_list list = {fields, count, with_secondary};

    sort_by_weight(fields, count);
    plx_json_key(w, "fields");
    plx_json_begin_array(w);
    for (size_t i = 0; i < count; i++)
        write_field(w, &list, fields[i]);
    plx_json_end_array(w);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what the fields of a cause look like to sentences: fields of one sentence are said together, and are named where
 * there are others. What several causes that differ in noise alone look like is what all of them do.
 */
#include "evidence/findings/cause_sentences.h"

#include "evidence/count/causes.h"
#include "fault/fault_words.h"

#define SENTENCE_BYTES_MAX (4u << 10) /* names of members may be long */
#define FIELDS_NAMED_MAX   3u
#define NO_FIELD           UINT32_MAX

/* What a field looks like. */
struct look {
    struct plx_faults faults;
    enum plx_fault fault; /* the strongest; PLX_FAULTS: none */
    bool shown;           /* it is no noise that is left out */
    bool said;
};

struct looks {
    const struct plx_cause *cause;
    struct look of[PLX_CAUSE_FIELDS_MAX];
};

/* ---- what all of them look like ---- */

static uint32_t
find_field(const struct plx_cause *cause, const struct plx_cause_field *like)
{
    for (uint32_t i = 0; i < cause->field_count; i++)
        if (cause->fields[i].kind == like->kind && plx_slice_equal(cause->fields[i].name, like->name))
            return i;
    return NO_FIELD;
}

/* A cause's, with the other name of a renamed member as a field of the first cause. */
static struct plx_faults
faults_for(const struct plx_cause *first, const struct plx_cause *cause, uint32_t field)
{
    struct plx_faults faults = cause->fields[field].faults;
    uint32_t partner = (uint32_t)faults.parameters[PLX_FAULT_RENAMED];

    if (!plx_faults_hold(&faults, PLX_FAULT_RENAMED))
        return faults;
    partner = partner < cause->field_count ? find_field(first, &cause->fields[partner]) : NO_FIELD;
    if (partner == NO_FIELD)
        faults.held &= ~(UINT32_C(1) << PLX_FAULT_RENAMED);
    else
        faults.parameters[PLX_FAULT_RENAMED] = (int16_t)partner;
    return faults;
}

static void
look_at(struct looks *looks, const struct plx_cause *const *causes, size_t count, bool without_noise)
{
    const struct plx_cause *first = causes[0];

    looks->cause = first;
    for (uint32_t i = 0; i < first->field_count; i++) {
        struct look *look = &looks->of[i];

        *look = (struct look){.shown = !without_noise || !plx_cause_field_is_noise(first, i)};
        for (size_t k = 0; k < count && look->shown; k++) {
            uint32_t field = find_field(causes[k], &first->fields[i]);
            struct plx_faults faults;

            if (field == NO_FIELD)
                continue;
            faults = faults_for(first, causes[k], field);
            plx_faults_meet(&look->faults, &faults);
        }
        look->fault = look->shown ? plx_faults_strongest(&look->faults) : PLX_FAULTS;
    }
}

/* ---- saying it ---- */

/* A member's last step; a header whole. */
static struct plx_slice
short_name(struct plx_slice field)
{
    size_t at = field.len;

    if (field.len == 0 || field.ptr[0] != '/')
        return field;
    while (field.ptr[at - 1] != '/')
        at--;
    return plx_slice_make(field.ptr + at, field.len - at);
}

static void
say(const struct looks *looks, uint32_t field, struct plx_buffer *out)
{
    const struct look *look = &looks->of[field];
    struct plx_slice name = looks->cause->fields[field].name, other = {NULL, 0};

    if (look->fault == PLX_FAULT_RENAMED)
        other = looks->cause->fields[look->faults.parameters[PLX_FAULT_RENAMED]].name;
    plx_fault_say(&look->faults, look->fault, short_name(name), short_name(other), out);
}

/* Whether two fields have one sentence. */
static bool
say_the_same(const struct looks *looks, uint32_t a, uint32_t b)
{
    struct plx_buffer x, y;
    bool same;

    if (looks->of[a].fault != looks->of[b].fault || looks->of[a].fault == PLX_FAULT_RENAMED)
        return false;
    plx_buffer_init(&x, SENTENCE_BYTES_MAX);
    plx_buffer_init(&y, SENTENCE_BYTES_MAX);
    say(looks, a, &x);
    say(looks, b, &y);
    same = !x.failed && plx_slice_equal(plx_buffer_slice(&x), plx_buffer_slice(&y));
    plx_buffer_fini(&x);
    plx_buffer_fini(&y);
    return same;
}

/* Those of the field's sentence, which are then said; returns how many of those that are shown are not among them. */
static uint32_t
take_fields(struct looks *looks, uint32_t field, uint32_t taken[PLX_CAUSE_FIELDS_MAX], uint32_t *count)
{
    uint32_t others = looks->cause->fields_total - looks->cause->field_count;

    *count = 0;
    for (uint32_t i = 0; i < looks->cause->field_count; i++) {
        struct look *look = &looks->of[i];

        if (i == field || (!look->said && look->fault != PLX_FAULTS && say_the_same(looks, field, i))) {
            look->said = true;
            taken[(*count)++] = i;
        } else {
            others += look->shown;
        }
    }
    return others;
}

static void
add_names(const struct looks *looks, const uint32_t *fields, uint32_t count, struct plx_buffer *out)
{
    for (uint32_t i = 0; i < count && i < FIELDS_NAMED_MAX; i++) {
        struct plx_slice name = looks->cause->fields[fields[i]].name;

        plx_buffer_text(out, i ? ", " : "");
        plx_buffer_add(out, name.len ? name : plx_slice_of("the whole"));
    }
    if (count > FIELDS_NAMED_MAX)
        plx_buffer_format(out, " and %u more", count - FIELDS_NAMED_MAX);
    plx_buffer_text(out, ": ");
}

static void
write_sentence(struct looks *looks, uint32_t field, struct plx_json_writer *w)
{
    enum plx_fault fault = looks->of[field].fault;
    uint32_t taken[PLX_CAUSE_FIELDS_MAX], count, others;
    struct plx_buffer sentence;

    others = take_fields(looks, field, taken, &count);
    plx_buffer_init(&sentence, SENTENCE_BYTES_MAX);
    if (others && fault != PLX_FAULT_RENAMED)
        add_names(looks, taken, count, &sentence);
    say(looks, field, &sentence);
    plx_json_begin_object(w);
    plx_json_key(w, "pattern");
    plx_json_text_value(w, plx_fault_text(fault));
    plx_json_key(w, "fields");
    plx_json_begin_array(w);
    for (uint32_t i = 0; i < count; i++)
        plx_json_string(w, looks->cause->fields[taken[i]].name);
    plx_json_end_array(w);
    plx_json_key(w, "exchanges");
    plx_json_uint(w, looks->of[field].faults.seen);
    plx_json_key(w, "sentence");
    plx_json_string(w, plx_buffer_slice(&sentence));
    plx_json_end_object(w);
    w->out->failed = w->out->failed || sentence.failed;
    plx_buffer_fini(&sentence);
}

/* The one to be said next; NO_FIELD: none is left. */
static uint32_t
next_field(const struct looks *looks)
{
    uint32_t best = NO_FIELD;

    for (uint32_t i = 0; i < looks->cause->field_count; i++)
        if (!looks->of[i].said && looks->of[i].fault < (best == NO_FIELD ? PLX_FAULTS : looks->of[best].fault))
            best = i;
    return best;
}

void
plx_cause_sentences_write(const struct plx_cause *const *causes, size_t count, bool without_noise,
                          struct plx_json_writer *w)
{
    struct looks looks;

    look_at(&looks, causes, count, without_noise);
    plx_json_key(w, "looks_like");
    plx_json_begin_array(w);
    for (uint32_t said = 0; said < PLX_CAUSE_SENTENCES_MAX; said++) {
        uint32_t field = next_field(&looks);

        if (field == NO_FIELD)
            break;
        write_sentence(&looks, field, w);
    }
    plx_json_end_array(w);
}

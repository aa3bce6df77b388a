/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the record of a mismatch. The hard thing is its bound: each part (headers, bodies, differences) has a share of
 * PLX_RECORD_BYTES_MAX, counted in bytes as written, so that the whole always fits and what was left out is said
 * ("body_cut", "headers_cut", "differences_total").
 */
#include "evidence/record/record.h"

#include "base/arena.h"
#include "base/assert.h"
#include "base/time_text.h"
#include "base/utf8.h"
#include "body/body.h"
#include "body/coding.h"
#include "compare/redact.h"
#include "evidence/count/cause_id.h"
#include "evidence/record/credentials.h"

#include <stdlib.h>

/* ---- a record as a thing ---- */

static struct plx_slice
put(char **at, struct plx_slice text)
{
    struct plx_slice kept = plx_slice_make(*at, text.len);

    if (text.len)
        memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return kept;
}

struct plx_record *
plx_record_make(struct plx_slice id, const struct plx_subject *subject, struct plx_slice endpoint,
                struct plx_slice names, struct plx_slice json)
{
    struct plx_record *record = malloc(sizeof(*record) + subject->name.len + endpoint.len + names.len + json.len);
    char *at;

    if (!record)
        return NULL;
    plx_list_init(&record->node);
    record->sequence = 0;
    memset(record->id, 0, sizeof(record->id));
    memcpy(record->id, id.ptr, id.len < PLX_EXCHANGE_ID_BYTES ? id.len : PLX_EXCHANGE_ID_BYTES);
    at = (char *)(record + 1);
    record->kind = subject->kind;
    record->service = put(&at, subject->name);
    record->endpoint = put(&at, endpoint);
    record->names = put(&at, names);
    record->json = put(&at, json);
    return record;
}

void
plx_record_free(struct plx_record *record)
{
    free(record);
}

size_t
plx_record_bytes(const struct plx_record *record)
{
    return sizeof(*record) + record->service.len + record->endpoint.len + record->names.len + record->json.len;
}

bool
plx_record_is_of(const struct plx_record *record, enum plx_subject_kind kind, struct plx_slice name)
{
    return record->kind == kind && plx_slice_equal(record->service, name);
}

bool
plx_record_has_field(const struct plx_record *record, struct plx_slice field)
{
    size_t at = 0;

    while (at + 2 <= record->names.len) {
        const unsigned char *p = (const unsigned char *)record->names.ptr + at;
        size_t len = (size_t)p[0] << 8 | p[1];

        at += 2;
        if (len > record->names.len - at)
            return false;
        if (plx_slice_equal(plx_slice_make(record->names.ptr + at, len), field))
            return true;
        at += len;
    }
    return false;
}

/* Among the names a cause is "cause:ID", which is no field. */
#define CAUSE_PREFIX   "cause:"
#define CAUSE_NAME_LEN (sizeof(CAUSE_PREFIX) - 1 + PLX_CAUSE_TEXT)

static struct plx_slice
cause_name(uint64_t cause, char out[CAUSE_NAME_LEN])
{
    memcpy(out, CAUSE_PREFIX, sizeof(CAUSE_PREFIX) - 1);
    plx_cause_id_text(cause, out + sizeof(CAUSE_PREFIX) - 1);
    return plx_slice_make(out, CAUSE_NAME_LEN - 1);
}

/* It is the first of the names. */
uint64_t
plx_record_cause(const struct plx_record *record)
{
    const size_t prefix = sizeof(CAUSE_PREFIX) - 1;
    uint64_t cause = 0;

    if (record->names.len < 2 + CAUSE_NAME_LEN - 1 || memcmp(record->names.ptr + 2, CAUSE_PREFIX, prefix) != 0 ||
        !plx_cause_id_read(plx_slice_make(record->names.ptr + 2 + prefix, PLX_CAUSE_TEXT - 1), &cause))
        return 0;
    return cause;
}

void
plx_record_write(const struct plx_record *record, struct plx_json_writer *out)
{
    /* The stored object is opened anew, for its sequence to come first. */
    plx_json_begin_object(out);
    plx_json_key(out, "sequence");
    plx_json_uint(out, record->sequence);
    plx_buffer_byte(out->out, ',');
    plx_buffer_append(out->out, record->json.ptr + 1, record->json.len - 2);
    plx_json_end_object(out);
}

/* ---- bodies ---- */

/* What the writer makes of the character at `at`: its bytes in JSON. *step: its bytes in text, 0 where it is none. */
static size_t
cost_at(struct plx_slice text, size_t at, size_t *step)
{
    unsigned char c = (unsigned char)text.ptr[at];
    uint32_t code;

    *step = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
    if (*step == 0)
        return 3; /* U+FFFD */
    return c < 0x20 ? 6 : c == '"' || c == '\\' ? 2 : *step;
}

/* Bytes at the beginning of text whose JSON string takes at most budget bytes; whole characters, and none that is no
 * text. */
static size_t
fitting(struct plx_slice text, size_t budget)
{
    size_t at = 0, cost = 0, step;

    while (at < text.len) {
        cost += cost_at(text, at, &step);
        if (step == 0 || cost > budget)
            break;
        at += step;
    }
    return at;
}

/* Whether text takes at most *budget bytes as JSON, which are then taken from it. */
static bool
fits(struct plx_slice text, size_t *budget)
{
    size_t cost = 0, step;

    for (size_t at = 0; at < text.len; at += step ? step : 1) {
        cost += cost_at(text, at, &step);
        if (cost > *budget)
            return false;
    }
    *budget -= cost;
    return true;
}

static void
write_base64(struct plx_json_writer *w, struct plx_slice body)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct plx_buffer *out = w->out;

    /* An empty string first, opened again: the writer keeps its own account of commas. */
    plx_json_string(w, plx_slice_make("", 0));
    if (out->failed || !plx_buffer_reserve(out, body.len / 3 * 4 + 8))
        return;
    out->len--;
    for (size_t i = 0; i < body.len; i += 3) {
        const unsigned char *p = (const unsigned char *)body.ptr + i;
        size_t left = body.len - i;
        uint32_t bits = (uint32_t)p[0] << 16 | (left > 1 ? (uint32_t)p[1] << 8 : 0) | (left > 2 ? p[2] : 0);

        out->ptr[out->len++] = digits[bits >> 18];
        out->ptr[out->len++] = digits[bits >> 12 & 63];
        out->ptr[out->len++] = left > 1 ? digits[bits >> 6 & 63] : '=';
        out->ptr[out->len++] = left > 2 ? digits[bits & 63] : '=';
    }
    out->ptr[out->len++] = '"';
}

/* Text as "body", anything else as "body_base64"; returns whether all of it was written. */
static bool
write_body_bytes(struct plx_json_writer *w, struct plx_slice body, bool was_cut, size_t budget)
{
    size_t text = plx_utf8_prefix(body);
    size_t shown;

    /* A capture that ends inside a character is text all the same. */
    if (text == body.len || (was_cut && body.len - text < 4)) {
        shown = fitting(plx_slice_make(body.ptr, text), budget);
        plx_json_key(w, "body");
        plx_json_string(w, plx_slice_make(body.ptr, shown));
    } else {
        shown = body.len < budget / 4 * 3 ? body.len : budget / 4 * 3;
        plx_json_key(w, "body_base64");
        write_base64(w, plx_slice_make(body.ptr, shown));
    }
    return shown == body.len;
}

static bool
is_form(const struct plx_message_view *view)
{
    static const char type[] = "application/x-www-form-urlencoded";
    const size_t len = sizeof(type) - 1;

    for (size_t i = 0; i < view->header_count; i++) {
        const struct plx_header *header = &view->headers[i];

        if (plx_slice_equal_nocase(header->name, plx_slice_of("Content-Type")) && header->value.len >= len &&
            plx_slice_equal_nocase(plx_slice_make(header->value.ptr, len), plx_slice_of(type)))
            return true;
    }
    return false;
}

/* The body without its secrets: itself, or what was written into out. False where they cannot be told apart from it. */
static bool
redact_body(const struct plx_message_view *view, const struct plx_rules *rules, struct plx_arena *scratch,
            struct plx_buffer *out, struct plx_slice *body)
{
    *body = view->body;
    if (view->body.len == 0)
        return true;
    if (rules && plx_rules_redacts(rules)) {
        if (plx_rules_write_redacted(rules, view->body, scratch, out) != PLX_OK)
            return false;
    } else if (is_form(view)) {
        plx_form_redact(view->body, out);
    } else {
        return true;
    }
    *body = plx_buffer_slice(out);
    return !out->failed;
}

bool
plx_record_redact_body(const struct plx_message_view *view, const struct plx_rules *rules, struct plx_arena *scratch,
                       struct plx_buffer *out, struct plx_slice *body)
{
    return redact_body(view, rules, scratch, out, body);
}

/* Without its codings, where it has any and is whole and not too long. *withheld: what can't be read may be secret. */
static bool
decode_body(struct plx_message_view *view, struct plx_arena *scratch, bool *withheld)
{
    const struct plx_answer answer = {.headers = view->headers, .header_count = view->header_count};
    struct plx_slice codings;

    *withheld = false;
    if (view->body.len == 0 || plx_body_codings(&answer, scratch, &codings) != PLX_OK || !plx_codings_any(codings))
        return false;
    if (view->body.len == view->body_length &&
        plx_coding_remove(codings, view->body, PLX_RECORD_DECODED_MAX, scratch, &view->body) == PLX_OK) {
        view->body_length = view->body.len;
        return true;
    }
    *withheld = is_form(view);
    return false;
}

static void
write_body(struct plx_json_writer *w, const struct plx_message_view *of, const struct plx_rules *rules, size_t budget,
           struct plx_arena *scratch)
{
    struct plx_message_view view = *of;
    bool withheld, decoded = decode_body(&view, scratch, &withheld), was_cut = view.body.len < view.body_length;
    struct plx_buffer redacted;
    struct plx_slice body;

    /* What redaction writes may be longer than what it replaces, by the text "[redacted]" each time. */
    plx_buffer_init(&redacted, view.body.len * 12 + 64);
    if (withheld || !redact_body(&view, rules, scratch, &redacted, &body)) {
        plx_json_key(w, "body_withheld");
        plx_json_text_value(w, "it may hold what is to be redacted, and could not be read to find it");
    } else if (!write_body_bytes(w, body, was_cut, budget) || was_cut) {
        plx_json_key(w, "body_cut");
        plx_json_bool(w, true);
    }
    if (decoded) {
        plx_json_key(w, "body_decoded");
        plx_json_bool(w, true);
    }
    plx_json_key(w, "body_length");
    plx_json_uint(w, of->body_length);
    plx_buffer_fini(&redacted);
}

/* ---- messages ---- */

static void
write_redacted_target(struct plx_json_writer *w, struct plx_slice target)
{
    struct plx_buffer text;

    plx_buffer_init(&text, target.len * 6 + 64);
    plx_target_redact(target, &text);
    plx_json_string(w, plx_slice_make(text.ptr, fitting(plx_buffer_slice(&text), PLX_RECORD_TARGET_MAX)));
    if (text.failed)
        w->out->failed = true;
    plx_buffer_fini(&text);
}

static void
write_header(struct plx_json_writer *w, const struct plx_header *header)
{
    plx_json_begin_array(w);
    plx_json_string(w, header->name);
    if (plx_header_is_credential(header->name))
        plx_json_text_value(w, PLX_REDACTED);
    else if (plx_header_is_uri(header->name))
        write_redacted_target(w, header->value);
    else
        plx_json_string(w, header->value);
    plx_json_end_array(w);
}

static void
write_headers(struct plx_json_writer *w, const struct plx_message_view *view)
{
    size_t budget = PLX_RECORD_HEADERS_MAX;
    bool cut = false;

    plx_json_key(w, "headers");
    plx_json_begin_array(w);
    for (size_t i = 0; i < view->header_count; i++) {
        const struct plx_header *header = &view->headers[i];

        if (budget < PLX_RECORD_ITEM_EXTRA || !fits(header->name, &budget) || !fits(header->value, &budget)) {
            cut = true;
            continue;
        }
        budget -= budget < PLX_RECORD_ITEM_EXTRA ? budget : PLX_RECORD_ITEM_EXTRA;
        write_header(w, header);
    }
    plx_json_end_array(w);
    if (cut) {
        plx_json_key(w, "headers_cut");
        plx_json_bool(w, true);
    }
}

struct making {
    struct plx_json_writer *w;
    const struct plx_exchange_outcome *outcome;
    struct plx_arena *scratch;
    size_t body_budget; /* of each message */
};

static void
write_request(struct making *m)
{
    const struct plx_message_view *view = m->outcome->request;

    plx_json_key(m->w, "request");
    plx_json_begin_object(m->w);
    plx_json_key(m->w, "method");
    plx_json_string(m->w, plx_slice_make(view->method.ptr, fitting(view->method, PLX_RECORD_METHOD_MAX)));
    plx_json_key(m->w, "target");
    write_redacted_target(m->w, view->target);
    write_headers(m->w, view);
    write_body(m->w, view, m->outcome->rules, m->body_budget, m->scratch);
    plx_json_end_object(m->w);
}

/* What a spy's sides gave are calls, and no answers. */
static void
write_first_line(struct making *m, const struct plx_message_view *view)
{
    if (view->method.len == 0) {
        plx_json_key(m->w, "status");
        plx_json_int(m->w, view->status);
        return;
    }
    plx_json_key(m->w, "method");
    plx_json_string(m->w, plx_slice_make(view->method.ptr, fitting(view->method, PLX_RECORD_METHOD_MAX)));
    plx_json_key(m->w, "target");
    write_redacted_target(m->w, view->target);
}

static void
write_answer(struct making *m, enum plx_role role)
{
    const struct plx_message_view *view = m->outcome->answers[role];
    const struct plx_role_outcome *did = &m->outcome->roles[role];

    if (!view && !did->asked)
        return;
    plx_json_key(m->w, plx_role_text(role));
    plx_json_begin_object(m->w);
    if (did->failed) {
        plx_json_key(m->w, "failed");
        plx_json_text_value(m->w, plx_subject_incomparable(m->outcome->subject.kind, did->reason));
    }
    if (view) {
        write_first_line(m, view);
        plx_json_key(m->w, "seconds");
        plx_json_double(m->w, (double)did->duration_ns / 1e9);
        write_headers(m->w, view);
        write_body(m->w, view, m->outcome->rules, m->body_budget, m->scratch);
    }
    plx_json_end_object(m->w);
}

static void
write_exchange(struct making *m)
{
    write_request(m);
    for (int role = 0; role < PLX_ROLES; role++)
        write_answer(m, (enum plx_role)role);
}

/* ---- differences ---- */

/* "body" is raw text of a body that could not be read as JSON: the redact rules could not be applied to it. */
static bool
values_are_secret(struct plx_slice field, const struct plx_rules *rules)
{
    return plx_field_is_credential(field) ||
           (rules && plx_rules_redacts(rules) && plx_slice_equal(field, plx_slice_of("body")));
}

static void
write_value(struct plx_json_writer *w, const char *key, struct plx_slice value, bool cut, bool secret)
{
    plx_json_key(w, key);
    if (secret && value.len)
        plx_json_text_value(w, PLX_REDACTED);
    else
        plx_json_string(w, value);
    if (cut && !secret) {
        plx_json_key(w, strcmp(key, "primary") == 0 ? "primary_cut" : "candidate_cut");
        plx_json_bool(w, true);
    }
}

void
plx_record_write_difference(struct plx_json_writer *w, const struct plx_difference *d, const struct plx_rules *rules)
{
    bool secret = values_are_secret(d->field, rules);

    plx_json_begin_object(w);
    plx_json_key(w, "field");
    plx_json_string(w, d->field);
    plx_json_key(w, "kind");
    plx_json_text_value(w, plx_kind_text(d->kind));
    write_value(w, "primary", d->primary, d->primary_cut, secret);
    write_value(w, "candidate", d->candidate, d->candidate_cut, secret);
    plx_json_key(w, "noise");
    plx_json_bool(w, d->noise);
    plx_json_end_object(w);
}

static void
write_differences(struct making *m)
{
    const struct plx_comparison *comparison = &m->outcome->judgement->comparison;
    size_t budget = PLX_RECORD_DIFFERENCES_MAX;

    plx_json_key(m->w, "differences");
    plx_json_begin_array(m->w);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];

        if (budget < PLX_RECORD_ITEM_EXTRA || !fits(d->field, &budget) || !fits(d->primary, &budget) ||
            !fits(d->candidate, &budget))
            continue;
        budget -= budget < PLX_RECORD_ITEM_EXTRA ? budget : PLX_RECORD_ITEM_EXTRA;
        plx_record_write_difference(m->w, d, m->outcome->rules);
    }
    plx_json_end_array(m->w);
    plx_json_key(m->w, "differences_total");
    plx_json_uint(m->w, comparison->total);
}

static void
add_name(struct plx_buffer *names, struct plx_slice field)
{
    if (field.len > UINT16_MAX || names->len + field.len + 2 > PLX_RECORD_NAMES_MAX)
        return;
    plx_buffer_byte(names, (char)(field.len >> 8));
    plx_buffer_byte(names, (char)(field.len & 0xFF));
    plx_buffer_add(names, field);
}

static void
add_names(struct plx_buffer *names, uint64_t cause, const struct plx_comparison *comparison)
{
    char name[CAUSE_NAME_LEN];

    add_name(names, cause_name(cause, name));
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *d = &comparison->differences[i];

        add_name(names, d->field);
        if (!plx_slice_equal(d->field, d->folded))
            add_name(names, d->folded);
    }
}

/* ---- the whole ---- */

static size_t
body_budget(const struct plx_exchange_outcome *outcome)
{
    size_t bodies = outcome->request->body.len > 0;

    for (size_t i = 0; i < PLX_ROLES; i++)
        bodies += outcome->answers[i] && outcome->answers[i]->body.len > 0;
    return PLX_RECORD_BODIES_MAX / (bodies ? bodies : 1);
}

static void
write_whole(struct making *m, uint64_t cause)
{
    const struct plx_exchange_outcome *outcome = m->outcome;
    char time[PLX_TIME_TEXT], cause_text[PLX_CAUSE_TEXT];

    plx_time_text(outcome->time_ms, time);
    plx_json_begin_object(m->w);
    plx_json_key(m->w, "id");
    plx_json_text_value(m->w, outcome->id);
    plx_json_key(m->w, "time");
    plx_json_text_value(m->w, time);
    plx_json_key(m->w, plx_subject_text(outcome->subject.kind));
    plx_json_string(m->w, outcome->subject.name);
    plx_json_key(m->w, "endpoint");
    plx_json_string(m->w, outcome->endpoint);
    plx_json_key(m->w, "verdict");
    plx_json_text_value(m->w, plx_verdict_text(outcome->verdict));
    plx_cause_id_text(cause, cause_text);
    plx_json_key(m->w, "cause");
    plx_json_text_value(m->w, cause_text);
    if (outcome->request)
        write_exchange(m);
    for (size_t i = 0; i < outcome->part_count; i++) {
        plx_json_key(m->w, outcome->parts[i].key);
        plx_json_raw(m->w, outcome->parts[i].json);
    }
    write_differences(m);
    plx_json_end_object(m->w);
}

struct plx_record *
plx_record_new(const struct plx_exchange_outcome *outcome, struct plx_arena *scratch)
{
    struct plx_record *record = NULL;
    struct plx_buffer json, names;
    struct plx_json_writer writer;
    struct making m = {&writer, outcome, scratch, 0};
    uint64_t cause;

    if ((!outcome->request && !outcome->parts) || !outcome->judgement)
        return NULL;
    cause = plx_cause_id(outcome);
    if (outcome->request)
        m.body_budget = body_budget(outcome);
    plx_buffer_init(&json, PLX_RECORD_BYTES_MAX);
    plx_buffer_init(&names, PLX_RECORD_NAMES_MAX);
    plx_json_writer_init(&writer, &json);
    write_whole(&m, cause);
    add_names(&names, cause, &outcome->judgement->comparison);
    if (!json.failed && !names.failed)
        record = plx_record_make(plx_slice_of(outcome->id), &outcome->subject, outcome->endpoint,
                                 plx_buffer_slice(&names), plx_buffer_slice(&json));
    plx_buffer_fini(&json);
    plx_buffer_fini(&names);
    return record;
}

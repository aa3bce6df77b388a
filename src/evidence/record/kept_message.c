/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes messages while their exchange lasts and writes them when somebody asks. The hard thing is that both halves
 * share a bound which is counted in bytes of JSON: taking must keep all that writing may show, and little more.
 */
#include "evidence/record/kept_message.h"

#include "base/base64.h"
#include "base/buffer.h"
#include "base/utf8.h"
#include "body/body.h"
#include "body/coding.h"
#include "compare/redact.h"
#include "evidence/record/credentials.h"
#include "evidence/record/fitting.h"

/* ---- targets and headers ---- */

/* What redaction replaces stands behind one of these. */
static bool
may_hold_credentials(struct plx_slice target)
{
    return target.len && (memchr(target.ptr, '?', target.len) || memchr(target.ptr, '#', target.len) ||
                          memmem(target.ptr, target.len, "://", 3));
}

bool
plx_target_take(struct plx_slice target, struct plx_arena *scratch, struct plx_slice *redacted)
{
    struct plx_buffer text;
    bool ok;

    *redacted = target;
    if (!may_hold_credentials(target))
        return true;
    plx_buffer_init(&text, target.len * 6 + 64);
    plx_target_redact(target, &text);
    *redacted = plx_arena_copy(scratch, plx_buffer_slice(&text));
    ok = !text.failed && redacted->ptr;
    plx_buffer_fini(&text);
    return ok;
}

bool
plx_header_take(const struct plx_header *header, struct plx_arena *scratch, struct plx_header *taken)
{
    *taken = *header;
    if (plx_header_is_credential(header->name))
        taken->value = plx_slice_of(PLX_REDACTED);
    else if (plx_header_is_uri(header->name))
        return plx_target_take(header->value, scratch, &taken->value);
    return true;
}

/* Whether all of them fit whatever their bytes are: most often they do, and nothing is to be counted. */
static bool
all_fit(const struct plx_message_view *view)
{
    size_t bytes = 0;

    for (size_t i = 0; i < view->header_count; i++)
        bytes += (view->headers[i].name.len + view->headers[i].value.len) * PLX_FITTING_WORST + PLX_RECORD_ITEM_EXTRA;
    return bytes <= PLX_RECORD_HEADERS_MAX;
}

static bool
take_headers(const struct plx_message_view *view, struct plx_arena *scratch, struct plx_kept_message *message)
{
    size_t budget = PLX_RECORD_HEADERS_MAX;
    bool whole = all_fit(view);

    message->headers = plx_arena_alloc(scratch, (view->header_count + 1) * sizeof(*message->headers));
    if (!message->headers)
        return false;
    for (size_t i = 0; i < view->header_count; i++) {
        const struct plx_header *header = &view->headers[i];

        if (!whole &&
            (budget < PLX_RECORD_ITEM_EXTRA || !plx_fits(header->name, &budget) || !plx_fits(header->value, &budget))) {
            message->headers_cut = true;
            continue;
        }
        budget -= budget < PLX_RECORD_ITEM_EXTRA ? budget : PLX_RECORD_ITEM_EXTRA;
        if (!plx_header_take(header, scratch, &message->headers[message->header_count++]))
            return false;
    }
    return true;
}

/* ---- bodies ---- */

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

bool
plx_body_take(const struct plx_message_view *view, const struct plx_rules *rules, struct plx_arena *scratch,
              struct plx_slice *body)
{
    bool by_rules = rules && plx_rules_redacts(rules), ok = true;
    struct plx_buffer redacted;

    *body = view->body;
    if (view->body.len == 0 || (!by_rules && !is_form(view)))
        return true;
    /* What redaction writes may be longer than what it replaces, by the text "[redacted]" each time. */
    plx_buffer_init(&redacted, view->body.len * 12 + 64);
    if (by_rules)
        ok = plx_rules_write_redacted(rules, view->body, scratch, &redacted) == PLX_OK;
    else
        plx_form_redact(view->body, &redacted);
    ok = ok && !redacted.failed;
    if (ok) {
        *body = plx_arena_copy(scratch, plx_buffer_slice(&redacted));
        ok = body->ptr != NULL;
    }
    plx_buffer_fini(&redacted);
    return ok;
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

/* A capture that ends inside a character is text all the same. */
static bool
is_text(struct plx_slice body, bool was_cut)
{
    size_t text = plx_utf8_prefix(body);

    return text == body.len || (was_cut && body.len - text < 4);
}

static void
take_body(const struct plx_message_view *of, const struct plx_rules *rules, size_t budget, struct plx_arena *scratch,
          struct plx_kept_body *body)
{
    struct plx_message_view view = *of;

    *body = (struct plx_kept_body){.length = of->body_length, .budget = budget};
    body->decoded = decode_body(&view, scratch, &body->withheld);
    body->was_cut = view.body.len < view.body_length;
    if (body->withheld || !plx_body_take(&view, rules, scratch, &body->bytes)) {
        body->withheld = true;
        body->bytes = plx_slice_make(NULL, 0);
        return;
    }
    if (body->bytes.len > budget + PLX_FITTING_SLACK)
        body->form = is_text(body->bytes, body->was_cut) ? PLX_KEPT_TEXT : PLX_KEPT_BINARY;
    body->bytes = plx_fitting_cut(body->bytes, budget);
}

static void
write_base64(struct plx_json_writer *w, struct plx_slice body)
{
    struct plx_buffer *out = w->out;

    /* An empty string first, opened again: the writer keeps its own account of commas. */
    plx_json_string(w, plx_slice_make("", 0));
    if (out->failed)
        return;
    out->len--;
    plx_base64_write(out, body);
    plx_buffer_byte(out, '"');
}

/* Text as "body", anything else as "body_base64"; returns whether all of it was written. */
static bool
write_bytes(struct plx_json_writer *w, const struct plx_kept_body *body)
{
    struct plx_slice bytes = body->bytes;
    size_t shown;

    if (body->form == PLX_KEPT_TEXT || (body->form == PLX_KEPT_UNSEEN && is_text(bytes, body->was_cut))) {
        shown = plx_fitting(bytes, body->budget);
        plx_json_key(w, "body");
        plx_json_string(w, plx_slice_make(bytes.ptr, shown));
    } else {
        shown = bytes.len < body->budget / 4 * 3 ? bytes.len : body->budget / 4 * 3;
        plx_json_key(w, "body_base64");
        write_base64(w, plx_slice_make(bytes.ptr, shown));
    }
    return shown == bytes.len;
}

static void
write_body(struct plx_json_writer *w, const struct plx_kept_body *body)
{
    if (body->withheld) {
        plx_json_key(w, "body_withheld");
        plx_json_text_value(w, "it may hold what is to be redacted, and could not be read to find it");
    } else if (!write_bytes(w, body) || body->was_cut) {
        plx_json_key(w, "body_cut");
        plx_json_bool(w, true);
    }
    if (body->decoded) {
        plx_json_key(w, "body_decoded");
        plx_json_bool(w, true);
    }
    plx_json_key(w, "body_length");
    plx_json_uint(w, body->length);
}

/* ---- the whole ---- */

bool
plx_message_take(const struct plx_message_view *view, const struct plx_rules *rules, size_t body_budget,
                 struct plx_arena *scratch, struct plx_kept_message *message)
{
    *message = (struct plx_kept_message){.method = plx_fitting_cut(view->method, PLX_RECORD_METHOD_MAX),
                                         .status = view->status};
    if (!plx_target_take(view->target, scratch, &message->target) || !take_headers(view, scratch, message))
        return false;
    message->target = plx_fitting_cut(message->target, PLX_RECORD_TARGET_MAX);
    take_body(view, rules, body_budget, scratch, &message->body);
    return true;
}

void
plx_message_keep(struct plx_keeper *keeper, struct plx_kept_message *message)
{
    struct plx_header *headers =
        plx_keep_array(keeper, message->headers, message->header_count * sizeof(*message->headers));

    message->headers = headers;
    plx_keep_text(keeper, &message->method);
    plx_keep_text(keeper, &message->target);
    for (size_t i = 0; i < message->header_count; i++) {
        plx_keep_text(keeper, &headers[i].name);
        plx_keep_text(keeper, &headers[i].value);
    }
    plx_keep_text(keeper, &message->body.bytes);
}

static void
write_fitting(struct plx_json_writer *w, struct plx_slice text, size_t budget)
{
    plx_json_string(w, plx_slice_make(text.ptr, plx_fitting(text, budget)));
}

void
plx_message_write_asked(struct plx_json_writer *w, const struct plx_kept_message *message)
{
    plx_json_key(w, "method");
    write_fitting(w, message->method, PLX_RECORD_METHOD_MAX);
    plx_json_key(w, "target");
    write_fitting(w, message->target, PLX_RECORD_TARGET_MAX);
}

/* What a spy's sides gave are calls, and no answers. */
void
plx_message_write_first(struct plx_json_writer *w, const struct plx_kept_message *message)
{
    if (message->method.len) {
        plx_message_write_asked(w, message);
        return;
    }
    plx_json_key(w, "status");
    plx_json_int(w, message->status);
}

void
plx_message_write_rest(struct plx_json_writer *w, const struct plx_kept_message *message)
{
    plx_json_key(w, "headers");
    plx_json_begin_array(w);
    for (size_t i = 0; i < message->header_count; i++) {
        const struct plx_header *header = &message->headers[i];

        plx_json_begin_array(w);
        plx_json_string(w, header->name);
        if (plx_header_is_uri(header->name))
            write_fitting(w, header->value, PLX_RECORD_TARGET_MAX);
        else
            plx_json_string(w, header->value);
        plx_json_end_array(w);
    }
    plx_json_end_array(w);
    if (message->headers_cut) {
        plx_json_key(w, "headers_cut");
        plx_json_bool(w, true);
    }
    write_body(w, &message->body);
}

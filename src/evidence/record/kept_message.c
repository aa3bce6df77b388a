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
#include "compare/rules.h"
#include "evidence/record/fitting.h"

/* ---- targets and headers ---- */

static bool
note_any(void *context, const struct plx_secret_range *range)
{
    *(bool *)context = true;
    return false;
}

static bool
has_secrets(const struct plx_secrets *secrets, struct plx_slice text, enum plx_secret_text kind)
{
    bool any = false;

    plx_secrets_find(secrets, text, kind, note_any, &any);
    return any;
}

/* What was written goes to scratch. */
static bool
keep_written(struct plx_buffer *text, struct plx_arena *scratch, struct plx_slice *kept)
{
    bool ok = !text->failed;

    if (ok) {
        *kept = plx_arena_copy(scratch, plx_buffer_slice(text));
        ok = kept->ptr != NULL;
    }
    plx_buffer_fini(text);
    return ok;
}

bool
plx_target_take(struct plx_slice target, const struct plx_secrets *secrets, struct plx_arena *scratch,
                struct plx_slice *redacted)
{
    struct plx_buffer text;

    *redacted = target;
    if (!has_secrets(secrets, target, PLX_SECRET_TARGET))
        return true;
    plx_buffer_init(&text, target.len * PLX_SECRET_GROWTH + PLX_SECRET_GROWTH);
    plx_secrets_write(secrets, target, PLX_SECRET_TARGET, SIZE_MAX, &text);
    return keep_written(&text, scratch, redacted);
}

bool
plx_header_take(const struct plx_header *header, const struct plx_secrets *secrets, struct plx_arena *scratch,
                struct plx_header *taken)
{
    struct plx_buffer text;

    *taken = *header;
    if (!plx_secrets_has(secrets, header->name, PLX_SECRET_NAMED) &&
        !has_secrets(secrets, header->value, PLX_SECRET_ANY_TEXT))
        return true;
    plx_buffer_init(&text, header->value.len * PLX_SECRET_GROWTH + PLX_SECRET_GROWTH);
    plx_secrets_write_header(secrets, header->name, header->value, &text);
    return keep_written(&text, scratch, &taken->value);
}

/* Whether all of them fit whatever their bytes are: most often they do, and nothing is to be counted. */
static bool
all_fit(const struct plx_header *headers, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += (headers[i].name.len + headers[i].value.len) * PLX_FITTING_WORST + PLX_RECORD_ITEM_EXTRA;
    return bytes <= PLX_RECORD_HEADERS_MAX;
}

static void
leave_out_what_does_not_fit(struct plx_kept_message *message)
{
    size_t budget = PLX_RECORD_HEADERS_MAX, count = 0;

    for (size_t i = 0; i < message->header_count; i++) {
        const struct plx_header header = message->headers[i];

        if (budget < PLX_RECORD_ITEM_EXTRA || !plx_fits(header.name, &budget) || !plx_fits(header.value, &budget))
            continue;
        budget -= budget < PLX_RECORD_ITEM_EXTRA ? budget : PLX_RECORD_ITEM_EXTRA;
        message->headers[count++] = header;
    }
    message->headers_cut = count < message->header_count;
    message->header_count = count;
}

static bool
take_headers(const struct plx_message_view *view, const struct plx_secrets *secrets, struct plx_arena *scratch,
             struct plx_kept_message *message)
{
    message->headers = plx_arena_alloc(scratch, (view->header_count + 1) * sizeof(*message->headers));
    if (!message->headers)
        return false;
    for (; message->header_count < view->header_count; message->header_count++)
        if (!plx_header_take(&view->headers[message->header_count], secrets, scratch,
                             &message->headers[message->header_count]))
            return false;
    if (!all_fit(message->headers, message->header_count))
        leave_out_what_does_not_fit(message);
    return true;
}

/* ---- bodies ---- */

static struct plx_slice
content_type(const struct plx_message_view *view)
{
    for (size_t i = 0; i < view->header_count; i++)
        if (plx_slice_equal_nocase(view->headers[i].name, plx_slice_of("Content-Type")))
            return view->headers[i].value;
    return plx_slice_make("", 0);
}

static bool
is_form(const struct plx_message_view *view)
{
    static const char form[] = "application/x-www-form-urlencoded";
    struct plx_slice type = content_type(view);

    return type.len >= sizeof(form) - 1 &&
           plx_slice_equal_nocase(plx_slice_make(type.ptr, sizeof(form) - 1), plx_slice_of(form));
}

/* Text in characters of two or four bytes, in which no name would be found. */
static bool
is_wide(const struct plx_message_view *view)
{
    struct plx_slice type = content_type(view), body = view->body;

    for (size_t i = 0; i + 6 <= type.len; i++)
        if (plx_slice_equal_nocase(plx_slice_make(type.ptr + i, 6), plx_slice_of("utf-16")) ||
            plx_slice_equal_nocase(plx_slice_make(type.ptr + i, 6), plx_slice_of("utf-32")))
            return true;
    return body.len >= 4 && ((memcmp(body.ptr, "\xFF\xFE", 2) == 0 && body.ptr[3] == '\0') ||
                             (memcmp(body.ptr, "\xFE\xFF", 2) == 0 && body.ptr[2] == '\0'));
}

/* What begins behind it is not kept, and a value that goes on there is found by its beginning. */
static struct plx_slice
up_to(struct plx_slice body, size_t max)
{
    return plx_slice_make(body.ptr, body.len < max ? body.len : max);
}

/* Without more than max bytes of it having been looked at where that is all that is kept. */
static bool
take_up_to(const struct plx_message_view *view, const struct plx_rules *rules, size_t max, struct plx_arena *scratch,
           struct plx_slice *body)
{
    const struct plx_secrets *secrets = plx_rules_secrets(rules);
    enum plx_secret_text kind = is_form(view) ? PLX_SECRET_FORM : PLX_SECRET_ANY_TEXT;
    bool by_rules = rules && plx_rules_redacts(rules);
    struct plx_buffer redacted;

    *body = view->body;
    if (view->body.len == 0 || (!by_rules && !plx_secrets_any(secrets)))
        return true;
    if (is_wide(view) || (by_rules && view->body.len > PLX_RECORD_READ_MAX))
        return false; /* all of it would have to be read, on a thread that serves clients */
    if (!by_rules && !has_secrets(secrets, up_to(view->body, max), kind))
        return true;
    plx_buffer_init(&redacted, view->body.len * PLX_SECRET_GROWTH + PLX_SECRET_GROWTH);
    if (plx_rules_write_redacted(rules, view->body, kind, max, scratch, &redacted) != PLX_OK)
        redacted.failed = true;
    return keep_written(&redacted, scratch, body);
}

bool
plx_body_take(const struct plx_message_view *view, const struct plx_rules *rules, struct plx_arena *scratch,
              struct plx_slice *body)
{
    const struct plx_answer answer = {.headers = view->headers, .header_count = view->header_count};
    struct plx_message_view decoded = *view;
    struct plx_slice codings, redacted;

    if (plx_body_codings(&answer, scratch, &codings) != PLX_OK)
        return false;
    if (view->body.len == 0 || !plx_codings_any(codings))
        return take_up_to(view, rules, SIZE_MAX, scratch, body);
    *body = view->body;
    if (!plx_secrets_any(plx_rules_secrets(rules)) && !(rules && plx_rules_redacts(rules)))
        return true;
    return plx_coding_remove(codings, view->body, PLX_RECORD_DECODED_MAX, scratch, &decoded.body) == PLX_OK &&
           take_up_to(&decoded, rules, SIZE_MAX, scratch, &redacted) && plx_slice_equal(redacted, decoded.body);
}

/* Without its codings, where it has any and is whole and not too long. *withheld: what can't be read may be secret. */
static bool
decode_body(struct plx_message_view *view, const struct plx_rules *rules, struct plx_arena *scratch, bool *withheld)
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
    *withheld = plx_secrets_any(plx_rules_secrets(rules));
    return false;
}

/* What was cut inside a character is text all the same. */
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
    body->decoded = decode_body(&view, rules, scratch, &body->withheld);
    body->was_cut = view.body.len < view.body_length;
    if (body->withheld || !take_up_to(&view, rules, budget + PLX_FITTING_SLACK, scratch, &body->bytes)) {
        body->withheld = true;
        body->bytes = plx_slice_make(NULL, 0);
        return;
    }
    if (body->bytes.len > budget + PLX_FITTING_SLACK)
        body->form = is_text(up_to(view.body, budget), true) ? PLX_KEPT_TEXT : PLX_KEPT_BINARY;
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
    const struct plx_secrets *secrets = plx_rules_secrets(rules);

    if (!plx_target_take(view->target, secrets, scratch, &message->target) ||
        !take_headers(view, secrets, scratch, message))
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

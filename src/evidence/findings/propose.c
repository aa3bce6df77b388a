/* SPDX-License-Identifier: Apache-2.0 */
/* Rules as text. The hard thing is the field's name, which is a peer's: it must stay one key, whatever it holds. */
#include "evidence/findings/propose.h"

#include "base/ascii.h"
#include "base/utf8.h"

static const char header_prefix[] = "header:";
#define HEADER_PREFIX_LEN (sizeof(header_prefix) - 1)

static bool
is_header(struct plx_slice field)
{
    return field.len > HEADER_PREFIX_LEN && memcmp(field.ptr, header_prefix, HEADER_PREFIX_LEN) == 0;
}

/* "status", "body" and "(other)" are no places that a rule of a form can name. */
static bool
can_be_named(struct plx_slice field)
{
    return field.len <= PLX_PROPOSAL_FIELD_MAX && (field.len == 0 || field.ptr[0] == '/' || is_header(field));
}

bool
plx_proposal_make(struct plx_slice field, enum plx_form form, struct plx_proposal *proposal)
{
    if (form == PLX_FORM_NONE || !can_be_named(field))
        return false;
    proposal->field = field;
    proposal->form = form;
    if (is_header(field))
        proposal->rule = PLX_RULE_IGNORE_HEADER;
    else if (form == PLX_FORM_COUNTER || form == PLX_FORM_UNIX_TIME)
        proposal->rule = PLX_RULE_IGNORE; /* a pattern would let any number be */
    else
        proposal->rule = PLX_RULE_MATCH;
    return true;
}

static bool
differs_otherwise(struct plx_field_counts *const *fields, size_t count, const struct plx_field_counts *field)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i] != field && plx_slice_equal(fields[i]->name, field->name) &&
            plx_field_counts_differences(fields[i]) > 0)
            return true;
    return false;
}

bool
plx_propose(struct plx_field_counts *const *fields, size_t count, const struct plx_field_counts *field,
            bool with_secondary, struct plx_proposal *proposal)
{
    if (field->kind != PLX_KIND_VALUE || field->formed == 0 || field->formless > 0 ||
        !plx_renewal_is_new(field->renewal) || (with_secondary && field->finding == PLX_REGRESSION) ||
        !plx_proposal_make(field->name, plx_field_counts_form(field), proposal))
        return false;
    return proposal->rule == PLX_RULE_MATCH || !differs_otherwise(fields, count, field);
}

/* ---- YAML ---- */

/* Has no character with a meaning in YAML, and can't be read as a number, a truth or the like. */
static bool
is_plain(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = plx_ascii_is_letter(c);

        if (!letter && !plx_ascii_is_digit(c) && !(c && strchr("/_.*~-", c)))
            return false;
        if (i == 0 && c != '/' && (!letter || text.len <= strlen("false")))
            return false;
    }
    return text.len > 0;
}

void
plx_yaml_write(struct plx_slice text, struct plx_buffer *out)
{
    uint32_t code = 0;

    if (is_plain(text)) {
        plx_buffer_add(out, text);
        return;
    }
    plx_buffer_byte(out, '"');
    for (size_t at = 0, len; at < text.len; at += len) {
        len = plx_utf8_decode(plx_slice_make(text.ptr + at, text.len - at), &code);
        if (len == 0) {
            plx_buffer_text(out, "\\uFFFD");
            len = 1;
        } else if (plx_utf8_is_control(code)) {
            plx_buffer_format(out, code < 0x100 ? "\\x%02X" : "\\u%04X", code); /* none is above U+FFFF */
        } else {
            if (code == '"' || code == '\\')
                plx_buffer_byte(out, '\\');
            plx_buffer_append(out, text.ptr + at, len);
        }
    }
    plx_buffer_byte(out, '"');
}

/* A folded field is a pattern already, but for stars that are no step of their own: those belong to a key. */
static void
write_pointer(struct plx_slice field, struct plx_buffer *out)
{
    struct plx_buffer pointer;

    plx_buffer_init(&pointer, PLX_PROPOSAL_FIELD_MAX * 2);
    for (size_t at = 0; at < field.len; at++) {
        bool step = at > 0 && field.ptr[at - 1] == '/' && (at + 1 == field.len || field.ptr[at + 1] == '/');

        if (field.ptr[at] == '*' && !step)
            plx_buffer_text(&pointer, "~2");
        else
            plx_buffer_byte(&pointer, field.ptr[at]);
    }
    plx_yaml_write(plx_buffer_slice(&pointer), out);
    out->failed = out->failed || pointer.failed;
    plx_buffer_fini(&pointer);
}

void
plx_proposal_write_entry(const struct plx_proposal *proposal, struct plx_buffer *out)
{
    struct plx_slice name = proposal->field;

    if (proposal->rule == PLX_RULE_IGNORE_HEADER)
        plx_yaml_write(plx_slice_make(name.ptr + HEADER_PREFIX_LEN, name.len - HEADER_PREFIX_LEN), out);
    else
        write_pointer(name, out);
    plx_buffer_text(out, ": {");
    if (proposal->rule == PLX_RULE_MATCH) /* no pattern has a single quote in it */
        plx_buffer_format(out, "pattern: '%s', ", plx_form_pattern(proposal->form));
    plx_buffer_format(out, "why: both sides are %s}", plx_form_words(proposal->form));
}

void
plx_proposal_write(const struct plx_proposal *proposal, struct plx_buffer *out)
{
    bool mapping = proposal->rule == PLX_RULE_MATCH;

    plx_buffer_text(out, plx_rule_kind_text(proposal->rule));
    plx_buffer_text(out, mapping ? ": {" : ": [{");
    plx_proposal_write_entry(proposal, out);
    plx_buffer_text(out, mapping ? "}" : "}]");
}

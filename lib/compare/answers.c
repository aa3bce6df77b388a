/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers: status, headers, bodies. Bodies that are the same bytes cost a memcmp. */
#include "compare/sink.h"

#include <inttypes.h>
#include <stdio.h>

#define NOTHING        \
    (struct plx_shown) \
    {                  \
        {"", 0}, false \
    }

static void
tell(struct plx_sink *sink, const char *field, enum plx_kind kind, struct plx_shown primary, struct plx_shown candidate)
{
    plx_sink_add(sink, plx_slice_of(field), plx_slice_of(field), kind, primary, candidate);
}

static void
compare_status(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
               struct plx_sink *sink)
{
    char a[12], b[12];

    if (primary->status == candidate->status || primary->status == 0 || candidate->status == 0)
        return;
    if (plx_rules_find(rules, PLX_RULE_IGNORE, plx_slice_of("status"), sink->limits.now_s)) {
        plx_sink_excuse(sink, PLX_RULE_IGNORE);
        return;
    }
    snprintf(a, sizeof(a), "%d", primary->status);
    snprintf(b, sizeof(b), "%d", candidate->status);
    tell(sink, "status", PLX_KIND_VALUE, (struct plx_shown){plx_slice_of(a), false},
         (struct plx_shown){plx_slice_of(b), false});
}

/* ---- bodies ---- */

static bool
is_whole(const struct plx_answer *answer)
{
    return answer->body_length == answer->body.len;
}

/* For bodies of which at least one was cut off; false: nobody can say. */
static bool
known_to_be_equal(const struct plx_answer *a, const struct plx_answer *b, bool *equal)
{
    *equal = a->body_length == b->body_length && a->body_digest[0] == b->body_digest[0] &&
             a->body_digest[1] == b->body_digest[1];
    /* One whole and one cut: of the same length, their digests do not say the same thing. */
    return a->body_length != b->body_length || (!is_whole(a) && !is_whole(b));
}

static void
tell_digests(const struct plx_answer *primary, const struct plx_answer *candidate, struct plx_sink *sink)
{
    const struct plx_answer *sides[] = {primary, candidate};
    struct plx_shown shown[2];
    char texts[2][96];

    for (int i = 0; i < 2; i++) {
        const struct plx_answer *side = sides[i];
        if (is_whole(side))
            snprintf(texts[i], sizeof(texts[i]), "%" PRIu64 " bytes", side->body_length);
        else
            snprintf(texts[i], sizeof(texts[i]), "%" PRIu64 " bytes, XXH3 %016" PRIx64 "%016" PRIx64, side->body_length,
                     side->body_digest[1], side->body_digest[0]);
        shown[i] = (struct plx_shown){plx_slice_of(texts[i]), false};
    }
    tell(sink, "body", PLX_KIND_VALUE, shown[0], shown[1]);
}

/* Without its first bytes; of NULL there are none, and adding to it is not allowed. */
static struct plx_slice
behind(struct plx_slice text, size_t from)
{
    return from ? plx_slice_make(text.ptr + from, text.len - from) : text;
}

/* Both from the first byte that differs. */
static void
tell_bytes(const struct plx_rules *rules, struct plx_slice a, struct plx_slice b, struct plx_sink *sink)
{
    size_t at = 0, shorter = a.len < b.len ? a.len : b.len;
    enum plx_kind kind = a.len == 0 ? PLX_KIND_EXTRA : b.len == 0 ? PLX_KIND_MISSING : PLX_KIND_VALUE;

    if (plx_rules_redacts(rules)) {
        struct plx_shown hidden = {plx_slice_of(PLX_REDACTED), false};
        tell(sink, "body", kind, a.len ? hidden : NOTHING, b.len ? hidden : NOTHING);
        return;
    }
    while (at < shorter && a.ptr[at] == b.ptr[at])
        at++;
    /* A little before it, so that a person sees where it is. */
    size_t from = at > 16 ? at - 16 : 0;
    while (from > 0 && from < shorter && ((unsigned char)a.ptr[from] & 0xC0) == 0x80)
        from--;
    size_t max = sink->limits.value_bytes_max;
    struct plx_shown x = plx_show(behind(a, from), max);
    struct plx_shown y = plx_show(behind(b, from), max);
    x.cut |= from > 0;
    y.cut |= from > 0;
    tell(sink, "body", kind, x, y);
}

/* PLX_OK: read. PLX_E_MEMORY. Anything else: it is no JSON that can be compared. */
static enum plx_status
read_json(const struct plx_answer *answer, struct plx_sink *sink, struct plx_document *document)
{
    return plx_json_read(answer->body, &sink->limits.json, sink->arena, document, NULL);
}

static enum plx_status
compare_json(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
             struct plx_sink *sink)
{
    struct plx_document a, b;
    enum plx_status x = read_json(primary, sink, &a), y = PLX_E_SYNTAX;

    if (x != PLX_E_MEMORY)
        y = read_json(candidate, sink, &b);
    if (x == PLX_E_MEMORY || y == PLX_E_MEMORY)
        return PLX_E_MEMORY;
    if (x == PLX_OK && y == PLX_OK) {
        plx_compare_documents(rules, &a, &b, sink);
    } else if ((x == PLX_OK) != (y == PLX_OK) && primary->json && candidate->json && primary->body.len &&
               candidate->body.len) {
        bool hide = plx_rules_redacts(rules);
        struct plx_shown hidden = {plx_slice_of(PLX_REDACTED), false};
        tell(sink, "body", PLX_KIND_TYPE, hide ? hidden : plx_show(primary->body, sink->limits.value_bytes_max),
             hide ? hidden : plx_show(candidate->body, sink->limits.value_bytes_max));
    } else {
        tell_bytes(rules, primary->body, candidate->body, sink);
    }
    return PLX_OK;
}

static bool
is_body_ignored(const struct plx_rules *rules, const struct plx_sink *sink)
{
    return plx_rules_find(rules, PLX_RULE_IGNORE, plx_slice_of("body"), sink->limits.now_s) != NULL;
}

static enum plx_status
compare_bodies(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
               struct plx_sink *sink)
{
    bool json = primary->json || candidate->json, equal;

    if (is_whole(primary) && is_whole(candidate)) {
        if (plx_slice_equal(primary->body, candidate->body))
            return PLX_OK;
        if (is_body_ignored(rules, sink)) {
            plx_sink_excuse(sink, PLX_RULE_IGNORE);
            return PLX_OK;
        }
        if (json)
            return compare_json(rules, primary, candidate, sink);
        tell_bytes(rules, primary->body, candidate->body, sink);
        return PLX_OK;
    }
    bool known = known_to_be_equal(primary, candidate, &equal);
    if (known && equal)
        return PLX_OK;
    if (is_body_ignored(rules, sink)) {
        plx_sink_excuse(sink, PLX_RULE_IGNORE);
        return PLX_OK;
    }
    if (!known || json)
        return PLX_E_LIMIT;
    tell_digests(primary, candidate, sink);
    return PLX_OK;
}

enum plx_status
plx_compare_answers(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                    struct plx_sink *sink)
{
    compare_status(rules, primary, candidate, sink);
    plx_compare_headers(rules, primary, candidate, sink);
    enum plx_status status = compare_bodies(rules, primary, candidate, sink);
    return sink->failed ? PLX_E_MEMORY : status;
}

enum plx_status
plx_compare(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
            const struct plx_compare_limits *limits, struct plx_arena *arena, struct plx_comparison *out)
{
    struct plx_sink sink;

    plx_sink_init(&sink, arena, limits);
    enum plx_status status = plx_compare_answers(rules, primary, candidate, &sink);
    if (status == PLX_OK)
        *out = sink.result;
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Two answers: status, headers, bodies. Bodies that are the same bytes cost a memcmp and are not read. */
#include "compare/answers.h"

#include "base/arena.h"
#include "body/body.h"
#include "compare/compiled.h"
#include "compare/documents.h"
#include "compare/headers.h"
#include "compare/lengths.h"
#include "compare/rename.h"
#include "compare/rules.h"
#include "compare/spending.h"
#include "compare/text_lines.h"

#include <inttypes.h>
#include <stdio.h>

#define LENGTHS_BYTES ((size_t)3 << 20) /* of the arena, beyond its limit, to find lengths out that say enough */

static void
tell(struct plx_sink *sink, const char *field, enum plx_kind kind, struct plx_shown primary, struct plx_shown candidate)
{
    plx_sink_add(sink, plx_slice_of(field), plx_slice_of(field), kind, primary, candidate);
}

static void
excuse(const struct plx_rules *rules, struct plx_sink *sink, const struct plx_compiled_rule *rule, const char *field,
       struct plx_shown primary, struct plx_shown candidate)
{
    struct plx_excuse *first = plx_sink_excuse(sink, rules, (size_t)(rule - rules->compiled));

    if (first)
        plx_sink_show_excuse(sink, first, plx_slice_of(field), primary, candidate);
}

void
plx_compare_status(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                   struct plx_sink *sink)
{
    char a[12], b[12];

    if (primary->status == candidate->status || primary->status == 0 || candidate->status == 0)
        return;
    snprintf(a, sizeof(a), "%d", primary->status);
    snprintf(b, sizeof(b), "%d", candidate->status);
    const struct plx_shown x = {plx_slice_of(a), false}, y = {plx_slice_of(b), false};
    const struct plx_compiled_rule *rule =
        plx_rules_find(rules, PLX_RULE_IGNORE, plx_slice_of("status"), sink->limits.now_s);
    if (rule)
        excuse(rules, sink, rule, "status", x, y);
    else
        tell(sink, "status", PLX_KIND_VALUE, x, y);
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

static struct plx_shown
show_text(const struct plx_rules *rules, const struct plx_body *body, struct plx_sink *sink)
{
    return plx_rules_redacts(rules) ? plx_show_mark(sink, body->text, PLX_SECRET_PLAIN)
                                    : plx_show_clean(sink, body->text);
}

static void
compare_read(const struct plx_rules *rules, const struct plx_body *a, const struct plx_body *b, struct plx_sink *sink)
{
    bool trees = plx_body_is_tree(a->type) && plx_body_is_tree(b->type);

    if (trees && a->type == b->type) {
        bool form = a->type == PLX_BODY_FORM || a->type == PLX_BODY_MULTIPART;
        sink->door = form ? PLX_SECRET_PARAMETER : PLX_SECRET_NAMED;
        plx_compare_documents(rules, &a->tree, &b->tree, sink);
    } else if (a->declared && b->declared && a->type != b->type && a->text.len && b->text.len)
        tell(sink, "body", PLX_KIND_TYPE, show_text(rules, a, sink), show_text(rules, b, sink));
    else if (a->type == PLX_BODY_BYTES || b->type == PLX_BODY_BYTES)
        plx_compare_bytes(rules, a->text, b->text, sink);
    else
        plx_compare_text(rules, a->text, b->text, sink);
}

static enum plx_status
read_body(const struct plx_rules *rules, const struct plx_answer *answer, struct plx_sink *sink, struct plx_body *out)
{
    enum plx_status status = plx_body_read(answer, &sink->limits, sink->work, sink->arena, out);

    if (status == PLX_OK && plx_body_is_tree(out->type) &&
        !plx_rename_members(rules, &sink->limits, sink->work, sink->arena, &out->tree))
        return plx_body_failure(sink->work, sink->arena);
    return status;
}

/* Once, however many are compared with it. */
static enum plx_status
read_primary(const struct plx_rules *rules, const struct plx_answer *primary, struct plx_sink *sink,
             struct plx_body *out)
{
    struct plx_primary *kept = sink->primary;

    if (kept && kept->read) {
        *out = kept->body;
        return kept->status;
    }
    enum plx_status status = read_body(rules, primary, sink, out);
    if (kept)
        *kept = (struct plx_primary){.read = true, .status = status, .body = *out};
    return status;
}

static enum plx_status
compare_whole(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
              struct plx_sink *sink)
{
    struct plx_body a = {.type = PLX_BODY_BYTES}, b;
    enum plx_status status = read_primary(rules, primary, sink, &a);

    if (status == PLX_OK)
        status = read_body(rules, candidate, sink, &b);
    if (status == PLX_OK)
        compare_read(rules, &a, &b, sink);
    if (sink->failed)
        return plx_body_failure(sink->work, sink->arena);
    return sink->undecided ? PLX_E_TIMEOUT : status;
}

/* The same bytes under the same codings; no bytes are the same under any. */
static bool
are_same_bytes(const struct plx_answer *a, const struct plx_answer *b, struct plx_sink *sink)
{
    struct plx_slice x, y;

    if (!plx_slice_equal(a->body, b->body))
        return false;
    if (a->body.len == 0)
        return true;
    if (plx_body_codings(a, sink->arena, &x) != PLX_OK || plx_body_codings(b, sink->arena, &y) != PLX_OK) {
        sink->failed = true;
        return false;
    }
    return plx_slice_equal_nocase(x, y);
}

static enum plx_status
compare_bodies(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
               struct plx_sink *sink)
{
    bool whole = is_whole(primary) && is_whole(candidate), equal = false;
    bool known = whole || known_to_be_equal(primary, candidate, &equal);
    bool unfinished = primary->unfinished || candidate->unfinished;

    if (!unfinished && (whole ? are_same_bytes(primary, candidate, sink) : known && equal))
        return PLX_OK;
    const struct plx_compiled_rule *ignored =
        plx_rules_find(rules, PLX_RULE_IGNORE, plx_slice_of("body"), sink->limits.now_s);
    if (ignored) { /* whose bytes nobody has read */
        excuse(rules, sink, ignored, "body", (struct plx_shown){{"", 0}, false}, (struct plx_shown){{"", 0}, false});
        return PLX_OK;
    }
    if (unfinished)
        return PLX_E_LIMIT;
    if (!whole && known && !plx_body_has_meaning(primary) && !plx_body_has_meaning(candidate)) {
        tell_digests(primary, candidate, sink);
        return PLX_OK;
    }
    uint64_t before = sink->not_noise;
    enum plx_status status = whole ? compare_whole(rules, primary, candidate, sink) : PLX_E_LIMIT;
    if (status != PLX_E_LIMIT && status != PLX_E_TOO_LARGE && status != PLX_E_TIMEOUT)
        return status;
    if (sink->not_noise > before)
        return status; /* what was found is no less there for what was not looked at */
    sink->failed = false;
    plx_arena_limit(sink->arena, plx_arena_size(sink->arena) + LENGTHS_BYTES);
    return plx_compare_lengths(rules, primary, candidate, sink) ? PLX_OK : status;
}

enum plx_status
plx_compare_answers(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                    struct plx_sink *sink)
{
    plx_compare_status(rules, primary, candidate, sink);
    plx_compare_headers(rules, primary, candidate, sink);
    enum plx_status status = compare_bodies(rules, primary, candidate, sink);
    return sink->failed ? plx_body_failure(sink->work, sink->arena) : status;
}

enum plx_status
plx_compare(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
            const struct plx_compare_limits *limits, struct plx_arena *arena, struct plx_comparison *out)
{
    struct plx_spending spending;
    struct plx_sink sink;

    plx_sink_init(&sink, arena, limits);
    sink.secrets = plx_rules_secrets(rules);
    plx_spending_begin(&spending, limits, arena, false);
    sink.work = &spending.work;
    enum plx_status status = plx_compare_answers(rules, primary, candidate, &sink);
    plx_spending_end(&spending);
    if (status == PLX_E_MEMORY || status == PLX_E_CANCELED || (status != PLX_OK && sink.not_noise == 0))
        return status;
    *out = sink.result;
    out->bodies = status;
    return PLX_OK;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies known by their lengths to differ. What is coded is decoded as far as it takes, and nothing of it is kept. */
#include "compare/lengths.h"

#include "base/ascii.h"
#include "body/body.h"
#include "body/coding.h"
#include "body/media.h"
#include "compare/compiled.h"

#include <inttypes.h>
#include <stdio.h>

bool
plx_rules_bound_length(const struct plx_rules *rules, int64_t now_s)
{
    if (rules->mode != PLX_MODE_STRICT)
        return false;
    for (size_t i = 0; i < rules->count; i++) {
        const struct plx_rule *rule = &rules->compiled[i].rule;
        bool excuses = rule->kind == PLX_RULE_TOLERANCE || rule->kind == PLX_RULE_MATCH ||
                       rule->kind == PLX_RULE_SIMILAR || rule->kind == PLX_RULE_TIME || rule->kind == PLX_RULE_RENAME ||
                       (rule->kind == PLX_RULE_IGNORE && !plx_slice_equal(rule->field, plx_slice_of("status")));
        if (excuses && plx_rule_lasts(rule, now_s))
            return false;
    }
    return true;
}

bool
plx_length_is_plain(struct plx_slice media_type)
{
    struct plx_media media = plx_media_read(media_type);
    enum plx_body_type type;

    (void)plx_media_body_type(&media, &type);
    return type != PLX_BODY_XML && type != PLX_BODY_HTML && type != PLX_BODY_MULTIPART &&
           (media.charset.len == 0 || plx_slice_equal_nocase(media.charset, plx_slice_of("utf-8")));
}

uint64_t
plx_length_dense(struct plx_slice body)
{
    uint64_t count = 0;

    for (size_t i = 0; i < body.len; i++)
        count += !plx_ascii_is_white(body.ptr[i]);
    return count;
}

/* Byte order marks of UTF-16 say that it is in no other bytes than a name may. */
static bool
is_plain(const struct plx_answer *answer)
{
    return plx_length_is_plain(plx_body_media_type(answer)) &&
           (answer->body.len == 0 || (unsigned char)*answer->body.ptr < 0xFE);
}

/* The length of a whole body without its codings. */
static bool
length_of(const struct plx_answer *answer, struct plx_arena *arena, uint64_t *len)
{
    struct plx_coding_size size;
    struct plx_slice codings;

    if (answer->unfinished || answer->body_length != answer->body.len || !is_plain(answer) ||
        plx_body_codings(answer, arena, &codings) != PLX_OK)
        return false;
    plx_coding_measure(codings, answer->body, UINT64_MAX, arena, &size);
    *len = size.bytes;
    return size.whole;
}

static bool
is_longer(const struct plx_answer *answer, uint64_t most, struct plx_arena *arena)
{
    struct plx_coding_size size;
    struct plx_slice codings;

    if (answer->unfinished || !is_plain(answer) || plx_body_codings(answer, arena, &codings) != PLX_OK)
        return false;
    plx_coding_measure(codings, answer->body, most, arena, &size);
    return size.dense > most;
}

bool
plx_compare_lengths(const struct plx_rules *rules, const struct plx_answer *primary, const struct plx_answer *candidate,
                    struct plx_sink *sink)
{
    const struct plx_answer *sides[] = {primary, candidate};
    const struct plx_slice field = plx_slice_of("body");

    if (!plx_rules_bound_length(rules, sink->limits.now_s))
        return false;
    for (int longer = 0; longer < 2; longer++) {
        struct plx_shown shown[2];
        char texts[2][48];
        uint64_t len;
        if (!length_of(sides[!longer], sink->arena, &len) ||
            !is_longer(sides[longer], plx_length_most(len), sink->arena))
            continue;
        snprintf(texts[longer], sizeof(texts[0]), "more than %" PRIu64 " bytes", plx_length_most(len));
        snprintf(texts[!longer], sizeof(texts[0]), "%" PRIu64 " bytes", len);
        for (int side = 0; side < 2; side++)
            shown[side] = (struct plx_shown){plx_slice_of(texts[side]), false};
        plx_sink_add(sink, field, field, PLX_KIND_VALUE, shown[0], shown[1]);
        return true;
    }
    return false;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A body's meaning under the rules as a number: what is worth pairing with what, before anything is compared. */
#include "compare/meaning.h"

#include "body/body.h"
#include "compare/documents.h"
#include "compare/hashes.h"
#include "compare/rename.h"
#include "compare/spending.h"

#include <xxhash.h>

#define EXCUSED 0x2545F4914F6CDD1Du /* of a body that a rule may excuse as a whole */

static uint64_t
hash_text(struct plx_slice text)
{
    return plx_mix(XXH3_64bits(text.ptr, text.len) + text.len);
}

static bool
is_excused(const struct plx_rules *rules, int64_t now_s)
{
    const struct plx_slice body = plx_slice_of("body");

    return plx_rules_find(rules, PLX_RULE_IGNORE, body, now_s) || plx_rules_find(rules, PLX_RULE_SIMILAR, body, now_s);
}

static enum plx_status
hash_read(const struct plx_rules *rules, const struct plx_answer *answer, struct plx_sink *sink, uint64_t *hash)
{
    struct plx_body body;
    struct plx_walk w;
    enum plx_status status = plx_body_read(answer, &sink->limits, sink->work, sink->arena, &body);

    if (status != PLX_OK)
        return status;
    if (!plx_body_is_tree(body.type))
        *hash = hash_text(body.text);
    else if (!plx_rename_members(rules, &sink->limits, sink->work, sink->arena, &body.tree) ||
             !plx_walk_begin(&w, rules, &body.tree, &body.tree, sink) || !plx_walk_hash(&w, hash))
        return plx_body_failure(sink->work, sink->arena);
    return PLX_OK;
}

enum plx_status
plx_rules_hash_body(const struct plx_rules *rules, const struct plx_answer *answer,
                    const struct plx_compare_limits *limits, struct plx_arena *arena, uint64_t *hash)
{
    struct plx_spending spending;
    struct plx_sink sink;

    plx_sink_init(&sink, arena, limits);
    if (is_excused(rules, sink.limits.now_s)) {
        *hash = EXCUSED;
        return PLX_OK;
    }
    if (answer->body_length != answer->body.len) {
        *hash = plx_mix(answer->body_digest[0] ^ plx_mix(answer->body_length));
        return PLX_OK;
    }
    plx_spending_begin(&spending, limits, arena, false);
    sink.work = &spending.work;
    enum plx_status status = hash_read(rules, answer, &sink, hash);
    plx_spending_end(&spending);
    return status;
}

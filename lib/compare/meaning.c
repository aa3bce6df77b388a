/* SPDX-License-Identifier: Apache-2.0 */
/* A body's meaning under the rules as a number: what is worth pairing with what, before anything is compared. */
#include "compare/meaning.h"

#include "body/body.h"
#include "compare/documents.h"
#include "compare/hashes.h"

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
hash_tree(const struct plx_rules *rules, const struct plx_document *tree, struct plx_sink *sink, uint64_t *hash)
{
    struct plx_walk w;

    return plx_walk_begin(&w, rules, tree, tree, sink) && plx_walk_hash(&w, hash) ? PLX_OK : PLX_E_MEMORY;
}

enum plx_status
plx_rules_hash_body(const struct plx_rules *rules, const struct plx_answer *answer,
                    const struct plx_compare_limits *limits, struct plx_arena *arena, uint64_t *hash)
{
    struct plx_sink sink;
    struct plx_body body;

    plx_sink_init(&sink, arena, limits);
    if (is_excused(rules, sink.limits.now_s)) {
        *hash = EXCUSED;
        return PLX_OK;
    }
    if (answer->body_length != answer->body.len) {
        *hash = plx_mix(answer->body_digest[0] ^ plx_mix(answer->body_length));
        return PLX_OK;
    }
    enum plx_status status = plx_body_read(answer, &sink.limits, arena, &body);
    if (status != PLX_OK)
        return status;
    if (plx_body_is_tree(body.type))
        return hash_tree(rules, &body.tree, &sink, hash);
    *hash = hash_text(body.text);
    return PLX_OK;
}

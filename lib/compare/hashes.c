/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values under the rules as hashes, of every node of both documents in one pass each. They say which elements of arrays
 * are worth pairing; that two values are the same is always for the walk to say.
 */
#include "compare/hashes.h"

#include "base/arena.h"
#include "compare/scalars.h"
#include "compare/time_rule.h"
#include "json/decimal.h"
#include "json/json_text.h"

#include <xxhash.h>

#define HASH_STEPS 8u /* of a node, and of each word of states there */

#define COVERED 0x9AE16A3B2F90404Fu /* of a value that a rule may excuse */
#define TIME    0x5851F42D4C957F2Du /* of one that a rule says is a time */

uint64_t
plx_mix(uint64_t x)
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

struct hashing {
    struct plx_walk *w; /* NULL: without rules */
    const struct plx_document *document;
    uint64_t *hashes; /* of each node; NULL: only the whole is asked for */
    size_t words;
    uint64_t *states; /* of each depth */
};

/* ---- leaves ---- */

static uint64_t
string_hash(const struct plx_document *document, uint32_t node)
{
    struct plx_json_cursor cursor;
    struct plx_slice raw = plx_json_raw_string(document, node);
    uint64_t hash = 0;

    if (!(document->nodes[node].flags & PLX_NODE_ESCAPED))
        return XXH3_64bits(raw.ptr, raw.len);
    /* By pieces, each hashed as the whole would be where it fits into one. */
    char bytes[1024];
    size_t len = 0, pieces = 0;
    plx_json_cursor_init(&cursor, document, node);
    for (int c; (c = plx_json_cursor_next(&cursor)) >= 0;) {
        if (len == sizeof(bytes)) {
            hash = plx_mix(hash ^ XXH3_64bits(bytes, len));
            len = 0;
            pieces++;
        }
        bytes[len++] = (char)c;
    }
    return pieces ? plx_mix(hash ^ XXH3_64bits(bytes, len)) : XXH3_64bits(bytes, len);
}

static uint64_t
leaf_hash(const struct plx_document *document, uint32_t node)
{
    enum plx_type type = document->nodes[node].type;

    if (type == PLX_NUMBER)
        return plx_mix(plx_decimal_hash(plx_json_text(document, node)) + PLX_NUMBER);
    if (type == PLX_STRING)
        return plx_mix(string_hash(document, node) + PLX_STRING);
    return plx_mix(0x51ED270B7A2F1C39u + type);
}

/* Whether a rule at this place may excuse another value. */
static bool
is_covered(struct hashing *h, const struct plx_rule_place *here, uint32_t node)
{
    enum plx_type type = h->document->nodes[node].type;

    return (here->tolerance && (type == PLX_NUMBER || type == PLX_STRING)) || (here->similar && type == PLX_STRING) ||
           (here->match && type != PLX_NULL && plx_walk_matches(h->w, here->match, h->document, node));
}

/* The same for all values that this one may be under a rule of time; false: it is no time. */
static bool
hash_time(const struct hashing *h, const struct plx_compiled_rule *rule, uint32_t node, uint64_t *hash)
{
    struct plx_written_time time;

    if (!plx_time_rule_read(h->document, node, &time))
        return false;
    *hash = plx_mix(TIME + time.zoned);
    if (rule->within_ns == 0)
        *hash = plx_mix(*hash + (uint64_t)time.s * 1000000007u + time.ns);
    return true;
}

/* ---- containers ---- */

static uint64_t hash_value(struct hashing *h, uint32_t node, uint32_t depth, bool *ignored);

static uint64_t
hash_child(struct hashing *h, uint32_t node, uint32_t depth, bool object, uint32_t key_or_index, bool *ignored)
{
    if (h->words)
        plx_rules_step(h->w->rules, h->states + depth * h->words, h->states + (depth + 1) * h->words,
                       object ? h->document : NULL, key_or_index);
    return hash_value(h, node, depth + 1, ignored);
}

static uint64_t
hash_object(struct hashing *h, uint32_t node, uint32_t depth)
{
    const struct plx_node *nodes = h->document->nodes;
    uint64_t sum = 0;

    for (uint32_t key = node + 1; key < nodes[node].next; key = nodes[key + 1].next) {
        bool ignored = false;
        uint64_t value = hash_child(h, key + 1, depth, true, key, &ignored);
        uint64_t name = plx_mix(string_hash(h->document, key));
        if (h->hashes)
            h->hashes[key] = name;
        if (!ignored)
            sum += plx_mix(name ^ value);
    }
    return plx_mix(sum + PLX_OBJECT);
}

static uint64_t
hash_array(struct hashing *h, uint32_t node, uint32_t depth, bool unordered)
{
    const struct plx_node *nodes = h->document->nodes;
    uint64_t hash = PLX_ARRAY;
    uint32_t index = 0;

    for (uint32_t child = node + 1; child < nodes[node].next; child = nodes[child].next) {
        bool ignored = false;
        uint64_t value = hash_child(h, child, depth, false, index++, &ignored);
        if (ignored)
            continue;
        hash = unordered ? hash + plx_mix(value) : plx_mix(hash) + value;
    }
    return plx_mix(hash);
}

static uint64_t
hash_value(struct hashing *h, uint32_t node, uint32_t depth, bool *ignored)
{
    struct plx_rule_place here = {.redacted = false};
    enum plx_type type = h->document->nodes[node].type;
    uint64_t hash;

    if (h->words)
        here = plx_rules_place(h->w->rules, h->states + depth * h->words);
    *ignored = here.ignored != NULL;
    if (type == PLX_OBJECT)
        hash = hash_object(h, node, depth);
    else if (type == PLX_ARRAY)
        hash = hash_array(h, node, depth, here.unordered != NULL);
    else if (here.time && hash_time(h, here.time, node, &hash))
        ;
    else if (is_covered(h, &here, node))
        hash = plx_mix(COVERED + plx_type_class((uint8_t)type));
    else
        hash = leaf_hash(h->document, node);
    if (h->hashes)
        h->hashes[node] = hash;
    return hash;
}

uint64_t
plx_value_hash(const struct plx_document *document, uint32_t node)
{
    struct hashing h = {.document = document};
    bool ignored;

    return hash_value(&h, node, 0, &ignored);
}

/* ---- both documents ---- */

/* Of a pass over all its nodes. */
static bool
spend(struct plx_walk *w, const struct plx_document *document)
{
    return plx_walk_spend(w, (uint64_t)document->count * (HASH_STEPS + w->words * HASH_STEPS) + document->text.len);
}

bool
plx_walk_hashes(struct plx_walk *w)
{
    const struct plx_document *documents[] = {w->a, w->b};
    bool ignored;

    if (w->hashes[0])
        return true;
    if (!spend(w, w->a) || !spend(w, w->b))
        return false;
    uint64_t *states = plx_arena_alloc(w->sink->arena, w->depth_max * w->words * sizeof(*states));
    uint64_t *first = plx_arena_alloc(w->sink->arena, w->a->count * sizeof(*first));
    uint64_t *second = plx_arena_alloc(w->sink->arena, w->b->count * sizeof(*second));
    if (!states || !first || !second) {
        w->sink->failed = true;
        return false;
    }
    for (int side = 0; side < 2; side++) {
        struct hashing h = {w, documents[side], side ? second : first, w->words, states};
        plx_rules_start(w->rules, w->sink->limits.now_s, states);
        hash_value(&h, 0, 0, &ignored);
    }
    w->hashes[0] = first;
    w->hashes[1] = second;
    return !w->sink->failed;
}

bool
plx_walk_hash(struct plx_walk *w, uint64_t *hash)
{
    uint64_t *states = plx_arena_alloc(w->sink->arena, w->depth_max * w->words * sizeof(*states));
    struct hashing h = {w, w->a, NULL, w->words, states};
    bool ignored;

    if (!states)
        w->sink->failed = true;
    if (!states || !spend(w, w->a))
        return false;
    plx_rules_start(w->rules, w->sink->limits.now_s, states);
    *hash = hash_value(&h, 0, 0, &ignored);
    *hash = ignored ? 0 : *hash;
    return !w->sink->failed;
}

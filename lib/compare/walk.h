/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over two documents, as its parts see it: documents.c (values, objects), members.c (pairing members),
 * arrays.c (pairing elements), scalars.c (leaves and their rules), shapes.c (the mode schema), path.c (where the walk
 * is and how a difference is told), hashes.c (values under the rules as numbers).
 *
 *   probe ---- nothing differs ----------------------> done: the usual case, and it has looked nothing up
 *     `------- the first difference ---> begun anew, telling: arrays are aligned, and every difference is told
 *
 * So arrays are looked at in depth only where the documents differ. All memory is the sink's arena's, all work the
 * sink's work's; a failure is sink->failed, after which the walk comes to its end.
 */
#ifndef PLX_COMPARE_WALK_H
#define PLX_COMPARE_WALK_H

#include "compare/align.h"
#include "compare/patterns.h"
#include "compare/sink.h"

#define PLX_NOWHERE UINT32_MAX /* in place of a node: this side has nothing there */

/* A place has two pointers: its own, and the one that array positions are folded in. */
enum {
    PLX_POINTER_EXACT,
    PLX_POINTER_FOLDED,
    PLX_POINTERS,
};

/* A step of the path to the present place, and where the pointers to it end. */
struct plx_path_step {
    const struct plx_document *document; /* NULL: an array's element */
    uint32_t node_or_index;
    uint32_t ends[PLX_POINTERS];
    bool whole[PLX_POINTERS]; /* else it is longer than PLX_FIELD_BYTES_MAX, and this is its beginning */
    bool secret;              /* by its name, or by one above; known where its pointers are */
};

struct plx_walk {
    const struct plx_rules *rules;
    const struct plx_document *a, *b; /* primary, candidate */
    struct plx_sink *sink;
    struct plx_path_step *path;
    uint32_t depth, depth_max;
    size_t words;
    uint64_t *states;                      /* of each depth, words each */
    char *pointers[PLX_POINTERS];          /* NULL before the first difference */
    uint32_t written;                      /* steps of the path that stand in them */
    uint32_t ruled_out, redacted;          /* above 0: below an ignored, a redacted place */
    const struct plx_compiled_rule *ruler; /* while ruled_out: the rule of the outermost ignored place */
    bool probing;                          /* nothing is told; the first difference ends it */
    bool found;                            /* by the probe */
    uint64_t *hashes[2];                   /* of each node of a, b; NULL before they are asked for: plx_walk_hashes() */
    uint64_t cells;                        /* that pairing elements has cost: arrays.c */
    uint64_t unexamined;                   /* plx_comparison.unexamined */
    bool undecided;                        /* plx_sink.undecided */
    struct plx_align_budget align;         /* and aligning them may still cost */
    uint64_t similar_steps;                /* that text similarity may still cost */
    pcre2_match_data *match_data;          /* NULL before the first match rule is asked */
    pcre2_match_context *match_context;
    uint32_t match_failures; /* subjects that a pattern gave up on */
};

static inline bool
plx_walk_over(const struct plx_walk *w)
{
    return w->found || w->sink->failed;
}

static inline int
plx_type_class(uint8_t type)
{
    return type == PLX_TRUE ? PLX_FALSE : type;
}

/* For what its input makes long; where no work is left, the walk is over. */
static inline bool
plx_walk_spend(struct plx_walk *w, uint64_t steps)
{
    if (!plx_work_spend(w->sink->work, steps))
        w->sink->failed = true;
    return !w->sink->failed;
}

/* The values below a node, and the bytes that they are written in, as steps. */
static inline uint64_t
plx_walk_extent(const struct plx_document *document, uint32_t node)
{
    uint32_t next = document->nodes[node].next;
    size_t end = next < document->count ? document->nodes[next].offset : document->text.len;

    return next - node + (end - document->nodes[node].offset) / 16;
}

/* Leaves of the same text, the usual thing, are not even entered. */
static inline bool
plx_walk_same_leaf(const struct plx_walk *w, uint32_t a, uint32_t b)
{
    const struct plx_node *x = &w->a->nodes[a], *y = &w->b->nodes[b];

    return x->type == y->type && x->type < PLX_ARRAY && x->length == y->length &&
           memcmp(w->a->text.ptr + x->offset, w->b->text.ptr + y->offset, x->length) == 0;
}

/* Elements of an array. */
struct plx_elements {
    const struct plx_document *document;
    const uint64_t *hashes; /* of the document's nodes */
    uint32_t *nodes;
    uint32_t *partners; /* of each its partner's position on the other side, or PLX_NOWHERE */
    uint32_t count;
};

#endif

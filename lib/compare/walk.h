/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The walk over two documents, as its parts see it: documents.c (values, objects), members.c (pairing members),
 * arrays.c (pairing elements), scalars.c (leaves and their rules), shapes.c (the mode schema), path.c (where the walk
 * is and how a difference is told), hashes.c (values under the rules as numbers).
 *
 *   probe ---- nothing differs ----------------------> done: the usual case, and it has looked nothing up
 *     `------- the first difference ---> begun anew, telling: arrays are aligned, and every difference is told
 *
 * So arrays are looked at in depth only where the documents differ. All memory is the sink's arena's; a failure is
 * sink->failed, after which the walk comes to its end.
 */
#ifndef PLX_COMPARE_WALK_H
#define PLX_COMPARE_WALK_H

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
};

struct plx_walk {
    const struct plx_rules *rules;
    const struct plx_document *a, *b; /* primary, candidate */
    struct plx_sink *sink;
    struct plx_path_step *path;
    uint32_t depth, depth_max;
    size_t words;
    uint64_t *states;             /* of each depth, words each */
    char *pointers[PLX_POINTERS]; /* NULL before the first difference */
    uint32_t written;             /* steps of the path that stand in them */
    uint32_t ruled_out, redacted; /* above 0: below an ignored, a redacted place */
    bool probing;                 /* nothing is told; the first difference ends it */
    bool found;                   /* by the probe */
    uint64_t *hashes[2];          /* of each node of a, b; NULL before they are asked for: plx_walk_hashes() */
    uint64_t trials, cells;       /* that pairing elements has cost: multisets.c, arrays.c */
    uint32_t align_cells;         /* and aligning them may still cost: PLX_ALIGN_CELLS_MAX at the beginning */
    uint64_t similarity_cells;    /* and what text similarity has cost */
    pcre2_match_data *match_data; /* NULL before the first match rule is asked */
    pcre2_match_context *match_context;
    uint32_t match_failures; /* subjects that a pattern gave up on */
};

/* ---- path.c ---- */

static inline bool
plx_walk_over(const struct plx_walk *w)
{
    return w->found || w->sink->failed;
}

struct plx_rule_place plx_walk_place(const struct plx_walk *w);
/* Into a member (document and node of its key) or an element (NULL and its index, or PLX_ANY_INDEX); false: the walk is
 * over. */
PLX_MUST_USE bool plx_walk_enter(struct plx_walk *w, const struct plx_document *document, uint32_t node_or_index);
void plx_walk_leave(struct plx_walk *w);
/* A difference at the present place; a or b may be PLX_NOWHERE. */
void plx_walk_tell(struct plx_walk *w, enum plx_kind kind, uint32_t a, uint32_t b);
/* The same in the step below: a member or element that only one side has. */
void plx_walk_tell_lonely(struct plx_walk *w, const struct plx_document *key_document, uint32_t key_or_index,
                          uint32_t a, uint32_t b);
/* A difference that a rule excuses. */
void plx_walk_excuse(struct plx_walk *w, enum plx_rule_kind kind);

/* ---- documents.c ---- */

/* At the roots of a and b; false: no memory. */
PLX_MUST_USE bool plx_walk_begin(struct plx_walk *w, const struct plx_rules *rules, const struct plx_document *a,
                                 const struct plx_document *b, struct plx_sink *sink);

/* Two values at the present place. */
void plx_walk_values(struct plx_walk *w, uint32_t a, uint32_t b);
/* Whether they are the same under the rules; tells nothing. */
bool plx_walk_same(struct plx_walk *w, uint32_t a, uint32_t b);

static inline int
plx_type_class(uint8_t type)
{
    return type == PLX_TRUE ? PLX_FALSE : type;
}

/* Leaves of the same text, the usual thing, are not even entered. */
static inline bool
plx_walk_same_leaf(const struct plx_walk *w, uint32_t a, uint32_t b)
{
    const struct plx_node *x = &w->a->nodes[a], *y = &w->b->nodes[b];

    return x->type == y->type && x->type < PLX_ARRAY && x->length == y->length &&
           memcmp(w->a->text.ptr + x->offset, w->b->text.ptr + y->offset, x->length) == 0;
}

/* ---- members.c ---- */

/* The members from x and y on, which are not in step. */
void plx_walk_members(struct plx_walk *w, uint32_t x, uint32_t end_a, uint32_t y, uint32_t end_b);

/* ---- arrays.c, multisets.c ---- */

void plx_walk_arrays(struct plx_walk *w, uint32_t a, uint32_t b);

/* Elements of an array. */
struct plx_elements {
    const struct plx_document *document;
    const uint64_t *hashes; /* of the document's nodes */
    uint32_t *nodes;
    uint32_t *partners; /* of each its partner's position on the other side, or PLX_NOWHERE */
    uint32_t count;
};

/* Aligns two arrays; the partners rise. false: the walk is over. Needs the hashes. */
PLX_MUST_USE bool plx_walk_align(struct plx_walk *w, uint32_t a, uint32_t b, struct plx_elements *x,
                                 struct plx_elements *y);
/* Pairs the elements of two arrays as multisets. */
void plx_pair_multisets(struct plx_walk *w, const struct plx_rule *rule, struct plx_elements *a,
                        struct plx_elements *b);

/* ---- scalars.c ---- */

/* Two leaves of one type class. */
void plx_walk_leaves(struct plx_walk *w, struct plx_rule_place here, uint32_t a, uint32_t b);
/* Whether the text of a leaf matches the rule's pattern, as a whole. */
bool plx_walk_matches(struct plx_walk *w, const struct plx_compiled_rule *rule, const struct plx_document *document,
                      uint32_t node);

/* ---- hashes.c ---- */

/*
 * A hash of every node of a and b under the rules: what is ignored takes no part, of what a tolerance, match or similar
 * rule may excuse only that it is there. So values with different hashes differ in strict mode, and those with the same
 * are worth pairing. false: the walk is over.
 */
PLX_MUST_USE bool plx_walk_hashes(struct plx_walk *w);
/* The hash of a's root alone, likewise; nothing is kept. */
PLX_MUST_USE bool plx_walk_hash(struct plx_walk *w, uint64_t *hash);

/* ---- shapes.c ---- */

void plx_walk_shapes(struct plx_walk *w);

#endif

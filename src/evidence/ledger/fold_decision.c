/* SPDX-License-Identifier: Apache-2.0 */
/* A tree of the paths, a node a segment, and each node asked whether its children are names. */
#include "evidence/ledger/fold_decision.h"

#include "base/ascii.h"
#include "base/slice.h"
#include "base/table.h"

#include <stdlib.h>

struct node {
    struct node *parent, *next; /* of the same parent */
    struct node *children;
    struct plx_slice prefix;  /* of an endpoint: up to the end of its segment */
    struct plx_slice segment; /* its end */
    uint32_t depth;           /* 0: the method and its space */
    size_t child_count;
    uint64_t count; /* exchanges of it and below it */
};

struct tree {
    struct plx_table nodes; /* prefix -> struct node */
    bool failed;
};

/* ---- growing ---- */

static struct node *
node_of(struct tree *tree, struct node *parent, struct plx_slice prefix, struct plx_slice segment)
{
    struct node *node = plx_table_get(&tree->nodes, prefix);

    if (node)
        return node;
    if (!(node = calloc(1, sizeof(*node))) || plx_table_add(&tree->nodes, prefix, node) != PLX_OK) {
        free(node);
        tree->failed = true;
        return NULL;
    }
    node->prefix = prefix;
    node->segment = segment;
    node->parent = parent;
    if (parent) {
        node->depth = parent->depth + 1;
        node->next = parent->children;
        parent->children = node;
        parent->child_count++;
    }
    return node;
}

/* Where its path begins; 0: it is none. */
static size_t
path_at(struct plx_slice endpoint)
{
    const char *space = endpoint.len ? memchr(endpoint.ptr, ' ', endpoint.len) : NULL;
    size_t at = space ? (size_t)(space - endpoint.ptr) + 1 : 0;

    return at > 1 && at < endpoint.len && endpoint.ptr[at] == '/' ? at : 0;
}

static void
add_path(struct tree *tree, struct plx_slice endpoint, uint64_t count)
{
    size_t from = path_at(endpoint);
    struct node *node;

    if (from == 0)
        return;
    node = node_of(tree, NULL, plx_slice_make(endpoint.ptr, from), plx_slice_make(endpoint.ptr + from, 0));
    for (from++; node; from++) {
        node->count += count;
        if (node->depth == PLX_FOLD_DEPTH_MAX || from > endpoint.len)
            return;
        const char *slash = from < endpoint.len ? memchr(endpoint.ptr + from, '/', endpoint.len - from) : NULL;
        size_t to = slash ? (size_t)(slash - endpoint.ptr) : endpoint.len;
        node = node_of(tree, node, plx_slice_make(endpoint.ptr, to), plx_slice_make(endpoint.ptr + from, to - from));
        from = to;
    }
}

/* ---- asking ---- */

static bool
is_single(const struct node *node)
{
    return node->segment.len > 0 && !plx_path_is_folded(node->segment);
}

/* Not a plain word: "red-shoe-17", "SKU_9", "Anna", "caf%C3%A9", "jane.doe", "the-art-of-war". */
static bool
looks_like_name(struct plx_slice segment)
{
    unsigned joints = 0;

    for (size_t i = 0; i < segment.len; i++) {
        char c = segment.ptr[i];
        if (c == '-' || c == '_')
            joints++;
        else if (c < 'a' || c > 'z')
            return true;
    }
    return joints >= 2;
}

static int
by_count(const void *a, const void *b)
{
    const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return plx_slice_order(x->segment, y->segment);
}

/* The children that are no folded ones, the largest first. */
static size_t
singles_of(const struct node *node, struct node **singles, uint64_t *exchanges)
{
    size_t count = 0;

    *exchanges = 0;
    for (struct node *child = node->children; child; child = child->next)
        if (is_single(child)) {
            singles[count++] = child;
            *exchanges += child->count;
        }
    qsort(singles, count, sizeof(struct node *), by_count);
    return count;
}

static bool
has_large_share(uint64_t count, uint64_t exchanges, uint64_t median)
{
    return count >= (exchanges + PLX_FOLD_STAY_SHARE - 1) / PLX_FOLD_STAY_SHARE ||
           count / PLX_FOLD_STAY_TIMES >= (median ? median : 1);
}

static bool
are_names(struct node *const *singles, size_t count)
{
    size_t looking = 0;

    for (size_t i = 0; i < count; i++)
        looking += looks_like_name(singles[i]->segment);
    return count >= (looking >= count - looking ? PLX_FOLD_NAMES_MIN : PLX_FOLD_WORDS_MIN);
}

/* singles: room for all children. */
static bool
ask(const struct node *node, struct node **singles, struct plx_path_fold *fold)
{
    uint64_t exchanges;
    size_t count = singles_of(node, singles, &exchanges), stay = 0;

    if (count < PLX_FOLD_NAMES_MIN || exchanges < PLX_FOLD_EXCHANGES_MIN)
        return false;
    while (stay < count && stay < PLX_PATH_FOLD_STAY_MAX &&
           has_large_share(singles[stay]->count, exchanges, singles[count / 2]->count))
        stay++;
    if (!are_names(singles + stay, count - stay))
        return false;
    /* With the slash before the child. */
    const struct plx_slice any = singles[0]->prefix;
    *fold = (struct plx_path_fold){.parent = plx_slice_make(any.ptr, any.len - singles[0]->segment.len),
                                   .stay_count = (uint32_t)stay,
                                   .names = count - stay};
    for (size_t i = 0; i < stay; i++)
        fold->stay[i] = singles[i]->segment;
    return true;
}

static bool
goes_before(const struct node *a, const struct node *b)
{
    if (a->depth != b->depth)
        return a->depth < b->depth;
    return plx_slice_order(a->prefix, b->prefix) < 0;
}

static bool
ask_all(struct tree *tree, const struct plx_path_folds *before, struct plx_path_fold *fold)
{
    const struct plx_table_entry *entry;
    const struct node *best = NULL;
    size_t at = 0;

    while ((entry = plx_table_next(&tree->nodes, &at))) {
        const struct node *node = entry->value;
        struct plx_path_fold found;

        if (node->child_count < PLX_FOLD_NAMES_MIN || (best && !goes_before(node, best)))
            continue;
        struct node **singles = calloc(node->child_count, sizeof(struct node *));
        if (singles && ask(node, singles, &found) && !plx_path_folds_has(before, found.parent)) {
            best = node;
            *fold = found;
        }
        free(singles);
    }
    return best != NULL;
}

bool
plx_fold_decide(const struct plx_path_count *paths, size_t count, const struct plx_path_folds *before,
                struct plx_path_fold *fold)
{
    struct tree tree = {.failed = false};
    bool found = false;

    plx_table_init(&tree.nodes, count * (PLX_FOLD_DEPTH_MAX + 1));
    for (size_t i = 0; i < count && !tree.failed; i++)
        add_path(&tree, paths[i].endpoint, paths[i].count);
    if (!tree.failed)
        found = ask_all(&tree, before, fold);
    plx_table_fini(&tree.nodes, free);
    return found;
}

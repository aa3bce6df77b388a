/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The path or query of a request rewritten for one role: a PCRE2 pattern, and what stands in the place of what it
 * matches. Compiled by the configuration, then read by all workers.
 *
 *     rewrite: {path: {from: "^/v1/(.*)", to: "/v2/$1"}}
 */
#ifndef PLX_SERVICE_REWRITE_H
#define PLX_SERVICE_REWRITE_H

#include <parallax/value.h>

#define PLX_REWRITES_MAX    16u    /* of a role's path, and as many of its query */
#define PLX_REWRITTEN_MAX   8192u  /* bytes of a path or query that comes of it */
#define PLX_REWRITE_MATCHES 10000u /* PCRE2's match limit, and 16 more for each byte of the text */
#define PLX_REWRITE_HEAP    256u   /* KiB that a match may take */

struct plx_rewrite;

enum plx_rewritten {
    PLX_REWRITTEN_PATH,  /* begins with a slash, has neither ? nor # */
    PLX_REWRITTEN_QUERY, /* without its ?, empty where there is none; has no # */
};
#define PLX_REWRITTEN_PARTS 2

/* In the order in which they are tried: the first one that matches is the one. */
struct plx_rewrites {
    struct plx_rewrite *list[PLX_REWRITES_MAX];
    size_t count;
};

/*
 * Compiles one behind the others. Of `to`, $0 to $9 stand for what the pattern and its groups matched, $$ for a $; what
 * follows and precedes the match stays. PLX_E_ARGUMENT: *fault says why, static text; PLX_E_LIMIT: there are
 * PLX_REWRITES_MAX already; PLX_E_MEMORY.
 */
PLX_MUST_USE enum plx_status plx_rewrites_add(struct plx_rewrites *rewrites, enum plx_rewritten part,
                                              struct plx_slice from, struct plx_slice to, const char **fault);
PLX_MUST_USE bool plx_rewrites_share(struct plx_rewrites *to, const struct plx_rewrites *from);
void plx_rewrites_fini(struct plx_rewrites *rewrites);
bool plx_rewrites_equal(const struct plx_rewrites *a, const struct plx_rewrites *b);

/*
 * *out: the text, or what becomes of it, in the arena. PLX_E_LIMIT: the match took too much, or what came of it can't
 * be sent: it is too long, or of other characters than its part may have. PLX_E_MEMORY.
 */
PLX_MUST_USE enum plx_status plx_rewrites_apply(const struct plx_rewrites *rewrites, enum plx_rewritten part,
                                                struct plx_slice text, struct plx_arena *arena, struct plx_slice *out);

#endif

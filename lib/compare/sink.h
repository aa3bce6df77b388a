/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a comparison puts its differences: all are counted, some are kept with their values. For a judgement it also
 * gathers the fields over all differences, and knows the places where the secondary differs.
 */
#ifndef PLX_COMPARE_SINK_H
#define PLX_COMPARE_SINK_H

#include "base/work.h"
#include "compare/align.h"
#include "secrets/marks.h"
#include "secrets/secrets.h"

#include <parallax/compare.h>

struct plx_primary;

#define PLX_DIFFERENCES_DEFAULT 100u
#define PLX_FIELDS_DEFAULT      256u
#define PLX_VALUE_BYTES_DEFAULT 256u
#define PLX_FIELD_BYTES_MAX     4096u /* of a JSON Pointer; a longer one ends at the innermost value that it can name */
#define PLX_COMPARE_DEPTH_MAX \
    4096u /* of documents: the walk takes stack for each level; deeper ones are not read as JSON */
#define PLX_SINK_WORDS_MAX (1u << 17) /* of lines that differ, in one comparison; beyond, noise excuses whole lines */
#define PLX_PLACES_MAX     (1u << 16) /* of the secondary's differences that are told apart; further ones are no noise */
#define PLX_EXCUSES_MAX    32u        /* rules of which a comparison says what they excused; of further ones the sum */

/* Hashes of fields and kinds. */
struct plx_places {
    uint64_t *hashes; /* 0: free */
    size_t count, capacity;
};

/* Those of one role are the first that were seen, as many as max: what is left out must not depend on the role. */
struct plx_fields {
    struct plx_field *fields;
    uint64_t *hashes;
    size_t count, max;
    struct plx_role_fields {
        size_t count;
        uint64_t dropped; /* differences in further ones */
    } candidate, secondary;
    uint32_t *index; /* by hash, position + 1 */
    size_t index_capacity;
};

struct plx_sink {
    struct plx_arena *arena;
    struct plx_work *work;             /* what may still be done; NULL: there is no bound */
    struct plx_primary *primary;       /* the primary's body, read once for all that is compared with it; may be NULL */
    const struct plx_secrets *secrets; /* NULL: the built-in list */
    enum plx_secret_door door;         /* of the members of the bodies at hand */
    struct plx_compare_limits limits;  /* without zeros */
    struct plx_comparison result;
    struct plx_fields *fields; /* NULL: not gathered */
    bool secondary;            /* what is compared is the secondary: places are gathered, nothing is kept */
    struct plx_places *places; /* gathered, or looked up; may be NULL */
    bool unnamed;        /* the present difference's field is not its very place: it is no noise, and tells of none */
    bool first, last;    /* of the present difference: it is an array's first element, its last */
    bool ids;            /* of the present difference: plx_difference.ids */
    uint64_t not_noise;  /* differences that are no noise */
    uint32_t words_left; /* for telling the words of lines apart, in all of one comparison */
    struct plx_align_budget words_align; /* and for aligning them */
    bool trial;     /* what is looked at may yet be looked at elsewhere: nothing excused is counted */
    bool undecided; /* a bound was hit, and what lies beyond it may be the same or not */
    bool failed;    /* out of memory, or of work */
};

/* A value: what is looked at, and how it is shown where it is kept. */
struct plx_shown {
    struct plx_slice text; /* at most as long as is shown */
    bool cut;
    enum plx_showing {
        PLX_SHOW_AS_IT_IS,
        PLX_SHOW_WITHOUT_SECRETS, /* there may be some in it */
        PLX_SHOW_A_MARK,          /* it is one */
    } showing;
    struct plx_slice whole; /* for the last two */
};

void plx_sink_init(struct plx_sink *sink, struct plx_arena *arena, const struct plx_compare_limits *limits);
/* Texts are copied where they are kept. */
void plx_sink_add(struct plx_sink *sink, struct plx_slice field, struct plx_slice folded, enum plx_kind kind,
                  struct plx_shown primary, struct plx_shown candidate);
/*
 * The same where the difference is made of several: it is noise where each of these (hashes of what tells the place and
 * nothing else, unlike that of any field) is one of the secondary's. count is above 0.
 */
void plx_sink_add_parts(struct plx_sink *sink, struct plx_slice field, struct plx_slice folded, enum plx_kind kind,
                        struct plx_shown primary, struct plx_shown candidate, const uint64_t *parts, size_t count);
/*
 * A difference that the rule at this position excuses: counted. Where it is the first that it excuses, what is to be
 * filled in by plx_sink_show_excuse(); else NULL.
 */
struct plx_excuse *plx_sink_excuse(struct plx_sink *sink, const struct plx_rules *rules, size_t rule);
/* Texts are copied. */
void plx_sink_show_excuse(struct plx_sink *sink, struct plx_excuse *excuse, struct plx_slice folded,
                          struct plx_shown primary, struct plx_shown candidate);

/* What a sink has counted as excused, to go back to after a trial. */
struct plx_sink_mark {
    uint64_t ruled_out, ruled_out_by[PLX_RULE_KINDS];
    size_t excuse_count;
    uint64_t excused[PLX_EXCUSES_MAX];
};
struct plx_sink_mark plx_sink_mark(const struct plx_sink *sink);
void plx_sink_back(struct plx_sink *sink, const struct plx_sink_mark *mark);

/* A mark, for what not even forms are told of. */
struct plx_shown plx_show_mark(struct plx_sink *sink, struct plx_slice value, enum plx_secret_coding coding);
/* A text without its secrets, all of it at most as long as is shown. */
struct plx_shown plx_show_clean(struct plx_sink *sink, struct plx_slice text);
/* At most max bytes, whole characters. */
struct plx_shown plx_show(struct plx_slice text, size_t max);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Comparing two answers, or two documents, under rules.
 *
 * A difference is a result, never an error. plx_compare() looks at one pair; plx_judge() looks at what the
 * roles of one exchange answered and comes to the exchange's verdict: what the secondary shows as well is noise.
 *
 *   struct plx_rules *rules = plx_rules_new(NULL);
 *   plx_rules_ignore(rules, plx_slice_of("/items/(*)/updatedAt"), NULL);      (without the brackets)
 *   plx_compare(rules, &primary, &candidate, NULL, arena, &comparison);
 *   for (size_t i = 0; i < comparison.count; i++) ... comparison.differences[i] ...
 */
#ifndef PARALLAX_COMPARE_H
#define PARALLAX_COMPARE_H

#include <parallax/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Kinds of differences: enum, name. */
#define PLX_KIND_MAP(X)                                                                      \
    X(PLX_KIND_VALUE, "value")     /* same type, other value */                              \
    X(PLX_KIND_TYPE, "type")       /* null, boolean, number, string, array, object differ */ \
    X(PLX_KIND_MISSING, "missing") /* the primary has it, the candidate does not */          \
    X(PLX_KIND_EXTRA, "extra")     /* the candidate has it, the primary does not */          \
    X(PLX_KIND_ORDER, "order")     /* the same things in another order */

enum plx_kind {
#define PLX_KIND_ENUM(name, text) name,
    PLX_KIND_MAP(PLX_KIND_ENUM)
#undef PLX_KIND_ENUM
};

#define PLX_VERDICT_MAP(X)                                                     \
    X(PLX_MATCH, "match")                                                      \
    X(PLX_MISMATCH, "mismatch")                                                \
    X(PLX_IGNORED, "ignored") /* all its differences are noise or ruled out */ \
    X(PLX_INCOMPARABLE, "incomparable")

enum plx_verdict {
#define PLX_VERDICT_ENUM(name, text) name,
    PLX_VERDICT_MAP(PLX_VERDICT_ENUM)
#undef PLX_VERDICT_ENUM
};

/* The name of a kind, or of a verdict; static, "unknown" for a number that is none. */
PLX_API const char *plx_kind_text(enum plx_kind kind);
PLX_API const char *plx_verdict_text(enum plx_verdict verdict);

/* ---- rules: built once, then read by any number of threads ---- */

struct plx_rules;

/* Why a rule was refused: what is wrong with it and how to mend it. */
struct plx_rule_error {
    char text[200];
    bool of_value; /* it is about the rule's value, not its field */
};

/* Modes: enum, name. */
#define PLX_MODE_MAP(X)                                                                                    \
    X(PLX_MODE_STRICT, "strict") /* the default: both have the same members with the same values */        \
    X(PLX_MODE_SUBSET, "subset") /* the candidate may have members that the primary lacks, at any depth */ \
    X(PLX_MODE_SCHEMA, "schema") /* shape and types, not values; an array's elements by the union of their shapes */

enum plx_mode {
#define PLX_MODE_ENUM(name, text) name,
    PLX_MODE_MAP(PLX_MODE_ENUM)
#undef PLX_MODE_ENUM
};

/* Kinds of rules: enum, name in a configuration. All but the last two excuse differences. */
#define PLX_RULE_MAP(X)                         \
    X(PLX_RULE_IGNORE, "ignore")                \
    X(PLX_RULE_IGNORE_HEADER, "ignore_headers") \
    X(PLX_RULE_TOLERANCE, "tolerance")          \
    X(PLX_RULE_UNORDERED, "unordered")          \
    X(PLX_RULE_MATCH, "match")                  \
    X(PLX_RULE_SIMILAR, "similar")              \
    X(PLX_RULE_TIME, "time")                    \
    X(PLX_RULE_RENAME, "rename")                \
    X(PLX_RULE_REDACT, "redact")

enum plx_rule_kind {
#define PLX_RULE_ENUM(name, text) name,
    PLX_RULE_MAP(PLX_RULE_ENUM)
#undef PLX_RULE_ENUM
};

/* The name of a mode, or of a kind of rule, as a configuration has it; static, "unknown" for a number that is none. */
PLX_API const char *plx_mode_text(enum plx_mode mode);
PLX_API const char *plx_rule_kind_text(enum plx_rule_kind kind);

#define PLX_RULE_COUNT(name, text) +1
enum { PLX_RULE_KINDS = 0 PLX_RULE_MAP(PLX_RULE_COUNT) }; /* the number of kinds */
#undef PLX_RULE_COUNT

#define PLX_RULE_BY_MAX 8u

/*
 * A rule: which differences it excuses, and why. A difference that a rule excuses is counted as ruled out and not told.
 *
 * field is a pattern: a JSON Pointer in which `*` stands for any one step and `**` for any number of steps, none
 * included; `~2` escapes a star that is meant (and ~0 and ~1 as RFC 6901 has them).
 *
 * - ignore: what field names and everything below it; field may also be "status" or "body".
 * - ignore_headers: field is a header's name; of cookies also Set-Cookie/NAME and Set-Cookie/NAME/ATTRIBUTE, `*` for
 * any name.
 * - tolerance: numbers, and strings that are numbers, that differ by at most value: "0.01", or "1%" of the primary's;
 *   exact on decimals.
 * - unordered: an array's elements are a multiset; with by (JSON Pointers into the elements) those of equal keys pair
 *   and are compared inside.
 * - match: strings, numbers and booleans of which both sides match the PCRE2 pattern in value, as a whole.
 * - similar: strings of which the Levenshtein distance leaves at least value ("95%") of the longer one's characters;
 *   with the field "body" a whole text.
 * - time: strings and numbers that are the same instant in whatever form and zone (RFC 3339, RFC 1123, seconds to
 *   nanoseconds since 1970), or at most value apart ("1s"; empty: 0).
 * - rename: excuses nothing; the member at field has another name in the candidate, which value says: a pattern that
 *   differs from field in the last step alone, "/bill_to" for "/billTo". In each object of either document a member of
 *   that name is told, compared and redacted as the one at field, unless the object has a member of field's name too.
 * - redact: excuses nothing; what field names is compared, but "[redacted 3fa2]" stands in place of its value. field
 * may also be "body".
 */
struct plx_rule {
    enum plx_rule_kind kind;
    struct plx_slice field;
    struct plx_slice value;               /* tolerance, match, similar, time, rename */
    struct plx_slice by[PLX_RULE_BY_MAX]; /* unordered: JSON Pointers into an element */
    size_t by_count;
    struct plx_slice why, owner; /* for people; may be empty */
    int64_t until_s;             /* seconds since the epoch from which on it no longer applies; 0: it has no end */
};

/* Strict rules that ignore nothing and compare no headers; NULL where there is no memory. */
PLX_API struct plx_rules *plx_rules_new(const struct plx_allocator *allocator);
/* The same rules again, to add to them; NULL where there is no memory. */
PLX_API struct plx_rules *plx_rules_copy(const struct plx_rules *rules);
PLX_API void plx_rules_free(struct plx_rules *rules); /* NULL is fine */

/* The mode: what a difference is. */
PLX_API void plx_rules_set_mode(struct plx_rules *rules, enum plx_mode mode);
PLX_API enum plx_mode plx_rules_mode(const struct plx_rules *rules);
/*
 * Adds a rule, which is copied. Of several that name the same place the one added last counts. PLX_E_ARGUMENT with
 * *error (may be NULL) filled, PLX_E_LIMIT likewise, PLX_E_MEMORY; the rules are then unchanged.
 */
PLX_API PLX_MUST_USE enum plx_status plx_rules_add(struct plx_rules *rules, const struct plx_rule *rule,
                                                   struct plx_rule_error *error);
/* The rules that were added, in order; their slices live as long as rules and nothing is added. */
PLX_API size_t plx_rules_count(const struct plx_rules *rules);
PLX_API const struct plx_rule *plx_rules_at(const struct plx_rules *rules, size_t i);

/* Short for plx_rules_add() of an ignore rule without an end. */
PLX_API PLX_MUST_USE enum plx_status plx_rules_ignore(struct plx_rules *rules, struct plx_slice pattern,
                                                      struct plx_rule_error *error);
/* Headers: none (the default), these by name, or all but hop-by-hop ones, Date, and those ignored. Of all, ETag and
 * Last-Modified need only be there on both sides, since each role makes its own; by name they are compared. */
PLX_API PLX_MUST_USE enum plx_status plx_rules_compare_header(struct plx_rules *rules, struct plx_slice name,
                                                              struct plx_rule_error *error);
PLX_API void plx_rules_compare_all_headers(struct plx_rules *rules, bool all);
/*
 * Besides these: the headers that clients depend on. Location, where an address of its own is the same place on each
 * role (plx_answer.origin); Content-Type, whatever the spelling of its parameters; Set-Cookie by cookie and attribute,
 * but the values only where it is named or all are compared; Cache-Control; WWW-Authenticate.
 */
PLX_API void plx_rules_compare_client_headers(struct plx_rules *rules, bool compare);
/* None at all, whatever was said before. */
PLX_API void plx_rules_compare_no_headers(struct plx_rules *rules);
PLX_API bool plx_rules_compare_any_headers(const struct plx_rules *rules); /* whether there are some to compare */
/* Short for plx_rules_add() of an ignore_headers rule without an end. */
PLX_API PLX_MUST_USE enum plx_status plx_rules_ignore_header(struct plx_rules *rules, struct plx_slice name,
                                                             struct plx_rule_error *error);
/* Short for plx_rules_add() of a redact rule. */
PLX_API PLX_MUST_USE enum plx_status plx_rules_redact(struct plx_rules *rules, struct plx_slice pattern,
                                                      struct plx_rule_error *error);
PLX_API bool plx_rules_redacts(const struct plx_rules *rules); /* whether there is any redact rule */
/*
 * Whether values are shown that are secret by their names: headers, cookies, parameters of URLs and forms, members,
 * elements and attributes that are called password, token and the like (docs/configuration.md has the list). They are
 * not, unless asked for: "[redacted 3fa2]" stands in their places, with digits that are the same where the values are.
 * They are compared all the same.
 */
PLX_API void plx_rules_show_secrets(struct plx_rules *rules, bool show);

/* ---- comparing ---- */

struct plx_header {
    struct plx_slice name, value;
};

/* How many bytes of a body were kept. */
struct plx_answer {
    int status;                       /* 0: not an HTTP answer, the status is not compared */
    const struct plx_header *headers; /* as received, in order */
    size_t header_count;
    const struct plx_header *trailers; /* of a chunked body, as received, in order */
    size_t trailer_count;
    bool unfinished; /* it broke off in its body: that is compared with nothing, status and headers are compared */
    struct plx_slice body;       /* what was kept of it: all, or its beginning */
    uint64_t body_length;        /* all of it, in bytes */
    uint64_t body_digest[2];     /* of all of it (XXH3, 128 bits); looked at only where body is not all */
    struct plx_slice media_type; /* as Content-Type has it; empty: that header's, else the content decides */
    struct plx_slice origin;     /* of the role that gave it: "http://127.0.0.1:8081"; empty: not known */
};

/* Bounds of one comparison; a 0 stands for the default. */
struct plx_compare_limits {
    uint32_t differences_max;    /* kept with their values, the rest only counted; default 100 */
    uint32_t fields_max;         /* fields told apart in which candidate or secondary differ; default 256 each */
    uint32_t value_bytes_max;    /* shown of a value; default 256 */
    struct plx_json_limits json; /* of a depth beyond 4096 that many are read */
    uint32_t decoded_bytes_max;  /* of a body with its content codings removed; default 16 MiB */
    /*
     * What one comparison may take, beyond which what is left of the bodies is not compared: bytes of the arena, with
     * what libxml2 and zstd take beside it (default 1 GiB); values of all documents that are read, keys included
     * (default 64 Mi); steps, of which a byte that is read and a value that is looked at take about one each, a
     * nanosecond or two (default 8 Gi). The secondary has half of it.
     */
    uint64_t memory_max, values_max, work_max;
    const bool *cancel; /* another thread may set it, by __atomic_store_n(), to end the comparison; or NULL */
    int64_t now_s;      /* seconds since the epoch: rules whose end has come no longer apply; 0: none has ended */
    /* Milliseconds that may lie between the moments at which any two roles looked at a clock: times about now_s that
     * are written alike and differ by less than four of it, or by no more than their writing can show, are the same.
     * 0: not known, none are. */
    double late_ms;
};

struct plx_difference {
    /*
     * "status", "header:Name", "body" or a JSON Pointer into the body ("" is its root). A pointer that would take more
     * than 4096 bytes ends at the innermost value around the difference that it can name.
     */
    struct plx_slice field;
    struct plx_slice folded; /* the same with array positions folded to `*`: what results are grouped by */
    enum plx_kind kind;
    struct plx_slice primary; /* JSON as written (strings with quotes); other values as they are; empty where missing */
    struct plx_slice candidate;      /* likewise */
    bool primary_cut, candidate_cut; /* the value was longer than value_bytes_max */
    bool first, last; /* it is an array's element that only one side has, and its first, its last there */
    bool ids;   /* of kind order: an array's elements have the same ids, in another order, and are compared by id */
    bool noise; /* plx_judge(): the secondary differs here too, in the same way */
};

/* What one rule excused in a comparison. */
struct plx_excuse {
    uint32_t rule;                       /* its position among the rules: plx_rules_at() */
    uint64_t count;                      /* of differences */
    struct plx_slice field;              /* where the first of them is, array positions folded to `*` */
    struct plx_slice primary, candidate; /* its values, as in a difference; empty where they are not told */
};

/* All in the arena; valid until it is reset. */
struct plx_comparison {
    struct plx_difference *differences; /* in document order: status, headers, body */
    size_t count;
    uint64_t total;                        /* of differences, those not kept included */
    uint64_t later;                        /* times that differ by no more than the answers do; no differences */
    uint64_t ruled_out;                    /* differences that rules excused */
    uint64_t ruled_out_by[PLX_RULE_KINDS]; /* the same by the kind of the rule */
    struct plx_excuse *excuses;            /* the same by rule, in the order in which they excused something first */
    size_t excuse_count;                   /* at most 32: what further rules excused is in ruled_out alone */
    /*
     * Elements and lines that a bound kept from being paired as they should be: beyond it those of ordered arrays and
     * texts go by position, and of unordered ones nothing is told (PLX_E_TIMEOUT).
     */
    uint64_t unexamined;
    enum plx_status bodies; /* PLX_OK: they were compared; else why they could not be, as plx_compare() has it */
};

/*
 * Compares two answers: status, headers and trailers, then bodies. Byte-equal bodies cost a memcmp. Returns PLX_OK,
 * also where the bodies can't be compared but something else differs: out->bodies then says why they can't. Where
 * nothing else differs that is returned instead: PLX_E_LIMIT where a body was cut off (body_length > body.len, or
 * unfinished) and only all of it could tell, PLX_E_TOO_LARGE where it is too long without its codings or would take
 * more than memory_max or values_max, PLX_E_TIMEOUT where it would take more than work_max, or an unordered array
 * is too long to pair its elements (unexamined), PLX_E_UNSUPPORTED where a charset is not known, PLX_E_CANCELED; and
 * PLX_E_MEMORY. *out is then untouched. A body that is longer than any way of writing the other one, cut off or not,
 * differs from it as a whole, in the field "body", as far as no rule may excuse what makes it longer.
 */
PLX_API PLX_MUST_USE enum plx_status plx_compare(const struct plx_rules *rules, const struct plx_answer *primary,
                                                 const struct plx_answer *candidate,
                                                 const struct plx_compare_limits *limits, struct plx_arena *arena,
                                                 struct plx_comparison *out);

/*
 * Forms of values by which noise may be recognised without a secondary: enum, name, the PCRE2 pattern of what is
 * recognised, what people call it. A value is the content of a JSON string or the text of a JSON number or header; the
 * pattern matches it as a whole. plx_judge() excuses nothing by a form: it only says it.
 */
#define PLX_FORM_MAP(X)                                                                                               \
    /* RFC 3339 and ISO 8601, basic and extended, with or without zone; RFC 9557 for zones in brackets */             \
    X(PLX_FORM_TIMESTAMP, "timestamp",                                                                                \
      "(?:[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])[Tt ](?:[01][0-9]|2[0-3]):[0-5][0-9]"              \
      "(?::(?:[0-5][0-9]|60)(?:[.,][0-9]{1,9})?)?"                                                                    \
      "|[12][0-9]{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[Tt](?:[01][0-9]|2[0-3])[0-5][0-9]"                    \
      "(?:(?:[0-5][0-9]|60)(?:[.,][0-9]{1,9})?)?)"                                                                    \
      "(?: ?(?:[Zz]|UTC|GMT|[+-](?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?))?(?:\\[[A-Za-z0-9_/+-]{1,64}\\])?",            \
      "a timestamp")                                                                                                  \
    X(PLX_FORM_DATE, "date", "[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])", "a date")                   \
    /* RFC 9110, 5.6.7: IMF-fixdate */                                                                                \
    X(PLX_FORM_HTTP_DATE, "http_date",                                                                                \
      "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (?:0[1-9]|[12][0-9]|3[01]) "                                                  \
      "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [12][0-9]{3} "                                             \
      "(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60) GMT",                                                        \
      "an HTTP date")                                                                                                 \
    /* a number: seconds, milli-, micro- or nanoseconds since 1970, from September 2001 to December 2099 */           \
    X(PLX_FORM_UNIX_TIME, "unix_time", "(?:[1-3][0-9]|40)[0-9]{8}(?:[0-9]{3}){0,3}(?:\\.[0-9]{1,9})?", "a Unix time") \
    /* the same in a string */                                                                                        \
    X(PLX_FORM_UNIX_TIME_TEXT, "unix_time_text", "(?:[1-3][0-9]|40)[0-9]{8}(?:[0-9]{3}){0,3}(?:\\.[0-9]{1,9})?",      \
      "a Unix time")                                                                                                  \
    /* RFC 9562, any version; in braces; as a URN. Without dashes it is a digest: they can't be told apart */         \
    X(PLX_FORM_UUID, "uuid",                                                                                          \
      "(?:\\{[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\\}"                                                 \
      "|(?:[Uu][Rr][Nn]:[Uu][Uu][Ii][Dd]:)?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})",                    \
      "a UUID")                                                                                                       \
    X(PLX_FORM_ULID, "ulid", "[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}", "a ULID")                                    \
    /* of 128, 160, 224, 256, 384 or 512 bits */                                                                      \
    X(PLX_FORM_DIGEST, "digest",                                                                                      \
      "(?:[0-9A-Fa-f]{32}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{56}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{96}|[0-9A-Fa-f]{128})",         \
      "a hex digest or a UUID without dashes")                                                                        \
    /* RFC 7519 in compact form; a header begins with {" */                                                           \
    X(PLX_FORM_JWT, "jwt", "eyJ[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]+\\.[A-Za-z0-9_-]*", "a JWT")                            \
    /* a whole number, as number or text: whether it counts up is seen over the exchanges alone */                    \
    X(PLX_FORM_COUNTER, "counter", "(?:0|[1-9][0-9]{0,17})", "a number that counts up")

enum plx_form {
    PLX_FORM_NONE,
#define PLX_FORM_ENUM(name, text, pattern, words) name,
    PLX_FORM_MAP(PLX_FORM_ENUM)
#undef PLX_FORM_ENUM
        PLX_FORM_COUNT
};

PLX_API const char *plx_form_text(enum plx_form form);    /* "none" for PLX_FORM_NONE */
PLX_API const char *plx_form_pattern(enum plx_form form); /* NULL for PLX_FORM_NONE */
PLX_API const char *plx_form_words(enum plx_form form);   /* "a UUID"; NULL for PLX_FORM_NONE */

/* One field of an exchange, over all array positions: what the statistics count. */
struct plx_field {
    struct plx_slice folded;
    enum plx_kind kind;
    bool candidate_differs;
    bool secondary_differs;
    bool beyond_noise;  /* the candidate differs in a place in which the secondary does not, or not in this way */
    enum plx_form form; /* that both values had in each of the candidate's differences, written alike; or none */
    uint64_t place;     /* tells the place of the candidate's example from others, array positions and all */
    struct plx_slice primary, candidate; /* an example, where the candidate differs */
    /* The same as they were compared, where something secret in them is not shown; else NULL. To count by, never to be
     * kept or shown. */
    struct plx_slice bare_primary, bare_candidate;
    /* Likewise where the secondary does; maybe at another place. As they were compared, so never to be shown. */
    struct plx_slice secondary_primary, secondary;
};

struct plx_judgement {
    enum plx_verdict verdict;         /* PLX_INCOMPARABLE where only the copies lack state; see plx_judge() */
    struct plx_comparison comparison; /* candidate against primary */
    struct plx_field *fields;
    size_t field_count;
    uint64_t fields_dropped;           /* differences of the candidate in fields beyond fields_max */
    uint64_t secondary_fields_dropped; /* likewise of the secondary */
    bool with_secondary;               /* the secondary was compared too */
    bool lacks_state;                  /* the secondary's status is of another class than the primary's */
};

/*
 * The verdict of one exchange. secondary may be NULL. A difference is noise where the secondary differs from the
 * primary at the very same place in the same kind; in a line of text, at the same words. Where nothing but the
 * secondary could not be compared, the judgement goes on without it.
 *
 * A secondary whose status is of another class than the primary's (404 beside 200) lacks something that the primary
 * has: what it answers is no measure of noise, and the judgement goes on without it (lacks_state). A candidate with the
 * secondary's very status lacks the same: PLX_INCOMPARABLE, with nothing told. Of a secondary that failed (5xx) the
 * field "status" says that it differs, so that failures by chance are counted on both sides. Not where a rule ignores
 * the status. Statuses as plx_compare().
 */
PLX_API PLX_MUST_USE enum plx_status plx_judge(const struct plx_rules *rules, const struct plx_answer *primary,
                                               const struct plx_answer *candidate, const struct plx_answer *secondary,
                                               const struct plx_compare_limits *limits, struct plx_arena *arena,
                                               struct plx_judgement *out);

#ifdef __cplusplus
}
#endif
#endif

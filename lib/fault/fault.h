/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kind of fault a difference looks like: a renamed member, rounding, a time zone, an encoding, and so on. It is
 * said in a sentence before any value, and neither excuses a difference nor judges it.
 *
 *   differences of one exchange ---> the faults that each field may have (fault_exchange.h)
 *   those of many exchanges     ---> met: what held in all of them, with the same parameter (plx_faults_meet())
 *   what is left                ---> a sentence: the strongest that has evidence enough
 *
 * A set of faults holds no values: patterns, and parameters as small as "2 digits" or "100 times".
 */
#ifndef PLX_FAULT_FAULT_H
#define PLX_FAULT_FAULT_H

#include "base/buffer.h"

#include <parallax/compare.h>

/*
 * The strongest first: where several hold, the first is said. Enum, name. Stores have the numbers: whoever changes the
 * list or what a parameter means gives it another PLX_FAULT_LIST, and what was stored under the one before is left out.
 */
#define PLX_FAULT_LIST 1
#define PLX_FAULT_MAP(X)                                                                                            \
    X(PLX_FAULT_RENAMED, "renamed")             /* parameter: the field of the other name */                        \
    X(PLX_FAULT_SHIFTED, "shifted")             /* of arrays, by one: 1: the candidate begins later, -1: earlier */ \
    X(PLX_FAULT_ELEMENT, "one_element")         /* more or less, at an end: enum plx_fault_element */               \
    X(PLX_FAULT_ORDER, "order")                 /* enum plx_fault_order */                                          \
    X(PLX_FAULT_EMPTY, "empty")                 /* null, missing and the like: enum plx_fault_empty, of both */     \
    X(PLX_FAULT_AS_TEXT, "as_text")             /* PLX_FAULT_PAIR(type, the side that is text) */                   \
    X(PLX_FAULT_FLAG, "flag")                   /* true and false as 1 and 0, or words; the side that has others */ \
    X(PLX_FAULT_TIME_UNIT, "time_unit")         /* PLX_FAULT_PAIR() of units: 0 seconds, 1 milli-, 2 micro-, ... */ \
    X(PLX_FAULT_TIME_FORMAT, "time_format")     /* the same instant */                                              \
    X(PLX_FAULT_TIME_ZONE, "time_zone")         /* quarters of an hour later; 0: whole hours, not always as many */ \
    X(PLX_FAULT_DAY, "day")                     /* 1: a day later, -1: earlier */                                   \
    X(PLX_FAULT_CHARSET, "charset")             /* UTF-8 read as Latin-1: by this side */                           \
    X(PLX_FAULT_REPLACED, "replaced")           /* letters became question marks: on this side */                   \
    X(PLX_FAULT_NORMALIZATION, "normalization") /* NFC and NFD: the side with separate accents */                   \
    X(PLX_FAULT_ACCENTS, "accents")             /* the side that lacks them */                                      \
    X(PLX_FAULT_HTML, "html_entities")          /* the side that has them */                                        \
    X(PLX_FAULT_PERCENT, "percent_encoding")    /* the side that has it */                                          \
    X(PLX_FAULT_LINE_ENDS, "line_ends")         /* the side that has CR LF */                                       \
    X(PLX_FAULT_BLANKS, "blanks")               /* 0: at the ends, 1: anywhere */                                   \
    X(PLX_FAULT_CASE, "case")                   /* 0: mixed, 1: the candidate has capitals, 2: small letters */     \
    X(PLX_FAULT_NUMBER_FORMAT, "number_format") /* the same number in text */                                       \
    X(PLX_FAULT_FLOAT, "float")                 /* enum plx_fault_float */                                          \
    X(PLX_FAULT_SIGN, "sign")                                                                                       \
    X(PLX_FAULT_SCALE, "scale")      /* a power of ten, or PLX_FAULT_UNIT + its place among the units */            \
    X(PLX_FAULT_ROUNDED, "rounding") /* PLX_FAULT_DIGIT() of each number of digits that explains it */              \
    X(PLX_FAULT_CUT, "cut_digits")   /* likewise, not rounded */                                                    \
    X(PLX_FAULT_OFFSET, "offset")    /* in plx_faults.offset */

enum plx_fault {
#define PLX_FAULT_ENUM(name, text) name,
    PLX_FAULT_MAP(PLX_FAULT_ENUM)
#undef PLX_FAULT_ENUM
        PLX_FAULTS
};

enum plx_fault_side { PLX_FAULT_IN_PRIMARY, PLX_FAULT_IN_CANDIDATE };
enum plx_fault_element { PLX_FAULT_LESS_FIRST, PLX_FAULT_LESS_LAST, PLX_FAULT_MORE_FIRST, PLX_FAULT_MORE_LAST };
enum plx_fault_order { PLX_FAULT_ELEMENTS, PLX_FAULT_WORDS, PLX_FAULT_VALUES, PLX_FAULT_IDS };
enum plx_fault_empty {
    PLX_FAULT_MISSING,
    PLX_FAULT_NULL,
    PLX_FAULT_NO_TEXT,
    PLX_FAULT_NO_ELEMENTS,
    PLX_FAULT_NO_MEMBERS
};
enum plx_fault_float { PLX_FAULT_FLOAT_32, PLX_FAULT_FLOAT_64, PLX_FAULT_FLOAT_WHOLE };

#define PLX_FAULT_PAIR(primary, candidate) ((int16_t)((primary)*8 + (candidate)))
#define PLX_FAULT_UNIT                     100 /* less: a power of ten */
#define PLX_FAULT_DIGITS_LEAST             (-2)
#define PLX_FAULT_DIGITS_MOST              11
#define PLX_FAULT_DIGIT(digits)            (1 << ((digits)-PLX_FAULT_DIGITS_LEAST))
#define PLX_FAULT_BY_PRIMARY               (1 << 14) /* beside the digits: it is the primary that has fewer */
#define PLX_FAULT_OFFSET_ONE               1000000   /* offsets are in millionths */

/* What a field looks like, over all exchanges that were looked at. All zero: none was. */
struct plx_faults {
    uint32_t held;   /* a bit of each fault that held in all of them */
    uint32_t seen;   /* exchanges; stays at its largest */
    uint32_t sample; /* of the primary's value in the first one: a few bits that tell values apart, and no more */
    bool varied;     /* the primary's values were not all the same */
    int16_t parameters[PLX_FAULTS];
    int64_t offset;
};

const char *plx_fault_text(enum plx_fault fault); /* its name */
static inline bool
plx_faults_hold(const struct plx_faults *faults, enum plx_fault fault)
{
    return faults->held >> fault & 1;
}

/* One fault more that is held. */
void plx_faults_add(struct plx_faults *faults, enum plx_fault fault, int parameter);
/* What holds in both: of differences of one field and exchange. */
void plx_faults_and(struct plx_faults *into, const struct plx_faults *from);
/* What holds in both: of exchanges. Commutative in all that is said. */
void plx_faults_meet(struct plx_faults *into, const struct plx_faults *from);
/* Whether it can be what plx_faults_meet() makes: for what comes from a file. */
bool plx_faults_are_sound(const struct plx_faults *faults);

/* The strongest that holds with evidence enough to say it; PLX_FAULTS: none. */
enum plx_fault plx_faults_strongest(const struct plx_faults *faults);

#endif

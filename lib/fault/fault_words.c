/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of faults. Each says what is seen; a guess at why ends in a question mark. */
#include "fault/fault_words.h"

#include "fault/fault_numbers.h"

#include <stdlib.h>

#define SIDE(parameter) ((parameter) == PLX_FAULT_IN_PRIMARY ? "primary" : "candidate")

static const char *
always(const struct plx_faults *faults)
{
    return faults->seen > 1 ? "always " : "";
}

static void
say_empty(int parameter, struct plx_buffer *out)
{
    static const char *const words[] = {"missing", "null", "an empty text", "an empty array", "an empty object"};

    plx_buffer_format(out, "%s in the primary, %s in the candidate", words[(unsigned)parameter / 8 % 5],
                      words[(unsigned)parameter % 8 % 5]);
}

static void
say_as_text(int parameter, struct plx_buffer *out)
{
    static const char *const words[] = {"null",   "true or false", "true or false", "a number",
                                        "a text", "an array",      "an object"};
    unsigned type = (unsigned)parameter / 8 % 7, side = (unsigned)parameter % 8;

    plx_buffer_format(out, "%s in the %s, its text in the %s", words[type], SIDE(!side), SIDE(side));
}

static void
say_unit(int parameter, struct plx_buffer *out)
{
    static const char *const words[] = {"seconds", "milliseconds", "microseconds", "nanoseconds"};

    plx_buffer_format(out, "%s in the primary, %s in the candidate", words[(unsigned)parameter / 8 % 4],
                      words[(unsigned)parameter % 8 % 4]);
}

static void
say_zone(const struct plx_faults *faults, int quarters, struct plx_buffer *out)
{
    int hours = abs(quarters) / 4, minutes = abs(quarters) % 4 * 15;

    if (quarters == 0) {
        plx_buffer_text(out, "whole hours apart, but not always as many: a time zone with summer time?");
        return;
    }
    plx_buffer_format(out, "%s%d h", always(faults), hours);
    if (minutes)
        plx_buffer_format(out, " %d min", minutes);
    plx_buffer_format(out, " %s: a time zone?", quarters > 0 ? "later" : "earlier");
}

static void
say_digits(int parameter, const char *verb, const char *end, struct plx_buffer *out)
{
    int digits = PLX_FAULT_DIGITS_MOST;

    while (digits > PLX_FAULT_DIGITS_LEAST && !(parameter & PLX_FAULT_DIGIT(digits)))
        digits--;
    plx_buffer_text(out, verb);
    if (digits > 0)
        plx_buffer_format(out, " %d digit%s", digits, digits == 1 ? "" : "s");
    else
        plx_buffer_text(out, digits == 0 ? " whole numbers" : digits == -1 ? " tens" : " hundreds");
    plx_buffer_text(out, parameter & PLX_FAULT_BY_PRIMARY ? " by the primary" : "");
    plx_buffer_text(out, end);
}

static void
say_scale(const struct plx_faults *faults, int parameter, struct plx_buffer *out)
{
    static const char *const more[] = {"", "ten times", "a hundred times", "a thousand times"};
    static const char *const less[] = {"", "a tenth", "a hundredth", "a thousandth"};
    int power = abs(parameter);

    plx_buffer_text(out, always(faults));
    if (power >= PLX_FAULT_UNIT) {
        plx_fault_numbers_say_unit(parameter, out);
        return;
    }
    if (power <= 3)
        plx_buffer_format(out, "%s as much", parameter > 0 ? more[power] : less[power]);
    else
        plx_buffer_format(out, "10^%d times as much", parameter);
    plx_buffer_text(out, power == 2 ? ": cents?" : power % 3 == 0 ? ": another unit?" : "");
}

static void
say_offset(const struct plx_faults *faults, struct plx_buffer *out)
{
    int64_t size = faults->offset < 0 ? -faults->offset : faults->offset, rest = size % PLX_FAULT_OFFSET_ONE;
    int places = 6;

    plx_buffer_format(out, "%s%lld", always(faults), (long long)(size / PLX_FAULT_OFFSET_ONE));
    for (; rest && rest % 10 == 0; places--)
        rest /= 10;
    if (rest)
        plx_buffer_format(out, ".%0*lld", places, (long long)rest);
    plx_buffer_format(out, " %s%s", faults->offset > 0 ? "more" : "less",
                      size == PLX_FAULT_OFFSET_ONE ? ": off by one?" : "");
}

static const char *
words_of(enum plx_fault fault, int parameter)
{
    static const char *const elements[] = {
        "one element less, the first one: off by one?", "one element less, the last one: off by one?",
        "one element more, the first one: off by one?", "one element more, the last one: off by one?"};
    static const char *const orders[] = {"the same elements in another order", "the same words in another order",
                                         "the same values in another order", "the same ids in another order"};
    static const char *const cases[] = {"the same but for upper and lower case", "in capitals in the candidate",
                                        "in small letters in the candidate"};
    static const char *const floats[] = {
        "the same number, held as floating point of 32 bits",
        "the same number but for its last digits: floating point?",
        "a whole number beyond 2^53, held as floating point: its last digits are lost"};

    switch (fault) {
    case PLX_FAULT_SHIFTED:
        return parameter > 0 ? "the candidate begins one element later: off by one?"
                             : "the candidate begins one element earlier: off by one?";
    case PLX_FAULT_ELEMENT:
        return elements[parameter & 3];
    case PLX_FAULT_ORDER:
        return orders[(unsigned)parameter % 4];
    case PLX_FAULT_TIME_FORMAT:
        return "the same instant, written in another way";
    case PLX_FAULT_BLANKS:
        return parameter ? "the same but for blanks" : "the same but for blanks at its ends";
    case PLX_FAULT_CASE:
        return cases[(unsigned)parameter % 3];
    case PLX_FAULT_NUMBER_FORMAT:
        return "the same number, written in another way";
    case PLX_FAULT_FLOAT:
        return floats[(unsigned)parameter % 3];
    case PLX_FAULT_SIGN:
        return "the same number with the other sign";
    default:
        return NULL;
    }
}

/* Of faults whose parameter is a side. */
static const char *
format_of(enum plx_fault fault)
{
    switch (fault) {
    case PLX_FAULT_FLAG:
        return "true or false, but other words or numbers for them in the %s";
    case PLX_FAULT_CHARSET:
        return "UTF-8 read as Latin-1 by the %s";
    case PLX_FAULT_REPLACED:
        return "letters became question marks in the %s: a charset that lacks them?";
    case PLX_FAULT_NORMALIZATION:
        return "the same letters, with separate accents in the %s: Unicode's NFC and NFD";
    case PLX_FAULT_ACCENTS:
        return "the same but for accents, which the %s lacks";
    case PLX_FAULT_HTML:
        return "HTML entities in the %s: escaped once too often?";
    case PLX_FAULT_PERCENT:
        return "percent-encoded in the %s: encoded once too often?";
    case PLX_FAULT_LINE_ENDS:
        return "the same but for line ends: CR LF in the %s";
    default:
        return NULL;
    }
}

void
plx_fault_say(const struct plx_faults *faults, enum plx_fault fault, struct plx_slice name, struct plx_slice other,
              struct plx_buffer *out)
{
    int parameter = faults->parameters[fault];
    const char *words = words_of(fault, parameter), *format = format_of(fault);

    if (words) {
        plx_buffer_text(out, words);
    } else if (format) {
        const char *hole = strstr(format, "%s");

        plx_buffer_add(out, plx_slice_make(format, (size_t)(hole - format)));
        plx_buffer_text(out, SIDE(parameter));
        plx_buffer_text(out, hole + 2);
    } else if (fault == PLX_FAULT_RENAMED) {
        plx_buffer_add(out, name);
        plx_buffer_text(out, " is called ");
        plx_buffer_add(out, other);
        plx_buffer_text(out, " in the candidate");
    } else if (fault == PLX_FAULT_EMPTY) {
        say_empty(parameter, out);
    } else if (fault == PLX_FAULT_AS_TEXT) {
        say_as_text(parameter, out);
    } else if (fault == PLX_FAULT_TIME_UNIT) {
        say_unit(parameter, out);
    } else if (fault == PLX_FAULT_TIME_ZONE) {
        say_zone(faults, parameter, out);
    } else if (fault == PLX_FAULT_DAY) {
        plx_buffer_format(out, "%sa day %s: a time zone?", always(faults), parameter > 0 ? "later" : "earlier");
    } else if (fault == PLX_FAULT_SCALE) {
        say_scale(faults, parameter, out);
    } else if (fault == PLX_FAULT_ROUNDED) {
        say_digits(parameter, "rounded to", "", out);
    } else if (fault == PLX_FAULT_CUT) {
        say_digits(parameter, "cut to", ", not rounded", out);
    } else if (fault == PLX_FAULT_OFFSET) {
        say_offset(faults, out);
    }
}

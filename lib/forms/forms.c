/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recognises forms by hand and not by PCRE2, since it runs for each difference and there are ten patterns. The hard
 * thing is that it and the patterns of PLX_FORM_MAP must agree: the test compares them over mutated values.
 */
#include "forms/forms.h"

#include "base/ascii.h"

/* What is left of a value; each take_...() moves over what it names, or leaves it and is false. */
struct scan {
    const char *at, *end;
};

static bool
is_base64url(char c)
{
    return plx_ascii_is_alphanumeric(c) || c == '_' || c == '-';
}

static bool
is_zone(char c)
{
    return is_base64url(c) || c == '/' || c == '+';
}

static size_t
left(const struct scan *s)
{
    return (size_t)(s->end - s->at);
}

static bool
take(struct scan *s, char c)
{
    if (s->at == s->end || *s->at != c)
        return false;
    s->at++;
    return true;
}

static bool
take_one_of(struct scan *s, const char *set)
{
    if (s->at == s->end || !*s->at || !strchr(set, *s->at))
        return false;
    s->at++;
    return true;
}

static bool
take_text(struct scan *s, const char *text)
{
    size_t len = strlen(text);

    if (left(s) < len || memcmp(s->at, text, len) != 0)
        return false;
    s->at += len;
    return true;
}

/* As many as there are, at most max. */
static size_t
take_run(struct scan *s, bool (*is)(char c), size_t max)
{
    const char *start = s->at;

    while (s->at < s->end && (size_t)(s->at - start) < max && is(*s->at))
        s->at++;
    return (size_t)(s->at - start);
}

/* Two digits between low and high. */
static bool
take_pair(struct scan *s, int low, int high)
{
    int value;

    if (left(s) < 2 || !plx_ascii_is_digit(s->at[0]) || !plx_ascii_is_digit(s->at[1]))
        return false;
    value = (s->at[0] - '0') * 10 + (s->at[1] - '0');
    if (value < low || value > high)
        return false;
    s->at += 2;
    return true;
}

static bool
take_month(struct scan *s)
{
    static const char *const names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (take_text(s, names[i]))
            return true;
    return false;
}

static bool
take_weekday(struct scan *s)
{
    static const char *const names[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (take_text(s, names[i]))
            return true;
    return false;
}

/* ---- times ---- */

static bool
take_year(struct scan *s)
{
    return take_pair(s, 10, 29) && take_pair(s, 0, 99);
}

/* ".123" or ",123"; true too where there is none. */
static bool
take_fraction(struct scan *s)
{
    return !take_one_of(s, ".,") || take_run(s, plx_ascii_is_digit, 9) > 0;
}

/* "hh:mm", "hh:mm:ss", "hh:mm:ss.fff"; without colons where it is the basic format. */
static bool
take_clock(struct scan *s, bool basic)
{
    if (!take_pair(s, 0, 23) || !(basic || take(s, ':')) || !take_pair(s, 0, 59))
        return false;
    if (basic ? s->at == s->end || !plx_ascii_is_digit(*s->at) : !take(s, ':'))
        return true;
    return take_pair(s, 0, 60) && take_fraction(s);
}

/* "Z", "+02", "+0200", "+02:00", " UTC", "[Europe/Berlin]", or nothing. */
static bool
take_zone(struct scan *s)
{
    bool space = take(s, ' ');

    if (take_one_of(s, "+-")) {
        if (!take_pair(s, 0, 23))
            return false;
        if (take(s, ':') || (s->at < s->end && plx_ascii_is_digit(*s->at)))
            if (!take_pair(s, 0, 59))
                return false;
    } else if (!take_one_of(s, "Zz") && !take_text(s, "UTC") && !take_text(s, "GMT") && space) {
        return false;
    }
    return !take(s, '[') || (take_run(s, is_zone, 64) > 0 && take(s, ']'));
}

static enum plx_form
time_form(struct scan s)
{
    bool basic;

    if (!take_year(&s))
        return PLX_FORM_NONE;
    basic = !take(&s, '-');
    if (!take_pair(&s, 1, 12) || !(basic || take(&s, '-')) || !take_pair(&s, 1, 31))
        return PLX_FORM_NONE;
    if (s.at == s.end)
        return basic ? PLX_FORM_NONE : PLX_FORM_DATE;
    if (!take_one_of(&s, basic ? "Tt" : "Tt ") || !take_clock(&s, basic) || !take_zone(&s) || s.at != s.end)
        return PLX_FORM_NONE;
    return PLX_FORM_TIMESTAMP;
}

static bool
is_http_date(struct scan s)
{
    return take_weekday(&s) && take_text(&s, ", ") && take_pair(&s, 1, 31) && take(&s, ' ') && take_month(&s) &&
           take(&s, ' ') && take_year(&s) && take(&s, ' ') && take_pair(&s, 0, 23) && take(&s, ':') &&
           take_pair(&s, 0, 59) && take(&s, ':') && take_pair(&s, 0, 60) && take_text(&s, " GMT") && s.at == s.end;
}

/* 10 digits are seconds, three more each the next finer unit. */
static bool
is_unix_time(struct scan s)
{
    struct scan digits = s;
    size_t count = take_run(&digits, plx_ascii_is_digit, 20);

    if (count != 10 && count != 13 && count != 16 && count != 19)
        return false;
    if (s.at[0] < '1' || s.at[0] > '4' || (s.at[0] == '4' && s.at[1] != '0'))
        return false;
    if (take(&digits, '.') && take_run(&digits, plx_ascii_is_digit, 9) == 0)
        return false;
    return digits.at == digits.end;
}

/* ---- ids ---- */

static bool
take_uuid(struct scan *s)
{
    return take_run(s, plx_ascii_is_hex, 8) == 8 && take(s, '-') && take_run(s, plx_ascii_is_hex, 4) == 4 &&
           take(s, '-') && take_run(s, plx_ascii_is_hex, 4) == 4 && take(s, '-') &&
           take_run(s, plx_ascii_is_hex, 4) == 4 && take(s, '-') && take_run(s, plx_ascii_is_hex, 12) == 12;
}

static bool
is_uuid(struct scan s)
{
    static const struct plx_slice urn = {"urn:uuid:", 9};
    bool braces = take(&s, '{');

    if (!braces && left(&s) > urn.len && plx_slice_equal_nocase(plx_slice_make(s.at, urn.len), urn))
        s.at += urn.len;
    return take_uuid(&s) && (!braces || take(&s, '}')) && s.at == s.end;
}

/* Crockford's base 32. */
static bool
is_base32(char c)
{
    return plx_ascii_is_digit(c) || (plx_ascii_is_letter(c) && !strchr("ilou", c | 0x20));
}

static bool
is_ulid(struct scan s)
{
    return left(&s) == 26 && s.at[0] <= '7' && plx_ascii_is_digit(s.at[0]) && take_run(&s, is_base32, 26) == 26;
}

static bool
is_digest(struct scan s)
{
    static const uint8_t lengths[] = {32, 40, 56, 64, 96, 128};

    for (size_t i = 0; i < sizeof(lengths); i++)
        if (left(&s) == lengths[i])
            return take_run(&s, plx_ascii_is_hex, lengths[i]) == lengths[i];
    return false;
}

/* Of one that was cut: its header, the point after it, and nothing that belongs to none. */
static bool
is_jwt(struct scan s, bool cut)
{
    if (!take_text(&s, "eyJ") || !take_run(&s, is_base64url, SIZE_MAX) || !take(&s, '.'))
        return false;
    if (take_run(&s, is_base64url, SIZE_MAX) > 0 && take(&s, '.'))
        take_run(&s, is_base64url, SIZE_MAX);
    else if (!cut)
        return false;
    return s.at == s.end;
}

static bool
is_whole_number(struct scan s)
{
    size_t count = left(&s);

    return count > 0 && count <= PLX_WHOLE_NUMBER_DIGITS_MAX && (count == 1 || *s.at != '0') &&
           take_run(&s, plx_ascii_is_digit, count) == count;
}

/* ---- values ---- */

/* The content of what is shown. *text: it is a string, or a header's value that is no number. */
static struct scan
content_of(struct plx_slice shown, bool cut, bool *text)
{
    struct scan s = {shown.ptr, shown.ptr + shown.len};

    *text = shown.len > 0 && *s.at == '"';
    if (*text) {
        s.at++;
        if (!cut && s.at < s.end && s.end[-1] == '"')
            s.end--;
    }
    return s;
}

enum plx_form
plx_form_of(struct plx_slice shown, bool cut)
{
    bool text;
    struct scan s;

    if (shown.len == 0)
        return PLX_FORM_NONE;
    s = content_of(shown, cut, &text);
    if (cut)
        return is_jwt(s, true) ? PLX_FORM_JWT : PLX_FORM_NONE;
    if (left(&s) == 0)
        return PLX_FORM_NONE;
    if (is_unix_time(s))
        return text ? PLX_FORM_UNIX_TIME_TEXT : PLX_FORM_UNIX_TIME;
    if (is_whole_number(s))
        return PLX_FORM_COUNTER;
    enum plx_form form = time_form(s);
    if (form != PLX_FORM_NONE)
        return form;
    return is_uuid(s)         ? PLX_FORM_UUID
           : is_ulid(s)       ? PLX_FORM_ULID
           : is_digest(s)     ? PLX_FORM_DIGEST
           : is_http_date(s)  ? PLX_FORM_HTTP_DATE
           : is_jwt(s, false) ? PLX_FORM_JWT
                              : PLX_FORM_NONE;
}

/* ---- written alike ---- */

static size_t
digit_run(const struct scan *s)
{
    size_t count = 0;

    while (s->at + count < s->end && plx_ascii_is_digit(s->at[count]))
        count++;
    return count;
}

enum part { WHOLE, FRACTION, ZONE };

/* Of a fraction the digits are as many, to the thousand: zeros may be left out. Zones are the same. */
static bool
are_digits_alike(enum part part, const char *a, size_t x, const char *b, size_t y)
{
    if (part == FRACTION)
        return (x + 2) / 3 == (y + 2) / 3;
    return x == y && (part != ZONE || memcmp(a, b, x) == 0);
}

/* Everything but digits is the same. */
static bool
are_times_alike(struct scan a, struct scan b)
{
    enum part part = WHOLE;
    bool clock = false; /* the date is over */

    while (a.at < a.end && b.at < b.end) {
        size_t x = digit_run(&a), y = digit_run(&b);
        if (!are_digits_alike(part, a.at, x, b.at, y))
            return false;
        a.at += x;
        b.at += y;
        if (a.at == a.end || b.at == b.end)
            break;
        if (*a.at != *b.at)
            return false;
        clock |= *a.at == 'T' || *a.at == 't' || *a.at == ' ';
        if (clock && (*a.at == '+' || *a.at == '-'))
            part = ZONE;
        else if (part != ZONE)
            part = *a.at == '.' || *a.at == ',' ? FRACTION : WHOLE;
        a.at++;
        b.at++;
    }
    return a.at == a.end && b.at == b.end;
}

struct letters {
    bool lower, upper;
};

static struct letters
letters_of(struct scan s)
{
    struct letters letters = {false, false};

    for (; s.at < s.end; s.at++) {
        letters.lower |= *s.at >= 'a' && *s.at <= 'z';
        letters.upper |= *s.at >= 'A' && *s.at <= 'Z';
    }
    return letters;
}

/* The digit behind the second dash (RFC 9562, 4.2). */
static char
uuid_version(struct scan s)
{
    return left(&s) >= 36 ? s.end[-22 - (s.end[-1] == '}')] : 0;
}

static bool
are_ids_alike(enum plx_form form, struct scan a, struct scan b)
{
    struct letters x = letters_of(a), y = letters_of(b);

    return left(&a) == left(&b) && !(x.lower && !x.upper && y.upper && !y.lower) &&
           !(x.upper && !x.lower && y.lower && !y.upper) &&
           (form != PLX_FORM_UUID || (*a.at == '{') == (*b.at == '{')) &&
           (form != PLX_FORM_UUID || uuid_version(a) == uuid_version(b));
}

bool
plx_form_is_alike(enum plx_form form, struct plx_slice a, struct plx_slice b)
{
    bool text;
    struct scan x = content_of(a, false, &text), y = content_of(b, false, &text);

    switch (form) {
    case PLX_FORM_TIMESTAMP:
    case PLX_FORM_DATE:
    case PLX_FORM_UNIX_TIME:
    case PLX_FORM_UNIX_TIME_TEXT:
        return are_times_alike(x, y);
    case PLX_FORM_UUID:
    case PLX_FORM_ULID:
    case PLX_FORM_DIGEST:
        return are_ids_alike(form, x, y);
    default:
        return true;
    }
}

bool
plx_form_number(struct plx_slice shown, uint64_t *number)
{
    bool text;
    struct scan s = content_of(shown, false, &text);

    if (!is_whole_number(s))
        return false;
    *number = 0;
    for (; s.at < s.end; s.at++)
        *number = *number * 10 + (uint64_t)(*s.at - '0');
    return true;
}

/* ---- the table ---- */

static const struct {
    const char *text, *pattern, *words;
} forms[PLX_FORM_COUNT] = {{"none", NULL, NULL},
#define FORM_ROW(name, text, pattern, words) {text, pattern, words},
                           PLX_FORM_MAP(FORM_ROW)
#undef FORM_ROW
};

const char *
plx_form_text(enum plx_form form)
{
    return (unsigned)form < PLX_FORM_COUNT ? forms[form].text : "none";
}

const char *
plx_form_pattern(enum plx_form form)
{
    return (unsigned)form < PLX_FORM_COUNT ? forms[form].pattern : NULL;
}

const char *
plx_form_words(enum plx_form form)
{
    return (unsigned)form < PLX_FORM_COUNT ? forms[form].words : NULL;
}

enum plx_form
plx_form_by_name(struct plx_slice name)
{
    for (int i = PLX_FORM_NONE + 1; i < PLX_FORM_COUNT; i++)
        if (plx_slice_equal(name, plx_slice_of(forms[i].text)))
            return (enum plx_form)i;
    return PLX_FORM_NONE;
}

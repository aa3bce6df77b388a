/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over a text. At a sign that a name may stand before (`=`, `:`, `>`, `%3D`) the name is read backwards; where
 * it is a secret's, the value is read forwards, and the pass goes on behind it. The hard thing is that nothing may be
 * looked at twice without a bound: names are bounded, and values are left behind.
 */
#include "secrets/secret_text.h"

#include "base/ascii.h"
#include "base/slice.h"

#define NAME_MAX_BYTES   128u  /* read of a name, backwards */
#define BLANKS_MAX       8u    /* around the sign between name and value */
#define PART_LINES_MAX   16u   /* between a part's delimiter and its Content-Disposition */
#define LINE_BYTES_MAX   1024u /* of each of these lines, and of the headers behind it */
#define CLOSE_BYTES_MAX  4096u /* within which an element ends that an attribute names, or it is taken to be empty */
#define SCHEME_BYTES_MAX 16u
#define PAIR_BYTES_MAX   512u /* between a member that names a secret and the one that has it */
#define NUMBER_BYTES_MAX 32u
#define VALUE_BYTES_MAX  4096u /* of a member that stands before the one that names it */

struct scan {
    const struct plx_secrets *secrets;
    struct plx_slice text;
    plx_secret_found *found;
    void *context;
    size_t floor; /* what lies before was found already */
    bool enough;
    /* of the tag under way: */
    bool in_tag, is_secret, names_secret; /* its element's name is a secret's; its attribute `name` says one */
    struct plx_slice element;
    struct plx_slice segment; /* the last one of the path under way */
    size_t pair;              /* where a text ended that names what a `value` nearby has; 0: none did */
};

static bool
is_one_of(char c, const char *set)
{
    return c != 0 && strchr(set, c);
}

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char
char_at(const struct scan *s, size_t at)
{
    return at < s->text.len ? s->text.ptr[at] : '\0';
}

static struct plx_slice
part(const struct scan *s, size_t from, size_t to)
{
    return plx_slice_make(s->text.ptr + from, to - from);
}

static bool
has(const struct scan *s, struct plx_slice name, enum plx_secret_door door)
{
    return plx_secrets_has(s->secrets, name, door);
}

/* Tells of a value, unless it is empty or a mark already, in which a blank may have been taken for its end. Returns
 * where the pass goes on. */
static size_t
tell(struct scan *s, size_t from, size_t to, enum plx_secret_coding coding, bool quoted)
{
    const struct plx_secret_range range = {from, to, coding, quoted};
    size_t mark = from + PLX_MARK_LEN;

    if (mark <= s->text.len && to <= mark && plx_is_mark(part(s, from, mark)))
        to = mark;
    else if (to > from && !s->found(s->context, &range))
        s->enough = true;
    s->floor = to;
    return to;
}

/* ---- names ---- */

/* The name that ends at end, as far as these characters go; empty: there is none. */
static struct plx_slice
name_before(const struct scan *s, size_t end, const char *signs)
{
    size_t from = end;

    while (from > s->floor && end - from < NAME_MAX_BYTES &&
           (plx_ascii_is_alphanumeric(s->text.ptr[from - 1]) || is_one_of(s->text.ptr[from - 1], signs)))
        from--;
    return part(s, from, end);
}

static size_t
skip_blanks(const struct scan *s, size_t at)
{
    for (size_t i = 0; i < BLANKS_MAX && plx_ascii_is_blank(char_at(s, at)); i++)
        at++;
    return at;
}

static size_t
skip_spaces(const struct scan *s, size_t at)
{
    while (at < s->text.len && is_space(s->text.ptr[at]))
        at++;
    return at;
}

/* ---- quoted values ---- */

/* How many backslashes stand right before at. */
static size_t
backslashes_before(const struct scan *s, size_t at)
{
    size_t count = 0;

    while (at > s->floor && count < NAME_MAX_BYTES && s->text.ptr[at - 1] == '\\') {
        at--;
        count++;
    }
    return count;
}

/*
 * Where the quoted text ends that begins at from: at its quote, which as many backslashes stand before as before the
 * first (none, but in a JSON string inside another), without those.
 */
static size_t
end_of_quoted(const struct scan *s, size_t from, size_t most, char quote, size_t backslashes)
{
    size_t run = 0;

    for (size_t at = from; at < most; at++) {
        char c = s->text.ptr[at];
        if (c == quote && (backslashes ? run == backslashes : run % 2 == 0))
            return at - (backslashes ? run : 0);
        run = c == '\\' ? run + 1 : 0;
    }
    return most;
}

/* At \\\" or at a quote: its backslashes are counted and it is stepped behind; false: there is none. */
static bool
opens_quote(const struct scan *s, size_t *at, char *quote, size_t *backslashes)
{
    size_t from = *at;

    while (char_at(s, from) == '\\' && from - *at < NAME_MAX_BYTES)
        from++;
    *backslashes = from - *at;
    *quote = char_at(s, from);
    if (*quote != '"' && *quote != '\'')
        return false;
    *at = from + 1;
    return true;
}

/* ---- pairs: "name" of one member, "value" of the next ---- */

bool
plx_secrets_name_names(struct plx_slice name)
{
    static const char *const names[] = {"name", "key", "field"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(names[i])))
            return true;
    return false;
}

bool
plx_secrets_name_is_named(struct plx_slice name)
{
    static const char *const names[] = {"value", "left", "right"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(names[i])))
            return true;
    return false;
}

bool
plx_secrets_says(const struct plx_secrets *secrets, struct plx_slice text)
{
    const char *slash = text.len && text.len <= NAME_MAX_BYTES ? memrchr(text.ptr, '/', text.len) : NULL;

    if (slash)
        text = plx_slice_make(slash + 1, text.len - (size_t)(slash + 1 - text.ptr));
    return text.len <= NAME_MAX_BYTES && plx_secrets_has(secrets, text, PLX_SECRET_PARAMETER);
}

/* Whether nothing but members of the same object stands between the name of a pair and at. */
static bool
pair_reaches(const struct scan *s, size_t at)
{
    if (s->pair == 0 || at < s->pair || at - s->pair > PAIR_BYTES_MAX)
        return false;
    for (size_t i = s->pair; i < at; i++)
        if (is_one_of(s->text.ptr[i], "{}"))
            return false;
    return true;
}

/* ---- name=value ---- */

static bool
begins_nocase(struct plx_slice text, const char *with)
{
    size_t len = strlen(with);

    return text.len >= len && plx_slice_equal_nocase(plx_slice_make(text.ptr, len), plx_slice_of(with));
}

/* The beginning of the line that at is in; of a long one the last of its bytes. */
static size_t
line_of(const struct scan *s, size_t at)
{
    size_t from = at > LINE_BYTES_MAX ? at - LINE_BYTES_MAX : 0;
    const char *newline = at ? memrchr(s->text.ptr + from, '\n', at - from) : NULL;

    return newline ? (size_t)(newline - s->text.ptr) + 1 : from;
}

/* The delimiter of the part whose header is in the line at from; empty: there is none. */
static struct plx_slice
delimiter_before(const struct scan *s, size_t from)
{
    for (unsigned i = 0; i < PART_LINES_MAX && from > 0; i++) {
        size_t end = from - 1;

        from = line_of(s, end);
        end -= end > from && s->text.ptr[end - 1] == '\r';
        if (begins_nocase(part(s, from, end), "--"))
            return part(s, from, end);
    }
    return plx_slice_make(NULL, 0);
}

/* The value of a part whose Content-Disposition names a secret at `at`; the pass goes on at `at` where it is none. */
static size_t
tell_part(struct scan *s, size_t at)
{
    size_t line = line_of(s, at), from, to = s->text.len;
    struct plx_slice delimiter;

    if (!begins_nocase(part(s, line, at), "content-disposition:"))
        return at;
    size_t most = to - at < LINE_BYTES_MAX ? to : at + LINE_BYTES_MAX;
    for (from = at; from < most &&
                    !(s->text.ptr[from] == '\n' && (char_at(s, from + 1) == '\n' ||
                                                    (char_at(s, from + 1) == '\r' && char_at(s, from + 2) == '\n')));)
        from++;
    if (from == most)
        return at;
    from += char_at(s, from + 1) == '\n' ? 2 : 3;
    delimiter = delimiter_before(s, line);
    for (size_t next = from; delimiter.len && next < s->text.len;) {
        const char *found = memmem(s->text.ptr + next, s->text.len - next, delimiter.ptr, delimiter.len);
        if (!found)
            break;
        to = (size_t)(found - s->text.ptr);
        if (to == from || s->text.ptr[to - 1] == '\n')
            break;
        next = to + delimiter.len;
        to = s->text.len;
    }
    to -= to > from && to < s->text.len && s->text.ptr[to - 1] == '\n';
    to -= to > from && to < s->text.len && s->text.ptr[to - 1] == '\r';
    return tell(s, from, to, PLX_SECRET_PLAIN, false);
}

/* Whether a value that nothing quotes ends here. */
static bool
ends_value(const struct scan *s, size_t at, bool in_path)
{
    char c = s->text.ptr[at];

    return is_space(c) || is_one_of(c, "&#\"<>;") || (c == ',' && is_space(char_at(s, at + 1))) ||
           (in_path && is_one_of(c, "/?"));
}

/* The attribute of an HTML form's element that says what its value is. */
static void
note_named(struct scan *s, struct plx_slice name, struct plx_slice value)
{
    if (s->in_tag && plx_secrets_name_names(name))
        s->names_secret = has(s, value, PLX_SECRET_PARAMETER);
}

static size_t
on_equals(struct scan *s, size_t at)
{
    size_t end = at, from = skip_blanks(s, at + 1), to, backslashes = 0;
    char quote = 0;

    while (end > s->floor && at - end < BLANKS_MAX && plx_ascii_is_blank(s->text.ptr[end - 1]))
        end--;
    struct plx_slice name = name_before(s, end, "_-.%[]");
    size_t start = end - name.len;
    char before = start > 0 ? s->text.ptr[start - 1] : '\0';
    if (name.len == 0)
        return at + 1;
    bool quoted = opens_quote(s, &from, &quote, &backslashes), parameter = is_one_of(before, "?&;#");
    bool secret = has(s, name, parameter ? PLX_SECRET_PARAMETER : PLX_SECRET_NAMED) ||
                  (plx_secrets_name_is_named(name) && (s->names_secret || (s->pair && start == s->pair + 1)));
    bool names = !secret && plx_secrets_name_names(name);
    if (!secret && !names)
        return at + 1;
    size_t most = secret || s->text.len - from < NAME_MAX_BYTES ? s->text.len : from + NAME_MAX_BYTES;
    if (quoted)
        to = end_of_quoted(s, from, most, quote, backslashes);
    else
        for (to = from; to < most && !ends_value(s, to, before == ';');)
            to++;
    if (secret)
        return tell(s, from, to, s->in_tag ? PLX_SECRET_XML : quoted ? PLX_SECRET_JSON : PLX_SECRET_URL, false);
    note_named(s, name, part(s, from, to));
    if (!has(s, part(s, from, to), PLX_SECRET_PARAMETER))
        return at + 1;
    s->pair = parameter || start == 0 ? to : s->pair;
    return tell_part(s, to);
}

/* name%3Dvalue, in a query that is the value of a parameter. */
static size_t
on_percent(struct scan *s, size_t at)
{
    size_t to = at + 3;

    if (char_at(s, at + 1) != '3' || plx_ascii_lower(char_at(s, at + 2)) != 'd')
        return at + 1;
    struct plx_slice name = name_before(s, at, "_-.");
    if (name.len > 2 && name.ptr > s->text.ptr && name.ptr[-1] == '%')
        name = plx_slice_make(name.ptr + 2, name.len - 2);
    if (!has(s, name, PLX_SECRET_PARAMETER))
        return to;
    for (; to < s->text.len && !ends_value(s, to, false); to++)
        if (to + 2 < s->text.len && s->text.ptr[to] == '%' &&
            is_one_of((char)plx_ascii_hex_pair(s->text.ptr + to + 1), "&#;"))
            break;
    return tell(s, at + 3, to, PLX_SECRET_URL, false);
}

/* ---- "name": value ---- */

/* Behind the value that no quote begins: a number, a word, all of an object or array. */
static size_t
end_of_json(const struct scan *s, size_t at)
{
    size_t depth = 0;

    for (; at < s->text.len; at++) {
        char c = s->text.ptr[at];
        if (c == '"')
            at = end_of_quoted(s, at + 1, s->text.len, '"', 0);
        else if (is_one_of(c, "{["))
            depth++;
        else if (depth && is_one_of(c, "}]") && --depth == 0)
            return at + 1;
        else if (depth == 0 && (is_one_of(c, ",}]\\") || is_space(c)))
            return at;
    }
    return s->text.len;
}

/* What says that there is no value, or little more. */
static bool
says_nothing(struct plx_slice value)
{
    return plx_slice_equal(value, plx_slice_of("null")) || plx_slice_equal(value, plx_slice_of("true")) ||
           plx_slice_equal(value, plx_slice_of("false"));
}

/* A key in quotes ends right before end. */
static struct plx_slice
key_before(const struct scan *s, size_t end, size_t *backslashes)
{
    char quote = s->text.ptr[end - 1];
    size_t from;

    *backslashes = backslashes_before(s, end - 1);
    end -= 1 + *backslashes;
    for (from = end; from > s->floor && end - from < NAME_MAX_BYTES && s->text.ptr[from - 1] != quote;)
        from--;
    return from > s->floor && s->text.ptr[from - 1] == quote ? part(s, from, end) : plx_slice_make(NULL, 0);
}

static size_t
tell_member(struct scan *s, size_t at, size_t backslashes)
{
    size_t from = skip_spaces(s, at), to, found = 0;
    char quote;

    if (opens_quote(s, &from, &quote, &found))
        return tell(s, from, end_of_quoted(s, from, s->text.len, quote, found), PLX_SECRET_JSON, false);
    from = skip_spaces(s, at);
    to = end_of_json(s, from);
    if (says_nothing(part(s, from, to)))
        return to;
    return tell(s, from, to, PLX_SECRET_PLAIN, backslashes == 0);
}

/* The text that a member has at `at`, behind its colon; empty: it has none. *to: behind its quote. */
static struct plx_slice
text_of_member(const struct scan *s, size_t at, size_t *to)
{
    size_t from = skip_spaces(s, at), backslashes;
    char quote;

    if (!opens_quote(s, &from, &quote, &backslashes))
        return plx_slice_make(NULL, 0);
    size_t most = s->text.len - from < VALUE_BYTES_MAX ? s->text.len : from + VALUE_BYTES_MAX;
    size_t end = end_of_quoted(s, from, most, quote, backslashes);
    *to = end + backslashes + 1;
    return end < most ? part(s, from, end) : plx_slice_make(NULL, 0);
}

/* Of {"value": "...", "name": "password"}: whether the member behind the text or number at `at` names it. */
static bool
is_named_behind(const struct scan *s, size_t at)
{
    size_t to = skip_spaces(s, at), backslashes;
    char quote;

    for (size_t i = 0; i < NUMBER_BYTES_MAX && is_one_of(char_at(s, to), "0123456789+-.eE"); i++)
        to++;
    if (to == skip_spaces(s, at) && !text_of_member(s, at, &to).ptr)
        return false;
    to = skip_spaces(s, to);
    if (char_at(s, to) != ',')
        return false;
    to = skip_spaces(s, to + 1);
    if (!opens_quote(s, &to, &quote, &backslashes))
        return false;
    size_t most = s->text.len - to < NAME_MAX_BYTES ? s->text.len : to + NAME_MAX_BYTES;
    size_t end = end_of_quoted(s, to, most, quote, backslashes);
    if (end == most || !plx_secrets_name_names(part(s, to, end)))
        return false;
    to = skip_spaces(s, end + backslashes + 1);
    return char_at(s, to) == ':' && plx_secrets_says(s->secrets, text_of_member(s, to + 1, &to));
}

/* A member of a pair, whose colon stands at `at`; the pass goes on behind that where it tells nothing. */
static size_t
on_pair(struct scan *s, struct plx_slice key, size_t at, size_t backslashes)
{
    size_t to = 0;

    if (plx_secrets_name_names(key)) {
        struct plx_slice text = text_of_member(s, at + 1, &to);
        s->pair = text.ptr && plx_secrets_says(s->secrets, text) ? to : 0;
        return s->pair ? to : at + 1;
    }
    if (!plx_secrets_name_is_named(key) || (!pair_reaches(s, at) && !is_named_behind(s, at + 1)))
        return at + 1;
    to = tell_member(s, at + 1, backslashes);
    s->pair = s->pair ? to : 0; /* "left" and "right" have one name */
    return to;
}

/* "name: value" on a line of its own, as in a dump of headers or YAML; "- name: value" too. */
static size_t
tell_line(struct scan *s, size_t at)
{
    struct plx_slice name = name_before(s, at, "_-.");
    size_t from = skip_blanks(s, at + 1), start = at - name.len, to, backslashes;
    char quote;

    while (start > s->floor && is_one_of(s->text.ptr[start - 1], " \t-"))
        start--;
    if ((start > 0 && s->text.ptr[start - 1] != '\n') || from == at + 1 || !has(s, name, PLX_SECRET_NAMED))
        return at + 1;
    if (opens_quote(s, &from, &quote, &backslashes))
        return tell(s, from, end_of_quoted(s, from, s->text.len, quote, backslashes), PLX_SECRET_JSON, false);
    for (to = from; to < s->text.len && !is_one_of(s->text.ptr[to], "\r\n");)
        to++;
    return tell(s, from, to, PLX_SECRET_PLAIN, false);
}

/* ---- scheme://user:password@host ---- */

/* What asks servers of HTTP: of all others the user may be shown, which tells whose store it is. */
static bool
is_http(const struct scan *s, size_t colon)
{
    static const char *const schemes[] = {"http", "https", "ws", "wss", "ftp"};
    size_t from = colon;

    while (from > s->floor && colon - from < SCHEME_BYTES_MAX &&
           (plx_ascii_is_alphanumeric(s->text.ptr[from - 1]) || is_one_of(s->text.ptr[from - 1], "+-.")))
        from--;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (plx_slice_equal_nocase(part(s, from, colon), plx_slice_of(schemes[i])))
            return true;
    return false;
}

/* A secret among the segments of the path that begins at from, in a text of any kind; the pass goes on behind it. */
static size_t
tell_segment(struct scan *s, size_t from)
{
    struct plx_slice before = plx_slice_make(NULL, 0);
    size_t at = from;

    while (char_at(s, at) == '/') {
        size_t start = ++at;
        while (at < s->text.len && !is_space(s->text.ptr[at]) && !is_one_of(s->text.ptr[at], "/?#\"'<>\\:;,&(){}"))
            at++;
        const struct plx_slice segment = part(s, start, at);
        if (plx_secrets_has_segment(s->secrets, before, segment))
            return tell(s, start, at, PLX_SECRET_URL, false);
        before = segment;
    }
    return from;
}

static size_t
on_authority(struct scan *s, size_t colon)
{
    size_t from = colon + 3, host = 0, at = from;

    for (; at < s->text.len && !is_space(s->text.ptr[at]) && !is_one_of(s->text.ptr[at], "/?#\"'<>\\"); at++)
        if (s->text.ptr[at] == '@')
            host = at;
    if (!plx_secrets_any(s->secrets))
        return from;
    if (host && !is_http(s, colon)) {
        const char *password = memchr(s->text.ptr + from, ':', host - from);
        from = password ? (size_t)(password - s->text.ptr) + 1 : host;
    }
    from = host ? tell(s, from, host, PLX_SECRET_URL, false) : from;
    const size_t segment = s->enough ? at : tell_segment(s, at);
    return segment > at ? segment : from;
}

static size_t
on_colon(struct scan *s, size_t at)
{
    size_t end = at, backslashes;

    if (char_at(s, at + 1) == '/' && char_at(s, at + 2) == '/')
        return on_authority(s, at);
    while (end > s->floor && at - end < BLANKS_MAX && is_space(s->text.ptr[end - 1]))
        end--;
    if (end == s->floor || !is_one_of(s->text.ptr[end - 1], "\"'"))
        return tell_line(s, at);
    struct plx_slice key = key_before(s, end, &backslashes);
    return has(s, key, PLX_SECRET_NAMED) ? tell_member(s, at + 1, backslashes) : on_pair(s, key, at, backslashes);
}

/* ---- <name>value</name> ---- */

static size_t
on_tag(struct scan *s, size_t at)
{
    size_t from = at + 1, to = from, local;

    while (to < s->text.len && to - from < NAME_MAX_BYTES &&
           (plx_ascii_is_alphanumeric(s->text.ptr[to]) || is_one_of(s->text.ptr[to], "_-.:")))
        to++;
    for (local = to; local > from && s->text.ptr[local - 1] != ':';)
        local--;
    s->element = part(s, from, to);
    s->in_tag = to > from;
    s->is_secret = has(s, part(s, local, to), PLX_SECRET_NAMED);
    s->names_secret = false;
    return to > from ? to : from;
}

/* Where the element is closed whose content begins at from; most: it is not. */
static size_t
end_of_element(const struct scan *s, size_t from, size_t most)
{
    for (size_t next = from; next < most;) {
        const char *close = memmem(s->text.ptr + next, most - next, "</", 2);
        if (!close)
            break;
        next = (size_t)(close - s->text.ptr) + 2;
        if (most - next >= s->element.len && memcmp(close + 2, s->element.ptr, s->element.len) == 0)
            return next - 2;
    }
    return most;
}

/* <name>password</name><value>...</value>: the name is noted, and what it names is a secret. */
static void
note_element(struct scan *s, size_t from)
{
    size_t most = s->text.len - from < NAME_MAX_BYTES ? s->text.len : from + NAME_MAX_BYTES, end;
    const struct plx_slice element = s->element;

    if (plx_secrets_name_names(element)) {
        end = end_of_element(s, from, most);
        s->pair =
            end < most && plx_secrets_says(s->secrets, part(s, from, end)) ? end + 3 + element.len : 0; /* </name> */
    } else if (plx_secrets_name_is_named(element) && s->pair) {
        size_t tag = (size_t)(element.ptr - s->text.ptr) - 1;
        s->is_secret = tag >= s->pair && skip_spaces(s, s->pair) == tag;
    }
}

/* An element that its name makes a secret and that is never closed has been cut off: all of the rest is. */
static size_t
on_tag_end(struct scan *s, size_t at)
{
    bool opens = s->in_tag && s->text.ptr[at - 1] != '/';
    size_t from = at + 1, most = s->text.len, to;

    s->in_tag = false;
    if (opens && !s->is_secret && s->element.ptr)
        note_element(s, from);
    if (opens && s->is_secret)
        return tell(s, from, end_of_element(s, from, most), PLX_SECRET_XML, false);
    if (!opens || !s->names_secret)
        return from;
    s->names_secret = false;
    most = most - from < CLOSE_BYTES_MAX ? most : from + CLOSE_BYTES_MAX;
    to = end_of_element(s, from, most);
    return to < most ? tell(s, from, to, PLX_SECRET_XML, false) : from;
}

/* ---- texts ---- */

static void
find_in_text(struct scan *s)
{
    static const bool signs[256] = {['='] = true, [':'] = true, ['<'] = true, ['>'] = true, ['%'] = true};

    for (size_t at = tell_segment(s, 0);
         /* of a Location, which may be a path alone */ at < s->text.len && !s->enough;) {
        char c = s->text.ptr[at];

        if (!signs[(unsigned char)c])
            at++;
        else if (c == '=')
            at = on_equals(s, at);
        else if (c == ':')
            at = on_colon(s, at);
        else if (c == '<')
            at = on_tag(s, at);
        else if (c == '>')
            at = on_tag_end(s, at);
        else
            at = on_percent(s, at);
    }
}

/* name=password&value=...; false: it is neither. */
static bool
tell_pair(struct scan *s, size_t from, size_t value, size_t to)
{
    const struct plx_slice name = part(s, from, value - 1);

    if (plx_secrets_name_names(name) && plx_secrets_says(s->secrets, part(s, value, to))) {
        s->pair = to;
        return true;
    }
    if (!s->pair || from != s->pair + 1 || !plx_secrets_name_is_named(name))
        return false;
    tell(s, value, to, PLX_SECRET_URL, false);
    return true;
}

/* A parameter, from and up to; what is not secret itself may be a URL of its own. */
static void
find_in_parameter(struct scan *s, size_t from, size_t to)
{
    const char *equals = to > from ? memchr(s->text.ptr + from, '=', to - from) : NULL;
    size_t value = equals ? (size_t)(equals - s->text.ptr) + 1 : to;
    struct plx_slice whole = s->text;

    bool segment = from > 0 && s->text.ptr[from - 1] == '/'; /* of a path: no parameter, but it may look like one */
    struct plx_slice before = s->segment;

    if (segment)
        s->segment = part(s, from, to);
    if (segment && plx_secrets_has_segment(s->secrets, before, s->segment)) {
        tell(s, from, to, PLX_SECRET_URL, false);
        return;
    }

    if (equals && tell_pair(s, from, value, to))
        return;
    if (equals && has(s, part(s, from, value - 1), segment ? PLX_SECRET_NAMED : PLX_SECRET_PARAMETER)) {
        tell(s, value, to, PLX_SECRET_URL, false);
        return;
    }
    s->text.len = to;
    for (size_t at = value; at < to && !s->enough;)
        at = s->text.ptr[at] == '%' ? on_percent(s, at) : s->text.ptr[at] == ':' ? on_colon(s, at) : at + 1;
    s->text = whole;
}

static void
find_in_parameters(struct scan *s, size_t from, const char *separators)
{
    for (size_t at = from; !s->enough; at++) {
        if (at < s->text.len && !is_one_of(s->text.ptr[at], separators))
            continue;
        find_in_parameter(s, from, at);
        from = at + 1;
        if (at >= s->text.len)
            break;
    }
}

/* The user information; then the path, whose segments may have parameters; then query and fragment. */
static void
find_in_target(struct scan *s)
{
    size_t path = 0, end = 0;
    struct plx_slice whole = s->text;

    while (path < s->text.len && !is_one_of(s->text.ptr[path], "/?#:"))
        path++;
    if (char_at(s, path) == ':' && char_at(s, path + 1) == '/' && char_at(s, path + 2) == '/')
        path = on_authority(s, path);
    else
        path = 0;
    for (end = path; end < s->text.len && !is_one_of(s->text.ptr[end], "?#");)
        end++;
    s->text.len = end;
    find_in_parameters(s, path, "/;");
    s->text = whole;
    if (end < s->text.len)
        find_in_parameters(s, end + 1, "?&;#");
}

void
plx_secrets_find(const struct plx_secrets *secrets, struct plx_slice text, enum plx_secret_text kind,
                 plx_secret_found *found, void *context)
{
    struct scan s = {.secrets = secrets, .text = text, .found = found, .context = context};

    if (text.len == 0 || !plx_secrets_any(secrets))
        return;
    if (kind == PLX_SECRET_FORM)
        find_in_parameters(&s, 0, "&");
    else if (kind == PLX_SECRET_TARGET)
        find_in_target(&s);
    else
        find_in_text(&s);
}

/* ---- writing ---- */

void
plx_secrets_write_mark(struct plx_slice value, enum plx_secret_coding coding, struct plx_buffer *out)
{
    char mark[PLX_MARK_LEN];

    plx_mark_write(value, coding, mark);
    plx_buffer_append(out, mark, sizeof(mark));
}

struct writing {
    struct plx_slice text;
    struct plx_buffer *out;
    size_t end, written; /* where out is full enough; of the text */
};

static bool
write_found(void *context, const struct plx_secret_range *range)
{
    struct writing *w = context;

    plx_buffer_append(w->out, w->text.ptr + w->written, range->from - w->written);
    if (range->quoted)
        plx_buffer_byte(w->out, '"');
    plx_secrets_write_mark(plx_slice_make(w->text.ptr + range->from, range->to - range->from), range->coding, w->out);
    if (range->quoted)
        plx_buffer_byte(w->out, '"');
    w->written = range->to;
    return w->out->len < w->end && !w->out->failed;
}

void
plx_secrets_write(const struct plx_secrets *secrets, struct plx_slice text, enum plx_secret_text kind, size_t max,
                  struct plx_buffer *out)
{
    struct writing w = {text, out, max < SIZE_MAX - out->len ? out->len + max : SIZE_MAX, 0};

    plx_secrets_find(secrets, text, kind, write_found, &w);
    if (out->len < w.end && text.len)
        plx_buffer_append(out, text.ptr + w.written, text.len - w.written);
}

/* ---- headers ---- */

/* "name=value; name=value": the first only, or all. What has no name is a value. */
static void
write_cookies(struct plx_slice value, bool all, struct plx_buffer *out)
{
    for (bool first = true; value.len; first = false) {
        const char *semicolon = memchr(value.ptr, ';', value.len);
        size_t len = semicolon ? (size_t)(semicolon - value.ptr) : value.len, from = 0;
        const char *equals = memchr(value.ptr, '=', len);

        while (from < len && plx_ascii_is_blank(value.ptr[from]))
            from++;
        from = equals ? (size_t)(equals - value.ptr) + 1 : from;
        plx_buffer_append(out, value.ptr, from);
        if (!all && !first)
            plx_buffer_append(out, value.ptr + from, len - from);
        else if (len > from)
            plx_secrets_write_mark(plx_slice_make(value.ptr + from, len - from), PLX_SECRET_PLAIN, out);
        if (semicolon)
            plx_buffer_byte(out, ';');
        value = plx_slice_make(value.ptr + len + (semicolon != NULL), value.len - len - (semicolon != NULL));
    }
}

/* Of an Authorization: "Bearer " is no secret. 0: it begins with none that is known. */
static size_t
scheme_len(struct plx_slice value)
{
    static const char *const schemes[] = {"Basic ", "Bearer ", "Digest ", "Negotiate ", "Token ", "AWS4-HMAC-SHA256 "};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (begins_nocase(value, schemes[i]))
            return strlen(schemes[i]);
    return 0;
}

void
plx_secrets_write_header(const struct plx_secrets *secrets, struct plx_slice name, struct plx_slice value,
                         struct plx_buffer *out)
{
    size_t scheme;

    if (!plx_secrets_has(secrets, name, PLX_SECRET_NAMED)) {
        plx_secrets_write(secrets, value, PLX_SECRET_ANY_TEXT, SIZE_MAX, out);
    } else if (plx_slice_equal_nocase(name, plx_slice_of("Cookie"))) {
        write_cookies(value, true, out);
    } else if (plx_slice_equal_nocase(name, plx_slice_of("Set-Cookie"))) {
        write_cookies(value, false, out);
    } else if (value.len) {
        scheme = scheme_len(value);
        plx_buffer_append(out, value.ptr, scheme);
        plx_secrets_write_mark(plx_slice_make(value.ptr + scheme, value.len - scheme), PLX_SECRET_PLAIN, out);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exact JSON reader (RFC 8259): text in, a tape of nodes out. One pass, no recursion: while a container is open its
 * node's `next` holds the index of the container around it, so that the tape itself is the stack.
 */
#include "base/arena.h"
#include "base/ascii.h"
#include "base/utf8.h"
#include <parallax/value.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define NONE        UINT32_MAX /* the container around the root */
#define NODES_FIRST 16u
#define SHRUNK_FROM 65536u

struct reader {
    const char *begin, *at, *end;
    struct plx_arena *arena;
    struct plx_node *nodes;
    uint32_t count, capacity;
    uint32_t open; /* the innermost open container */
    uint32_t depth, depth_max, values_max;
    bool too_many;        /* values */
    const char *expected; /* after a failure */
};

/* ---- nodes ---- */

static bool
grow(struct reader *r)
{
    uint32_t step = r->capacity / 2 + NODES_FIRST;
    uint32_t capacity = step < r->values_max - r->capacity ? r->capacity + step : r->values_max;

    if (r->capacity == r->values_max) {
        r->too_many = true;
        return false;
    }
    struct plx_node *nodes =
        plx_arena_resize(r->arena, r->nodes, (size_t)r->capacity * sizeof(*nodes), (size_t)capacity * sizeof(*nodes));
    if (!nodes)
        return false;
    r->nodes = nodes;
    r->capacity = capacity;
    return true;
}

static inline struct plx_node *
add_node(struct reader *r, enum plx_type type, const char *from, size_t length)
{
    if (r->count == r->capacity && !grow(r))
        return NULL;
    struct plx_node *node = &r->nodes[r->count++];
    node->offset = (uint32_t)(from - r->begin);
    node->length = (uint32_t)length;
    node->next = r->count;
    node->type = (uint8_t)type;
    node->flags = 0;
    node->unused = 0;
    return node;
}

static enum plx_status
fail(struct reader *r, const char *expected)
{
    r->expected = expected;
    return PLX_E_SYNTAX;
}

/* ---- white space ---- */

static inline bool
is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static inline void
skip_space(struct reader *r)
{
    if (r->at == r->end || (unsigned char)*r->at > ' ')
        return;
    const char *at = r->at;
    while (at != r->end && is_space(*at))
        at++;
    r->at = at;
}

/* ---- strings ---- */

/* The first byte at or after `at` that ends a run of plain ASCII: a quote, a backslash, a control character, or no
 * ASCII. */
static inline const char *
skip_plain(const char *at, const char *end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x20);
    while (end - at >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
        /* Signed: bytes from 0x80 on are below 0x20, too. */
        __m128i special = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                                       _mm_cmplt_epi8(bytes, space));
        int mask = _mm_movemask_epi8(special);
        if (mask)
            return at + __builtin_ctz((unsigned)mask);
        at += 16;
    }
#endif
    while (at != end && (unsigned char)*at >= 0x20 && (unsigned char)*at < 0x80 && *at != '"' && *at != '\\')
        at++;
    return at;
}

/* At a backslash; past its escape on success. */
static enum plx_status
skip_escape(struct reader *r)
{
    if (r->end - r->at < 2) {
        r->at = r->end;
        return fail(r, "the rest of an escape");
    }
    switch (r->at[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        r->at += 2;
        return PLX_OK;
    case 'u':
        r->at += 2;
        for (int i = 0; i < 4; i++, r->at++)
            if (r->at == r->end || !plx_ascii_is_hex(*r->at))
                return fail(r, "four hexadecimal digits");
        return PLX_OK;
    default:
        r->at++;
        return fail(r, "one of \" \\ / b f n r t u after a backslash");
    }
}

/* At the opening quote. */
static enum plx_status
read_string(struct reader *r)
{
    const char *from = ++r->at;
    uint8_t flags = 0;

    for (;;) {
        r->at = skip_plain(r->at, r->end);
        if (r->at == r->end)
            return fail(r, "a closing quote");
        unsigned char c = (unsigned char)*r->at;
        if (c == '"')
            break;
        if (c == '\\') {
            flags = PLX_NODE_ESCAPED;
            enum plx_status status = skip_escape(r);
            if (status != PLX_OK)
                return status;
        } else if (c < 0x20) {
            return fail(r, "no control character in a string; write it as an escape");
        } else {
            size_t len = plx_utf8_length(r->at, (size_t)(r->end - r->at));
            if (len == 0) {
                r->expected = "valid UTF-8";
                return PLX_E_ENCODING;
            }
            r->at += len;
        }
    }
    struct plx_node *node = add_node(r, PLX_STRING, from, (size_t)(r->at - from));
    if (!node)
        return PLX_E_MEMORY;
    node->flags = flags;
    r->at++;
    return PLX_OK;
}

/* ---- numbers and literals ---- */

static inline bool
is_digit(const struct reader *r)
{
    return r->at != r->end && (unsigned char)(*r->at - '0') < 10;
}

static bool
skip_digits(struct reader *r)
{
    if (!is_digit(r))
        return false;
    while (is_digit(r))
        r->at++;
    return true;
}

static enum plx_status
read_number(struct reader *r)
{
    const char *from = r->at;

    if (*r->at == '-')
        r->at++;
    if (r->at != r->end && *r->at == '0')
        r->at++;
    else if (!skip_digits(r))
        return fail(r, "a digit");
    if (r->at != r->end && *r->at == '.') {
        r->at++;
        if (!skip_digits(r))
            return fail(r, "a digit after the decimal point");
    }
    if (r->at != r->end && (*r->at == 'e' || *r->at == 'E')) {
        r->at++;
        if (r->at != r->end && (*r->at == '+' || *r->at == '-'))
            r->at++;
        if (!skip_digits(r))
            return fail(r, "a digit in the exponent");
    }
    return add_node(r, PLX_NUMBER, from, (size_t)(r->at - from)) ? PLX_OK : PLX_E_MEMORY;
}

static enum plx_status
read_literal(struct reader *r, enum plx_type type, const char *word, size_t len)
{
    if ((size_t)(r->end - r->at) < len || memcmp(r->at, word, len) != 0)
        return fail(r, "a value");
    if (!add_node(r, type, r->at, len))
        return PLX_E_MEMORY;
    r->at += len;
    return PLX_OK;
}

/* ---- containers ---- */

static enum plx_status
open_container(struct reader *r, enum plx_type type)
{
    if (r->depth == r->depth_max) {
        r->expected = "fewer arrays and objects inside one another";
        return PLX_E_DEPTH;
    }
    struct plx_node *node = add_node(r, type, r->at, 0);
    if (!node)
        return PLX_E_MEMORY;
    node->next = r->open;
    r->open = r->count - 1;
    r->depth++;
    r->at++;
    skip_space(r);
    return PLX_OK;
}

static void
close_container(struct reader *r)
{
    struct plx_node *node = &r->nodes[r->open];

    r->open = node->next;
    node->next = r->count;
    r->depth--;
    r->at++;
}

/* A member's key and its colon. */
static enum plx_status
read_key(struct reader *r)
{
    skip_space(r);
    if (r->at == r->end || *r->at != '"')
        return fail(r, "a key in quotes");
    enum plx_status status = read_string(r);
    if (status != PLX_OK)
        return status;
    skip_space(r);
    if (r->at == r->end || *r->at != ':')
        return fail(r, "a colon after the key");
    r->at++;
    return PLX_OK;
}

/* A scalar whole, or a container's opening with its first key. PLX_AGAIN: a value must follow. */
static enum plx_status
read_value(struct reader *r)
{
    enum plx_status status;

    skip_space(r);
    if (r->at == r->end)
        return fail(r, "a value");
    switch (*r->at) {
    case '{':
        status = open_container(r, PLX_OBJECT);
        if (status != PLX_OK)
            return status;
        if (r->at != r->end && *r->at == '}') {
            close_container(r);
            return PLX_OK;
        }
        if (r->at == r->end || *r->at != '"')
            return fail(r, "a key in quotes, or }");
        status = read_key(r);
        return status == PLX_OK ? PLX_AGAIN : status;
    case '[':
        status = open_container(r, PLX_ARRAY);
        if (status != PLX_OK)
            return status;
        if (r->at != r->end && *r->at == ']') {
            close_container(r);
            return PLX_OK;
        }
        return PLX_AGAIN;
    case '"':
        return read_string(r);
    case 't':
        return read_literal(r, PLX_TRUE, "true", 4);
    case 'f':
        return read_literal(r, PLX_FALSE, "false", 5);
    case 'n':
        return read_literal(r, PLX_NULL, "null", 4);
    default:
        if (*r->at == '-' || is_digit(r))
            return read_number(r);
        return fail(r, "a value");
    }
}

/* Behind a value: closes what ends there. PLX_AGAIN: another value must follow. PLX_OK: the root is whole. */
static enum plx_status
after_value(struct reader *r)
{
    while (r->open != NONE) {
        struct plx_node *open = &r->nodes[r->open];
        bool object = open->type == PLX_OBJECT;
        open->length++;
        skip_space(r);
        if (r->at == r->end)
            return fail(r, object ? "a comma or }" : "a comma or ]");
        if (*r->at == ',') {
            r->at++;
            enum plx_status status = object ? read_key(r) : PLX_OK;
            return status == PLX_OK ? PLX_AGAIN : status;
        }
        if (*r->at != (object ? '}' : ']'))
            return fail(r, object ? "a comma or }" : "a comma or ]");
        close_container(r);
    }
    return PLX_OK;
}

static enum plx_status
read_text(struct reader *r)
{
    enum plx_status status;

    do {
        status = read_value(r);
        if (status == PLX_OK)
            status = after_value(r);
    } while (status == PLX_AGAIN);
    if (status != PLX_OK)
        return status;
    skip_space(r);
    return r->at == r->end ? PLX_OK : fail(r, "nothing more after the value");
}

static void
tell(const struct reader *r, struct plx_json_error *error)
{
    error->offset = (size_t)(r->at - r->begin);
    error->line = 1;
    error->column = 1;
    error->expected = r->expected ? r->expected : "memory for it";
    for (const char *at = r->begin; at != r->at; at++) {
        error->column++;
        if (*at == '\n') {
            error->line++;
            error->column = 1;
        }
    }
}

enum plx_status
plx_json_read(struct plx_slice text, const struct plx_json_limits *limits, struct plx_arena *arena,
              struct plx_document *document, struct plx_json_error *error)
{
    const char *begin = text.ptr ? text.ptr : "";
    struct reader r = {.begin = begin, .at = begin, .end = begin + text.len, .arena = arena, .open = NONE};
    uint32_t bytes_max = limits && limits->bytes_max ? limits->bytes_max : PLX_JSON_BYTES_DEFAULT;
    enum plx_status status;

    r.values_max = limits && limits->values_max ? limits->values_max : UINT32_MAX;
    r.depth_max = limits && limits->depth_max ? limits->depth_max : PLX_JSON_DEPTH_DEFAULT;
    if (text.len > bytes_max || text.len >= UINT32_MAX - 1) {
        r.expected = "a shorter text";
        status = PLX_E_LIMIT;
    } else {
        r.capacity = NODES_FIRST + (uint32_t)(text.len / 8);
        if (r.capacity > r.values_max)
            r.capacity = r.values_max;
        r.nodes = plx_arena_alloc(arena, (size_t)r.capacity * sizeof(*r.nodes));
        status = r.nodes ? read_text(&r) : PLX_E_MEMORY;
    }
    if (r.too_many) {
        status = PLX_E_TOO_LARGE;
        r.expected = "fewer values";
    }
    if (status == PLX_OK && r.capacity > SHRUNK_FROM) /* what was too many is given back */
        r.nodes =
            plx_arena_resize(arena, r.nodes, (size_t)r.capacity * sizeof(*r.nodes), (size_t)r.count * sizeof(*r.nodes));
    if (status == PLX_OK)
        *document = (struct plx_document){.text = text, .nodes = r.nodes, .count = r.count};
    else if (error)
        tell(&r, error);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Templates: text cut into parts once, then filled in for each call. What a call says never becomes a template. */
#include "traffic/spy/template.h"

#include "base/arena.h"
#include "base/ascii.h"
#include "base/assert.h"
#include "body/body.h"
#include "json/pointer.h"
#include "json/writer.h"

#include <stdio.h>
#include <stdlib.h>

enum kind {
    TEXT,
    METHOD,
    PATH,
    SEGMENT, /* number */
    QUERY,
    PARAMETER, /* argument */
    HEADER,    /* argument */
    BODY,
    POINTER, /* argument */
    COUNTER,
    ID,
    BRACES,
};

struct part {
    enum kind kind;
    bool json;
    struct plx_slice argument; /* in the template's text */
    uint32_t number;
};

struct plx_template {
    char *text;
    struct part *parts;
    size_t count;
};

/* ---- reading ---- */

static const char names_there_are[] =
    "write method, path, path.1, query, query.NAME, header.NAME, body, body/POINTER, counter, id or braces between {{ "
    "and }}, with `json ` before it for a JSON value";

static struct plx_slice
trimmed(struct plx_slice text)
{
    while (text.len && text.ptr[0] == ' ')
        text = plx_slice_make(text.ptr + 1, text.len - 1);
    while (text.len && text.ptr[text.len - 1] == ' ')
        text.len--;
    return text;
}

static bool
takes(struct plx_slice *text, const char *prefix)
{
    size_t len = strlen(prefix);

    if (text->len < len || memcmp(text->ptr, prefix, len) != 0)
        return false;
    *text = plx_slice_make(text->ptr + len, text->len - len);
    return true;
}

static bool
read_number(struct plx_slice text, uint32_t *number)
{
    *number = 0;
    if (text.len == 0 || text.len > 3)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *number = *number * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return *number > 0;
}

static bool
is_pointer(struct plx_slice text)
{
    if (text.len == 0 || text.ptr[0] != '/')
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '~' && (i + 1 == text.len || (text.ptr[i + 1] != '0' && text.ptr[i + 1] != '1')))
            return false;
    return true;
}

static bool
read_piece(struct plx_slice text, struct part *part)
{
    static const struct {
        const char *name;
        enum kind kind;
    } plain[] = {{"method", METHOD},   {"path", PATH}, {"query", QUERY},  {"body", BODY},
                 {"counter", COUNTER}, {"id", ID},     {"braces", BRACES}};

    text = trimmed(text);
    part->json = takes(&text, "json ");
    text = trimmed(text);
    for (size_t i = 0; i < PLX_COUNT(plain); i++)
        if (plx_slice_equal(text, plx_slice_of(plain[i].name))) {
            part->kind = plain[i].kind;
            return true;
        }
    part->argument = text;
    part->kind = SEGMENT;
    if (takes(&part->argument, "path."))
        return read_number(part->argument, &part->number);
    part->kind = PARAMETER;
    if (takes(&part->argument, "query."))
        return part->argument.len > 0;
    part->kind = HEADER;
    if (takes(&part->argument, "header."))
        return part->argument.len > 0;
    part->kind = POINTER;
    return takes(&part->argument, "body") && is_pointer(part->argument);
}

static enum plx_status
refuse(struct plx_template_error *error, const char *what, struct plx_slice at, const char *mend)
{
    size_t len = at.len < 60 ? at.len : 60;

    snprintf(error->what, sizeof(error->what), "%s%.*s", what, (int)len, at.len ? at.ptr : "");
    for (char *c = error->what; *c; c++) /* it is shown on a terminal */
        *c = (unsigned char)*c < ' ' || *c == 0x7F ? ' ' : *c;
    error->mend = mend;
    return PLX_E_SYNTAX;
}

static struct plx_slice
until(struct plx_slice text, const char *pair)
{
    for (size_t i = 0; i + 1 < text.len; i++)
        if (text.ptr[i] == pair[0] && text.ptr[i + 1] == pair[1])
            return plx_slice_make(text.ptr, i);
    return text;
}

/* At most PLX_TEMPLATE_PARTS_MAX of them. */
static enum plx_status
read_parts(struct plx_slice rest, struct part *parts, size_t *count, struct plx_template_error *error)
{
    while (rest.len) {
        struct plx_slice text = until(rest, "{{");
        if (*count + 2 > PLX_TEMPLATE_PARTS_MAX)
            return refuse(error, "a template with too many pieces", plx_slice_of(""), "it may have 256");
        if (text.len)
            parts[(*count)++] = (struct part){.kind = TEXT, .argument = text};
        rest = plx_slice_make(rest.ptr + text.len, rest.len - text.len);
        if (rest.len == 0)
            break;
        struct plx_slice inner = plx_slice_make(rest.ptr + 2, rest.len - 2), piece = until(inner, "}}");
        if (piece.len == inner.len)
            return refuse(error, "a {{ that no }} follows: ", rest, "close it; {{braces}} stands for {{ itself");
        struct part part = {TEXT};
        if (!read_piece(piece, &part))
            return refuse(error, "nothing of a call has this name: ", piece, names_there_are);
        parts[(*count)++] = part;
        rest = plx_slice_make(piece.ptr + piece.len + 2, inner.len - piece.len - 2);
    }
    return PLX_OK;
}

/* NULL: no memory. */
static struct plx_template *
template_alloc(struct plx_slice text)
{
    struct plx_template *made = calloc(1, sizeof(*made));

    if (!made)
        return NULL;
    made->text = malloc(text.len + 1);
    made->parts = malloc(PLX_TEMPLATE_PARTS_MAX * sizeof(*made->parts));
    if (!made->text || !made->parts) {
        plx_template_free(made);
        return NULL;
    }
    if (text.len)
        memcpy(made->text, text.ptr, text.len);
    return made;
}

enum plx_status
plx_template_new(struct plx_slice text, struct plx_template_error *error, struct plx_template **out)
{
    if (text.len > PLX_TEMPLATE_TEXT_MAX)
        return refuse(error, "a template that is too long", plx_slice_of(""), "it may have 256 KiB");
    struct plx_template *made = template_alloc(text);
    if (!made)
        return PLX_E_MEMORY;
    enum plx_status status = read_parts(plx_slice_make(made->text, text.len), made->parts, &made->count, error);
    struct part *fitting = status == PLX_OK ? realloc(made->parts, (made->count + 1) * sizeof(*fitting)) : NULL;
    if (!fitting) {
        plx_template_free(made);
        return status == PLX_OK ? PLX_E_MEMORY : status;
    }
    made->parts = fitting;
    *out = made;
    return PLX_OK;
}

void
plx_template_free(struct plx_template *made_of)
{
    if (!made_of)
        return;
    free(made_of->text);
    free(made_of->parts);
    free(made_of);
}

/* ---- filling in ---- */

struct filling {
    const struct plx_template_call *call;
    struct plx_arena *scratch;
    struct plx_body body; /* once a pointer asks for it */
    bool body_read, has_tree;
    bool no_memory;
};

static struct plx_slice
path_of(struct plx_slice target)
{
    const char *mark = target.len ? memchr(target.ptr, '?', target.len) : NULL;

    return plx_slice_make(target.ptr, mark ? (size_t)(mark - target.ptr) : target.len);
}

static struct plx_slice
query_of(struct plx_slice target)
{
    struct plx_slice path = path_of(target);

    return path.len == target.len ? plx_slice_make("", 0)
                                  : plx_slice_make(target.ptr + path.len + 1, target.len - path.len - 1);
}

/* Without its percent-encoding; what is no encoding stays as it is. */
static struct plx_slice
decoded(struct filling *f, struct plx_slice text, bool plus_is_space)
{
    char *out = plx_arena_alloc(f->scratch, text.len);
    size_t len = 0;

    if (!out) {
        f->no_memory = true;
        return plx_slice_make(NULL, 0);
    }
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        int byte = c == '%' && i + 2 < text.len ? plx_ascii_hex_pair(text.ptr + i + 1) : -1;
        if (byte >= 0) {
            c = (char)byte;
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        out[len++] = c;
    }
    return plx_slice_make(out, len);
}

/* The next piece of *rest before the separator. */
static struct plx_slice
cut(struct plx_slice *rest, char separator)
{
    const char *at = rest->len ? memchr(rest->ptr, separator, rest->len) : NULL;
    struct plx_slice piece = plx_slice_make(rest->ptr, at ? (size_t)(at - rest->ptr) : rest->len);
    size_t used = piece.len + (at != NULL);

    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return piece;
}

static bool
segment(struct filling *f, uint32_t number, struct plx_slice *out)
{
    struct plx_slice rest = path_of(f->call->target), piece = {NULL, 0};

    cut(&rest, '/'); /* before the first slash there is nothing */
    for (uint32_t i = 0; i < number; i++) {
        if (rest.len == 0)
            return false;
        piece = cut(&rest, '/');
    }
    *out = decoded(f, piece, false);
    return true;
}

static bool
parameter(struct filling *f, struct plx_slice name, struct plx_slice *out)
{
    struct plx_slice rest = query_of(f->call->target);

    while (rest.len) {
        struct plx_slice pair = cut(&rest, '&');
        if (plx_slice_equal(decoded(f, cut(&pair, '='), true), name)) {
            *out = decoded(f, pair, true);
            return true;
        }
    }
    return false;
}

static bool
header(const struct plx_template_call *call, struct plx_slice name, struct plx_slice *out)
{
    for (size_t i = 0; i < call->header_count; i++)
        if (plx_slice_equal_nocase(call->headers[i].name, name)) {
            *out = call->headers[i].value;
            return true;
        }
    return false;
}

static const struct plx_document *
document(struct filling *f)
{
    const struct plx_template_call *call = f->call;
    const struct plx_answer as_answer = {.headers = call->headers,
                                         .header_count = call->header_count,
                                         .body = call->body,
                                         .body_length = call->body.len};
    const struct plx_compare_limits limits = {.decoded_bytes_max = PLX_TEMPLATE_OUT_MAX,
                                              .json = {.depth_max = PLX_JSON_DEPTH_DEFAULT}};

    if (!f->body_read) {
        f->body_read = true;
        enum plx_status status = plx_body_read(&as_answer, &limits, NULL, f->scratch, &f->body);
        f->no_memory |= status == PLX_E_MEMORY;
        f->has_tree = status == PLX_OK && plx_body_is_tree(f->body.type);
    }
    return f->has_tree ? &f->body.tree : NULL;
}

/* What the pointer names: as JSON, or a string's characters. */
static bool
pointed(struct filling *f, const struct part *part, bool *is_json, struct plx_slice *out)
{
    const struct plx_document *tree = document(f);
    uint32_t node;

    if (!tree || plx_json_resolve(tree, part->argument, &node) != PLX_OK)
        return false;
    *is_json = tree->nodes[node].type != PLX_STRING;
    if (*is_json)
        *out = plx_json_text(tree, node);
    else
        f->no_memory |= plx_json_unescape(tree, node, f->scratch, out) != PLX_OK;
    return !f->no_memory;
}

/* false: the call has no such thing. *is_json: what it gives is a JSON value already. */
static bool
find(struct filling *f, const struct part *part, bool *is_json, struct plx_slice *out)
{
    const struct plx_template_call *call = f->call;
    static const struct plx_slice braces = {"{{", 2};
    char number[24];

    *is_json = false;
    switch (part->kind) {
    case TEXT:
        *out = part->argument;
        return true;
    case METHOD:
        *out = call->method;
        return true;
    case PATH:
        *out = path_of(call->target);
        return true;
    case SEGMENT:
        return segment(f, part->number, out);
    case QUERY:
        *out = query_of(call->target);
        return out->len > 0;
    case PARAMETER:
        return parameter(f, part->argument, out);
    case HEADER:
        return header(call, part->argument, out);
    case BODY:
        *out = call->body;
        return true;
    case POINTER:
        return pointed(f, part, is_json, out);
    case COUNTER:
        snprintf(number, sizeof(number), "%llu", (unsigned long long)call->counter);
        *out = plx_arena_copy(f->scratch, plx_slice_of(number));
        f->no_memory |= !out->ptr;
        *is_json = true;
        return true;
    case ID:
        *out = call->id;
        return true;
    case BRACES:
        *out = braces;
        return true;
    }
    return false;
}

static void
write_part(struct filling *f, const struct part *part, struct plx_buffer *out)
{
    struct plx_slice found = {NULL, 0};
    struct plx_json_writer writer;
    bool is_json, there = find(f, part, &is_json, &found);

    if (!part->json || (there && is_json)) {
        if (there)
            plx_buffer_add(out, found);
        return;
    }
    plx_json_writer_init(&writer, out);
    if (there)
        plx_json_string(&writer, found);
    else
        plx_json_null(&writer);
}

enum plx_status
plx_template_write(const struct plx_template *made_of, const struct plx_template_call *call, struct plx_arena *scratch,
                   struct plx_buffer *out)
{
    struct filling filling = {.call = call, .scratch = scratch};

    for (size_t i = 0; i < made_of->count && !filling.no_memory && !out->failed; i++)
        write_part(&filling, &made_of->parts[i], out);
    return filling.no_memory ? PLX_E_MEMORY : PLX_OK;
}

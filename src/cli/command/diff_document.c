/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command/diff_document.h"

#include "base/assert.h"
#include "body/media.h"
#include "cli/terminal/options.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define DOCUMENT_BYTES_MAX ((size_t)PLX_JSON_BYTES_DEFAULT)
#define READ_BYTES         65536u

/* ---- reading ---- */

/* 0, or the exit status. */
static int
read_file(struct plx_diff_document *document)
{
    bool standard = strcmp(document->name, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(document->name, O_RDONLY | O_CLOEXEC);
    ssize_t count = 0;

    if (fd < 0)
        return plx_trouble("diff", "%s can't be opened: %s", document->name, strerror(errno));
    while (plx_buffer_reserve(&document->text, READ_BYTES) &&
           (count = read(fd, document->text.ptr + document->text.len, READ_BYTES)) > 0)
        document->text.len += (size_t)count;
    int error = errno;
    if (!standard)
        close(fd);
    if (document->text.failed)
        return plx_trouble("diff", "%s is larger than %u MiB, or there is no memory for it", document->name,
                           (unsigned)(DOCUMENT_BYTES_MAX >> 20));
    if (count < 0)
        return plx_trouble("diff", "%s can't be read: %s", document->name, strerror(error));
    return 0;
}

/* ---- types ---- */

static const struct type {
    const char *name, *media_type, *endings;
} types[] = {
    {"json", "application/json", ".json"},
    {"ndjson", "application/x-ndjson", ".ndjson.jsonl"},
    {"form", "application/x-www-form-urlencoded", ".form"},
    {"xml", "application/xml", ".xml"},
    {"html", "text/html", ".html.htm"},
    {"text", "text/x-plain", ".txt.csv.md.log"},
    {"bytes", "application/x-bytes", ""},
};

struct plx_slice
plx_diff_media_type(const char *type)
{
    if (strchr(type, '/'))
        return plx_slice_of(type);
    for (size_t i = 0; i < PLX_COUNT(types); i++)
        if (strcmp(type, types[i].name) == 0)
            return plx_slice_of(types[i].media_type);
    return plx_slice_of("");
}

/* By the ending of its name; empty: by the content. */
static struct plx_slice
type_by_name(const char *name)
{
    const char *ending = strrchr(name, '.');
    size_t len = ending ? strlen(ending) : 0;

    for (size_t i = 0; len > 1 && i < PLX_COUNT(types); i++)
        for (const char *at = types[i].endings; (at = strstr(at, ending)); at++)
            if (at[len] == '\0' || at[len] == '.')
                return plx_slice_of(types[i].media_type);
    return plx_slice_of("");
}

/* What is said to be JSON and is not is trouble, as is any other document that is not what it is said to be. */
static int
read_body(struct plx_diff_document *document, bool patch, const struct plx_compare_limits *limits,
          struct plx_arena *arena)
{
    const char *mend = "--type text compares it as it is";
    struct plx_json_error error;
    struct plx_document unused;

    if (!document->answer.media_type.len)
        document->answer.media_type = type_by_name(document->name);
    document->answer.body = plx_buffer_slice(&document->text);
    document->answer.body_length = document->answer.body.len;
    if (plx_body_read(&document->answer, limits, NULL, arena, &document->body) != PLX_OK)
        return plx_trouble("diff", "out of memory");
    if (!document->body.declared || plx_body_is_tree(document->body.type) || (document->body.text.len == 0 && !patch))
        return 0;
    struct plx_media media = plx_media_read(document->answer.media_type);
    enum plx_body_type type;
    if (!plx_media_body_type(&media, &type) || type != PLX_BODY_JSON)
        return plx_trouble("diff", "%s is not well-formed %.*s; %s", document->name, (int)media.type.len,
                           media.type.ptr, mend);
    if (plx_json_read(document->body.text, &limits->json, arena, &unused, &error) == PLX_E_MEMORY)
        return plx_trouble("diff", "out of memory");
    return plx_trouble("diff", "%s:%u:%u: this is not JSON: here was to be %s; %s", document->name, error.line,
                       error.column, error.expected, mend);
}

/* ---- a document ---- */

void
plx_diff_document_init(struct plx_diff_document *document)
{
    *document = (struct plx_diff_document){0};
    plx_buffer_init(&document->text, DOCUMENT_BYTES_MAX + READ_BYTES);
}

void
plx_diff_document_fini(struct plx_diff_document *document)
{
    plx_buffer_fini(&document->text);
}

int
plx_diff_document_read(struct plx_diff_document *document, struct plx_slice media_type, bool patch,
                       const struct plx_compare_limits *limits, struct plx_arena *arena)
{
    int status = read_file(document);

    document->answer.media_type = media_type;
    return status ? status : read_body(document, patch, limits, arena);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/command/diff_document.h"

#include "base/assert.h"
#include "body/coding.h"
#include "body/media.h"
#include "body/xml.h"
#include "cli/command/diff_tables.h"
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
    {"csv", "text/csv", ".csv.tsv"},
    {"yaml", "application/yaml", ".yaml.yml"},
    {"multipart", "multipart/form-data", ""},
    {"text", "text/x-plain", ".txt.md.log"},
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

#define GZ ".gz"

static bool
is_packed(const struct plx_diff_document *document)
{
    size_t len = strlen(document->name);

    return len >= sizeof(GZ) - 1 && strcmp(document->name + len - (sizeof(GZ) - 1), GZ) == 0;
}

/* By the ending of its name, before a .gz; empty: by the content. */
static struct plx_slice
type_by_name(const struct plx_diff_document *document)
{
    size_t name_len = strlen(document->name) - (is_packed(document) ? sizeof(GZ) - 1 : 0);
    const char *name = document->name, *dot = memrchr(name, '.', name_len);
    char ending[16] = "";
    size_t len = dot ? name_len - (size_t)(dot - name) : 0;

    if (len >= sizeof(ending))
        return plx_slice_of("");
    if (len)
        memcpy(ending, dot, len);

    for (size_t i = 0; len > 1 && i < PLX_COUNT(types); i++)
        for (const char *at = types[i].endings; (at = strstr(at, ending)); at++)
            if (at[len] == '\0' || at[len] == '.')
                return plx_slice_of(types[i].media_type);
    return plx_slice_of("");
}

/* ---- what it stands for ---- */

static int
unpack(struct plx_diff_document *document, struct plx_arena *arena)
{
    struct plx_slice plain;

    if (!is_packed(document))
        return 0;
    enum plx_status status =
        plx_coding_remove(plx_slice_of("gzip"), plx_buffer_slice(&document->text), DOCUMENT_BYTES_MAX, arena, &plain);
    if (status == PLX_E_TOO_LARGE)
        return plx_trouble("diff", "%s is larger than %u MiB once it is unpacked", document->name,
                           (unsigned)(DOCUMENT_BYTES_MAX >> 20));
    if (status != PLX_OK)
        return plx_trouble("diff", "%s is no gzip, whatever its name says", document->name);
    plx_buffer_clear(&document->text);
    plx_buffer_add(&document->text, plain);
    return document->text.failed ? plx_trouble("diff", "out of memory") : 0;
}

static bool
is_type(const struct plx_diff_document *document, const char *type)
{
    return plx_slice_equal_nocase(plx_media_read(document->answer.media_type).type, plx_slice_of(type));
}

/* A table, or YAML, as the JSON that it stands for. */
static int
convert(struct plx_diff_document *document, bool table)
{
    struct plx_slice text = plx_buffer_slice(&document->text);
    bool csv = is_type(document, "text/csv"), yaml = is_type(document, "application/yaml");
    struct plx_diff_fault fault;

    if ((!csv || !table) && !yaml)
        return 0;
    if (!(csv ? plx_diff_csv_write_json(text, &document->written, &fault)
              : plx_diff_yaml_write_json(text, &document->written, &fault)))
        return fault.line ? plx_trouble("diff", "%s:%u:%u: this is not %s: %s; --type text compares it as it is",
                                        document->name, fault.line, fault.column, csv ? "CSV" : "YAML", fault.what)
                          : plx_trouble("diff", "%s is too large, or there is no memory for it", document->name);
    document->answer.body = plx_buffer_slice(&document->written);
    document->answer.media_type = plx_slice_of("application/json");
    return 0;
}

/* A multipart type that says no boundary has the one that its first line is made of. */
static void
take_boundary(struct plx_diff_document *document)
{
    struct plx_slice text = plx_buffer_slice(&document->text);
    struct plx_media media = plx_media_read(document->answer.media_type);
    enum plx_body_type type;
    size_t len = 2;

    if (!plx_media_body_type(&media, &type) || (type != PLX_BODY_MULTIPART && media.type.len) || media.boundary.len ||
        media.type.len < 10 || text.len < 3 || memcmp(text.ptr, "--", 2) != 0)
        return;
    while (len < text.len && text.ptr[len] != '\r' && text.ptr[len] != '\n' && text.ptr[len] != '"')
        len++;
    plx_buffer_format(&document->written, "%.*s; boundary=\"%.*s\"", (int)media.type.len, media.type.ptr, (int)len - 2,
                      text.ptr + 2);
    if (!document->written.failed)
        document->answer.media_type = plx_buffer_slice(&document->written);
}

/* What is said to be JSON and is not is trouble, as is any other document that is not what it is said to be. */
static int
read_body(struct plx_diff_document *document, bool patch, bool table, const struct plx_compare_limits *limits,
          struct plx_arena *arena)
{
    const char *mend = "--type text compares it as it is";
    struct plx_json_error error;
    struct plx_document unused;

    document->answer.media_type = document->media_type.len ? document->media_type : type_by_name(document);
    document->answer.body = plx_buffer_slice(&document->text);
    int trouble = convert(document, table);
    if (trouble)
        return trouble;
    take_boundary(document);
    document->answer.body_length = document->answer.body.len;
    enum plx_status status = plx_body_read(&document->answer, limits, NULL, arena, &document->body);
    if (status == PLX_E_UNSUPPORTED)
        return plx_trouble("diff", "%s is in a charset that is not known", document->name);
    if (status == PLX_E_TOO_LARGE)
        return plx_trouble("diff",
                           "%s is too large: more than %u attributes of an element, %u declarations, %u bytes of "
                           "names, or more text than a document may have",
                           document->name, PLX_XML_ATTRIBUTES_MAX, PLX_XML_DECLARATIONS_MAX, PLX_XML_NAMES_BYTES);
    if (status != PLX_OK)
        return plx_trouble("diff", "out of memory");
    if (!document->body.declared || plx_body_is_tree(document->body.type) || (document->body.text.len == 0 && !patch))
        return 0;
    struct plx_media media = plx_media_read(document->answer.media_type);
    enum plx_body_type type;
    bool known = plx_media_body_type(&media, &type);
    if (document->body.unread == PLX_E_DEPTH)
        return plx_trouble("diff", "%s is nested deeper than %u; %s", document->name,
                           known && (type == PLX_BODY_XML || type == PLX_BODY_HTML) ? PLX_XML_DEPTH_MAX
                                                                                    : PLX_JSON_DEPTH_DEFAULT,
                           mend);
    if (document->body.unread == PLX_E_ENCODING)
        return plx_trouble("diff", "%s is not valid in its charset; %s", document->name, mend);
    if (!known || type != PLX_BODY_JSON)
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
    plx_buffer_init(&document->written, 4 * DOCUMENT_BYTES_MAX);
}

void
plx_diff_document_fini(struct plx_diff_document *document)
{
    plx_buffer_fini(&document->text);
    plx_buffer_fini(&document->written);
}

int
plx_diff_document_read(struct plx_diff_document *document, bool patch, bool table,
                       const struct plx_compare_limits *limits, struct plx_arena *arena)
{
    int status = read_file(document);

    if (status == 0)
        status = unpack(document, arena);
    return status ? status : read_body(document, patch, table, limits, arena);
}

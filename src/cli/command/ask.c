/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax ask`: one request to all roles of a running proxy's service, compared at once. Its options are curl's. The
 * hard thing is which service: the one that is named, else the one that the URL's host is for, else the only one.
 */
#include "base/arena.h"
#include "base/assert.h"
#include "base/slice.h"
#include "cli/client/fetch.h"
#include "cli/command/command.h"
#include "cli/report/diffs_text.h"
#include "cli/terminal/output.h"
#include "json/writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADERS_MAX      64u
#define BODY_BYTES_MAX   (64u << 10) /* of the request */
#define POST_BYTES_MAX   (1u << 20)  /* of what the proxy is told */
#define RECORD_BYTES_MAX (16u << 20) /* of one as it is shown */

enum { OPTION_UNSAFE = PLX_OPTION_OWN };

static const char help[] =
    "usage: parallax ask PATH|URL [OPTION...]\n"
    "\n"
    "One request to all roles of a running proxy's service, and what they answer compared under the service's\n"
    "rules. Nothing of it is counted, and no client is asked.\n"
    "\n"
    "Exit status: 0 the same, 1 different, 2 trouble, 3 nobody can say (a role has not answered).\n"
    "\n"
    "  -X METHOD            default: GET, or POST with -d\n"
    "  -H 'NAME: VALUE'     a header; as often as needed\n"
    "  -d DATA              the request's body; @FILE reads it from a file\n"
    "      --unsafe         the method changes something, and each role may do it: POST, PUT, PATCH, DELETE\n"
    "      --service NAME   of this service; default: the one of the URL's host, or the only one\n"
    "      --json           the answer of the proxy as it is\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {
    PLX_OPTIONS_COMMON,
    {"service", required_argument, NULL, PLX_OPTION_SERVICE},
    {"request", required_argument, NULL, 'X'},
    {"header", required_argument, NULL, 'H'},
    {"data", required_argument, NULL, 'd'},
    {"unsafe", no_argument, NULL, OPTION_UNSAFE},
    {0},
};

struct ask {
    struct plx_options options;
    const char *method; /* NULL: the default */
    const char *headers[HEADERS_MAX];
    size_t header_count;
    const char *data; /* NULL: none */
    bool unsafe;
    struct plx_slice host; /* of the URL; empty: a path was given */
    struct plx_slice target;
    struct plx_fetch fetch;
};

/* ---- which service ---- */

/* "payment.service:8080" is for the host "payment.service". */
static bool
is_for_host(struct plx_item service, struct plx_slice host, struct plx_arena *arena)
{
    struct plx_item hosts = plx_item_member(service, "hosts");
    const char *colon = host.len ? memrchr(host.ptr, ':', host.len) : NULL;
    struct plx_slice name = plx_slice_make(host.ptr, colon ? (size_t)(colon - host.ptr) : host.len);

    for (struct plx_item h = plx_item_first(hosts); h.document; h = plx_item_next(hosts, h))
        if (plx_slice_equal_nocase(plx_item_text(h, arena), name))
            return true;
    return false;
}

static int
tell_ambiguous(struct ask *a, struct plx_item list)
{
    struct plx_buffer names;

    plx_buffer_init(&names, 512);
    for (struct plx_item s = plx_item_first(list); s.document; s = plx_item_next(list, s)) {
        plx_buffer_text(&names, names.len ? ", " : "");
        plx_buffer_add(&names, plx_item_text(plx_item_member(s, "name"), a->fetch.arena));
    }
    plx_trouble("ask", "which service? name one with --service: %.*s", (int)names.len, names.len ? names.ptr : "");
    plx_buffer_fini(&names);
    return PLX_EXIT_USAGE;
}

static int
find_service(struct ask *a, struct plx_slice *name)
{
    struct plx_document document;
    struct plx_slice text;
    struct plx_item found = {NULL, 0};

    if (a->options.only_count) {
        *name = plx_slice_of(a->options.only[0].name);
        return 0;
    }
    if (plx_fetch_get(&a->fetch, "/api/v1/services", &text, &document) != 0)
        return PLX_EXIT_USAGE;
    struct plx_item list = plx_item_member(plx_item_root(&document), "services");
    for (struct plx_item s = plx_item_first(list); s.document; s = plx_item_next(list, s))
        if (plx_item_length(list) == 1 || is_for_host(s, a->host, a->fetch.arena))
            found = s;
    if (!found.document)
        return tell_ambiguous(a, list);
    *name = plx_arena_copy(a->fetch.arena, plx_item_text(plx_item_member(found, "name"), a->fetch.arena));
    return name->ptr ? 0 : plx_trouble("ask", "out of memory");
}

/* ---- what the proxy is told ---- */

static int
read_file(const char *name, struct plx_buffer *data)
{
    FILE *file = strcmp(name, "-") == 0 ? stdin : fopen(name, "rb");
    char bytes[4096];
    size_t count;

    if (!file)
        return plx_trouble("ask", "-d @%s can't be read: %s", name, strerror(errno));
    while ((count = fread(bytes, 1, sizeof(bytes), file)) > 0)
        plx_buffer_append(data, bytes, count);
    if (file != stdin)
        fclose(file);
    return 0;
}

static int
read_data(const struct ask *a, struct plx_buffer *data)
{
    int status = 0;

    if (a->data && a->data[0] == '@')
        status = read_file(a->data + 1, data);
    else if (a->data)
        plx_buffer_text(data, a->data);
    if (status == 0 && data->failed)
        status = plx_trouble("ask", "-d is longer than %u KiB", BODY_BYTES_MAX >> 10);
    return status;
}

/* One object, whose members are the headers, in their order; a name may be there twice. */
static int
write_headers(const struct ask *a, struct plx_json_writer *w)
{
    plx_json_begin_object(w);
    for (size_t i = 0; i < a->header_count; i++) {
        const char *colon = strchr(a->headers[i], ':'), *value = colon ? colon + 1 : "";
        if (!colon || colon == a->headers[i])
            return plx_trouble("ask", "-H '%s' is no header; write it as in -H 'Accept: text/html'", a->headers[i]);
        plx_json_key_slice(w, plx_slice_make(a->headers[i], (size_t)(colon - a->headers[i])));
        plx_json_text_value(w, value + strspn(value, " \t"));
    }
    if (a->host.len) {
        plx_json_key(w, "Host");
        plx_json_string(w, a->host);
    }
    plx_json_end_object(w);
    return 0;
}

static int
write_wish(const struct ask *a, struct plx_slice data, struct plx_buffer *out)
{
    struct plx_json_writer w;
    int status;

    plx_json_writer_init(&w, out);
    plx_json_begin_object(&w);
    plx_json_key(&w, "method");
    plx_json_text_value(&w, a->method);
    plx_json_key(&w, "target");
    plx_json_string(&w, a->target);
    plx_json_key(&w, "unsafe");
    plx_json_bool(&w, a->unsafe);
    plx_json_key(&w, "headers");
    if ((status = write_headers(a, &w)))
        return status;
    if (a->data) {
        plx_json_key(&w, "body");
        plx_json_string(&w, data);
    }
    plx_json_end_object(&w);
    return out->failed ? plx_trouble("ask", "the request is too large") : 0;
}

/* ---- what came of it ---- */

static int
exit_of(struct plx_slice verdict)
{
    if (plx_slice_equal(verdict, plx_slice_of("mismatch")))
        return PLX_EXIT_FAILED;
    return plx_slice_equal(verdict, plx_slice_of("match")) || plx_slice_equal(verdict, plx_slice_of("ignored"))
               ? 0
               : PLX_EXIT_UNSURE;
}

static int
show(struct ask *a, struct plx_slice text, const struct plx_document *document)
{
    struct plx_item root = plx_item_root(document);
    int status = exit_of(plx_item_text(plx_item_member(root, "verdict"), a->fetch.arena));
    struct plx_slice reason = plx_item_text(plx_item_member(root, "reason"), a->fetch.arena);
    struct plx_terminal terminal;
    struct plx_buffer out;

    if (a->options.json) {
        fwrite(text.ptr, 1, text.len, stdout);
        fputc('\n', stdout);
        return status;
    }
    plx_buffer_init(&out, RECORD_BYTES_MAX);
    plx_terminal_init(&terminal, &out, stdout);
    plx_terminal_write(&terminal,
                       status == 0   ? PLX_GREEN
                       : status == 1 ? PLX_RED
                                     : PLX_YELLOW,
                       plx_slice_of(status == 0   ? "the same"
                                    : status == 1 ? "different"
                                                  : "nobody can say"));
    if (reason.len)
        plx_buffer_format(&out, ": %.*s", (int)reason.len, reason.ptr);
    plx_buffer_byte(&out, '\n');
    if (plx_record_print(&terminal, plx_item_member(root, "asked"), NULL) != PLX_OK)
        status = plx_trouble("ask", "out of memory");
    fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
    return status;
}

/* ---- the command ---- */

static int
ask_with(struct ask *a, struct plx_slice data)
{
    struct plx_asked_subject subject = {.words = &plx_words[0]};
    struct plx_document document;
    struct plx_buffer target, wish;
    struct plx_slice text;
    int status = find_service(a, &subject.name);

    plx_buffer_init(&target, 1024);
    plx_buffer_init(&wish, POST_BYTES_MAX);
    if (status == 0)
        status = write_wish(a, data, &wish);
    if (status == 0) {
        plx_fetch_path(&target, &subject);
        plx_buffer_append(&target, "/ask", sizeof("/ask"));
        status = target.failed ? plx_trouble("ask", "the service's name is too long")
                               : plx_fetch_ask(&a->fetch, target.ptr, plx_buffer_slice(&wish), &text, &document);
    }
    if (status == 0)
        status = show(a, text, &document);
    plx_buffer_fini(&target);
    plx_buffer_fini(&wish);
    return status;
}

static int
run(struct ask *a)
{
    struct plx_buffer data;
    int status;

    plx_buffer_init(&data, BODY_BYTES_MAX);
    status = plx_fetch_open(&a->fetch, &a->options);
    if (status == 0)
        status = read_data(a, &data);
    if (status == 0)
        status = ask_with(a, plx_buffer_slice(&data));
    if (status != PLX_EXIT_USAGE && plx_output_end("ask") != 0)
        status = PLX_EXIT_USAGE;
    plx_fetch_close(&a->fetch);
    plx_buffer_fini(&data);
    return status;
}

/* "/payroll", or "http://payment.service:8080/payroll", whose host goes into Host. */
static int
take_operand(struct ask *a, const char *operand)
{
    const char *scheme = strstr(operand, "://");

    if (*operand == '/' || !scheme) {
        a->target = plx_slice_of(operand);
        return *operand == '/' ? 0
                               : plx_trouble("ask",
                                             "'%s' is neither a path nor a URL; write /payroll, or "
                                             "http://payment.service/payroll",
                                             operand);
    }
    const char *host = scheme + 3, *path = host + strcspn(host, "/?#");
    a->host = plx_slice_make(host, (size_t)(path - host));
    a->target = *path == '/' ? plx_slice_make(path, strcspn(path, "#")) : plx_slice_of("/");
    return *path == '?' ? plx_trouble("ask", "'%s' has a query and no path; write a slash before the `?`", operand) : 0;
}

static bool
is_safe(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "OPTIONS") == 0 ||
           strcmp(method, "TRACE") == 0;
}

static int
read_options(struct ask *a, int argc, char **argv)
{
    int option;

    plx_options_init(&a->options, "ask", help, longs);
    a->options.operands = true;
    a->options.shorts = ":hVX:H:d:";
    while ((option = plx_options_next(&a->options, argc, argv)) > 0)
        switch (option) {
        case 'X':
            a->method = optarg;
            break;
        case 'H':
            if (a->header_count == HEADERS_MAX)
                return plx_trouble("ask", "at most %u headers can be given", HEADERS_MAX);
            a->headers[a->header_count++] = optarg;
            break;
        case 'd':
            a->data = optarg;
            break;
        default:
            a->unsafe = true;
            break;
        }
    if (a->options.exit >= 0)
        return a->options.exit;
    if (argc - optind != 1)
        return plx_trouble("ask", "%s; write `parallax ask PATH`",
                           argc - optind < 1 ? "a path or URL is missing" : "one path or URL at a time");
    if (a->options.only_count > 1)
        return plx_trouble("ask", "--service can be given once");
    int status = take_operand(a, argv[optind]);
    if (status == 0 && !a->method)
        a->method = a->data ? "POST" : "GET";
    if (status == 0 && !a->unsafe && !is_safe(a->method))
        return plx_trouble("ask", "each role would do what %s does; add --unsafe where that is wanted", a->method);
    return status ? status : -1;
}

int
plx_command_ask(int argc, char **argv)
{
    static struct ask a;
    int status = read_options(&a, argc, argv);

    return status >= 0 ? status : run(&a);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our reader of HTTP/1.1 against llhttp's published cases (Markdown: a message, then the events that a strict reader
 * gives).
 *
 * Both sides become the same text - the messages with method, target or status, headers, body and trailer, and how it
 * ended - and the texts must be equal. Where we differ on purpose, differences.h names the case, what we do and why; an
 * entry that does not come true, or is not needed any more, fails as well. A case that only a lenient reader accepts
 * must be refused.
 *
 * Most of the requests have no Host, which HTTP/1.1 asks for: where that is all that is wrong, the case is read again
 * with one.
 */
#include "base/assert.h"
#include "http/message.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "differences.h"

#define EXIT_SKIPPED 77
#define TEXT_MAX     (1024u * 1024)

struct suite_case {
    char file[320], title[160], type[80];
    bool skip_body;
    struct plx_buffer wire, log;
};

static int agreed, differed, lenient_refused, failed;
static bool difference_seen[PLX_COUNT(differences)];

/* ---- both sides as text ---- */

/* A message as far as it has been read. */
struct message {
    struct plx_buffer start, headers, body, trailer;
    bool head_whole;
};

static void
message_init(struct message *message)
{
    plx_buffer_init(&message->start, TEXT_MAX);
    plx_buffer_init(&message->headers, TEXT_MAX);
    plx_buffer_init(&message->body, TEXT_MAX);
    plx_buffer_init(&message->trailer, TEXT_MAX);
    message->head_whole = false;
}

static void
message_fini(struct message *message)
{
    plx_buffer_fini(&message->start);
    plx_buffer_fini(&message->headers);
    plx_buffer_fini(&message->body);
    plx_buffer_fini(&message->trailer);
}

/* Appends what is known of the message, and forgets it. A head that was not read to its end is nothing. */
static void
message_print(struct plx_buffer *text, struct message *message, bool complete)
{
    if (message->head_whole) {
        plx_buffer_add(text, plx_buffer_slice(&message->start));
        plx_buffer_text(text, "\n");
        plx_buffer_add(text, plx_buffer_slice(&message->headers));
        plx_buffer_text(text, "body <");
        plx_buffer_add(text, plx_buffer_slice(&message->body));
        plx_buffer_text(text, ">\n");
        if (complete) {
            plx_buffer_add(text, plx_buffer_slice(&message->trailer));
            plx_buffer_text(text, "complete\n");
        }
    }
    message_fini(message);
    message_init(message);
}

static void
print_header(struct plx_buffer *text, const char *before, struct plx_slice name, struct plx_slice value)
{
    plx_buffer_text(text, before);
    plx_buffer_add(text, name);
    plx_buffer_text(text, "=");
    plx_buffer_add(text, value);
    plx_buffer_text(text, "\n");
}

/* ---- what the suite expects: the log ---- */

struct expectation {
    struct message message;
    struct plx_buffer name, value, url, method, status;
    bool in_value;
    char end[40];
};

static void
flush_header(struct expectation *e)
{
    if (!e->in_value)
        return;
    while (e->value.len && (e->value.ptr[e->value.len - 1] == ' ' || e->value.ptr[e->value.len - 1] == '\t'))
        e->value.len--;
    bool trailer = e->message.head_whole;
    print_header(trailer ? &e->message.trailer : &e->message.headers, trailer ? "+" : "|", plx_buffer_slice(&e->name),
                 plx_buffer_slice(&e->value));
    plx_buffer_clear(&e->name);
    plx_buffer_clear(&e->value);
    e->in_value = false;
}

/* A span's text: cr, lf, or between quotes, with \t and \f for the two. */
static void
append_span(struct plx_buffer *out, const char *text)
{
    size_t len = strlen(text);
    if (strcmp(text, "cr") == 0 || strcmp(text, "lf") == 0) {
        plx_buffer_text(out, text[0] == 'c' ? "\r" : "\n");
        return;
    }
    for (size_t i = 1; i + 1 < len; i++) {
        bool tab = text[i] == '\\' && text[i + 1] == 't', feed = text[i] == '\\' && text[i + 1] == 'f';
        plx_buffer_byte(out, tab ? '\t' : feed ? '\f' : text[i]);
        i += tab || feed;
    }
}

static void
expect_span(struct expectation *e, const char *name, const char *text)
{
    static const char *const names[] = {"method", "url", "status", "header_field", "header_value", "body"};
    struct plx_buffer *into[] = {&e->method, &e->url, &e->status, &e->name, &e->value, &e->message.body};
    for (size_t i = 0; i < PLX_COUNT(names); i++) {
        size_t len = strlen(names[i]);
        if (strncmp(name, names[i], len) != 0 || name[len] != ']')
            continue;
        if (i == 3)
            flush_header(e);
        append_span(into[i], text);
        e->in_value |= i == 4;
    }
}

static void
expect_head(struct expectation *e, const char *line)
{
    const char *status = strstr(line, "status="), *version = strstr(line, "v=");
    flush_header(e);
    struct plx_buffer *start = &e->message.start;
    if (status)
        plx_buffer_format(start, "%.3s ", status + 7);
    plx_buffer_add(start, plx_buffer_slice(status ? &e->status : &e->method));
    if (!status) {
        plx_buffer_text(start, " ");
        plx_buffer_add(start, plx_buffer_slice(&e->url));
    }
    plx_buffer_format(start, " %.3s", version + 2);
    e->message.head_whole = true;
}

static void
expect_error(struct expectation *e, const char *line)
{
    const char *end = "refused";
    if (strstr(line, "Pause on"))
        end = "switched";
    else if (strstr(line, "Data after"))
        end = "closed";
    snprintf(e->end, sizeof(e->end), "%s", end);
}

static void
expect_line(struct plx_buffer *text, struct expectation *e, const char *line)
{
    const char *span = strstr(line, "span["), *equals = span ? strchr(span, '=') : NULL;
    if (equals) {
        expect_span(e, span + 5, equals + 1);
    } else if (strstr(line, " message begin")) {
        message_print(text, &e->message, false);
        plx_buffer_clear(&e->method);
        plx_buffer_clear(&e->url);
        plx_buffer_clear(&e->status);
        plx_buffer_clear(&e->name);
        plx_buffer_clear(&e->value);
        e->in_value = false;
    } else if (strstr(line, " headers complete")) {
        expect_head(e, line);
    } else if (strstr(line, " message complete")) {
        flush_header(e);
        message_print(text, &e->message, true);
    } else if (strstr(line, " error code=")) {
        expect_error(e, line);
    } else if (strstr(line, "off=NULL finish=")) {
        snprintf(e->end, sizeof(e->end), "%s", strstr(line, "finish="));
    }
}

static void
print_expected(struct plx_buffer *text, struct suite_case *c)
{
    struct expectation e = {.end = "more"};
    struct plx_buffer *parts[] = {&e.name, &e.value, &e.url, &e.method, &e.status};
    message_init(&e.message);
    for (size_t i = 0; i < PLX_COUNT(parts); i++)
        plx_buffer_init(parts[i], TEXT_MAX);
    plx_buffer_byte(&c->log, '\0');
    for (char *save = NULL, *line = strtok_r(c->log.ptr, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        expect_line(text, &e, line);
    message_print(text, &e.message, false);
    plx_buffer_text(text, e.end);
    for (size_t i = 0; i < PLX_COUNT(parts); i++)
        plx_buffer_fini(parts[i]);
    message_fini(&e.message);
}

/* ---- what we read ---- */

struct reading {
    struct plx_buffer wire; /* grows where a Host is put in */
    size_t at;              /* what is read so far */
    bool request, skip_body, finish, host_put_in, ended_in_close;
    struct plx_http_head head;
    struct plx_http_error error;
    struct message message;
    const char *end;
};

static struct plx_slice
rest_of(const struct reading *r)
{
    return plx_slice_make(r->wire.ptr + r->at, r->wire.len - r->at);
}

static enum plx_status
read_head(struct reading *r)
{
    size_t scanned = 0;
    enum plx_http_method method = r->skip_body ? PLX_METHOD_HEAD : PLX_METHOD_GET;
    return r->request ? plx_http_read_request(rest_of(r), &scanned, &r->head, &r->error)
                      : plx_http_read_response(rest_of(r), &scanned, method, &r->head, &r->error);
}

static void
insert(struct plx_buffer *buffer, size_t at, const char *text)
{
    size_t len = strlen(text), behind = buffer->len - at;
    plx_buffer_text(buffer, text); /* room */
    memmove(buffer->ptr + at + len, buffer->ptr + at, behind);
    memcpy(buffer->ptr + at, text, len);
}

/* Reads the head again with a Host where it has none. */
static enum plx_status
read_head_with_host(struct reading *r)
{
    enum plx_status status = read_head(r);
    r->host_put_in = status == PLX_E_PROTOCOL && strstr(r->error.text, "no Host") != NULL;
    if (!r->host_put_in)
        return status;
    const char *line_end = memchr(rest_of(r).ptr + 2, '\n', rest_of(r).len - 2); /* behind an empty line, if any */
    insert(&r->wire, (size_t)(line_end + 1 - r->wire.ptr), "Host: suite\r\n");
    return read_head(r);
}

static void
print_head(struct reading *r)
{
    const struct plx_http_head *head = &r->head;
    struct plx_buffer *start = &r->message.start;
    r->message.head_whole = true;
    if (head->status)
        plx_buffer_format(start, "%d ", head->status);
    plx_buffer_add(start, head->status ? head->reason : head->method);
    if (!head->status) {
        plx_buffer_text(start, " ");
        plx_buffer_add(start, head->target);
    }
    plx_buffer_format(start, " 1/%d", head->minor);
    for (size_t i = r->host_put_in ? 1 : 0; i < head->header_count; i++)
        print_header(&r->message.headers, "|", head->headers[i].name, head->headers[i].value);
}

static void
print_trailer(struct reading *r, struct plx_slice lines)
{
    while (lines.len) {
        const char *colon = memchr(lines.ptr, ':', lines.len), *cr = memchr(lines.ptr, '\r', lines.len);
        const char *value = colon + 1;
        while (value < cr && (*value == ' ' || *value == '\t'))
            value++;
        print_header(&r->message.trailer, "+", plx_slice_make(lines.ptr, (size_t)(colon - lines.ptr)),
                     plx_slice_make(value, (size_t)(cr - value)));
        lines = plx_slice_make(cr + 2, lines.len - (size_t)(cr + 2 - lines.ptr));
    }
}

static enum plx_status
read_body(struct reading *r)
{
    struct plx_http_body body;
    struct plx_slice input = rest_of(r), data;
    enum plx_status status;
    plx_http_body_init(&body, r->head.framing, r->head.content_length);
    do {
        status = plx_http_body_read(&body, &input, &data);
        plx_buffer_add(&r->message.body, data);
    } while (status == PLX_OK);
    r->at = r->wire.len - input.len;
    if (status == PLX_DONE)
        print_trailer(r, plx_buffer_slice(&body.trailer));
    if (status < 0)
        r->error = (struct plx_http_error){r->request ? 400 : 502, body.error};
    r->ended_in_close = status == PLX_AGAIN && plx_http_body_eof(&body) == PLX_DONE;
    plx_http_body_fini(&body);
    return status;
}

/* One message; true where the next one may follow. */
static bool
read_message(struct plx_buffer *text, struct reading *r)
{
    enum plx_status status = read_head_with_host(r);
    if (status == PLX_AGAIN) {
        r->end = "more";
        return false;
    }
    if (status == PLX_OK) {
        print_head(r);
        r->at += r->head.bytes.len;
        status = read_body(r);
        message_print(text, &r->message, status == PLX_DONE);
    }
    if (status != PLX_DONE) {
        r->end = status < 0 ? "refused" : "more";
        return false;
    }
    if ((r->request && r->head.upgrade) || r->head.status == 101) {
        r->end = "switched";
        return false;
    }
    bool closes = !r->head.keep_alive && (r->request || r->head.status >= 200);
    r->end = closes && r->at < r->wire.len ? "closed" : "more";
    return !closes && r->at < r->wire.len;
}

static void
read_wire(struct plx_buffer *text, struct reading *r)
{
    message_init(&r->message);
    while (read_message(text, r))
        continue;
    message_fini(&r->message);
    if (r->finish)
        plx_buffer_text(text, r->at == r->wire.len && !r->ended_in_close ? "finish=0"
                              : r->ended_in_close                        ? "finish=1"
                                                                         : "finish=2");
    else
        plx_buffer_text(text, r->end);
}

/* A head is judged when it is whole: where the suite refuses it before its end, the end is added. */
static void
print_actual(struct plx_buffer *text, const struct suite_case *c, struct reading *r, bool add_end)
{
    *r = (struct reading){.request = strncmp(c->type, "request", 7) == 0,
                          .skip_body = c->skip_body,
                          .finish = strstr(c->type, "-finish") != NULL,
                          .end = "more"};
    plx_buffer_init(&r->wire, TEXT_MAX);
    plx_buffer_add(&r->wire, plx_buffer_slice(&c->wire));
    if (add_end)
        plx_buffer_text(&r->wire, "\r\n\r\n");
    read_wire(text, r);
}

/* ---- comparing ---- */

static bool
ends_in(const struct plx_buffer *text, const char *end)
{
    size_t len = strlen(end);
    return text->len >= len && memcmp(text->ptr + text->len - len, end, len) == 0;
}

static const struct difference *
find_difference(const struct suite_case *c)
{
    for (size_t i = 0; i < PLX_COUNT(differences); i++)
        if (strcmp(differences[i].file, c->file) == 0 && strcmp(differences[i].title, c->title) == 0) {
            difference_seen[i] = true;
            return &differences[i];
        }
    return NULL;
}

static void
fail(const struct suite_case *c, const char *what, const struct plx_buffer *expected, const struct plx_buffer *actual,
     const struct reading *r)
{
    failed++;
    printf("FAILED %s, \"%s\" (%s): %s\n--- the suite's\n%.*s\n--- ours\n%.*s", c->file, c->title, c->type, what,
           (int)expected->len, expected->ptr, (int)actual->len, actual->ptr);
    if (ends_in(actual, "refused"))
        printf(" %d: %s", r->error.status, r->error.text);
    printf("\n---\n");
}

/* Does what we did come true as the table has it: "STATUS: why" for a refusal, else the end of our text? */
static bool
comes_true(const struct difference *difference, const struct plx_buffer *actual, const struct reading *r)
{
    char did[200];
    snprintf(did, sizeof(did), "%d: %s", r->error.status, r->error.text);
    return ends_in(actual, "refused") ? strcmp(did, difference->ours) == 0 : ends_in(actual, difference->ours);
}

static void
judge(const struct suite_case *c, const struct plx_buffer *expected, const struct plx_buffer *actual,
      const struct reading *r)
{
    const struct difference *difference = find_difference(c);
    bool lenient = strstr(c->type, "lenient") != NULL;
    bool same = lenient ? ends_in(actual, "refused") || ends_in(actual, "closed")
                        : plx_slice_equal(plx_buffer_slice(expected), plx_buffer_slice(actual));
    if (difference && same)
        fail(c, "stands in differences.h, but there is none", expected, actual, r);
    else if (difference && !comes_true(difference, actual, r))
        fail(c, difference->ours, expected, actual, r);
    else if (difference)
        differed++;
    else if (!same)
        fail(c, lenient ? "only a lenient reader accepts this" : "read differently", expected, actual, r);
    else if (lenient)
        lenient_refused++;
    else
        agreed++;
}

static void
run_case(struct suite_case *c)
{
    static struct reading reading;
    struct plx_buffer expected, actual;
    plx_buffer_init(&expected, TEXT_MAX);
    plx_buffer_init(&actual, TEXT_MAX);
    print_expected(&expected, c);
    print_actual(&actual, c, &reading, false);
    if (ends_in(&expected, "refused") && ends_in(&actual, "more") && reading.at < reading.wire.len) {
        plx_buffer_fini(&reading.wire);
        plx_buffer_clear(&actual);
        print_actual(&actual, c, &reading, true);
    }
    judge(c, &expected, &actual, &reading);
    plx_buffer_fini(&reading.wire);
    plx_buffer_fini(&expected);
    plx_buffer_fini(&actual);
}

/* ---- the suite's files ---- */

/* The number that up to max digits to the base stand for, and how many they are. */
static int
read_digits(const char *text, int base, int max, int *count)
{
    char digits[4] = "";
    for (*count = 0; *count < max && text[*count] && strchr("0123456789abcdef", text[*count] | 32); ++*count) {
        if (base == 8 && (text[*count] < '0' || text[*count] > '7'))
            break;
        digits[*count] = text[*count];
    }
    return (int)strtol(digits, NULL, base);
}

static void
append_octet(struct plx_buffer *wire, int code)
{
    if (code >= 0x80) /* the suite writes a character, which goes out as UTF-8 */
        plx_buffer_byte(wire, (char)(0xc0 | code >> 6));
    plx_buffer_byte(wire, (char)(code >= 0x80 ? 0x80 | (code & 0x3f) : code));
}

/* The bytes a block stands for: lines end in CR LF, a backslash at the end of one joins it with the next; \r \n \t \f
 * \xNN \NNN. */
static void
append_wire(struct plx_buffer *wire, const char *block, size_t len)
{
    if (len && block[len - 1] == '\n')
        len--;
    for (size_t i = 0; i < len; i++) {
        const char *next = block + i + 1;
        int count = 0, code;
        if (block[i] == '\n') {
            plx_buffer_text(wire, "\r\n");
        } else if (block[i] != '\\' || i + 1 == len) {
            plx_buffer_byte(wire, block[i]);
        } else if (*next == '\n') {
            i++;
        } else if (strchr("rntf", *next)) {
            plx_buffer_byte(wire, "\r\n\t\f"[strchr("rntf", *next) - "rntf"]);
            i++;
        } else if (*next == 'x') {
            code = read_digits(next + 1, 16, 2, &count);
            append_octet(wire, code);
            i += 1 + (size_t)count;
        } else if (*next >= '0' && *next <= '7') {
            code = read_digits(next, 8, 3, &count);
            append_octet(wire, code);
            i += (size_t)count;
        } else {
            plx_buffer_byte(wire, '\\');
        }
    }
}

static void
read_meta(struct suite_case *c, const char *text)
{
    char line[256];
    snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
    const char *type = strstr(line, "\"type\":");
    c->skip_body = strstr(line, "\"skipBody\": true") != NULL;
    type = type ? strchr(type + 7, '"') : NULL;
    snprintf(c->type, sizeof(c->type), "%.*s", type ? (int)strcspn(type + 1, "\"") : 0, type ? type + 1 : "");
}

/* The block behind the fence at *at, up to the closing fence; *at moves behind that. */
static struct plx_slice
read_block(const char **at)
{
    const char *from = strchr(*at, '\n') + 1, *to = strstr(from, "```");
    if (!to) {
        printf("a block without an end\n");
        exit(EXIT_FAILURE);
    }
    *at = strchr(to, '\n') ? strchr(to, '\n') : to + 3;
    return plx_slice_make(from, (size_t)(to - from));
}

static void
run_document(const char *file, const char *text)
{
    struct suite_case c = {.type = ""};
    snprintf(c.file, sizeof(c.file), "%s", file);
    plx_buffer_init(&c.wire, TEXT_MAX);
    plx_buffer_init(&c.log, TEXT_MAX);
    for (const char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (line[0] == '#') {
            line += strspn(line, "# ");
            snprintf(c.title, sizeof(c.title), "%.*s", (int)strcspn(line, "\n"), line);
        } else if (strncmp(line, "<!-- meta=", 10) == 0) {
            read_meta(&c, line);
        } else if (strncmp(line, "```http", 7) == 0) {
            struct plx_slice block = read_block(&line);
            plx_buffer_clear(&c.wire);
            append_wire(&c.wire, block.ptr, block.len);
        } else if (strncmp(line, "```log", 6) == 0) {
            plx_buffer_clear(&c.log);
            plx_buffer_add(&c.log, read_block(&line));
            run_case(&c);
        }
    }
    plx_buffer_fini(&c.wire);
    plx_buffer_fini(&c.log);
}

static void
run_file(const char *folder, const char *kind, const char *name)
{
    char path[4096], file[320];
    struct plx_buffer text;
    snprintf(path, sizeof(path), "%s/%s/%s", folder, kind, name);
    snprintf(file, sizeof(file), "%s/%s", kind, name);
    FILE *stream = fopen(path, "r");
    if (!stream) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    plx_buffer_init(&text, TEXT_MAX);
    for (int c; (c = getc(stream)) != EOF;)
        plx_buffer_byte(&text, (char)c);
    plx_buffer_byte(&text, '\0');
    fclose(stream);
    run_document(file, text.ptr);
    plx_buffer_fini(&text);
}

static int
is_markdown(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);
    return len > 3 && strcmp(entry->d_name + len - 3, ".md") == 0;
}

static bool
run_folder(const char *folder, const char *kind)
{
    char path[4096];
    struct dirent **entries = NULL;
    snprintf(path, sizeof(path), "%s/%s", folder, kind);
    int count = scandir(path, &entries, is_markdown, alphasort);
    for (int i = 0; i < count; i++) {
        run_file(folder, kind, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return count > 0;
}

int
main(int argc, char **argv)
{
    const char *suites = getenv("PLX_SUITES") ? getenv("PLX_SUITES") : argc > 1 ? argv[1] : "../shared/suites";
    char folder[2048];
    snprintf(folder, sizeof(folder), "%s/http1-parsing", suites);
    if (!run_folder(folder, "request") || !run_folder(folder, "response")) {
        printf("skipped: there is no suite at %s; set PLX_SUITES to the folder that holds http1-parsing\n", folder);
        return EXIT_SKIPPED;
    }
    for (size_t i = 0; i < PLX_COUNT(differences); i++)
        if (!difference_seen[i]) {
            printf("FAILED differences.h has \"%s\" of %s, which the suite has not\n", differences[i].title,
                   differences[i].file);
            failed++;
        }
    printf("%d cases agree, %d differ as differences.h has it, %d that only lenient readers accept are refused, %d "
           "failed\n",
           agreed, differed, lenient_refused, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

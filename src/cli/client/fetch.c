/* SPDX-License-Identifier: Apache-2.0 */
/* The admin API's answers, read; each way to fail has its own advice. */
#include "cli/client/fetch.h"

#include "base/ascii.h"
#include "cli/terminal/exit_status.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMEOUT_MS       10000
#define ANSWER_BYTES_MAX (128u << 20) /* what the admin API answers at most */

int
plx_fetch_open(struct plx_fetch *fetch, const struct plx_options *options)
{
    const char *token = getenv("PARALLAX_TOKEN");
    char error[256];

    *fetch = (struct plx_fetch){.options = options};
    fetch->arena = plx_arena_new(NULL);
    if (!fetch->arena)
        return plx_trouble(options->command, "out of memory");
    fetch->client = plx_client_new(options->admin, TIMEOUT_MS, error, sizeof(error));
    if (!fetch->client)
        return plx_trouble(options->command, "%s '%s': %s; it should look like " PLX_ADMIN_DEFAULT,
                           options->admin_given ? "--admin" : "PARALLAX_ADMIN", options->admin, error);
    if (token && *token)
        plx_client_set_token(fetch->client, token);
    return 0;
}

void
plx_fetch_close(struct plx_fetch *fetch)
{
    if (fetch->client)
        plx_client_free(fetch->client);
    plx_arena_free(fetch->arena);
    *fetch = (struct plx_fetch){0};
}

static int
tell_unreachable(struct plx_fetch *fetch, enum plx_status status)
{
    const struct plx_options *options = fetch->options;

    fetch->unreachable = status == PLX_E_CONNECT || status == PLX_E_TIMEOUT || status == PLX_E_RESET;
    if (fetch->quiet && fetch->unreachable)
        return PLX_EXIT_USAGE;
    if (status == PLX_E_CONNECT)
        return plx_trouble(options->command,
                           "nothing answers at %s; start `parallax run`, or name its admin address with --admin URL or "
                           "PARALLAX_ADMIN",
                           options->admin);
    if (status == PLX_E_PROTOCOL)
        return plx_trouble(
            options->command,
            "what answers at %s is not a proxy's admin API; name that with --admin URL or PARALLAX_ADMIN",
            options->admin);
    return plx_trouble(options->command, "asking %s has failed: %s; try again, or look at the proxy's log",
                       options->admin, plx_status_text(status));
}

/* What is wrong with a configuration, line by line, as the proxy has read it. */
static int
tell_errors(struct plx_slice errors)
{
    for (size_t i = 0; i < errors.len; i++) {
        unsigned char c = (unsigned char)errors.ptr[i];
        fputc(c == 0x7F || (c < ' ' && c != '\n' && c != '\t') ? '?' : c, stderr);
    }
    return PLX_EXIT_FAILED;
}

/* What the proxy said is wrong: {"error":{"code":..,"message":..}}. */
static int
tell_refused(struct plx_fetch *fetch, int status, struct plx_slice body)
{
    const struct plx_options *options = fetch->options;
    struct plx_document document;
    struct plx_slice message = {"", 0};

    if (status == 403 && plx_json_read(body, NULL, fetch->arena, &document, NULL) == PLX_OK &&
        plx_slice_equal(
            plx_item_text(plx_item_member(plx_item_member(plx_item_root(&document), "error"), "code"), fetch->arena),
            plx_slice_of("read_only")))
        return plx_trouble(options->command, "PARALLAX_TOKEN is the token for reading; a change needs the other one");
    if (status == 401 || status == 403)
        return plx_trouble(options->command,
                           "the proxy at %s asks for %s token; set PARALLAX_TOKEN to the one that its "
                           "configuration has",
                           options->admin, getenv("PARALLAX_TOKEN") ? "another" : "a");
    if (plx_json_read(body, NULL, fetch->arena, &document, NULL) == PLX_OK) {
        const struct plx_item root = plx_item_root(&document);
        const struct plx_slice errors = plx_item_text(plx_item_member(root, "errors"), fetch->arena);
        if (status == 422 && errors.len)
            return tell_errors(errors);
        message = plx_item_text(plx_item_member(plx_item_member(root, "error"), "message"), fetch->arena);
    }
    if (message.len > 0)
        return plx_trouble(options->command, "%.*s", (int)(message.len < 800 ? message.len : 800), message.ptr);
    return plx_trouble(options->command, "the answer from %s is a %d; is that the admin address of `parallax run`?",
                       options->admin, status);
}

int
plx_fetch_get(struct plx_fetch *fetch, const char *target, struct plx_slice *text, struct plx_document *document)
{
    return plx_fetch_send(fetch, "GET", target, plx_slice_make("", 0), text, document);
}

static bool
is_answer(int status, bool verdict)
{
    return status / 100 == 2 || (verdict && (status == 412 || status == 502));
}

static int
ask(struct plx_fetch *fetch, const char *method, const char *target, struct plx_slice body, bool verdict,
    struct plx_slice *text, struct plx_document *document)
{
    struct plx_slice headers = plx_slice_of(body.len ? "Content-Type: application/json\r\n" : "");
    struct plx_client_answer answer = {0};
    enum plx_status status;

    fetch->unreachable = false;
    status = plx_client_request(fetch->client, method, target, headers, body, ANSWER_BYTES_MAX, &answer);
    if (status != PLX_OK)
        return tell_unreachable(fetch, status);
    if (!is_answer(answer.status, verdict))
        return tell_refused(fetch, answer.status, answer.body);
    status = plx_json_read(answer.body, &(struct plx_json_limits){.bytes_max = ANSWER_BYTES_MAX}, fetch->arena,
                           document, NULL);
    if (status == PLX_E_MEMORY)
        return plx_trouble(fetch->options->command, "out of memory");
    if (status != PLX_OK)
        return tell_unreachable(fetch, PLX_E_PROTOCOL);
    *text = answer.body;
    return 0;
}

int
plx_fetch_send(struct plx_fetch *fetch, const char *method, const char *target, struct plx_slice body,
               struct plx_slice *text, struct plx_document *document)
{
    return ask(fetch, method, target, body, false, text, document);
}

int
plx_fetch_ask(struct plx_fetch *fetch, const char *target, struct plx_slice body, struct plx_slice *text,
              struct plx_document *document)
{
    return ask(fetch, "POST", target, body, true, text, document);
}

int
plx_fetch_bytes(struct plx_fetch *fetch, const char *target, struct plx_slice *bytes, bool *again)
{
    struct plx_client_answer answer = {0};
    enum plx_status status = plx_client_request(fetch->client, "GET", target, plx_slice_make("", 0),
                                                plx_slice_make("", 0), ANSWER_BYTES_MAX, &answer);

    if (status != PLX_OK)
        return tell_unreachable(fetch, status);
    if (answer.status / 100 != 2)
        return tell_refused(fetch, answer.status, answer.body);
    *bytes = answer.body;
    *again = answer.status == 202;
    return 0;
}

/* ---- who is asked about ---- */

/* Appends one; false where there is no memory. */
static bool
add_subject(struct plx_fetch *fetch, struct plx_asked_subject **subjects, size_t *count, const struct plx_words *words,
            struct plx_slice name)
{
    size_t size = sizeof(**subjects);
    struct plx_asked_subject *more = plx_arena_resize(fetch->arena, *subjects, *count * size, (*count + 1) * size);

    if (!more)
        return false;
    *subjects = more;
    /* The answer's text goes with the next call: the names must not lie in it. */
    more[*count] = (struct plx_asked_subject){words, plx_arena_copy(fetch->arena, name)};
    return more[(*count)++].name.ptr != NULL;
}

static int
list_all(struct plx_fetch *fetch, const struct plx_words *words, struct plx_asked_subject **subjects, size_t *count)
{
    const char *plural = plx_subject_plural(words->kind);
    struct plx_document document;
    struct plx_slice text;
    struct plx_item list;
    char target[64];

    snprintf(target, sizeof(target), "/api/v1/%s", plural);
    if (plx_fetch_get(fetch, target, &text, &document) != 0)
        return PLX_EXIT_USAGE;
    list = plx_item_member(plx_item_root(&document), plural);
    for (struct plx_item s = plx_item_first(list); s.document; s = plx_item_next(list, s))
        if (!add_subject(fetch, subjects, count, words, plx_item_text(plx_item_member(s, "name"), fetch->arena)))
            return plx_trouble(fetch->options->command, "out of memory");
    return 0;
}

/* Once each, however often it is named. */
static int
list_named(struct plx_fetch *fetch, const struct plx_words *words, struct plx_asked_subject **subjects, size_t *count)
{
    const struct plx_options *options = fetch->options;

    for (size_t i = 0; i < options->only_count; i++) {
        bool named = options->only[i].kind != words->kind;

        for (size_t j = 0; j < i && !named; j++)
            named = options->only[j].kind == words->kind && strcmp(options->only[j].name, options->only[i].name) == 0;
        if (!named && !add_subject(fetch, subjects, count, words, plx_slice_of(options->only[i].name)))
            return plx_trouble(options->command, "out of memory");
    }
    return 0;
}

int
plx_fetch_subjects(struct plx_fetch *fetch, struct plx_asked_subject **subjects, size_t *count)
{
    int status = 0;

    *count = 0;
    *subjects = plx_arena_alloc(fetch->arena, sizeof(**subjects));
    if (!*subjects)
        return plx_trouble(fetch->options->command, "out of memory");
    for (size_t i = 0; i < PLX_WORDS_COUNT && status == 0; i++)
        status = fetch->options->only_count ? list_named(fetch, &plx_words[i], subjects, count)
                                            : list_all(fetch, &plx_words[i], subjects, count);
    return status;
}

void
plx_fetch_path(struct plx_buffer *target, const struct plx_asked_subject *subject)
{
    plx_buffer_format(target, "/api/v1/%s/", plx_subject_plural(subject->words->kind));
    plx_fetch_encode(target, subject->name);
}

void
plx_fetch_encode(struct plx_buffer *target, struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool plain = plx_ascii_is_alphanumeric((char)c) || c == '-' || c == '.' || c == '_' || c == '~';

        if (plain)
            plx_buffer_byte(target, (char)c);
        else
            plx_buffer_format(target, "%%%02X", c);
    }
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `answer:` of a spy or of one of its routes.
 *
 *   answer: primary                                          # what the primary got
 *   answer: {from: primary, wait: 5s, status: 202}           # the rest is for where that does not come in time
 *   answer: {status: 201, headers: {Content-Type: application/json}, body: '{"id": {{counter}}}'}
 */
#include "control/config/stub_answers.h"

#include "base/assert.h"
#include "base/slice.h"
#include "control/config/keys.h"
#include "control/config/values.h"

#include <stdlib.h>

#define WAIT_MAX_MS (3600u * 1000)

struct reading {
    struct plx_spy_answer *answer;
    uint32_t *wait_ms;
    bool status_given;
};

static bool
read_status_text(struct plx_slice text, int *status)
{
    uint64_t number;

    if (!plx_value_count(text, 999, &number) || number < 200 || number == 304)
        return false;
    *status = (int)number;
    return true;
}

static const char status_mend[] = "write a number from 200 to 999, but not 304, as in 201";

static void
read_from(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_slice text;

    if (!plx_read_text(reader, node, "primary", &text))
        return;
    if (plx_slice_equal(text, plx_slice_of("primary")))
        ((struct reading *)into)->answer->from_primary = true;
    else
        plx_config_error(reader, node, "write `from: primary`, or leave it out", "no answer comes from %s",
                         plx_yaml_name(node));
}

static void
read_wait(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;

    if (r->wait_ms)
        plx_read_duration(reader, node, WAIT_MAX_MS, r->wait_ms);
    else
        plx_config_error(reader, node->key, "write it under the spy's own `answer`",
                         "how long a stub waits for the primary's answer is the same on all routes");
}

static void
read_status(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct reading *r = into;
    struct plx_slice text;

    if (!plx_read_text(reader, node, "a status", &text))
        return;
    r->status_given = read_status_text(text, &r->answer->status);
    if (!r->status_given)
        plx_config_error(reader, node, status_mend, "%s is no status that can be answered", plx_yaml_name(node));
}

static struct plx_template *
read_template(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice text)
{
    struct plx_template_error error = {"", NULL};
    struct plx_template *made = NULL;
    enum plx_status status = plx_template_new(text, &error, &made);

    if (status == PLX_E_SYNTAX)
        plx_config_error(reader, node, error.mend, "%s", error.what);
    else
        reader->no_memory |= status == PLX_E_MEMORY;
    return made;
}

/* Headers that frame the answer, or belong to the connection, are for Parallax to write. */
static bool
may_be_answered(struct plx_slice name)
{
    static const char *const ours[] = {"Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive",
                                       "Upgrade",        "Trailer",           "TE",         "Date"};

    if (name.len > 0 && !plx_slice_is_token(name))
        return false;
    for (size_t i = 0; i < PLX_COUNT(ours); i++)
        if (plx_slice_equal_nocase(name, plx_slice_of(ours[i])))
            return false;
    return true;
}

static void
read_header(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_spy_answer *answer)
{
    struct plx_spy_header *header = &answer->headers[answer->header_count];
    struct plx_slice value;

    if (!may_be_answered(node->key->text)) {
        plx_config_error(reader, node->key, "leave it out: what frames an answer is written by Parallax",
                         "a stub can't answer the header %s", plx_config_quoted(node->key->text));
        return;
    }
    if (!plx_read_text(reader, node, "a header's value", &value))
        return;
    plx_read_copy_of(reader, node->key->text, &header->name);
    header->value = read_template(reader, node, value);
    answer->header_count++;
}

static void
read_headers(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_spy_answer *answer = ((struct reading *)into)->answer;

    if (node->type != PLX_YAML_MAPPING) {
        plx_config_error(reader, node, "write `headers: {Content-Type: application/json}`",
                         "`headers` are names and values, not %s", plx_yaml_name(node));
        return;
    }
    for (const struct plx_yaml *at = node->first; at && !reader->no_memory; at = at->next) {
        if (plx_keys_repeats(reader, node, at))
            continue;
        if (answer->header_count == PLX_SPY_ANSWER_HEADERS_MAX) {
            plx_config_error(reader, at->key, "leave some out", "a stub answers at most %u headers",
                             PLX_SPY_ANSWER_HEADERS_MAX);
            return;
        }
        read_header(reader, at, answer);
    }
}

static void
read_body(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct plx_spy_answer *answer = ((struct reading *)into)->answer;

    if (node->type == PLX_YAML_SCALAR)
        answer->body = read_template(reader, node, node->text);
    else
        plx_config_error(reader, node, "write the body as one text, as in `body: '{\"id\": {{counter}}}'`",
                         "a body is a text, not %s", plx_yaml_name(node));
}

void
plx_spy_answer_read(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_spy_answer *answer,
                    uint32_t *wait_ms)
{
    static const struct plx_key keys[] = {{"from", read_from},
                                          {"wait", read_wait},
                                          {"status", read_status},
                                          {"headers", read_headers},
                                          {"body", read_body}};
    struct reading r = {answer, wait_ms, false};

    if (node->type == PLX_YAML_SCALAR && plx_slice_equal(node->text, plx_slice_of("primary"))) {
        answer->from_primary = true;
    } else if (node->type == PLX_YAML_SCALAR) {
        plx_config_error(reader, node, "write `answer: primary`, or `answer: {status: 200, body: ...}`",
                         "%s says not what is answered", plx_yaml_name(node));
        return;
    } else {
        plx_keys_read(reader, node, "`answer`", keys, PLX_COUNT(keys), &r);
    }
    if (answer->from_primary && !r.status_given)
        answer->status = 503;
}

void
plx_spy_answer_flag(struct plx_config_reader *reader, const char *value, struct plx_spy_answer *answer)
{
    struct plx_slice text = plx_slice_of(value), body;
    const char *space = strchr(value, ' ');
    struct plx_slice status = plx_slice_make(value, space ? (size_t)(space - value) : text.len);

    answer->from_primary = plx_slice_equal(text, plx_slice_of("primary"));
    if (answer->from_primary) {
        answer->status = 503;
        return;
    }
    if (!read_status_text(status, &answer->status)) {
        plx_config_error(reader, NULL, "write primary, a status, or a status and a body, as in '201 {{body}}'",
                         "--answer: %s says not what is answered", plx_config_quoted(text));
        return;
    }
    body = space ? plx_slice_of(space + 1) : plx_slice_of("");
    plx_template_free(answer->body);
    answer->body = read_template(reader, NULL, body);
}

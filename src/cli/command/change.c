/* SPDX-License-Identifier: Apache-2.0 */
/* A change of a service, asked for and told. */
#include "cli/command/change.h"

#include "cli/command/command.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"
#include "service/service.h"
#include "service/share_value.h"

#include <stdio.h>

#define TARGET_BYTES_MAX 1024u
#define NAME_SHOWN       80u

int
plx_change_read(struct plx_change *change, int argc, char **argv, size_t count, const char *operands)
{
    struct plx_options *options = &change->options;

    options->operands = true;
    while (plx_options_next(options, argc, argv) == PLX_CHANGE_SHARE)
        change->share = optarg;
    if (options->exit >= 0)
        return options->exit;
    if ((size_t)(argc - optind) != count)
        return plx_trouble(options->command, "%s; write `parallax %s %s`",
                           (size_t)(argc - optind) < count ? "something is missing" : "that is too much",
                           options->command, operands);
    for (size_t i = 0; i < count; i++)
        change->operands[i] = argv[optind + (int)i];
    return -1;
}

bool
plx_change_add_share(const struct plx_change *change, const char *percent, struct plx_buffer *json)
{
    size_t len = strlen(percent);
    char text[32], number[PLX_SHARE_TEXT];
    uint32_t share;

    if (len && percent[len - 1] == '%')
        len--;
    if (len < sizeof(text) - 1) {
        snprintf(text, sizeof(text), "%.*s%%", (int)len, percent);
        if (plx_share_of(plx_slice_of(text), &share)) {
            plx_buffer_text(json, plx_share_text(share, number));
            return true;
        }
    }
    plx_trouble(change->options.command,
                "'%s' is no percentage; write a number from 0 to 100 with at most three decimals, as in 10 or 0.5",
                percent);
    return false;
}

/* ---- told ---- */

struct state {
    struct plx_slice stage; /* in the arena */
    double share;
};

static struct state
state_of(struct plx_fetch *fetch, const struct plx_document *document)
{
    struct plx_item service = plx_item_root(document);

    /* The answer's text goes with the next one. */
    return (struct state){
        .stage = plx_arena_copy(fetch->arena, plx_item_text(plx_item_member(service, "stage"), fetch->arena)),
        .share = plx_item_double(plx_item_member(service, "share")),
    };
}

static void
add_state(struct plx_buffer *out, const struct state *state)
{
    plx_text_add(out, state->stage, NAME_SHOWN);
    if (plx_slice_equal(state->stage, plx_slice_of(plx_stage_text(PLX_STAGE_CANARY))))
        plx_buffer_format(out, ", %g %% of the clients", state->share);
}

static void
say(struct plx_buffer *out, struct plx_slice name, const struct state *before, const struct state *after,
    struct plx_item service)
{
    struct plx_item changed = plx_item_member(service, "changed");

    plx_text_add(out, name, NAME_SHOWN);
    plx_buffer_text(out, ": ");
    if (plx_slice_equal(before->stage, after->stage) && before->share == after->share) {
        add_state(out, after);
        plx_buffer_text(out, ", as before\n");
        return;
    }
    add_state(out, before);
    plx_buffer_text(out, " -> ");
    add_state(out, after);
    plx_buffer_byte(out, '\n');
    if (plx_item_is(changed, PLX_OBJECT) && !plx_item_true(plx_item_member(changed, "stored")))
        plx_buffer_text(out, "  it is not in a store: a restart goes back to what the configuration says\n");
}

/* ---- made ---- */

static int
show(struct plx_change *change, struct plx_slice text)
{
    fwrite(text.ptr, 1, text.len, stdout);
    return plx_output_end(change->options.command);
}

static int
ask(struct plx_change *change, struct plx_fetch *fetch, const char *target, const char *method, const char *path,
    struct plx_slice body)
{
    char whole[TARGET_BYTES_MAX + 32];
    struct plx_slice text;
    struct plx_document document;
    struct plx_buffer out;

    int status = plx_fetch_get(fetch, target, &text, &document);
    if (status != 0)
        return status;
    struct state before = state_of(fetch, &document);
    snprintf(whole, sizeof(whole), "%s/%s", target, path);
    status = plx_fetch_send(fetch, method, whole, body, &text, &document);
    if (status != 0)
        return status;
    struct state after = state_of(fetch, &document);
    plx_buffer_init(&out, 64u << 10);
    if (change->options.json) {
        plx_buffer_add(&out, text);
        plx_buffer_byte(&out, '\n');
    } else {
        say(&out, plx_slice_of(change->operands[0]), &before, &after, plx_item_root(&document));
    }
    status = out.failed ? plx_trouble(change->options.command, "out of memory") : show(change, plx_buffer_slice(&out));
    plx_buffer_fini(&out);
    return status;
}

int
plx_change_make(struct plx_change *change, const char *method, const char *path, struct plx_slice body)
{
    struct plx_fetch fetch;
    struct plx_buffer target;

    plx_buffer_init(&target, TARGET_BYTES_MAX);
    plx_buffer_text(&target, "/api/v1/services/");
    plx_fetch_encode(&target, plx_slice_of(change->operands[0]));
    plx_buffer_byte(&target, '\0');
    int status = plx_fetch_open(&fetch, &change->options);
    if (status == 0 && (target.failed || !*change->operands[0]))
        status = plx_trouble(change->options.command, "'%.*s' is no name of a service; `parallax status` lists them",
                             (int)NAME_SHOWN, change->operands[0]);
    else if (status == 0)
        status = ask(change, &fetch, target.ptr, method, path, body);
    plx_fetch_close(&fetch);
    plx_buffer_fini(&target);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A change of a service, asked for and told. */
#include "cli/command/change.h"

#include "cli/command/command.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"
#include "service/change_note.h"
#include "service/service.h"
#include "service/share_value.h"
#include "json/writer.h"

#include <stdio.h>

#define TARGET_BYTES_MAX 1024u
#define BODY_BYTES_MAX   4096u /* six bytes at most for each of a reason's */
#define NAME_SHOWN       80u

int
plx_change_read(struct plx_change_command *change, int argc, char **argv, size_t count, const char *operands)
{
    struct plx_options *options = &change->options;

    options->operands = true;
    for (int option; (option = plx_options_next(options, argc, argv)) > 0;)
        *(option == PLX_CHANGE_SHARE ? &change->share : &change->reason) = optarg;
    if (options->exit >= 0)
        return options->exit;
    if ((size_t)(argc - optind) != count)
        return plx_trouble(options->command, "%s; write `parallax %s %s`",
                           (size_t)(argc - optind) < count ? "something is missing" : "that is too much",
                           options->command, operands);
    for (size_t i = 0; i < count; i++)
        change->operands[i] = argv[optind + (int)i];
    return plx_change_check_reason(options->command, change->reason);
}

int
plx_change_check_reason(const char *command, const char *reason)
{
    if (!reason || plx_change_reason_is_fit(plx_slice_of(reason)))
        return -1;
    return plx_trouble(command, "--reason takes at most %u bytes of UTF-8 in one line, without control characters",
                       PLX_CHANGE_REASON_MAX);
}

bool
plx_change_add_share(const struct plx_change_command *change, const char *percent, struct plx_buffer *json)
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
    struct plx_slice stage;
    double share;
    bool held[PLX_HOLDS];
    struct plx_slice from; /* where a rollback began: its stage */
    double from_share;
    bool stored;
};

static void
read_hold(struct plx_fetch *fetch, struct plx_item item, struct state *state)
{
    struct plx_item from = plx_item_member(item, "from");
    enum plx_hold hold;

    if (!plx_hold_of(plx_item_text(plx_item_member(item, "hold"), fetch->arena), &hold))
        return;
    state->held[hold] = true;
    state->stored &= plx_item_true(plx_item_member(item, "stored"));
    if (hold == PLX_HOLD_ROLLED_BACK) {
        state->from = plx_item_text(plx_item_member(from, "stage"), fetch->arena);
        state->from_share = plx_item_double(plx_item_member(from, "share"));
    }
}

static struct state
state_of(struct plx_fetch *fetch, struct plx_item service)
{
    struct plx_item changed = plx_item_member(service, "changed"), holds = plx_item_member(service, "holds");
    struct state state = {
        .stage = plx_item_text(plx_item_member(service, "stage"), fetch->arena),
        .share = plx_item_double(plx_item_member(service, "share")),
        .stored = !plx_item_is(changed, PLX_OBJECT) || plx_item_true(plx_item_member(changed, "stored")),
    };

    for (struct plx_item hold = plx_item_first(holds); hold.document; hold = plx_item_next(holds, hold))
        read_hold(fetch, hold, &state);
    return state;
}

static bool
is_at(struct plx_slice stage, enum plx_stage at)
{
    return plx_slice_equal(stage, plx_slice_of(plx_stage_text(at)));
}

static void
add_stage(struct plx_buffer *out, struct plx_slice stage, double share)
{
    plx_text_add(out, stage, NAME_SHOWN);
    if (is_at(stage, PLX_STAGE_CANARY))
        plx_buffer_format(out, ", %g %% of the clients", share);
}

static void
add_state(struct plx_buffer *out, const struct state *state)
{
    add_stage(out, state->stage, state->share);
    if (state->held[PLX_HOLD_ROLLED_BACK])
        plx_buffer_text(out, ", rolled back");
    if (state->held[PLX_HOLD_PAUSED])
        plx_buffer_text(out, ", paused");
}

/* "`parallax resume payment" */
static void
begin_command(struct plx_buffer *out, const char *command, struct plx_slice name)
{
    plx_buffer_format(out, "`parallax %s ", command);
    if (!plx_text_add_shell(out, name))
        plx_text_add(out, name, NAME_SHOWN);
}

static void
say_paused(struct plx_buffer *out, struct plx_slice name, const struct state *after)
{
    plx_buffer_text(out, "  nothing is sent to the candidate until ");
    begin_command(out, "resume", name);
    plx_buffer_text(out, "`\n");
    if (is_at(after->stage, PLX_STAGE_CANARY))
        plx_buffer_text(out, "  meanwhile the primary answers all clients\n");
    if (is_at(after->stage, PLX_STAGE_CANDIDATE))
        plx_buffer_text(out, "  meanwhile the primary answers all clients: it has to run, and does not have what only "
                             "the candidate was told\n");
}

static void
say_rolled_back(struct plx_buffer *out, struct plx_slice name, const struct state *after)
{
    plx_buffer_text(out, "  all clients get the primary's answer until ");
    begin_command(out, "resume", name);
    plx_buffer_text(out, "`; stage and share stay as they are, whatever a file says\n");
    if (is_at(after->stage, PLX_STAGE_SHADOW) && !after->held[PLX_HOLD_PAUSED])
        plx_buffer_text(out, "  the candidate gets copies, and is compared\n");
}

#define NEXT_SHARE 5.0 /* percent: a small first step, where there was no smaller one before */

static void
say_released(struct plx_buffer *out, struct plx_slice name, const struct state *before)
{
    bool smaller = is_at(before->from, PLX_STAGE_CANARY) && before->from_share > 0 && before->from_share < NEXT_SHARE;

    plx_buffer_text(out, "  no client is moved by this");
    if (before->from.len) {
        plx_buffer_text(out, "; before the rollback it was ");
        add_stage(out, before->from, before->from_share);
    }
    plx_buffer_text(out, "\n  next: ");
    begin_command(out, "stage", name);
    plx_buffer_format(out, " canary --share %g`\n", smaller ? before->from_share : NEXT_SHARE);
}

static void
say_still_rolled_back(struct plx_buffer *out, struct plx_slice name)
{
    plx_buffer_text(out, "  it is still rolled back; once more ");
    begin_command(out, "resume", name);
    plx_buffer_text(out, "` ends that\n");
}

static void
say_holds(struct plx_buffer *out, struct plx_slice name, const struct state *before, const struct state *after)
{
    bool was_back = before->held[PLX_HOLD_ROLLED_BACK], is_back = after->held[PLX_HOLD_ROLLED_BACK];

    if (is_back && !was_back)
        say_rolled_back(out, name, after);
    if (after->held[PLX_HOLD_PAUSED])
        say_paused(out, name, after);
    if (was_back && !is_back)
        say_released(out, name, before);
    if (is_back && before->held[PLX_HOLD_PAUSED] && !after->held[PLX_HOLD_PAUSED])
        say_still_rolled_back(out, name);
}

static void
say(struct plx_buffer *out, struct plx_slice name, const struct state *before, const struct state *after)
{
    plx_text_add(out, name, NAME_SHOWN);
    plx_buffer_text(out, ": ");
    if (plx_slice_equal(before->stage, after->stage) && before->share == after->share &&
        memcmp(before->held, after->held, sizeof(before->held)) == 0) {
        add_state(out, after);
        plx_buffer_text(out, ", as before\n");
        return;
    }
    add_state(out, before);
    plx_buffer_text(out, " -> ");
    add_state(out, after);
    plx_buffer_byte(out, '\n');
    say_holds(out, name, before, after);
    if (!after->stored)
        plx_buffer_text(out, "  it is not in a store: a restart goes back to what the configuration says\n");
}

/* ---- made ---- */

static int
show(struct plx_change_command *change, struct plx_slice text)
{
    fwrite(text.ptr, 1, text.len, stdout);
    return plx_output_end(change->options.command);
}

static int
ask(struct plx_change_command *change, struct plx_fetch *fetch, const char *target, const char *method,
    struct plx_slice body)
{
    struct plx_slice text;
    struct plx_document document;
    struct plx_buffer out;

    int status = plx_fetch_send(fetch, method, target, body, &text, &document);
    if (status != 0)
        return status;
    struct plx_item service = plx_item_root(&document);
    struct state before = state_of(fetch, plx_item_member(service, "before")), after = state_of(fetch, service);
    plx_buffer_init(&out, 64u << 10);
    if (change->options.json) {
        plx_buffer_add(&out, text);
        plx_buffer_byte(&out, '\n');
    } else {
        say(&out, plx_slice_of(change->operands[0]), &before, &after);
    }
    status = out.failed ? plx_trouble(change->options.command, "out of memory") : show(change, plx_buffer_slice(&out));
    plx_buffer_fini(&out);
    return status;
}

/* Members and reason as an object; nothing where there is neither. */
static void
write_body(const struct plx_change_command *change, struct plx_slice members, struct plx_buffer *body)
{
    struct plx_json_writer w;

    if (!members.len && !change->reason)
        return;
    plx_buffer_byte(body, '{');
    plx_buffer_add(body, members);
    if (change->reason) {
        plx_buffer_text(body, members.len ? ",\"reason\":" : "\"reason\":");
        plx_json_writer_init(&w, body);
        plx_json_string(&w, plx_slice_of(change->reason));
    }
    plx_buffer_byte(body, '}');
}

int
plx_change_make(struct plx_change_command *change, const char *method, const char *path, struct plx_slice members)
{
    struct plx_fetch fetch;
    struct plx_buffer target, body;

    plx_buffer_init(&target, TARGET_BYTES_MAX);
    plx_buffer_init(&body, BODY_BYTES_MAX);
    write_body(change, members, &body);
    plx_buffer_text(&target, "/api/v1/services/");
    plx_fetch_encode(&target, plx_slice_of(change->operands[0]));
    plx_buffer_format(&target, "/%s", path);
    plx_buffer_byte(&target, '\0');
    int status = plx_fetch_open(&fetch, &change->options);
    if (status == 0 && body.failed)
        status = plx_trouble(change->options.command, "out of memory");
    else if (status == 0 && (target.failed || !*change->operands[0]))
        status = plx_trouble(change->options.command, "'%.*s' is no name of a service; `parallax status` lists them",
                             (int)NAME_SHOWN, change->operands[0]);
    else if (status == 0)
        status = ask(change, &fetch, target.ptr, method, plx_buffer_slice(&body));
    plx_fetch_close(&fetch);
    plx_buffer_fini(&body);
    plx_buffer_fini(&target);
    return status;
}

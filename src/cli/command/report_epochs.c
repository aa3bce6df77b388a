/* SPDX-License-Identifier: Apache-2.0 */
/* Two epochs have a cause in common where its id is the same: it stands for an endpoint and the fields that differ. */
#include "cli/command/report_epochs.h"

#include "base/assert.h"
#include "base/time_text.h"
#include "cli/report/report_model.h"
#include "cli/terminal/exit_status.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"
#include "json/writer.h"

#include <stdio.h>

#define TARGET_BYTES_MAX 4096u
#define TEXT_BYTES_MAX   (512u << 20)
#define ENDPOINT_COLUMNS 60u
#define FIELD_COLUMNS    40u

/* GET /api/v1/services/NAME/PATH, epoch percent-encoded behind it (NULL: none); read from a copy that lasts. */
static int
get(struct plx_fetch *fetch, const struct plx_asked_subject *subject, const char *path, const char *epoch,
    struct plx_document *document)
{
    struct plx_buffer target;
    struct plx_slice text = {NULL, 0};
    int status;

    plx_buffer_init(&target, TARGET_BYTES_MAX);
    plx_fetch_path(&target, subject);
    plx_buffer_text(&target, path);
    if (epoch)
        plx_fetch_encode(&target, plx_slice_of(epoch));
    plx_buffer_byte(&target, '\0');
    if (target.failed)
        status = plx_trouble("report", "the names of service and epoch are too long together");
    else
        status = plx_fetch_get(fetch, target.ptr, &text, document);
    plx_buffer_fini(&target);
    if (status != 0)
        return status;
    document->text = plx_arena_copy(fetch->arena, text);
    return document->text.ptr ? 0 : plx_trouble("report", "out of memory");
}

/* The services that the options name, or all. */
static int
services_of(struct plx_fetch *fetch, struct plx_asked_subject **services, size_t *count)
{
    size_t all = 0, kept = 0;
    int status = plx_fetch_subjects(fetch, services, &all);

    for (size_t i = 0; status == 0 && i < all; i++)
        if ((*services)[i].words->kind == PLX_SUBJECT_SERVICE)
            (*services)[kept++] = (*services)[i];
    *count = kept;
    if (status == 0 && kept == 0)
        status = plx_trouble("report", "only services have epochs; name one with --service NAME");
    return status;
}

/* ---- since ---- */

static int
add_since(struct plx_fetch *fetch, const struct plx_asked_subject *service, const char *since, bool *first,
          struct plx_buffer *out)
{
    struct plx_document list, report;
    uint64_t since_ms = 0, began_ms = 0;
    bool is_time = plx_time_read(plx_slice_of(since), &since_ms), reached = false;
    int status = get(fetch, service, "/epochs", NULL, &list);
    struct plx_item epochs;

    if (status != 0)
        return status;
    epochs = plx_item_member(plx_item_root(&list), "epochs");
    for (struct plx_item e = plx_item_first(epochs); e.document && !reached; e = plx_item_next(epochs, e)) {
        struct plx_slice name = plx_item_text(plx_item_member(e, "name"), fetch->arena);
        struct plx_slice began = plx_item_text(plx_item_member(e, "began"), fetch->arena);
        char text[PLX_TIME_TEXT];

        reached = name.len && plx_slice_equal(name, plx_slice_of(since));
        if (is_time && !reached && plx_time_read(began, &began_ms) && began_ms < since_ms)
            break;
        snprintf(text, sizeof(text), "%.*s", (int)began.len, began.ptr ? began.ptr : "");
        status = get(fetch, service, "/report?epoch=", text, &report);
        if (status != 0)
            return status;
        plx_buffer_text(out, *first ? "" : ",");
        plx_buffer_add(out, report.text);
        *first = false;
    }
    if (!is_time && !reached)
        return plx_trouble("report", "the service %.*s has no epoch '%s'; GET /api/v1/services/%.*s/epochs lists them",
                           (int)service->name.len, service->name.ptr, since, (int)service->name.len, service->name.ptr);
    return 0;
}

int
plx_report_since(struct plx_fetch *fetch, const char *since, struct plx_buffer *out)
{
    struct plx_asked_subject *services;
    size_t count;
    bool first = true;
    int status = services_of(fetch, &services, &count);

    plx_buffer_text(out, "{\"services\":[");
    for (size_t i = 0; i < count && status == 0; i++)
        status = add_since(fetch, &services[i], since, &first, out);
    plx_buffer_text(out, "]}");
    return status;
}

/* ---- two side by side ---- */

struct side {
    struct plx_document document;
    struct plx_item causes;
    enum plx_report_verdict verdict;
};

static bool
has_cause(struct plx_item causes, struct plx_slice id, struct plx_arena *arena)
{
    for (struct plx_item c = plx_item_first(causes); c.document; c = plx_item_next(causes, c))
        if (plx_slice_equal(plx_item_text(plx_item_member(c, "id"), arena), id))
            return true;
    return false;
}

/* Which of a side's causes are shown. */
struct part {
    const char *key, *words;
    size_t from, other; /* sides */
    bool in_both;
    enum plx_style style;
};

static const struct part parts[] = {
    {"gone", "gone", 0, 1, false, PLX_GREEN},
    {"new", "new", 1, 0, false, PLX_RED},
    {"still", "still there", 1, 0, true, PLX_YELLOW},
};

static bool
is_shown(const struct part *part, const struct side *sides, struct plx_item cause, struct plx_arena *arena)
{
    struct plx_slice id = plx_item_text(plx_item_member(cause, "id"), arena);

    return !plx_item_true(plx_item_member(cause, "noise")) &&
           has_cause(sides[part->other].causes, id, arena) == part->in_both;
}

static void
print_cause(const struct plx_terminal *terminal, const struct part *part, struct plx_item cause,
            struct plx_arena *arena)
{
    struct plx_item fields = plx_item_member(cause, "fields");
    struct plx_buffer line;
    const char *before = ": ";

    plx_buffer_init(&line, 64u << 10);
    plx_buffer_format(&line, "  %-12s", part->words);
    plx_terminal_write(terminal, part->style, plx_buffer_slice(&line));
    plx_buffer_clear(&line);
    plx_text_add(&line, plx_item_text(plx_item_member(cause, "endpoint"), arena), ENDPOINT_COLUMNS);
    for (struct plx_item f = plx_item_first(fields); f.document; f = plx_item_next(fields, f), before = ", ") {
        plx_buffer_text(&line, before);
        plx_text_add(&line, plx_item_text(plx_item_member(f, "field"), arena), FIELD_COLUMNS);
        plx_buffer_byte(&line, ' ');
        plx_text_add(&line, plx_item_text(plx_item_member(f, "kind"), arena), FIELD_COLUMNS);
    }
    plx_buffer_format(&line, " (%llu)\n", (unsigned long long)plx_item_uint(plx_item_member(cause, "count")));
    plx_terminal_write(terminal, PLX_PLAIN, plx_buffer_slice(&line));
    terminal->out->failed |= line.failed;
    plx_buffer_fini(&line);
}

static void
print_service(const struct plx_terminal *terminal, struct plx_slice name, const struct side *sides,
              struct plx_arena *arena)
{
    size_t shown = 0;

    plx_text_add(terminal->out, name, ENDPOINT_COLUMNS);
    plx_buffer_format(terminal->out, ": %s -> %s\n", plx_report_verdict_text(sides[0].verdict),
                      plx_report_verdict_text(sides[1].verdict));
    for (size_t i = 0; i < PLX_COUNT(parts); i++) {
        struct plx_item causes = sides[parts[i].from].causes;
        for (struct plx_item c = plx_item_first(causes); c.document; c = plx_item_next(causes, c))
            if (is_shown(&parts[i], sides, c, arena)) {
                print_cause(terminal, &parts[i], c, arena);
                shown++;
            }
    }
    if (shown == 0)
        plx_buffer_text(terminal->out, "  no cause in either\n");
}

static void
write_side(const struct side *side, struct plx_arena *arena, struct plx_json_writer *w)
{
    static const char *const keys[] = {"epoch",         "epoch_ended",  "epoch_name", "epoch_why",
                                       "epoch_version", "epoch_reason", "verdict"};
    struct plx_item root = plx_item_root(&side->document);

    plx_json_begin_object(w);
    for (size_t i = 0; i < PLX_COUNT(keys); i++) {
        struct plx_item item = plx_item_member(root, keys[i]);
        plx_json_key(w, keys[i]);
        if (plx_item_is(item, PLX_STRING))
            plx_json_string(w, plx_item_text(item, arena));
        else
            plx_json_null(w);
    }
    plx_json_end_object(w);
}

static void
write_service(struct plx_slice name, const struct side *sides, struct plx_arena *arena, struct plx_json_writer *w)
{
    plx_json_begin_object(w);
    plx_json_key(w, "name");
    plx_json_string(w, name);
    plx_json_key(w, "epochs");
    plx_json_begin_array(w);
    write_side(&sides[0], arena, w);
    write_side(&sides[1], arena, w);
    plx_json_end_array(w);
    for (size_t i = 0; i < PLX_COUNT(parts); i++) {
        struct plx_item causes = sides[parts[i].from].causes;
        plx_json_key(w, parts[i].key);
        plx_json_begin_array(w);
        for (struct plx_item c = plx_item_first(causes); c.document; c = plx_item_next(causes, c))
            if (is_shown(&parts[i], sides, c, arena))
                plx_json_raw(w, plx_json_text(c.document, c.node));
        plx_json_end_array(w);
    }
    plx_json_end_object(w);
}

static int
read_side(struct plx_fetch *fetch, const struct plx_asked_subject *service, const char *epoch, struct side *side)
{
    int status = get(fetch, service, "/report?epoch=", epoch, &side->document);

    if (status != 0)
        return status;
    struct plx_item root = plx_item_root(&side->document);
    side->causes = plx_item_member(root, "causes");
    side->verdict = plx_report_read_verdict(plx_item_member(root, "verdict"), fetch->arena);
    return 0;
}

static int
exit_of(int status, enum plx_report_verdict verdict)
{
    if (status == PLX_EXIT_FAILED || verdict == PLX_REPORT_REGRESSION)
        return PLX_EXIT_FAILED;
    return status == PLX_EXIT_UNSURE || verdict != PLX_REPORT_CLEAN ? PLX_EXIT_UNSURE : PLX_EXIT_DONE;
}

static int
compare_all(struct plx_fetch *fetch, const char *const epochs[2], const struct plx_terminal *terminal)
{
    struct plx_asked_subject *services;
    struct plx_json_writer w;
    size_t count;
    int exit = PLX_EXIT_DONE, status = services_of(fetch, &services, &count);

    plx_json_writer_init(&w, terminal->out);
    if (fetch->options->json)
        plx_buffer_text(terminal->out, "{\"services\":[");
    for (size_t i = 0; i < count && status == 0; i++) {
        struct side sides[2] = {0};

        for (size_t j = 0; j < 2 && status == 0; j++)
            status = read_side(fetch, &services[i], epochs[j], &sides[j]);
        if (status != 0)
            return status;
        if (fetch->options->json)
            write_service(services[i].name, sides, fetch->arena, &w);
        else
            print_service(terminal, services[i].name, sides, fetch->arena);
        exit = exit_of(exit, sides[1].verdict);
    }
    if (fetch->options->json)
        plx_buffer_text(terminal->out, "]}\n");
    return status ? status : exit;
}

int
plx_report_compare(struct plx_fetch *fetch, const char *first, const char *second)
{
    const char *const epochs[] = {first, second};
    struct plx_terminal terminal;
    struct plx_buffer out;

    plx_buffer_init(&out, TEXT_BYTES_MAX);
    plx_terminal_init(&terminal, &out, stdout);
    int status = compare_all(fetch, epochs, &terminal);
    if (status != PLX_EXIT_USAGE && out.failed)
        status = plx_trouble("report", "out of memory; ask for one with --service NAME");
    if (status != PLX_EXIT_USAGE) {
        fwrite(out.ptr, 1, out.len, stdout);
        int end = plx_output_end("report");
        status = end ? end : status;
    }
    plx_buffer_fini(&out);
    return status;
}

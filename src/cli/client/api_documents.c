/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/client/api_documents.h"

#include "base/assert.h"
#include "cli/terminal/exit_status.h"

#include <stdio.h>

/* ---- reports ---- */

/* Appends the report of one, as it came. */
static int
gather_one(struct plx_fetch *fetch, const struct plx_asked_subject *subject, struct plx_buffer *reports)
{
    struct plx_document document;
    struct plx_buffer target;
    struct plx_slice text = {NULL, 0};
    int status;

    plx_buffer_init(&target, 4096);
    plx_fetch_path(&target, subject);
    plx_buffer_text(&target, "/report");
    if (fetch->epoch) {
        plx_buffer_text(&target, "?epoch=");
        plx_fetch_encode(&target, plx_slice_of(fetch->epoch));
    }
    plx_buffer_byte(&target, '\0');
    if (target.failed)
        status = plx_trouble(fetch->options->command, "the name after %s is too long", subject->words->option);
    else
        status = plx_fetch_get(fetch, target.ptr, &text, &document);
    if (status == 0)
        plx_buffer_add(reports, text);
    plx_buffer_fini(&target);
    return status;
}

static bool
asks_for_all(const struct plx_fetch *fetch)
{
    const struct plx_options *options = fetch->options;

    if (fetch->epoch)
        return false; /* only services have those */
    return options->only_count == 0;
}

/* Appends ,"reconciliations":[...] as it came. */
static int
gather_reconciliations(struct plx_fetch *fetch, struct plx_buffer *reports)
{
    struct plx_document document;
    struct plx_slice text = {NULL, 0};
    struct plx_item list;
    int status = plx_fetch_get(fetch, "/api/v1/reconciliations", &text, &document);

    if (status != 0)
        return status;
    list = plx_item_member(plx_item_root(&document), "reconciliations");
    plx_buffer_text(reports, ",\"reconciliations\":");
    plx_buffer_add(reports, plx_item_is(list, PLX_ARRAY) ? plx_json_text(&document, list.node) : plx_slice_of("[]"));
    return 0;
}

int
plx_fetch_reports(struct plx_fetch *fetch, struct plx_buffer *reports)
{
    struct plx_asked_subject *subjects;
    size_t count, at = 0;
    int status = plx_fetch_subjects(fetch, &subjects, &count);

    if (status != 0)
        return status;
    for (size_t i = 0; i < PLX_WORDS_COUNT; i++) {
        plx_buffer_format(reports, "%s\"%s\":[", i ? "," : "{", plx_subject_plural(plx_words[i].kind));
        for (bool first = true; at < count && subjects[at].words == &plx_words[i] && status == 0; at++, first = false) {
            if (fetch->epoch && plx_words[i].kind != PLX_SUBJECT_SERVICE)
                continue;
            plx_buffer_text(reports, first ? "" : ",");
            status = gather_one(fetch, &subjects[at], reports);
        }
        plx_buffer_byte(reports, ']');
    }
    if (status == 0 && asks_for_all(fetch))
        status = gather_reconciliations(fetch, reports);
    plx_buffer_byte(reports, '}');
    return status;
}

/* ---- lists ---- */

/* What stands beside the services. */
static void
add_beside(struct plx_buffer *all, const struct plx_document *document, const char *key)
{
    struct plx_item value = plx_item_member(plx_item_root(document), key);

    plx_buffer_format(all, ",\"%s\":", key);
    plx_buffer_add(all, value.document ? plx_json_text(document, value.node) : plx_slice_of("null"));
}

int
plx_fetch_lists(struct plx_fetch *fetch, struct plx_buffer *all)
{
    struct plx_document document;
    struct plx_slice text;
    char target[64];

    for (size_t i = 0; i < PLX_WORDS_COUNT; i++) {
        const char *plural = plx_subject_plural(plx_words[i].kind);
        struct plx_item list;

        snprintf(target, sizeof(target), "/api/v1/%s", plural);
        if (plx_fetch_get(fetch, target, &text, &document) != 0)
            return PLX_EXIT_USAGE;
        list = plx_item_member(plx_item_root(&document), plural);
        plx_buffer_format(all, "%s\"%s\":", i ? "," : "{", plural);
        plx_buffer_add(all, plx_item_is(list, PLX_ARRAY) ? plx_json_text(&document, list.node) : plx_slice_of("null"));
        if (plx_words[i].kind != PLX_SUBJECT_SERVICE)
            continue;
        add_beside(all, &document, "store"); /* what becomes of all that is counted */
        add_beside(all, &document, "names");
    }
    plx_buffer_byte(all, '}');
    return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* A list of epochs, bounded. */
#include "evidence/count/epochs.h"

#include "base/assert.h"
#include "base/time_text.h"
#include "base/utf8.h"

#include <stdio.h>
#include <stdlib.h>

const char *
plx_epoch_why_text(enum plx_epoch_why why)
{
    static const char *const texts[] = {
#define TEXT(name, text, words) text,
        PLX_EPOCH_WHY_MAP(TEXT)
#undef TEXT
    };

    return texts[why];
}

bool
plx_epoch_why_of(struct plx_slice text, enum plx_epoch_why *why)
{
    for (int i = 0; i < PLX_EPOCH_WHYS; i++)
        if (plx_slice_equal(text, plx_slice_of(plx_epoch_why_text((enum plx_epoch_why)i)))) {
            *why = (enum plx_epoch_why)i;
            return true;
        }
    return false;
}

struct plx_epochs *
plx_epochs_new(void)
{
    struct plx_epochs *epochs = calloc(1, sizeof(*epochs));

    if (epochs)
        plx_list_init(&epochs->earlier);
    return epochs;
}

static void
drop_oldest(struct plx_epochs *epochs)
{
    struct plx_epoch *oldest = PLX_CONTAINER(epochs->earlier.next, struct plx_epoch, node);

    plx_list_remove(&oldest->node);
    epochs->count--;
    epochs->dropped_ms = oldest->began_ms;
    free(oldest->report);
    free(oldest);
}

void
plx_epochs_free(struct plx_epochs *epochs)
{
    if (!epochs)
        return;
    for (struct plx_list *node = epochs->earlier.next, *next; node != &epochs->earlier; node = next) {
        struct plx_epoch *epoch = PLX_CONTAINER(node, struct plx_epoch, node);

        next = node->next;
        free(epoch->report);
        free(epoch);
    }
    free(epochs);
}

bool
plx_epochs_keep(struct plx_epochs *epochs, const struct plx_epoch *epoch, struct plx_slice report)
{
    struct plx_epoch *kept = malloc(sizeof(*kept));
    char *text = report.len && report.len <= PLX_EPOCH_REPORT_MAX ? malloc(report.len) : NULL;

    if (!kept || (report.len && report.len <= PLX_EPOCH_REPORT_MAX && !text)) {
        free(kept);
        free(text);
        return false;
    }
    *kept = *epoch;
    kept->report = text;
    kept->report_len = text ? report.len : 0;
    if (text)
        memcpy(text, report.ptr, report.len);
    plx_list_push_back(&epochs->earlier, &kept->node);
    if (++epochs->count > PLX_EPOCHS_MAX)
        drop_oldest(epochs);
    return true;
}

static bool
has_candidate(const struct plx_epoch *epoch, const char *candidate)
{
    size_t len = strlen(candidate);

    len = len < PLX_EPOCH_URL_MAX ? len : PLX_EPOCH_URL_MAX;
    return strlen(epoch->candidate) == len && memcmp(epoch->candidate, candidate, len) == 0;
}

void
plx_epoch_note_service(struct plx_epoch *epoch, const char *candidate, uint64_t rules)
{
    if (candidate && !has_candidate(epoch, candidate))
        snprintf(epoch->candidate, sizeof(epoch->candidate), "%s", candidate);
    epoch->rules = rules;
}

bool
plx_epoch_is_of_another(const struct plx_epoch *epoch, const char *candidate)
{
    return candidate && *epoch->candidate && !has_candidate(epoch, candidate);
}

bool
plx_epoch_name_is_fit(struct plx_slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f)
            return false;
    return name.len > 0 && name.len <= PLX_EPOCH_NAME_MAX && plx_utf8_prefix(name) == name.len;
}

/* What is asked for: a name, a moment, or a second without its milliseconds. */
struct asked {
    struct plx_slice name;
    uint64_t began_ms; /* 0: it is no time */
    bool second;
};

static bool
is_called(const struct plx_epoch *epoch, const struct asked *asked)
{
    uint64_t unit = asked->second ? 1000 : 1;

    return (*epoch->name && plx_slice_equal(asked->name, plx_slice_of(epoch->name))) ||
           (asked->began_ms && epoch->began_ms / unit == asked->began_ms / unit);
}

const struct plx_epoch *
plx_epochs_find(const struct plx_epochs *epochs, struct plx_slice name)
{
    struct asked asked = {.name = name, .second = name.len && !memchr(name.ptr, '.', name.len)};

    if (!plx_time_read(name, &asked.began_ms))
        asked.began_ms = 0;
    if (is_called(&epochs->present, &asked))
        return &epochs->present;
    for (const struct plx_list *node = epochs->earlier.prev; node != &epochs->earlier; node = node->prev)
        if (is_called(PLX_CONTAINER(node, struct plx_epoch, node), &asked))
            return PLX_CONTAINER(node, struct plx_epoch, node);
    return NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Versions, seen. */
#include "evidence/count/versions.h"

#include "base/assert.h"

bool
plx_version_is_fit(struct plx_slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < ' ' || text.ptr[i] > '~')
            return false;
    return text.len > 0 && text.len <= PLX_EPOCH_VERSION_MAX && text.ptr[0] != ' ' && text.ptr[text.len - 1] != ' ';
}

static size_t
oldest_of(const struct plx_versions *versions)
{
    size_t oldest = 0;

    for (size_t i = 1; i < versions->count; i++)
        if (versions->list[i].newest_ms < versions->list[oldest].newest_ms)
            oldest = i;
    return oldest;
}

void
plx_versions_note(struct plx_versions *versions, struct plx_slice text, uint64_t time_ms)
{
    size_t at = 0;

    while (at < versions->count && !plx_slice_equal(text, plx_slice_of(versions->list[at].text)))
        at++;
    if (at == PLX_VERSIONS_MAX)
        at = oldest_of(versions);
    else if (at == versions->count)
        versions->count++;
    else if (time_ms < versions->list[at].newest_ms)
        return;
    memcpy(versions->list[at].text, text.ptr, text.len);
    versions->list[at].text[text.len] = '\0';
    versions->list[at].newest_ms = time_ms;
}

static bool
was_seen(const struct plx_epochs *epochs, const char *version)
{
    for (const struct plx_list *node = epochs->earlier.next; node != &epochs->earlier; node = node->next)
        if (strcmp(PLX_CONTAINER(node, struct plx_epoch, node)->version, version) == 0)
            return true;
    return false;
}

void
plx_versions_see(const struct plx_versions *versions, struct plx_epochs *epochs)
{
    struct plx_epoch *present = &epochs->present;
    const char *newest = NULL, *unseen = NULL;
    uint64_t newest_ms = 0, unseen_ms = 0;
    bool present_seen = false;

    for (size_t i = 0; i < versions->count; i++) {
        const char *text = versions->list[i].text;
        uint64_t time_ms = versions->list[i].newest_ms;

        if (strcmp(text, present->version) == 0) {
            present_seen = true;
        } else if (time_ms >= present->began_ms) {
            if (time_ms >= newest_ms) {
                newest = text;
                newest_ms = time_ms;
            }
            if (time_ms >= unseen_ms && !was_seen(epochs, text)) {
                unseen = text;
                unseen_ms = time_ms;
            }
        }
    }
    if (present_seen)
        newest = unseen;
    if (newest && !*present->version) {
        memcpy(present->version, newest, strlen(newest) + 1);
        epochs->unsaved = true;
    } else if (newest) {
        memcpy(epochs->next_version, newest, strlen(newest) + 1);
    }
}

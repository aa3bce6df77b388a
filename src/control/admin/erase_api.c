/* SPDX-License-Identifier: Apache-2.0 */
#include "control/admin/erase_api.h"

#include "evidence/findings/erased_report.h"
#include "secrets/eraser.h"

#include <parallax/value.h>

struct posted {
    struct plx_slice value; /* NULL: it was not given */
    bool dry;
};

static bool
read_member(const struct plx_document *document, uint32_t key, struct plx_arena *arena, struct posted *posted)
{
    const struct plx_slice name = plx_json_text(document, key);
    const uint32_t value = document->nodes[key].next;
    const struct plx_slice text = plx_json_text(document, value);

    if (plx_slice_equal(name, plx_slice_of("value")))
        return !posted->value.ptr && document->nodes[value].type == PLX_STRING &&
               plx_json_unescape(document, value, arena, &posted->value) == PLX_OK && posted->value.ptr;
    posted->dry = plx_slice_equal(text, plx_slice_of("true"));
    return plx_slice_equal(name, plx_slice_of("dry_run")) &&
           (posted->dry || plx_slice_equal(text, plx_slice_of("false")));
}

static bool
read_posted(struct plx_slice body, struct plx_arena *arena, struct posted *posted)
{
    const struct plx_json_limits limits = {.depth_max = 4};
    struct plx_document document;

    if (plx_json_read(body, &limits, arena, &document, NULL) != PLX_OK || document.nodes[0].type != PLX_OBJECT)
        return false;
    for (uint32_t key = 1; key < document.nodes[0].next; key = document.nodes[document.nodes[key].next].next)
        if (!read_member(&document, key, arena, posted))
            return false;
    return posted->value.ptr != NULL;
}

static void
erase(struct plx_admin_call *call, const struct plx_eraser *eraser, bool dry)
{
    struct plx_ledger *ledger = call->admin->ledger;
    struct plx_erased erased;
    struct plx_buffer left;

    plx_buffer_init(&left, PLX_ERASED_LEFT_MAX);
    enum plx_status status = plx_ledger_erase(ledger, eraser, dry, &erased, &left);
    if (status == PLX_OK) {
        struct plx_json_writer w = plx_admin_begin_json(call);
        plx_findings_write_erased(&erased, dry, plx_buffer_slice(&left), &w);
    } else if (status == PLX_E_MEMORY) {
        plx_admin_fail(call->answer, 503, "no_memory",
                       "there is no memory to erase all of it: some may be there still; ask again");
    } else {
        plx_admin_fail(call->answer, 503, "store_failed",
                       "the value is gone from memory, but the store's file could not be written anew and may have it "
                       "still: see `parallax status` or the log, make room for a second store, and ask again");
    }
    plx_buffer_fini(&left);
}

void
plx_admin_post_erase(struct plx_admin_call *call)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct posted posted = {0};
    struct plx_eraser *eraser = NULL;
    enum plx_status status = PLX_E_MEMORY;

    if (arena && !read_posted(call->request->body, arena, &posted)) {
        plx_admin_fail(call->answer, 400, "bad_change",
                       "the body is an object with \"value\", a text, and maybe \"dry_run\", true or false");
        plx_arena_free(arena);
        return;
    }
    if (arena)
        status = plx_eraser_new(posted.value, &eraser);
    if (status == PLX_OK)
        erase(call, eraser, posted.dry);
    else if (status == PLX_E_ARGUMENT)
        plx_admin_fail(call->answer, 400, "bad_value", "a value has from %u to %u bytes, and none of them is 0",
                       PLX_ERASE_MIN, PLX_ERASE_MAX);
    else
        plx_admin_fail(call->answer, 503, "no_memory", "there is no memory to erase anything; nothing has changed");
    plx_eraser_free(eraser);
    plx_arena_free(arena);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "control/process/erase_store.h"

#include "evidence/findings/erased_report.h"
#include "evidence/ledger/ledger.h"
#include "evidence/ledger/ledger_save.h"
#include "evidence/store/store.h"
#include "secrets/eraser.h"

#include <stdio.h>
#include <unistd.h>

/* NULL: error says why. */
static struct plx_ledger *
open_ledger(const char *path, char *error)
{
    static const struct plx_ledger_options options = {.confidence = 0.99, .detect = 0.005};
    struct plx_ledger *ledger = NULL;
    struct plx_store store;

    if (plx_store_open(path, &store))
        ledger = plx_ledger_open(&options, store);
    if (!ledger) {
        snprintf(error, PLX_ERASE_ERROR_MAX, "there is no memory to read %s", path);
    } else if (plx_ledger_store_trouble(ledger, PLX_STORE_COUNTS, error, PLX_ERASE_ERROR_MAX) ||
               plx_ledger_store_trouble(ledger, PLX_STORE_STAGES, error, PLX_ERASE_ERROR_MAX)) {
        plx_ledger_close(ledger);
        ledger = NULL;
    }
    return ledger;
}

/* The mark of the value is that under the store's key, which is known once it is open. */
static bool
erase(struct plx_ledger *ledger, struct plx_slice value, bool dry, struct plx_buffer *answer, char *error)
{
    struct plx_eraser *eraser = NULL;
    struct plx_erased erased;
    struct plx_buffer left;
    struct plx_json_writer w;
    enum plx_status status = plx_eraser_new(value, &eraser);

    plx_buffer_init(&left, PLX_ERASED_LEFT_MAX);
    if (status == PLX_OK)
        status = plx_ledger_erase(ledger, eraser, dry, &erased, &left);
    if (status == PLX_OK) {
        plx_json_writer_init(&w, answer);
        plx_findings_write_erased(&erased, dry, plx_buffer_slice(&left), &w);
    } else if (status == PLX_E_ARGUMENT) {
        snprintf(error, PLX_ERASE_ERROR_MAX, "a value has from %u to %u bytes, and none of them is 0", PLX_ERASE_MIN,
                 PLX_ERASE_MAX);
    } else if (status == PLX_E_MEMORY) {
        snprintf(error, PLX_ERASE_ERROR_MAX, "there is no memory to erase all of it; try again");
    } else if (!plx_ledger_store_trouble(ledger, PLX_STORE_COUNTS, error, PLX_ERASE_ERROR_MAX) &&
               !plx_ledger_store_trouble(ledger, PLX_STORE_STAGES, error, PLX_ERASE_ERROR_MAX)) {
        snprintf(error, PLX_ERASE_ERROR_MAX, "the store can't be written; make room for a second one, and try again");
    }
    plx_buffer_fini(&left);
    plx_eraser_free(eraser);
    return status == PLX_OK && !answer->failed;
}

bool
plx_process_erase_store(const char *path, struct plx_slice value, bool dry, struct plx_buffer *answer, char *error)
{
    if (access(path, F_OK) != 0) {
        snprintf(error, PLX_ERASE_ERROR_MAX, "%s: there is no such store; name its file, or --admin of a running proxy",
                 path);
        return false;
    }
    if (plx_store_check(path, error, PLX_ERASE_ERROR_MAX) != PLX_STORE_FINE)
        return false;
    if (!plx_store_is_current(path)) {
        snprintf(error, PLX_ERASE_ERROR_MAX,
                 "%s is in use by another process, or was made by an earlier Parallax; ask the running proxy (--admin "
                 "URL), or start this Parallax with it once, which keeps a copy beside it that is to be deleted then",
                 path);
        return false;
    }
    struct plx_ledger *ledger = open_ledger(path, error);
    bool ok = ledger && erase(ledger, value, dry, answer, error);
    plx_ledger_close(ledger);
    return ok;
}

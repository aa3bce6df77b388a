/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each question makes one small step, so a fold never waits for more than that, and who does not ask holds nothing up.
 * What is whole loses its name at once: however the process ends, nothing is left of it.
 */
#include "evidence/store/store_backup.h"

#include "base/clock.h"
#include "evidence/ledger/ledger_state.h"
#include "evidence/store/file_beside.h"
#include "evidence/store/stage_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STEP_PAGES 256        /* of 4 KiB */
#define PART_BYTES (1u << 20) /* told at once */
#define IDLE_MS    60000      /* after which it is given up */

bool
plx_store_backup_begin(void *context, uint64_t *id, char *error, size_t size)
{
    struct plx_sqlite *store = context;
    struct plx_store_backup *backup = &store->backup;

    plx_store_backup_drop(store);
    if (!store->db) {
        snprintf(error, size, "there is no store to copy: %s", store->trouble[PLX_STORE_COUNTS].what);
        return false;
    }
    char *path = plx_beside_path(store->path, ".backup");
    bool ok = path && plx_store_copy_begin(&backup->copy, store->db, path);
    free(path);
    if (!ok) {
        snprintf(error, size, "the copy can't be made: %s; look for a full disk",
                 path ? backup->copy.error : "no memory");
        return false;
    }
    backup->asked_ms = plx_monotonic_ms();
    *id = backup->id = plx_wall_ms() > backup->id ? plx_wall_ms() : backup->id + 1;
    return true;
}

/* Opened, and without a name. */
static enum plx_status
take_file(struct plx_sqlite *store)
{
    struct plx_store_backup *backup = &store->backup;
    char *path = plx_beside_path(store->path, ".backup");

    if (!path)
        return PLX_E_MEMORY;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    free(path);
    if (fd < 0)
        return PLX_E_IO;
    backup->file = fd;
    backup->has_file = true;
    return PLX_OK;
}

static enum plx_status
step(struct plx_sqlite *store)
{
    struct plx_store_backup *backup = &store->backup;
    enum plx_status status = plx_store_copy_step(&backup->copy, STEP_PAGES);

    if (status == PLX_OK)
        status = take_file(store);
    if (status < 0)
        plx_store_backup_drop(store);
    return status < 0 ? status : PLX_AGAIN;
}

static enum plx_status
read_part(const struct plx_store_backup *backup, uint64_t offset, struct plx_buffer *out)
{
    if (!plx_buffer_reserve(out, PART_BYTES))
        return PLX_E_MEMORY;
    ssize_t len = pread(backup->file, out->ptr + out->len, PART_BYTES, (off_t)offset);
    if (len < 0)
        return PLX_E_IO;
    out->len += (size_t)len;
    return PLX_OK;
}

static bool
is_there(const struct plx_store_backup *backup, uint64_t id)
{
    return (backup->copy.steps || backup->has_file) && id == backup->id;
}

enum plx_status
plx_store_backup_stages(void *context, const struct plx_ledger *ledger, uint64_t id, struct plx_buffer *out)
{
    struct plx_sqlite *store = context;

    if (!is_there(&store->backup, id))
        return PLX_E_NOT_FOUND;
    store->backup.asked_ms = plx_monotonic_ms();
    if (ledger->stages.count)
        plx_stage_file_text(ledger, out);
    return out->failed ? PLX_E_MEMORY : PLX_OK;
}

enum plx_status
plx_store_backup_read(void *context, uint64_t id, uint64_t offset, struct plx_buffer *out)
{
    struct plx_sqlite *store = context;
    struct plx_store_backup *backup = &store->backup;

    if (!is_there(backup, id) || offset > INT64_MAX)
        return PLX_E_NOT_FOUND;
    backup->asked_ms = plx_monotonic_ms();
    return backup->has_file ? read_part(backup, offset, out) : step(store);
}

void
plx_store_backup_drop(struct plx_sqlite *store)
{
    plx_store_copy_cancel(&store->backup.copy);
    if (store->backup.has_file)
        close(store->backup.file);
    store->backup.has_file = false;
}

void
plx_store_backup_expire(struct plx_sqlite *store)
{
    if ((store->backup.copy.steps || store->backup.has_file) && plx_monotonic_ms() - store->backup.asked_ms > IDLE_MS)
        plx_store_backup_drop(store);
}

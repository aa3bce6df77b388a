/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/store/store_copy.h"

#include "base/private_file.h"

#include <stdio.h>
#include <stdlib.h>

/* Its own log goes with it: a copy is one file. */
static void
drop(struct plx_store_copy *copy, bool whole)
{
    static const char *const suffixes[] = {"-journal", "-wal", "-shm", ""};
    char *name = copy->path ? malloc(strlen(copy->path) + 16) : NULL;

    sqlite3_backup_finish(copy->steps);
    sqlite3_close(copy->to);
    for (size_t i = 0; name && i < sizeof(suffixes) / sizeof(*suffixes) - whole; i++) {
        snprintf(name, strlen(copy->path) + 16, "%s%s", copy->path, suffixes[i]);
        unlink(name);
    }
    free(name);
    free(copy->path);
    copy->path = NULL;
    copy->steps = NULL;
    copy->to = NULL;
}

bool
plx_store_copy_begin(struct plx_store_copy *copy, sqlite3 *from, const char *path)
{
    plx_store_copy_cancel(copy);
    copy->error[0] = '\0';
    copy->path = strdup(path);
    unlink(path);
    plx_private_file_create(path);
    if (copy->path && sqlite3_open_v2(path, &copy->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
        copy->steps = sqlite3_backup_init(copy->to, "main", from, "main");
    if (copy->steps)
        return true;
    snprintf(copy->error, sizeof(copy->error), "%s: %s", path, copy->to ? sqlite3_errmsg(copy->to) : "out of memory");
    drop(copy, false);
    return false;
}

enum plx_status
plx_store_copy_step(struct plx_store_copy *copy, int pages)
{
    int result = sqlite3_backup_step(copy->steps, pages);

    if (result == SQLITE_OK || result == SQLITE_BUSY || result == SQLITE_LOCKED)
        return PLX_AGAIN;
    if (result == SQLITE_DONE)
        result = sqlite3_backup_finish(copy->steps);
    else
        sqlite3_backup_finish(copy->steps);
    copy->steps = NULL;
    if (result != SQLITE_OK)
        snprintf(copy->error, sizeof(copy->error), "%s: %s", copy->path, sqlite3_errstr(result));
    drop(copy, result == SQLITE_OK);
    return result == SQLITE_OK ? PLX_OK : PLX_E_IO;
}

void
plx_store_copy_progress(const struct plx_store_copy *copy, uint64_t *done, uint64_t *all)
{
    int total = copy->steps ? sqlite3_backup_pagecount(copy->steps) : 0;
    int left = copy->steps ? sqlite3_backup_remaining(copy->steps) : 0;

    *all = (uint64_t)(total > 0 ? total : 0);
    *done = (uint64_t)(total > left ? total - left : 0);
}

void
plx_store_copy_cancel(struct plx_store_copy *copy)
{
    if (copy->to || copy->path)
        drop(copy, false);
}

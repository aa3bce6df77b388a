/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file is written anew, since pages that are free, and the room behind rows, hold what stood there before; its log
 * goes into it and is cut. What the file system keeps of blocks that were let go is beyond this.
 */
#include "evidence/store/store_purge.h"

#include "evidence/store/store_backup.h"
#include "evidence/store/store_file.h"

#include <dirent.h>
#include <stdlib.h>

bool
plx_store_purge(void *context)
{
    struct plx_sqlite *store = context;

    plx_store_backup_drop(store); /* a copy in the making has it too */
    if (store->db && plx_sqlite_exec(store, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)"))
        return true;
    if (store->db)
        plx_store_file_explain(store, "purging");
    return false;
}

/* Of a file in the store's folder: whether it stands beside the store under its name. */
static bool
is_beside(const struct plx_sqlite *store, const char *base, const char *name)
{
    const size_t len = strlen(base);
    const char *stages = strrchr(store->stages_path, '/');

    return strncmp(name, base, len) == 0 && name[len] == '.' &&
           strcmp(name, stages ? stages + 1 : store->stages_path) != 0;
}

void
plx_store_list_others(void *context, struct plx_buffer *names)
{
    const struct plx_sqlite *store = context;
    const char *slash = strrchr(store->path, '/');
    char *folder = slash ? strndup(store->path, (size_t)(slash - store->path) + 1) : strdup(".");
    DIR *files = folder ? opendir(folder) : NULL;
    const struct dirent *file;

    while (files && (file = readdir(files)))
        if (is_beside(store, slash ? slash + 1 : store->path, file->d_name)) {
            if (slash)
                plx_buffer_text(names, folder);
            plx_buffer_text(names, file->d_name);
            plx_buffer_byte(names, '\n');
        }
    if (files)
        closedir(files);
    free(folder);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens the store's file after a check that it is ours. It is locked for as long as it is open
 * (locking_mode=EXCLUSIVE), since two processes would overwrite each other's numbers; the kernel lets go of the lock
 * when the process ends, however it ends.
 */
#include "evidence/store/store_file.h"

#include "base/clock.h"
#include "base/private_file.h"
#include "evidence/store/file_beside.h"
#include "evidence/store/store_backup.h"
#include "evidence/store/store_copy.h"
#include "evidence/store/store_schema.h"
#include "log/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define WAIT_MS 2000 /* for another process to let go of the file, the first time */
/* Where SQLite's locks lie in a file: one byte each for pending and reserved, then those of readers. */
#define LOCK_FIRST 0x40000000
#define LOCK_BYTES 512

/* ---- what is wrong ---- */

void
plx_store_file_trouble(struct plx_sqlite *store, const char *mend, const char *what, ...)
{
    struct plx_store_trouble *trouble = &store->trouble[PLX_STORE_COUNTS];
    int len = snprintf(trouble->what, sizeof(trouble->what), "%s: ", store->path);
    size_t at = len < 0 || (size_t)len >= sizeof(trouble->what) ? 0 : (size_t)len;
    va_list arguments;

    va_start(arguments, what);
    vsnprintf(trouble->what + at, sizeof(trouble->what) - at, what, arguments);
    va_end(arguments);
    trouble->mend = mend;
}

/* The process that has locked the file; 0: none, or one that can't be seen from here. Never while it is open in this
 * process: closing it again would let go of the locks. */
static pid_t
holder(const char *path)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_FIRST, .l_len = LOCK_BYTES};
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return 0;
    if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        lock.l_pid = 0;
    close(fd);
    return lock.l_pid > 0 ? lock.l_pid : 0;
}

static void
explain_use(struct plx_sqlite *store)
{
    static const char mend[] = "stop that one (another `parallax run`?) and start this one again, or give this one a "
                               "store of its own";

    plx_store_file_close(store);
    pid_t pid = holder(store->path);
    store->in_use = true;
    store->awaited = pid > 0 && pid == getppid();
    if (pid)
        plx_store_file_trouble(store, mend, "the store is in use by another process (%lld)", (long long)pid);
    else
        plx_store_file_trouble(store, mend, "the store is in use by another process");
}

void
plx_store_file_explain(struct plx_sqlite *store, const char *doing)
{
    int code = sqlite3_errcode(store->db) & 0xFF;
    const char *mend = PLX_STORE_MEND_AWAY;

    if (code == SQLITE_NOTADB) {
        plx_store_file_trouble(store, mend, "this is no store of Parallax (not an SQLite file)");
        return;
    }
    if (code == SQLITE_CANTOPEN || code == SQLITE_READONLY || code == SQLITE_PERM || code == SQLITE_AUTH)
        mend = "check that its folder exists and that this user may write the folder and the file";
    else if (code == SQLITE_FULL || code == SQLITE_IOERR)
        mend = "look for a full disk, a quota or a disk that fails";
    plx_store_file_trouble(store, mend, "%s the store failed: %s", doing, sqlite3_errmsg(store->db));
}

/* ---- opening ---- */

static bool
read_pragma(struct plx_sqlite *store, const char *sql, int64_t *value)
{
    sqlite3_stmt *statement = NULL;
    bool ok =
        sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW;

    if (ok)
        *value = sqlite3_column_int64(statement, 0);
    return sqlite3_finalize(statement) == SQLITE_OK && ok;
}

/* Before anything is written into it: is the file new (version 0), ours, or somebody else's? */
static bool
identify(struct plx_sqlite *store, int *found)
{
    int64_t application, version, tables;

    if (!read_pragma(store, "PRAGMA application_id", &application) ||
        !read_pragma(store, "PRAGMA user_version", &version) ||
        !read_pragma(store, "SELECT count(*) FROM sqlite_schema", &tables)) {
        plx_store_file_explain(store, "opening");
        return false;
    }
    *found = 0;
    if (application == 0 && version == 0 && tables == 0)
        return true;
    if (application != PLX_STORE_APPLICATION) {
        plx_store_file_trouble(store, "give another path for the store",
                               "this SQLite file belongs to another program, nothing in it was changed");
        return false;
    }
    if (version > PLX_STORE_VERSION || version < 1) {
        plx_store_file_trouble(store,
                               "run the Parallax that made it, give another path, or move the file away: a new one is "
                               "then made",
                               "the store has version %lld, this Parallax knows versions up to %d", (long long)version,
                               PLX_STORE_VERSION);
        return false;
    }
    *found = (int)version;
    return true;
}

/* Brings it up; what it was is left beside it, as FILE.v9. */
static bool
upgrade(struct plx_sqlite *store, int version)
{
    struct plx_store_copy copy = {0};
    char suffix[16], *kept, *making;
    bool ok = false;

    snprintf(suffix, sizeof(suffix), ".v%d", version);
    kept = plx_beside_free_path(store->path, suffix);
    making = kept ? plx_beside_path(kept, ".new") : NULL;
    ok = making && plx_store_copy_begin(&copy, store->db, making) && plx_store_copy_step(&copy, -1) == PLX_OK &&
         rename(making, kept) == 0;
    if (!ok) {
        plx_store_file_trouble(store,
                               "make room for a second store on its disk, and see that this user may write the folder; "
                               "then start again",
                               "the store has version %d, and a copy to keep before it is brought up can't be made: %s",
                               version, copy.error[0] ? copy.error : strerror(errno));
        plx_store_copy_cancel(&copy);
    } else if (!(ok = plx_store_bring_up(store, version))) {
        plx_store_file_explain(store, "bringing up");
    } else {
        plx_log(PLX_LOG_INFO, "store_upgraded", PLX_TEXT("file", store->path), PLX_NUMBER_OF("from", version),
                PLX_NUMBER_OF("to", PLX_STORE_VERSION), PLX_TEXT("kept", kept));
    }
    free(making);
    free(kept);
    return ok;
}

static bool
make_tables(struct plx_sqlite *store)
{
    bool ok = plx_store_bring_up(store, 0);

    if (!ok)
        plx_store_file_explain(store, "making");
    return ok;
}

static bool
try_to_open(struct plx_sqlite *store)
{
    int version;

    plx_private_file_create(store->path); /* what is recorded is other people's data */
    if (sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
        plx_store_file_explain(store, "opening");
        return false;
    }
    sqlite3_busy_timeout(store->db, store->in_use ? 0 : WAIT_MS); /* it is tried again soon */
    if (!plx_sqlite_exec(store, "PRAGMA locking_mode=EXCLUSIVE")) {
        plx_store_file_explain(store, "opening");
        return false;
    }
    if (!identify(store, &version))
        return false;
    if (sqlite3_db_readonly(store->db, "main") == 1) {
        plx_store_file_trouble(store, "check that this user may write the file", "the store cannot be written");
        return false;
    }
    /* The empty transaction takes the lock that is kept until the end. */
    if (!plx_sqlite_exec(store,
                         "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA journal_size_limit=16777216;"
                         "PRAGMA secure_delete=ON;" /* what goes is gone */
                         "PRAGMA trusted_schema=OFF; BEGIN EXCLUSIVE; COMMIT")) {
        plx_store_file_explain(store, "opening");
        return false;
    }
    if (version < PLX_STORE_VERSION && !(version ? upgrade(store, version) : make_tables(store)))
        return false;
    if (!plx_sqlite_prepare(store)) {
        plx_store_file_explain(store, "opening");
        return false;
    }
    return true;
}

static bool
opened(struct plx_sqlite *store, bool ok)
{
    store->in_use = store->awaited = false;
    if (ok) {
        store->trouble[PLX_STORE_COUNTS].what[0] = '\0';
        return true;
    }
    int code = store->db ? sqlite3_errcode(store->db) & 0xFF : SQLITE_NOMEM;
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        explain_use(store);
    else
        plx_store_file_close(store);
    return false;
}

bool
plx_store_file_open(struct plx_sqlite *store)
{
    if (!store->db && holder(store->path) == getppid()) /* it hands over: it ends when this one serves */
        store->in_use = true;
    return opened(store, try_to_open(store));
}

bool
plx_store_file_peek(struct plx_sqlite *store, bool *current)
{
    int version = 0;
    bool ok = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK;

    if (!ok)
        plx_store_file_explain(store, "opening");
    ok = opened(store, ok && identify(store, &version));
    *current = ok && version == PLX_STORE_VERSION;
    return ok;
}

void
plx_store_file_close(struct plx_sqlite *store)
{
    plx_store_backup_drop(store);
    for (int i = 0; i < PLX_STATEMENTS; i++) {
        sqlite3_finalize(store->statements[i]);
        store->statements[i] = NULL;
    }
    sqlite3_close(store->db);
    store->db = NULL;
}

/* ---- taken away ---- */

bool
plx_store_file_is_there(const struct plx_sqlite *store)
{
    struct stat found;

    return lstat(store->path, &found) == 0 || errno != ENOENT;
}

/* Of fields, since there may be room between them. */
static bool
same_look(const struct plx_store_look *a, const struct plx_store_look *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size && a->changed_ns == b->changed_ns &&
           a->may_write == b->may_write && a->may_write_folder == b->may_write_folder && a->holder == b->holder;
}

bool
plx_store_file_has_changed(struct plx_sqlite *store)
{
    const char *slash = strrchr(store->path, '/');
    char *folder = slash ? strndup(store->path, (size_t)(slash - store->path) + 1) : strdup(".");
    const struct plx_store_look before = store->seen;
    struct plx_store_look now = {0};
    struct stat found;

    if (stat(store->path, &found) == 0) {
        now.device = (uint64_t)found.st_dev;
        now.inode = (uint64_t)found.st_ino;
        now.size = (uint64_t)found.st_size;
        now.changed_ns = (uint64_t)found.st_ctim.tv_sec * PLX_NS_PER_S + (uint64_t)found.st_ctim.tv_nsec;
    }
    now.may_write = access(store->path, R_OK | W_OK) == 0;
    now.may_write_folder = folder && access(folder, W_OK | X_OK) == 0;
    now.holder = holder(store->path);
    free(folder);
    store->seen = now;
    /* Who held it may have let go between the attempt and a look: then nothing of the file changes any more. */
    return (store->in_use || !same_look(&before, &now)) && now.holder == 0;
}

bool
plx_store_file_has_moved(struct plx_sqlite *store)
{
    int moved = 0;

    return sqlite3_file_control(store->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved;
}

void
plx_store_file_leave(struct plx_sqlite *store)
{
    /* SQLite leaves the log of a file that was moved where it is, and whoever opens another file at that path would
     * read it into that. So all of it goes into the file first, and an empty log is left. */
    (void)plx_sqlite_exec(store, "PRAGMA wal_checkpoint(TRUNCATE)");
    plx_store_file_close(store);
    if (plx_store_file_is_there(store))
        plx_store_file_trouble(store,
                               "restart this process, and it goes on with that file; or move it away: all that is "
                               "counted is then written into a new one",
                               "another file was put in the place of the store; nothing is written into it");
    else
        plx_store_file_trouble(store, "look who does that; a new file is made", "the store was taken away");
}

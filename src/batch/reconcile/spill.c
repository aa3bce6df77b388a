/* SPDX-License-Identifier: Apache-2.0 */
/* Temporary files. A full disk is the one thing that goes wrong with them, and is said as what it is. */
#include "batch/reconcile/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A key and cells of a row's 16 MiB each, where bytes may take two of a key. */
#define RECORD_BYTES_MAX (64u << 20)

static const char *
folder(void)
{
    const char *named = getenv("TMPDIR");

    return named && *named ? named : "/tmp";
}

static enum plx_status
open_file(struct plx_spill *spill, struct plx_reconcile_error *error)
{
    char path[4096];

    spill->fd = open(folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spill->fd < 0) { /* not every file system has files without names */
        snprintf(path, sizeof(path), "%s/parallax-XXXXXX", folder());
        spill->fd = mkostemp(path, O_CLOEXEC);
        if (spill->fd >= 0)
            unlink(path);
    }
    return spill->fd >= 0
               ? PLX_OK
               : plx_reconcile_fail(error, PLX_E_IO, "no temporary file in %s: %s; TMPDIR names another folder",
                                    folder(), strerror(errno));
}

void
plx_spill_init(struct plx_spill *spill)
{
    *spill = (struct plx_spill){.fd = -1};
    plx_buffer_init(&spill->out, RECORD_BYTES_MAX + PLX_SPILL_BYTES);
}

void
plx_spill_fini(struct plx_spill *spill)
{
    if (spill->fd >= 0)
        close(spill->fd);
    spill->fd = -1;
    spill->size = 0;
    plx_buffer_fini(&spill->out);
}

enum plx_status
plx_spill_flush(struct plx_spill *spill, struct plx_reconcile_error *error)
{
    size_t at = 0;

    if (spill->fd < 0 && open_file(spill, error) != PLX_OK)
        return PLX_E_IO;
    while (at < spill->out.len) {
        ssize_t count = pwrite(spill->fd, spill->out.ptr + at, spill->out.len - at, (off_t)spill->size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return plx_reconcile_fail(error, PLX_E_IO,
                                      "a temporary file in %s can't be written: %s; TMPDIR names another folder",
                                      folder(), strerror(errno));
        at += (size_t)count;
        spill->size += (size_t)count;
    }
    plx_buffer_clear(&spill->out);
    return PLX_OK;
}

enum plx_status
plx_spill_add(struct plx_spill *spill, const struct plx_record *record, struct plx_reconcile_error *error)
{
    plx_record_pack(&spill->out, record);
    if (spill->out.failed)
        return plx_reconcile_no_memory(error);
    return spill->out.len < PLX_SPILL_BYTES ? PLX_OK : plx_spill_flush(spill, error);
}

/* ---- reading ---- */

void
plx_spill_reader_init(struct plx_spill_reader *reader, const struct plx_spill *spill, uint64_t from, uint64_t end)
{
    *reader = (struct plx_spill_reader){.spill = spill, .at = from, .end = end};
    plx_buffer_init(&reader->in, RECORD_BYTES_MAX + PLX_SPILL_BYTES);
}

void
plx_spill_reader_fini(struct plx_spill_reader *reader)
{
    plx_buffer_fini(&reader->in);
}

static enum plx_status
fill(struct plx_spill_reader *reader, struct plx_reconcile_error *error)
{
    uint64_t left = reader->end - reader->at;
    size_t want = left < PLX_SPILL_BYTES ? (size_t)left : PLX_SPILL_BYTES;
    ssize_t count;

    plx_buffer_drop(&reader->in, reader->used);
    reader->used = 0;
    if (!plx_buffer_reserve(&reader->in, want))
        return plx_reconcile_no_memory(error);
    do
        count = pread(reader->spill->fd, reader->in.ptr + reader->in.len, want, (off_t)reader->at);
    while (count < 0 && errno == EINTR);
    if (count <= 0)
        return plx_reconcile_fail(error, PLX_E_IO, "a temporary file in %s can't be read: %s", folder(),
                                  count < 0 ? strerror(errno) : "it is too short");
    reader->in.len += (size_t)count;
    reader->at += (uint64_t)count;
    return PLX_OK;
}

enum plx_status
plx_spill_next(struct plx_spill_reader *reader, struct plx_record *record, struct plx_reconcile_error *error)
{
    for (;;) {
        struct plx_slice bytes =
            plx_slice_make(reader->in.ptr ? reader->in.ptr + reader->used : "", reader->in.len - reader->used);
        size_t len = plx_record_unpack(bytes, record);

        reader->used += len;
        if (len > 0)
            return PLX_OK;
        if (reader->at == reader->end && bytes.len == 0)
            return PLX_DONE;
        enum plx_status status = fill(reader, error);
        if (status != PLX_OK)
            return status;
    }
}

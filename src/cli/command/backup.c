/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax backup`: a copy of a running proxy's store. Its bytes come over the admin API, so no path of the proxy's
 * machine is ever named, and the file is of the user who asks. */
#include "cli/client/fetch.h"
#include "cli/command/command.h"
#include "cli/terminal/output.h"
#include "json/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPTION_FORCE = PLX_OPTION_OWN };

static const char help[] =
    "usage: parallax backup FILE [OPTION...]\n"
    "\n"
    "Copies the store of a running proxy into FILE, as it is at that moment, without holding anything up, and stages\n"
    "and holds that were set by command into FILE.stages, where there are any.\n"
    "\n"
    "      --force          overwrite FILE and FILE.stages\n"
    "      --json           the answer as JSON: {\"file\":.., \"bytes\":.., \"stages\":FILE.stages or "
    "null}\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {{"force", no_argument, NULL, OPTION_FORCE}, PLX_OPTIONS_COMMON, {0}};

/* A file in the making. */
struct target {
    const char *path;
    char *made; /* its name until it is whole */
    int fd;
    bool force;
    uint64_t bytes;
};

static int
fail(const struct target *target)
{
    return plx_trouble("backup", "%s can't be written: %s; name a file that this user may make, where there is room",
                       target->path, strerror(errno));
}

static int
refuse(const struct target *target)
{
    return plx_trouble("backup", "%s is there already; name another file, or add --force to overwrite it",
                       target->path);
}

static int
open_target(struct target *target)
{
    size_t size = strlen(target->path) + sizeof(".XXXXXX");

    if (!target->force && access(target->path, F_OK) == 0)
        return refuse(target);
    target->made = malloc(size);
    if (!target->made)
        return plx_trouble("backup", "out of memory");
    snprintf(target->made, size, "%s.XXXXXX", target->path);
    target->fd = mkostemp(target->made, O_CLOEXEC);
    return target->fd < 0 ? fail(target) : 0;
}

static int
write_bytes(struct target *target, struct plx_slice bytes)
{
    while (bytes.len > 0) {
        ssize_t len = write(target->fd, bytes.ptr, bytes.len);

        if (len < 0 && errno != EINTR)
            return fail(target);
        if (len > 0) {
            bytes.ptr += len;
            bytes.len -= (size_t)len;
            target->bytes += (uint64_t)len;
        }
    }
    return 0;
}

/* Under its own name, on the disk. */
static int
finish(struct target *target)
{
    int failed = fsync(target->fd);

    if (close(target->fd) != 0 || failed != 0) {
        target->fd = -1;
        return fail(target);
    }
    target->fd = -1;
    if (target->force ? rename(target->made, target->path) == 0 : link(target->made, target->path) == 0)
        return 0;
    return errno == EEXIST ? refuse(target) : fail(target);
}

static void
end(struct target *target)
{
    if (target->fd >= 0)
        close(target->fd);
    if (target->made)
        unlink(target->made); /* after a rename nothing is there */
    free(target->made);
}

/* All of it, part by part. */
static int
copy(struct plx_fetch *fetch, const char *id, struct target *target)
{
    struct plx_slice bytes;
    char path[128];
    bool again;
    int status;

    do {
        snprintf(path, sizeof(path), "/api/v1/backup/%s?offset=%" PRIu64, id, target->bytes);
        status = plx_fetch_bytes(fetch, path, &bytes, &again);
        if (status == 0 && !again)
            status = write_bytes(target, bytes);
    } while (status == 0 && (again || bytes.len > 0));
    return status;
}

/* What belongs beside it; without any what stands there of an earlier backup is taken away. */
static int
copy_stages(struct plx_fetch *fetch, const char *id, struct target *stages)
{
    struct plx_slice bytes;
    char path[128];
    bool again;

    snprintf(path, sizeof(path), "/api/v1/backup/%s/stages", id);
    int status = plx_fetch_bytes(fetch, path, &bytes, &again);
    if (status == 0)
        status = write_bytes(stages, bytes);
    if (status != 0 || bytes.len > 0)
        return status;
    return !stages->force || unlink(stages->path) == 0 || errno == ENOENT ? 0 : fail(stages);
}

/* Begins it; its id in *id, to be freed. */
static int
begin(struct plx_fetch *fetch, char **id)
{
    struct plx_document document;
    struct plx_slice text;
    int status = plx_fetch_send(fetch, "POST", "/api/v1/backup", plx_slice_make("", 0), &text, &document);

    if (status != 0)
        return status;
    text = plx_item_text(plx_item_member(plx_item_root(&document), "id"), fetch->arena);
    if (text.len == 0 || text.len > 32)
        return plx_trouble("backup", "what answers at %s is not this version's admin API", fetch->options->admin);
    *id = strndup(text.ptr, text.len);
    return *id ? 0 : plx_trouble("backup", "out of memory");
}

/* The stages first: a store without what holds it must not look whole. */
static int
finish_both(struct target *target, struct target *stages)
{
    int status = stages->bytes ? finish(stages) : 0;

    if (status != 0)
        return status;
    status = finish(target);
    if (status != 0 && stages->bytes && !stages->force)
        unlink(stages->path);
    return status;
}

static int
backup(const struct plx_options *options, struct target *target, struct target *stages)
{
    struct plx_fetch fetch;
    char *id = NULL;
    int status = plx_fetch_open(&fetch, options);

    if (status == 0)
        status = open_target(target);
    if (status == 0)
        status = open_target(stages);
    if (status == 0)
        status = begin(&fetch, &id);
    if (status == 0)
        status = copy(&fetch, id, target);
    if (status == 0)
        status = copy_stages(&fetch, id, stages);
    if (status == 0)
        status = finish_both(target, stages);
    end(target);
    end(stages);
    free(id);
    plx_fetch_close(&fetch);
    return status;
}

static int
say(const struct plx_options *options, const struct target *target, const struct target *stages)
{
    struct plx_json_writer w;
    struct plx_buffer out;

    if (!options->json) {
        printf("%s: %" PRIu64 " bytes\n", target->path, target->bytes);
        if (stages->bytes)
            printf("%s: %" PRIu64 " bytes\n", stages->path, stages->bytes);
        return plx_output_end("backup");
    }
    plx_buffer_init(&out, 64u << 10);
    plx_json_writer_init(&w, &out);
    plx_json_begin_object(&w);
    plx_json_key(&w, "file");
    plx_json_text_value(&w, target->path);
    plx_json_key(&w, "bytes");
    plx_json_uint(&w, target->bytes);
    plx_json_key(&w, "stages");
    plx_json_text_value(&w, stages->bytes ? stages->path : NULL);
    plx_json_end_object(&w);
    plx_buffer_byte(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
    return plx_output_end("backup");
}

int
plx_command_backup(int argc, char **argv)
{
    struct plx_options options;
    struct target target = {.fd = -1}, stages = {.fd = -1};

    plx_options_init(&options, "backup", help, longs);
    options.operands = true;
    while (plx_options_next(&options, argc, argv) == OPTION_FORCE)
        target.force = true;
    if (options.exit >= 0)
        return options.exit;
    if (argc - optind != 1)
        return plx_trouble("backup", "%s; write `parallax backup FILE`",
                           argc - optind < 1 ? "something is missing" : "that is too much");
    target.path = argv[optind];
    stages.force = target.force;
    const size_t size = strlen(target.path) + sizeof(".stages");
    char *beside = malloc(size);
    if (!beside)
        return plx_trouble("backup", "out of memory");
    snprintf(beside, size, "%s.stages", target.path);
    stages.path = beside;
    int status = backup(&options, &target, &stages);
    if (status == 0)
        status = say(&options, &target, &stages);
    free(beside);
    return status;
}

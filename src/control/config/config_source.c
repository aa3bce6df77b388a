/* SPDX-License-Identifier: Apache-2.0 */
/* Reading files, and one tree of several. Each node knows its file, so errors name the right one. */
#include "control/config/config_source.h"

#include "base/assert.h"
#include "control/config/keys.h"
#include "control/config/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES_MAX 4096u

/* One that was read, so that none is read twice. */
struct file_seen {
    dev_t device;
    ino_t node;
};

struct including {
    struct plx_config_reader *reader;
    struct file_seen seen[PLX_CONFIG_FILES_MAX];
    struct plx_yaml *root; /* of the whole */
    unsigned depth;
};

/* ---- a file ---- */

/* at NULL: it is the file that the command line names. */
static int
open_file(struct plx_config_reader *reader, const struct plx_yaml *at, const char *file, struct stat *info)
{
    /* O_NONBLOCK: a FIFO that a file names is refused, not waited for. */
    int fd = open(file, O_RDONLY | O_CLOEXEC | (at ? O_NONBLOCK : 0));

    if (fd < 0 || fstat(fd, info) != 0) {
        plx_config_error(reader, at, "check the path, and that it may be read", "%.300s can't be opened: %s", file,
                         strerror(errno));
    } else if (S_ISDIR(info->st_mode)) {
        plx_config_error(reader, at,
                         at ? "give the path of a file, or a pattern, as in conf.d/*.yaml"
                            : "give the path of a YAML file",
                         "%.300s is a directory", file);
    } else if (at && !S_ISREG(info->st_mode)) {
        plx_config_error(reader, at, "give the path of a file", "%.300s is no regular file", file);
    } else {
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Closes it. limit: of bytes, which the mend says. */
static bool
read_all(struct plx_config_reader *reader, const struct plx_yaml *at, const char *file, int fd, size_t limit,
         struct plx_slice *out)
{
    char *text = plx_arena_alloc(reader->arena, limit + 1);
    ssize_t count = 0;
    size_t len = 0;

    while (text && len <= limit && (count = read(fd, text + len, limit + 1 - len)) > 0)
        len += (size_t)count;
    int code = errno;
    close(fd);
    if (!text)
        reader->no_memory = true;
    else if (count < 0)
        plx_config_error(reader, at, "try again, or copy the file to another place", "%.300s can't be read: %s", file,
                         strerror(code));
    else if (len > limit)
        plx_config_error(reader, at,
                         limit == PLX_CONFIG_BYTES_MAX ? "a configuration has at most 1 MiB"
                                                       : "a secret has at most 4096 bytes",
                         "%.300s is too large", file);
    else {
        *out = plx_slice_make(text, len);
        return true;
    }
    return false;
}

/* The file becomes the reader's source. */
static bool
load(struct plx_config_reader *reader, const struct plx_yaml *at, const char *file, int fd)
{
    struct plx_config_source *source = plx_arena_alloc(reader->arena, sizeof(*source));
    struct plx_slice name = plx_arena_copy(reader->arena, plx_slice_of(file));
    struct plx_slice text;

    if (!source || !name.ptr) {
        close(fd);
        reader->no_memory = true;
        return false;
    }
    if (!read_all(reader, at, file, fd, PLX_CONFIG_BYTES_MAX, &text))
        return false;
    *source = (struct plx_config_source){name.ptr, text};
    reader->source = source;
    return true;
}

struct plx_yaml *
plx_source_read(struct plx_config_reader *reader, const char *file)
{
    struct stat info;
    int fd = open_file(reader, NULL, file, &info);

    return fd >= 0 && load(reader, NULL, file, fd) ? plx_yaml_read(reader, false) : NULL;
}

/* ---- what it names ---- */

/* The path that a node names, relative to its file's folder. escaped: for glob(3), the folder's own signs are none. */
static bool
path_beside(struct plx_config_reader *reader, const struct plx_yaml *node, bool escaped, char out[PATH_BYTES_MAX])
{
    const char *file = node->source->file, *slash = strrchr(file, '/');
    size_t folder = slash && node->text.ptr[0] != '/' ? (size_t)(slash - file) + 1 : 0, len = 0;

    for (size_t i = 0; i < folder && len + 2 < PATH_BYTES_MAX; i++) {
        if (escaped && strchr("*?[]\\", file[i]))
            out[len++] = '\\';
        out[len++] = file[i];
    }
    if (len + node->text.len < PATH_BYTES_MAX) {
        memcpy(out + len, node->text.ptr, node->text.len + 1);
        return true;
    }
    plx_config_error(reader, node, "give a shorter one", "this path is too long");
    return false;
}

bool
plx_source_read_secret(struct plx_config_reader *reader, const struct plx_yaml *node, struct plx_slice *text)
{
    struct plx_slice path;
    struct stat info;
    char file[PATH_BYTES_MAX];

    if (!plx_read_text(reader, node, "the path of a file", &path) || !path_beside(reader, node, false, file))
        return false;
    int fd = open_file(reader, node, file, &info);
    if (fd < 0 || !read_all(reader, node, file, fd, PLX_CONFIG_SECRET_BYTES_MAX, text))
        return false;
    while (text->len && (text->ptr[text->len - 1] == '\n' || text->ptr[text->len - 1] == '\r'))
        text->len--;
    if (text->len)
        return true;
    plx_config_error(reader, node, "write the secret into it", "%.300s is empty", file);
    return false;
}

/* ---- several files ---- */

static bool
is_joined(struct plx_slice key)
{
    static const char *const keys[] = {"services", "spies", "reconcile"};

    for (size_t i = 0; i < PLX_COUNT(keys); i++)
        if (plx_slice_equal(key, plx_slice_of(keys[i])))
            return true;
    return false;
}

static struct plx_yaml *
list_of(struct plx_yaml *root, struct plx_slice key)
{
    for (struct plx_yaml *at = root->first; at; at = at->next)
        if (plx_slice_equal(at->key->text, key))
            return at->type == PLX_YAML_LIST ? at : NULL;
    return NULL;
}

static void
append_all(struct plx_yaml *to, struct plx_yaml *first, struct plx_yaml *last)
{
    if (!first)
        return;
    if (to->last)
        to->last->next = first;
    else
        to->first = first;
    to->last = last;
}

/* The keys of an included file become the whole's; one that is there already is told as a repeated one is. */
static void
join(struct plx_yaml *whole, struct plx_yaml *part)
{
    for (struct plx_yaml *at = part->first, *next; at; at = next) {
        struct plx_yaml *list = is_joined(at->key->text) ? list_of(whole, at->key->text) : NULL;

        next = at->next;
        at->next = NULL;
        if (list && at->type == PLX_YAML_LIST)
            append_all(list, at->first, at->last);
        else if (!plx_slice_equal(at->key->text, plx_slice_of("include")))
            append_all(whole, at, at);
    }
}

static bool
is_new(struct including *in, const struct plx_yaml *at, const char *file, const struct stat *info)
{
    struct plx_config_reader *reader = in->reader;

    for (unsigned i = 0; i < reader->files; i++)
        if (in->seen[i].device == info->st_dev && in->seen[i].node == info->st_ino) {
            plx_config_error(reader, at, "include each file once, and none that includes this one",
                             "%.300s is part of this configuration already", file);
            return false;
        }
    if (reader->files == PLX_CONFIG_FILES_MAX) {
        plx_config_error(reader, at, "write some of them into one", "there are more than %u files",
                         PLX_CONFIG_FILES_MAX);
        return false;
    }
    in->seen[reader->files++] = (struct file_seen){info->st_dev, info->st_ino};
    return true;
}

static void include_what(struct including *in, struct plx_yaml *root);

static void
include_file(struct including *in, const struct plx_yaml *at, const char *file)
{
    struct plx_config_reader *reader = in->reader;
    struct stat info;
    int fd = open_file(reader, at, file, &info);

    if (fd < 0)
        return;
    if (!is_new(in, at, file, &info)) {
        close(fd);
        return;
    }
    struct plx_yaml *root = load(reader, at, file, fd) ? plx_yaml_read(reader, true) : NULL;
    if (!root)
        return; /* empty, or an error was told */
    if (root->type != PLX_YAML_MAPPING) {
        plx_config_error(reader, root, "write keys and values, as in `services:`",
                         "what is included is a part of the configuration, a mapping, not %s", plx_yaml_name(root));
        return;
    }
    include_what(in, root);
    join(in->root, root);
}

/* Whether it ends a search. */
static int
on_folder_error(const char *folder, int error)
{
    return error != ENOENT && error != ENOTDIR;
}

/* A pattern that nothing fits names nothing: a folder may be empty. */
static void
include_pattern(struct including *in, const struct plx_yaml *node)
{
    char pattern[PATH_BYTES_MAX];
    glob_t found;

    if (!path_beside(in->reader, node, true, pattern))
        return;
    int code = glob(pattern, 0, on_folder_error, &found);
    if (code == GLOB_NOSPACE)
        in->reader->no_memory = true;
    else if (code == GLOB_ABORTED)
        plx_config_error(in->reader, node, "check that the folder may be read", "%.300s: a folder can't be read",
                         pattern);
    bool full = false; /* and that there are too many is told once */
    for (size_t i = 0; code == 0 && i < found.gl_pathc && !full; i++) {
        full = in->reader->files == PLX_CONFIG_FILES_MAX;
        include_file(in, node, found.gl_pathv[i]);
    }
    globfree(&found);
}

static void
include_one(struct plx_config_reader *reader, const struct plx_yaml *node, void *into)
{
    struct including *in = into;
    struct plx_slice text;
    char file[PATH_BYTES_MAX];

    if (!plx_read_text(reader, node, "the path of a file", &text))
        return;
    if (strpbrk(text.ptr, "*?["))
        include_pattern(in, node);
    else if (path_beside(reader, node, false, file))
        include_file(in, node, file);
}

static void
include_what(struct including *in, struct plx_yaml *root)
{
    for (const struct plx_yaml *at = root->first; at; at = at->next) {
        if (!plx_slice_equal(at->key->text, plx_slice_of("include")))
            continue;
        if (in->depth == PLX_CONFIG_INCLUDE_DEPTH_MAX) {
            plx_config_error(in->reader, at->key, "include it further up", "files include each other more than %u deep",
                             PLX_CONFIG_INCLUDE_DEPTH_MAX);
            return;
        }
        in->depth++;
        plx_read_each(in->reader, at, include_one, in);
        in->depth--;
    }
}

struct plx_yaml *
plx_source_read_all(struct plx_config_reader *reader, const char *file)
{
    struct including in = {.reader = reader};
    struct stat info;
    int fd = open_file(reader, NULL, file, &info);

    if (fd < 0)
        return NULL;
    (void)is_new(&in, NULL, file, &info);
    size_t errors = reader->errors->count;
    in.root = load(reader, NULL, file, fd) ? plx_yaml_read(reader, false) : NULL;
    const struct plx_config_source *first = reader->source;
    if (in.root && in.root->type == PLX_YAML_MAPPING)
        include_what(&in, in.root);
    reader->source = first;
    return reader->errors->count == errors ? in.root : NULL;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong is told here, where it is known. */
#include "cli/demo/demo_paths.h"

#include "base/assert.h"
#include "cli/terminal/options.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DESCRIPTORS 16 /* that removing a folder may take */

bool
plx_demo_paths_find(struct plx_demo_paths *paths)
{
    static const char *const places[][2] = {{"examples/payment", "examples"},
                                            {"../libexec/parallax", "../share/parallax/examples"}};
    char path[PATH_MAX + 64], program[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);

    program[len > 0 ? len : 0] = '\0';
    snprintf(paths->program, sizeof(paths->program), "%s", program);
    const char *end = strrchr(program, '/');
    for (size_t i = 0; end && i < PLX_COUNT(places); i++) {
        int folder = (int)(end - program);
        snprintf(paths->services, sizeof(paths->services), "%.*s/%s", folder, program, places[i][0]);
        snprintf(paths->examples, sizeof(paths->examples), "%.*s/%s", folder, program, places[i][1]);
        snprintf(path, sizeof(path), "%s/payment-v1", paths->services);
        if (access(path, X_OK) == 0)
            return true;
    }
    plx_trouble("demo", "the payment services are not beside this program; `./dev build` makes them, `./dev install` "
                        "installs them");
    return false;
}

const char *
plx_demo_paths_typed(const struct plx_demo_paths *paths)
{
    char here[PATH_MAX];
    size_t len = getcwd(here, sizeof(here)) ? strlen(here) : 0;
    bool below = len && strncmp(paths->program, here, len) == 0 && paths->program[len] == '/';

    return paths->program + (below ? len + 1 : 0);
}

int
plx_demo_folder_make(char *folder, size_t size)
{
    const char *parent = getenv("TMPDIR");

    if (!parent || !*parent)
        parent = "/tmp";
    int len = snprintf(folder, size, "%s/parallax-demo-XXXXXX", parent);
    if (len < (int)size && mkdtemp(folder))
        return 0;
    folder[0] = '\0';
    plx_trouble("demo", "no temporary folder can be made in %s: %s; set TMPDIR to one where it can", parent,
                len < (int)size ? strerror(errno) : "its name is too long");
    return 1;
}

static int
remove_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
    (void)stat;
    (void)type;
    (void)place;
    return remove(path);
}

void
plx_demo_folder_remove(const char *folder)
{
    if (*folder && nftw(folder, remove_one, DESCRIPTORS, FTW_DEPTH | FTW_PHYS) != 0)
        plx_trouble("demo", "%s can't be removed: %s; remove it by hand", folder, strerror(errno));
}

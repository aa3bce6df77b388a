/* SPDX-License-Identifier: Apache-2.0 */
/* Where the demo finds what it runs, and the temporary folder that it leaves nothing of. */
#ifndef PLX_DEMO_DEMO_PATHS_H
#define PLX_DEMO_DEMO_PATHS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct plx_demo_paths {
    char program[PATH_MAX];       /* this program */
    char services[PATH_MAX + 32]; /* the folder of the payment services */
    char examples[PATH_MAX + 32]; /* the folder of the examples' configurations */
};

/* Beside the program in a build tree, below libexec and share where it is installed. false, after telling, where they
 * are not there. */
bool plx_demo_paths_find(struct plx_demo_paths *paths);

/* The program, as one would type it from here: a part of paths. */
const char *plx_demo_paths_typed(const struct plx_demo_paths *paths);

/* In TMPDIR, else /tmp. 0, or the exit status after telling what is wrong; folder is "" then. */
int plx_demo_folder_make(char *folder, size_t size);
void plx_demo_folder_remove(const char *folder); /* with all that is in it; "": nothing */

#endif

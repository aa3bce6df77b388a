/* SPDX-License-Identifier: Apache-2.0 */
/* What the command lines of `run`, `check` and `spy` say of a configuration. */
#ifndef PLX_CONFIG_FLAGS_H
#define PLX_CONFIG_FLAGS_H

#include <parallax/base.h>

/* What `run` was given instead of a file, or to override it. NULL: not given. */
struct plx_config_flags {
    const char *file;
    const char *primary, *candidate, *secondary;
    const char *listen, *admin, *store, *access_log;
    const char *stage; /* with --primary: default shadow where there is a candidate */
    const char *share;
    const char *workers, *log_level;
    /* of `spy`, whose --primary and --candidate are addresses to listen on: */
    bool spy; /* only the spies run */
    const char *real, *answer, *window;
    const char *token; /* from the environment: where the file has none */
    bool json;         /* of `check` */
    bool online;       /* likewise */
    bool jobs_alone;   /* the file need not have services where it has jobs under `reconcile` */
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration: YAML (libfyaml) or command-line URLs in, a checked configuration with its snapshot of services
 * out. An error names FILE:LINE:COLUMN, shows the line, and says how to mend it; all errors of a file are reported, not
 * just the first.
 */
#ifndef PLX_CONFIG_CONFIG_H
#define PLX_CONFIG_CONFIG_H

#include "batch/reconcile/reconcile_job.h"
#include "log/log.h"
#include "service/service.h"
#include "traffic/spy/spy_set.h"

#define PLX_LISTEN_MAX       16u
#define PLX_WORKERS_MAX      64u
#define PLX_CONFIG_BYTES_MAX (1u << 20)

struct plx_address {
    char host[256]; /* a numeric address or a name; "" is every address */
    uint16_t port;  /* 0: any free port, which the log then names */
};

struct plx_config {
    char *file; /* NULL: from the command line */
    struct plx_address listen[PLX_LISTEN_MAX];
    size_t listen_count;      /* default one: 127.0.0.1:8080 */
    struct plx_address admin; /* default 127.0.0.1:9900 */
    char *admin_token;        /* NULL: none; required where admin is not loopback */
    char *store; /* path of the SQLite file; NULL: memory only (the default from the command line); default of a file:
                    parallax.db */
    uint32_t workers; /* auto is the number of processors */
    char *access_log; /* path, "-" for standard output, NULL: off */
    enum plx_log_level log_level;
    struct plx_client_timeouts clients; /* as in the snapshot */
    uint32_t drain_ms;                  /* how long SIGTERM waits for exchanges under way; default 30 s */
    double confidence;                  /* of findings; default 0.99 */
    double detect;                      /* "clean" rules out that this share of the exchanges differs; default 0.05 */
    struct plx_reconcile_jobs reconcile;
    struct plx_snapshot *snapshot; /* one reference, owned; NULL: there are no services, only jobs (jobs_alone) */
    struct plx_spies *spies;       /* owned; NULL: none */
    struct plx_address spy_listen[PLX_SPIES_MAX][PLX_SPY_SIDES]; /* where each spy's sides listen */
    uint64_t spies_fingerprint;                                  /* of what stands under `spies` */
};

/* Text for people, each error with its place and its mend, the lines ready to print; "" where there were none. */
struct plx_config_errors {
    struct plx_buffer text;
    struct plx_buffer warnings; /* what is no error but wants to be seen, likewise */
    size_t count, warning_count;
    bool usage; /* there is one about a flag, or about the file as a whole: wrong use */
};

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
    bool jobs_alone;   /* the file need not have services where it has jobs under `reconcile` */
};

/* PLX_OK: *config is filled, plx_config_fini() frees it. PLX_E_SYNTAX: errors were found, all of them told.
 * PLX_E_MEMORY. */
PLX_MUST_USE enum plx_status plx_config_read(const struct plx_config_flags *flags, struct plx_config *config,
                                             struct plx_config_errors *errors);
void plx_config_fini(struct plx_config *config);
/*
 * A file of rules: the mapping that stands under `compare:` in a configuration, in which `redact:` may stand as well.
 * Adds to the rules. Statuses as plx_config_read(); on an error some rules may have been added.
 */
PLX_MUST_USE enum plx_status plx_config_read_rules(const char *file, struct plx_rules *rules,
                                                   struct plx_config_errors *errors);

/* Errors and warnings, for people, on standard error. */
void plx_config_errors_print(const struct plx_config_errors *errors);
void plx_config_errors_fini(struct plx_config_errors *errors);

/* "HOST:PORT", "[::1]:80", ":8080", "8080". */
bool plx_address_of(struct plx_slice text, struct plx_address *address);
bool plx_address_is_loopback(const struct plx_address *address);

#endif

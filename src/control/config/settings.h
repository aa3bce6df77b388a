/* SPDX-License-Identifier: Apache-2.0 */
/* What a configuration comes to: the values that the rest of the program reads. config.h makes one. */
#ifndef PLX_CONFIG_SETTINGS_H
#define PLX_CONFIG_SETTINGS_H

#include "batch/reconcile/reconcile_job.h"
#include "control/config/addresses.h"
#include "log/log.h"
#include "secrets/secrets.h"
#include "service/service.h"
#include "traffic/spy/spy_set.h"

#define PLX_LISTEN_MAX    16u
#define PLX_WORKERS_MAX   64u
#define PLX_RESOLVERS_MAX 8u
#define PLX_RESOLVER_TEXT 64u /* bytes of one: "[ADDRESS]:PORT" and what divides it from the next */

struct plx_config {
    char *file; /* NULL: from the command line */
    struct plx_address listen[PLX_LISTEN_MAX];
    size_t listen_count;      /* default one: 127.0.0.1:8080 */
    struct plx_address admin; /* default 127.0.0.1:9900 */
    char *admin_token;        /* NULL: none; required where admin is not loopback */
    char *read_token;         /* that changes nothing; NULL: none; there is an admin_token where there is one */
    char *store; /* path of the SQLite file; NULL: memory only (the default from the command line); default of a file:
                    parallax.db */
    uint32_t workers;                                     /* auto is the number of processors */
    char *access_log;                                     /* path, "-" for standard output, NULL: off */
    char resolver[PLX_RESOLVERS_MAX * PLX_RESOLVER_TEXT]; /* "ADDRESS:PORT,...", to ask for names; "": the system's */
    unsigned resolver_count;
    enum plx_log_level log_level;
    enum plx_log_format log_format;     /* of the access log, too */
    char *log_file;                     /* path; NULL: standard error */
    struct plx_client_timeouts clients; /* as in the snapshot */
    uint32_t announce_ms;               /* how long SIGTERM goes on taking clients, while /readyz says 503; default 0 */
    uint32_t drain_ms;                  /* how long it then waits for exchanges under way; default 30 s */
    uint64_t retention_ms;              /* after which what was recorded goes; default 30 days */
    uint64_t comparisons_bytes;         /* limits.comparisons: what all comparisons may take together; default 128 MiB,
                                           or what one may take where that is more */
    double confidence;                  /* of findings; default 0.99 */
    double detect;                      /* "clean" rules out that this share of the exchanges differs; default 0.005 */
    double allow;                       /* without a secondary: the share that may differ; default 0 */
    struct plx_secrets *secrets;        /* what is secret by its name, for all rules; one reference, owned */
    struct plx_secrets *spies_secrets;  /* the same for spies, which outlive a reload: a list of their own, owned */
    struct plx_reconcile_jobs reconcile;
    struct plx_snapshot *snapshot; /* one reference, owned; NULL: there are no services, only jobs (jobs_alone) */
    struct plx_spies *spies;       /* owned; NULL: none */
    struct plx_address spy_listen[PLX_SPIES_MAX][PLX_SPY_SIDES]; /* where each spy's sides listen */
    uint64_t spies_fingerprint;                                  /* of what stands under `spies` */
};

#endif

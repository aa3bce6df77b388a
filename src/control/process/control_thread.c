/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax run`: starts the workers, then is the control thread: signals, the admin API, the ledger.
 *
 *   SIGHUP        the configuration is read again; workers swap their view, no request is dropped
 *   SIGTERM, INT  drain: listeners close, what is under way is finished, counts are stored, exit 0; a second one ends
 * at once
 */
#include "control/process/control_thread.h"
#include "base/assert.h"
#include "cli/command/command.h"
#include "control/admin/admin.h"
#include "control/admin/server.h"
#include "control/config/config.h"
#include "control/config/flags.h"
#include "control/process/spy_worker.h"
#include "traffic/worker/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define TALLIES_WAITING_MAX 64u   /* handed over and not folded yet: beyond it workers go on counting in theirs */
#define CATCH_UP_MS         1000u /* between two attempts to write to a store that fails */
#define DESCRIPTORS_SPARE   64u   /* for the store, the admin side and the log */

struct control {
    struct plx_loop loop;
    struct plx_config config;
    const struct plx_config_flags *flags;
    struct plx_rollout rollout;
    struct plx_snapshot *snapshot; /* the present one, the rollout's */
    struct plx_ledger *ledger;
    struct plx_admin admin;
    struct plx_admin_server server;
    uv_async_t changed;
    uv_timer_t catch_up;
    uv_signal_t hup, term, interrupt;
    struct plx_worker *workers[PLX_WORKERS_MAX + 1]; /* those of the services, then that of the spies */
    uint32_t worker_count, service_worker_count;
    bool draining;
    uint64_t reloading;      /* generation of the snapshot of the last reload, until all workers read it; else 0 */
    pthread_mutex_t mailbox; /* guards the two below */
    struct plx_tally *tallies[TALLIES_WAITING_MAX];
    size_t tally_count;
};

static const char *
name_of(const struct plx_config_flags *flags)
{
    return flags->spy ? "spy" : "run";
}

/* ---- from the workers ---- */

static bool
take_tally(void *owner, struct plx_tally *tally)
{
    struct control *control = owner;

    pthread_mutex_lock(&control->mailbox);
    bool taken = control->tally_count < TALLIES_WAITING_MAX;
    if (taken)
        control->tallies[control->tally_count++] = tally;
    pthread_mutex_unlock(&control->mailbox);
    if (taken)
        uv_async_send(&control->changed);
    return taken;
}

static void
worker_changed(void *owner)
{
    uv_async_send(&((struct control *)owner)->changed);
}

static void on_catch_up(uv_timer_t *timer);

/* Where the store lacks something. */
static void
catch_up_later(struct control *control)
{
    if (plx_ledger_is_behind(control->ledger) && !uv_is_active((uv_handle_t *)&control->catch_up))
        uv_timer_start(&control->catch_up, on_catch_up, CATCH_UP_MS, 0);
}

static void
on_catch_up(uv_timer_t *timer)
{
    struct control *control = timer->data;

    plx_ledger_catch_up(control->ledger);
    catch_up_later(control);
}

static void
fold_tallies(struct control *control)
{
    struct plx_tally *tallies[TALLIES_WAITING_MAX];

    pthread_mutex_lock(&control->mailbox);
    size_t count = control->tally_count;
    for (size_t i = 0; i < count; i++)
        tallies[i] = control->tallies[i];
    control->tally_count = 0;
    pthread_mutex_unlock(&control->mailbox);
    for (size_t i = 0; i < count; i++)
        plx_ledger_fold(control->ledger, tallies[i]);
    catch_up_later(control);
}

static bool
all_workers(struct control *control, bool (*is)(struct control *, struct plx_worker *))
{
    for (uint32_t i = 0; i < control->worker_count; i++)
        if (!is(control, control->workers[i]))
            return false;
    return true;
}

/* Of the snapshot that all workers read, or a later one. */
static uint64_t
generation_reached(const struct control *control)
{
    uint64_t reached = control->snapshot->generation;

    for (uint32_t i = 0; i < control->service_worker_count; i++) {
        uint64_t generation = atomic_load(&control->workers[i]->generation);
        reached = generation < reached ? generation : reached;
    }
    return reached;
}

static bool
has_ended(struct control *control, struct plx_worker *worker)
{
    return atomic_load(&worker->ended);
}

static void
on_changed(uv_async_t *async)
{
    struct control *control = async->data;

    fold_tallies(control);
    uint64_t reached = generation_reached(control);
    plx_admin_server_reached(&control->server, reached);
    if (control->reloading && reached >= control->reloading) {
        control->reloading = 0;
        plx_log(PLX_LOG_INFO, "reloaded", PLX_NUMBER_OF("generation", control->snapshot->generation),
                PLX_NUMBER_OF("services", control->snapshot->service_count));
        plx_log_set_level(control->config.log_level);
    }
    if (control->draining && all_workers(control, has_ended))
        uv_stop(&control->loop.uv);
}

/* ---- snapshots ---- */

/* In force within the loops' next turn. */
static void
swap_present(void *owner)
{
    struct control *control = owner;

    control->snapshot = control->rollout.present;
    control->admin.snapshot = control->snapshot;
    for (uint32_t i = 0; i < control->service_worker_count; i++)
        plx_worker_swap(control->workers[i], control->snapshot);
    uv_async_send(&control->changed); /* where there are no such workers, too */
    catch_up_later(control);
}

/* ---- signals ---- */

static bool
same_text(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool
same_addresses(const struct plx_address *a, size_t a_count, const struct plx_address *b, size_t b_count)
{
    for (size_t i = 0; a_count == b_count && i < a_count; i++)
        if (a[i].port != b[i].port || strcmp(a[i].host, b[i].host) != 0)
            return false;
    return a_count == b_count;
}

static void
swap_text(char **a, char **b)
{
    char *text = *a;

    *a = *b;
    *b = text;
}

static void
keep_spies(struct plx_config *in_force, struct plx_config *config)
{
    struct plx_spies *spies = config->spies;

    config->spies = in_force->spies;
    in_force->spies = spies;
    memcpy(config->spy_listen, in_force->spy_listen, sizeof(config->spy_listen));
    config->spies_fingerprint = in_force->spies_fingerprint;
}

/* What a reload cannot change stays as it is in force, so that the next one is compared with that again; the log names
 * all of it. */
static void
keep_unchangeable(struct plx_config *in_force, struct plx_config *config)
{
    const struct {
        const char *key;
        bool same;
    } keys[] = {
        {"listen", same_addresses(in_force->listen, in_force->listen_count, config->listen, config->listen_count)},
        {"admin", same_addresses(&in_force->admin, 1, &config->admin, 1)},
        {"workers", in_force->workers == config->workers},
        {"store", same_text(in_force->store, config->store)},
        {"access_log", same_text(in_force->access_log, config->access_log)},
        {"spies", in_force->spies_fingerprint == config->spies_fingerprint},
    };
    char changed[64] = "";

    for (size_t i = 0; i < PLX_COUNT(keys); i++)
        if (!keys[i].same)
            snprintf(changed + strlen(changed), sizeof(changed) - strlen(changed), "%s%s", *changed ? "," : "",
                     keys[i].key);
    if (*changed)
        plx_log(PLX_LOG_WARN, "needs_restart", PLX_TEXT("keys", changed),
                PLX_TEXT("what", "a reload does not take changes of these keys over; restart for them"));
    memcpy(config->listen, in_force->listen, sizeof(config->listen));
    config->listen_count = in_force->listen_count;
    config->workers = in_force->workers;
    swap_text(&config->store, &in_force->store);
    swap_text(&config->access_log, &in_force->access_log);
    keep_spies(in_force, config);
}

/*
 * The admin side goes on listening where it does, whatever the new configuration says: so its address stays the one
 * that is looked at, and a token that it needs there is not taken away.
 */
static void
keep_admin_guarded(struct plx_config *in_force, struct plx_config *config)
{
    config->admin = in_force->admin;
    if (config->admin_token || plx_address_is_loopback(&config->admin))
        return;
    config->admin_token = in_force->admin_token;
    in_force->admin_token = NULL;
    plx_log(PLX_LOG_WARN, "token_kept",
            PLX_TEXT("what", "the admin side still listens beyond loopback: the token stays in force until a restart"));
}

/* false: there is no memory, nothing has changed. */
static bool
apply(struct control *control, struct plx_config *config)
{
    if (!plx_rollout_configure(&control->rollout, config->snapshot))
        return false;
    if (config->log_level < control->config.log_level)
        plx_log_set_level(config->log_level); /* else when it is told that this reload is done */
    keep_unchangeable(&control->config, config);
    keep_admin_guarded(&control->config, config);
    const struct plx_ledger_options options = {config->store, config->confidence, config->detect};
    plx_config_fini(&control->config);
    control->config = *config;
    control->admin.token = config->admin_token;
    control->admin.confidence = config->confidence;
    control->admin.detect = config->detect;
    plx_ledger_set_options(control->ledger, &options);
    control->reloading = control->rollout.present->generation;
    swap_present(control);
    return true;
}

static void
on_hup(uv_signal_t *signal, int number)
{
    struct control *control = signal->data;
    struct plx_config config;
    struct plx_config_errors errors = {0};

    if (control->draining)
        return;
    enum plx_status read = plx_config_read(control->flags, &config, &errors);
    plx_config_errors_print(&errors);
    if (read != PLX_OK || !apply(control, &config)) {
        if (read == PLX_OK)
            plx_config_fini(&config);
        plx_log(PLX_LOG_ERROR, "reload_failed", PLX_NUMBER_OF("errors", errors.count),
                PLX_TEXT("what", "the configuration before stays in force"));
    }
    plx_config_errors_fini(&errors);
}

static void
on_term(uv_signal_t *signal, int number)
{
    struct control *control = signal->data;
    uint32_t drain_ms = control->draining ? 1 : control->config.drain_ms;

    plx_log(PLX_LOG_INFO, control->draining ? "ending" : "draining", PLX_NUMBER_OF("at_most_ms", drain_ms));
    control->draining = true;
    control->admin.ready = false;
    for (uint32_t i = 0; i < control->worker_count; i++)
        plx_worker_drain(control->workers[i], drain_ms);
}

/* ---- start ---- */

static uint32_t
raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 1024;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur > 1u << 20 ? 1u << 20 : (uint32_t)limit.rlim_cur;
}

static void
log_address(const char *event, const struct plx_address *address, uint16_t port)
{
    char text[300];

    snprintf(text, sizeof(text), strchr(address->host, ':') ? "[%s]:%u" : "%s:%u",
             *address->host ? address->host : "0.0.0.0", port);
    plx_log(PLX_LOG_INFO, event, PLX_TEXT("address", text));
}

/* One socket for each worker and address; the first one of an address finds its port. */
static bool
open_sockets(const struct control *control, int (*descriptors)[PLX_LISTENERS_MAX])
{
    const struct plx_config *config = &control->config;
    char error[512];

    for (size_t i = 0; i < config->listen_count; i++) {
        uint16_t port = config->listen[i].port;
        if (!plx_listen_is_free(config->listen[i].host, port, error, sizeof(error))) {
            fprintf(stderr, "parallax %s: %s\n", name_of(control->flags), error);
            return false;
        }
        for (uint32_t worker = 0; worker < config->workers; worker++) {
            descriptors[worker][i] =
                plx_listen_socket(config->listen[i].host, port, config->workers > 1, &port, error, sizeof(error));
            if (descriptors[worker][i] < 0) {
                fprintf(stderr, "parallax %s: %s\n", name_of(control->flags), error);
                return false;
            }
        }
        log_address("listening", &config->listen[i], port);
    }
    return true;
}

static void
answer_admin(void *admin, const struct plx_admin_request *request, struct plx_admin_answer *answer)
{
    plx_admin_handle(admin, request, answer);
}

static bool
open_admin(struct control *control)
{
    const struct plx_address *address = &control->config.admin;
    char error[512];
    uint16_t port = 0;

    int fd = plx_listen_socket(address->host, address->port, false, &port, error, sizeof(error));
    if (fd < 0) {
        fprintf(stderr, "parallax %s: admin: %s\n", name_of(control->flags), error);
        return false;
    }
    if (plx_admin_server_open(&control->server, answer_admin, &control->admin, PLX_ADMIN_CHANGE_MS, &control->loop,
                              fd) != PLX_OK)
        return false;
    plx_admin_server_reached(&control->server, control->snapshot->generation);
    log_address("admin", address, port);
    return true;
}

static bool
open_ledger(struct control *control)
{
    const struct plx_config *config = &control->config;
    const struct plx_ledger_options options = {config->store, config->confidence, config->detect};
    char error[512] = "";

    control->ledger = plx_ledger_open(&options, error, sizeof(error));
    if (!control->ledger) {
        fprintf(stderr, "parallax %s: %s\n", name_of(control->flags), error);
        return false;
    }
    control->rollout.ledger = control->ledger;
    if (!plx_rollout_configure(&control->rollout, config->snapshot)) {
        fputs("parallax run: out of memory\n", stderr);
        return false;
    }
    control->snapshot = control->rollout.present;
    control->admin = (struct plx_admin){
        .ledger = control->ledger,
        .snapshot = control->snapshot,
        .spies = config->spies,
        .rollout = &control->rollout,
        .changed = swap_present,
        .owner = control,
        .token = config->admin_token,
        .start_ms = (uint64_t)time(NULL) * 1000,
        .workers = config->workers,
        .confidence = config->confidence,
        .detect = config->detect,
    };
    return true;
}

static bool
open_access_log(const struct plx_config *config, int *descriptor)
{
    *descriptor = -1;
    if (!config->access_log)
        return true;
    *descriptor = strcmp(config->access_log, "-") == 0
                      ? STDOUT_FILENO
                      : open(config->access_log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (*descriptor >= 0)
        return true;
    fprintf(stderr, "parallax run: can't write the access log %s: %s; choose a path that can be written\n",
            config->access_log, strerror(errno));
    return false;
}

static bool
start_spies(struct control *control, uint32_t streams_max)
{
    const struct plx_spies_start start = {
        &control->config, name_of(control->flags), {take_tally, worker_changed, control}, streams_max};

    if (!control->config.spies)
        return true;
    control->workers[control->worker_count] = plx_spies_start(&start);
    control->worker_count += control->workers[control->worker_count] != NULL;
    return control->worker_count > control->service_worker_count;
}

static bool
start_workers(struct control *control)
{
    const struct plx_config *config = &control->config;
    int descriptors[PLX_WORKERS_MAX][PLX_LISTENERS_MAX];
    int access_descriptor;
    uint32_t limit = raise_descriptor_limit(), workers = control->flags->spy ? 0 : config->workers;
    uint32_t all = workers + (config->spies != NULL);
    uint32_t streams_max = limit > 2 * DESCRIPTORS_SPARE ? (limit - DESCRIPTORS_SPARE) / (all ? all : 1) : 64;

    if (!open_access_log(config, &access_descriptor) || !open_sockets(control, descriptors))
        return false;
    for (uint32_t i = 0; i < workers; i++) {
        const struct plx_worker_options options = {
            .owner = {take_tally, worker_changed, control},
            .descriptors = descriptors[i],
            .descriptor_count = config->listen_count,
            .snapshot = control->snapshot,
            .index = i,
            .count = config->workers,
            .streams_max = streams_max,
            .access_descriptor = access_descriptor,
        };
        control->workers[i] = plx_worker_start(&options);
        if (!control->workers[i]) {
            fputs("parallax run: can't start the workers: out of memory or threads\n", stderr);
            return false;
        }
        control->worker_count++;
    }
    control->service_worker_count = control->worker_count;
    return start_spies(control, streams_max);
}

static void
catch_signals(struct control *control)
{
    uv_loop_t *loop = &control->loop.uv;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may grow no more is a failing write, as on a full disk */
    uv_timer_init(loop, &control->catch_up);
    control->catch_up.data = control;
    control->changed.data = control->hup.data = control->term.data = control->interrupt.data = control;
    PLX_ASSERT(uv_async_init(loop, &control->changed, on_changed) == 0);
    uv_signal_init(loop, &control->hup);
    uv_signal_init(loop, &control->term);
    uv_signal_init(loop, &control->interrupt);
    control->changed.data = control->hup.data = control->term.data = control->interrupt.data = control;
    uv_signal_start(&control->hup, on_hup, SIGHUP);
    uv_signal_start(&control->term, on_term, SIGTERM);
    uv_signal_start(&control->interrupt, on_term, SIGINT);
}

static void
finish(struct control *control)
{
    for (uint32_t i = 0; i < control->worker_count; i++) {
        struct plx_tally *last = plx_worker_join(control->workers[i]);
        fold_tallies(control);
        if (last)
            plx_ledger_fold(control->ledger, last);
    }
    plx_admin_server_stop(&control->server);
    plx_loop_fini(&control->loop);
    plx_rollout_fini(&control->rollout);
    plx_ledger_close(control->ledger);
    plx_config_fini(&control->config);
    pthread_mutex_destroy(&control->mailbox);
    plx_log(PLX_LOG_INFO, "ended");
}

int
plx_run(const struct plx_config_flags *flags)
{
    static struct control control;
    struct plx_config_errors errors = {0};

    control.flags = flags;
    enum plx_status read = plx_config_read(flags, &control.config, &errors);
    plx_config_errors_print(&errors);
    if (read != PLX_OK) {
        plx_config_errors_fini(&errors);
        return errors.usage ? PLX_EXIT_USAGE : 1;
    }
    plx_config_errors_fini(&errors);
    plx_log_set_level(control.config.log_level);
    pthread_mutex_init(&control.mailbox, NULL);
    if (plx_loop_init(&control.loop) != PLX_OK)
        return 1;
    catch_signals(&control);
    if (!open_ledger(&control) || !open_admin(&control) || !start_workers(&control))
        return 1;
    control.admin.ready = true;
    plx_log(PLX_LOG_INFO, "ready", PLX_NUMBER_OF("workers", control.worker_count),
            PLX_NUMBER_OF("services", control.snapshot->service_count),
            PLX_NUMBER_OF("spies", control.config.spies ? control.config.spies->count : 0));
    uv_run(&control.loop.uv, UV_RUN_DEFAULT);
    finish(&control);
    return 0;
}

int
plx_command_run(int argc, char **argv)
{
    static const char usage[] =
        "parallax run: the proxy; clients get the primary's answer, the candidate gets copies\n\n"
        "usage: parallax run -c FILE\n"
        "       parallax run --primary URL --candidate URL [--secondary URL] [OPTION...]\n\n" PLX_CONFIG_FLAGS_HELP
        "\nSIGHUP reads the file again and drops no request; SIGTERM finishes what is under way.\n";
    struct plx_config_flags flags;
    int status = plx_config_parse_flags(argc, argv, usage, &flags);

    return status >= 0 ? status : plx_run(&flags);
}

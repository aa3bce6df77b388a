/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control thread of `parallax run` and `parallax spy`: it has the workers started (start.h), then takes their
 * tallies over, swaps snapshots in, and answers the admin API and signals. The hard thing is the order of a reload:
 * what is in force changes only when there is memory for all of it, and is told when all workers read it.
 *
 *   SIGHUP        the configuration is read again; workers swap their view, no request is dropped
 *   SIGTERM, INT  drain: /readyz says 503, after `drain.announce` listeners close, what is under way is finished,
 *                 counts are stored, exit 0; a second one ends at once
 *   SIGUSR1       logs are opened anew
 *   SIGUSR2       upgrade.h: a new process takes the listeners over, then this one drains
 */
#include "control/process/control_thread.h"

#include "base/assert.h"
#include "base/clock.h"
#include "control/admin/ask_api.h"
#include "control/process/reload_keep.h"
#include "control/process/reload_take.h"
#include "control/process/role_names.h"
#include "control/process/service_manager.h"
#include "control/process/start.h"
#include "control/process/upgrade.h"
#include "control/process/verdict_watch.h"
#include "control/rollout/rollout_epochs.h"
#include "evidence/findings/store_back.h"
#include "evidence/ledger/ledger_expire.h"
#include "evidence/ledger/ledger_save.h"
#include "traffic/net/loop.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define TALLIES_WAITING_MAX  64u   /* handed over and not folded yet: beyond it workers go on counting in theirs */
#define CATCH_UP_MS          1000u /* between two attempts to write to a store that fails */
#define STORE_LOOK_MS        2000u /* between two looks whether its file is still there ... */
#define STORE_AWAITED_MS     100u  /* ... and whether the process before this one has let go of it */
#define STORE_AWAITED_MAX_MS 5000u /* after which one that has let go of it is no reason to wait */

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
    uv_timer_t catch_up, look, store_look;
    struct plx_verdict_watch verdicts;
    uv_signal_t hup, term, interrupt, reopen, usr2;
    struct plx_upgrade upgrade;
    bool upgrade_wanted;     /* as soon as the store is this process's */
    uint64_t alone_since_ms; /* loop time, since the process before this one was seen to have ended; 0: it was not */
    uv_timer_t announcing;   /* until workers are to drain */
    bool told_to_end;        /* by a signal */
    struct plx_workers workers;
    struct plx_sockets sockets;
    struct plx_access_file *log_file; /* as long as the process lives; NULL: standard error */
    struct plx_names *names;
    struct plx_config next;  /* a reload's, while its names are looked up ... */
    bool has_next;           /* ... if there is one */
    uv_timer_t next_at_most; /* when it is waited for them no longer */
    bool draining;
    uint64_t reloads;        /* begun ... */
    uint64_t reloads_told;   /* ... and told to who waits in the admin server */
    uint64_t hand_overs;     /* tickets given */
    uint32_t asked;          /* whose turn it is to ask */
    uint64_t reloading;      /* generation of the snapshot of the last reload, until all workers read it; else 0 */
    uint64_t settling;       /* ticket of what was counted before they did, until it is folded; else 0 */
    pthread_mutex_t mailbox; /* guards the two below */
    struct plx_tally *tallies[TALLIES_WAITING_MAX];
    size_t tally_count;
};

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
static void swap_present(void *owner);
static void try_upgrade(struct control *control);

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

/*
 * Whether the process that has handed its sockets to this one still has the store, or has just let go of it: were this
 * one to end now, its own counts would have no store to go to.
 */
static bool
awaits_store(struct control *control)
{
    const pid_t from = control->sockets.inherited.from;
    char trouble[PLX_STORE_TROUBLE_MAX];

    if (!from || !plx_ledger_store_trouble(control->ledger, PLX_STORE_COUNTS, trouble, sizeof(trouble)))
        return false;
    if (getppid() == from)
        return true;
    if (!control->alone_since_ms)
        control->alone_since_ms = uv_now(&control->loop.uv);
    return uv_now(&control->loop.uv) - control->alone_since_ms < STORE_AWAITED_MAX_MS;
}

static void
on_store_look(uv_timer_t *timer)
{
    struct control *control = timer->data;

    plx_ledger_look_after_store(control->ledger);
    if (!awaits_store(control))
        uv_timer_set_repeat(timer, STORE_LOOK_MS);
    plx_ledger_expire(control->ledger, plx_wall_ms());
    catch_up_later(control);
    try_upgrade(control);
}

static void
on_look(uv_timer_t *timer)
{
    struct control *control = timer->data;

    plx_verdict_watch_look(&control->verdicts, control->ledger, control->snapshot);
}

static void
look_later(struct control *control)
{
    if (!uv_is_active((uv_handle_t *)&control->look))
        uv_timer_start(&control->look, on_look, PLX_VERDICT_WATCH_MS, 0);
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
    if (count)
        look_later(control);
    if (plx_epochs_take_versions(&control->rollout))
        swap_present(control);
    catch_up_later(control);
}

/* ---- snapshots ---- */

/* In force within the loops' next turn. */
static void
swap_present(void *owner)
{
    struct control *control = owner;

    control->snapshot = control->rollout.present;
    control->admin.snapshot = control->snapshot;
    for (uint32_t i = 0; i < control->workers.service_count; i++)
        plx_worker_swap(control->workers.list[i], control->snapshot);
    uv_async_send(&control->changed); /* where there are no such workers, too */
    look_later(control);
    catch_up_later(control);
}

/* Where the ledger has found more path segments to be names. */
static void
hand_folds_out(struct control *control)
{
    if (!control->draining && plx_rollout_fold(&control->rollout))
        swap_present(control);
}

/* The newest ticket whose counts have been taken from all workers, once what waits is folded. */
static uint64_t
handed_over(const struct control *control)
{
    uint64_t least = control->hand_overs;

    for (uint32_t i = 0; i < control->workers.count; i++) {
        struct plx_worker *worker = control->workers.list[i];
        uint64_t ticket = atomic_load(&worker->ended) ? least : atomic_load(&worker->handed_over);
        least = ticket < least ? ticket : least;
    }
    return least;
}

static void
note_under_way(struct control *control)
{
    struct plx_under_way_list found;

    plx_ledger_forget_under_way(control->ledger);
    for (uint32_t i = 0; i < control->workers.count; i++) {
        plx_worker_under_way(control->workers.list[i], &found);
        for (size_t j = 0; j < found.count; j++)
            plx_ledger_add_under_way(control->ledger, plx_slice_of(found.list[j].service), found.list[j].exchanges,
                                     found.list[j].since_ms);
    }
}

/* Has all workers hand over what they hold. */
static uint64_t
want_hand_over(void *owner)
{
    struct control *control = owner;

    control->hand_overs++;
    for (uint32_t i = 0; i < control->workers.count; i++)
        plx_worker_hand_over(control->workers.list[i], control->hand_overs);
    uv_async_send(&control->changed); /* where there are no workers, or none that lives */
    return control->hand_overs;
}

/* Each worker in its turn. */
static bool
ask(void *owner, struct plx_ask *ask)
{
    struct control *control = owner;

    if (control->workers.service_count == 0 || control->draining)
        return false;
    plx_worker_ask(control->workers.list[control->asked++ % control->workers.service_count], ask);
    return true;
}

static bool
all_workers(struct control *control, bool (*is)(struct control *, struct plx_worker *))
{
    for (uint32_t i = 0; i < control->workers.count; i++)
        if (!is(control, control->workers.list[i]))
            return false;
    return true;
}

/* Of the snapshot that all workers read, or a later one. */
static uint64_t
generation_reached(const struct control *control)
{
    uint64_t reached = control->snapshot->generation;

    for (uint32_t i = 0; i < control->workers.service_count; i++) {
        uint64_t generation = atomic_load(&control->workers.list[i]->generation);
        reached = generation < reached ? generation : reached;
    }
    return reached;
}

static void take_next(struct control *control);

static bool
has_ended(struct control *control, struct plx_worker *worker)
{
    return atomic_load(&worker->ended);
}

/* Epochs begin when all that workers had counted under the configuration before is in the old ones. */
static void
settle_reload(struct control *control, uint64_t reached, uint64_t tickets)
{
    if (control->reloading && reached >= control->reloading) {
        control->reloading = 0;
        control->settling = want_hand_over(control);
    } else if (control->settling && !control->reloading && tickets >= control->settling) {
        control->settling = 0;
        plx_reload_taken(&control->workers);
        plx_epochs_check(&control->rollout);
        plx_log(PLX_LOG_INFO, "reloaded", PLX_NUMBER_OF("generation", control->snapshot->generation),
                PLX_NUMBER_OF("services", control->snapshot->service_count));
        plx_log_set_level(control->config.log_level);
        plx_manager_tell(PLX_MANAGER_READY, "serving");
    }
}

static void
on_changed(uv_async_t *async)
{
    struct control *control = async->data;
    uint64_t tickets = handed_over(control); /* before the fold: what a worker acknowledges was handed over before */

    fold_tallies(control);
    hand_folds_out(control);
    if (control->has_next && plx_names_are_ready(control->names))
        take_next(control);
    if (tickets > control->admin.handed_over) {
        control->admin.handed_over = tickets;
        note_under_way(control);
        plx_admin_server_retry(&control->server);
    } else if (plx_admin_asks_are_done(&control->admin)) {
        plx_admin_server_retry(&control->server);
    }
    if (control->reloads_told != control->admin.reloaded.ticket) {
        control->reloads_told = control->admin.reloaded.ticket;
        plx_admin_server_retry(&control->server);
    }
    uint64_t reached = generation_reached(control);
    plx_admin_server_reached(&control->server, reached);
    settle_reload(control, reached, tickets);
    if (control->draining && all_workers(control, has_ended))
        uv_stop(&control->loop.uv);
}

/* ---- signals ---- */

/* false: something can't be opened, or there is no memory; nothing has changed. */
static bool
apply(struct control *control, struct plx_config *config)
{
    struct plx_reload_take take = {
        .in_force = &control->config, .next = config, .sockets = &control->sockets, .workers = &control->workers};
    char error[512];

    if (!plx_reload_open(&take, error, sizeof(error))) {
        fprintf(stderr, "parallax: %s\n", error);
        plx_buffer_clear(&control->admin.reloaded.text);
        plx_buffer_format(&control->admin.reloaded.text, "parallax: %s\n", error);
        return false;
    }
    if (!plx_rollout_configure(&control->rollout, config->snapshot)) {
        plx_reload_take_back(&take);
        return false;
    }
    plx_reload_give(&take);
    plx_log_set_format(config->log_format);
    control->admin.access_log = control->workers.access_file ? &control->workers.access_file->outlet : NULL;
    if (config->log_level < control->config.log_level)
        plx_log_set_level(config->log_level); /* else when it is told that this reload is done */
    plx_reload_keep(&control->config, config, control->admin.reloaded.needs_restart);
    const struct plx_ledger_options options = {config->confidence, config->detect, config->allow,
                                               plx_findings_take_back, config->retention_ms};
    plx_config_fini(&control->config);
    control->config = *config;
    control->admin.token = config->admin_token;
    control->admin.read_token = config->read_token;
    control->admin.secrets = config->secrets;
    control->admin.confidence = config->confidence;
    control->admin.detect = config->detect;
    plx_comparisons_set_memory(control->workers.comparisons, config->comparisons_bytes);
    plx_ledger_set_options(control->ledger, &options);
    control->reloading = control->rollout.present->generation;
    swap_present(control);
    return true;
}

static void
drop_next(struct control *control)
{
    uv_timer_stop(&control->next_at_most);
    if (control->has_next)
        plx_config_fini(&control->next);
    control->has_next = false;
}

/* Who waits for it is told. */
static void
end_reload(struct control *control, bool ok, size_t errors)
{
    struct plx_admin_reloaded *reloaded = &control->admin.reloaded;

    reloaded->ticket = control->reloads;
    reloaded->ok = ok;
    reloaded->errors = errors;
    reloaded->generation = control->rollout.present->generation;
    if (ok)
        reloaded->success_ms = plx_wall_ms();
    uv_async_send(&control->changed);
}

static void
tell_reload_failed(struct control *control, size_t errors)
{
    end_reload(control, false, errors);
    plx_log(PLX_LOG_ERROR, "reload_failed", PLX_NUMBER_OF("errors", errors),
            PLX_TEXT("what", "the configuration before stays in force"));
    plx_manager_tell(PLX_MANAGER_READY, "serving; the last reload failed, the configuration before is in force");
}

/* Its names are known, or it was waited for them long enough. */
static void
take_next(struct control *control)
{
    struct plx_config config = control->next;

    uv_timer_stop(&control->next_at_most);
    control->has_next = false;
    plx_names_tell_waiting(control->names);
    if (apply(control, &config)) {
        end_reload(control, true, 0);
        return;
    }
    plx_config_fini(&config);
    tell_reload_failed(control, 0);
}

static void
on_next_at_most(uv_timer_t *timer)
{
    take_next(timer->data);
}

/* The last ones' text is kept for who asks: the errors, or the warnings of what is taken over. */
static enum plx_status
read_next(struct control *control, struct plx_config *config)
{
    struct plx_buffer *text = &control->admin.reloaded.text;
    struct plx_config_errors errors = {0};
    enum plx_status read = plx_config_read(control->flags, config, &errors);

    plx_config_errors_print(&errors);
    plx_buffer_fini(text);
    *text = read == PLX_OK ? errors.warnings : errors.text;
    *(read == PLX_OK ? &errors.warnings : &errors.text) = (struct plx_buffer){.ptr = NULL};
    size_t count = errors.count;
    plx_config_errors_fini(&errors);
    if (read != PLX_OK)
        tell_reload_failed(control, count);
    return read;
}

/* Its ticket; 0: not now. */
static uint64_t
reload(void *owner)
{
    struct control *control = owner;
    struct plx_config config;

    if (control->draining)
        return 0;
    plx_manager_tell(PLX_MANAGER_RELOADING, "reading the configuration");
    if (control->upgrade.state != PLX_UPGRADE_NONE) {
        plx_log(PLX_LOG_WARN, "reload_refused", PLX_TEXT("reason", "a new process is starting, which reads the file"));
        plx_manager_tell(PLX_MANAGER_READY, "serving");
        return 0;
    }
    control->reloads++;
    if (read_next(control, &config) != PLX_OK)
        return control->reloads;
    drop_next(control);
    control->next = config;
    control->has_next = true;
    if (plx_role_names_want(control->names, &config, control->config.spies) != PLX_OK ||
        plx_names_are_ready(control->names))
        take_next(control);
    else
        uv_timer_start(&control->next_at_most, on_next_at_most, PLX_NAMES_START_MS, 0);
    return control->reloads;
}

static void
reopen_logs(struct control *control)
{
    plx_access_file_reopen(control->log_file);
    plx_access_file_reopen(control->workers.access_file);
}

static void
on_hup(uv_signal_t *signal, int number)
{
    struct control *control = signal->data;

    reopen_logs(control);
    (void)reload(control);
}

/* As logrotate asks for, when it has moved the file away. */
static void
on_reopen(uv_signal_t *signal, int number)
{
    reopen_logs(signal->data);
}

static void
drain_workers(struct control *control, uint32_t drain_ms)
{
    uv_timer_stop(&control->announcing);
    for (uint32_t i = 0; i < control->workers.count; i++)
        plx_worker_drain(control->workers.list[i], drain_ms);
}

static void
on_announced(uv_timer_t *timer)
{
    struct control *control = timer->data;

    drain_workers(control, control->config.drain_ms);
}

/* Nothing of what is in force changes any more. */
static void
begin_drain(struct control *control)
{
    control->draining = true;
    control->admin.ready = false;
    drop_next(control);
}

static void
on_term(uv_signal_t *signal, int number)
{
    struct control *control = signal->data;
    bool again = control->told_to_end, announces = !control->draining && number == SIGTERM;
    uint32_t drain_ms = again ? 1 : control->config.drain_ms, announce_ms = announces ? control->config.announce_ms : 0;

    plx_log(PLX_LOG_INFO, again ? "ending" : "draining", PLX_NUMBER_OF("announce_ms", announce_ms),
            PLX_NUMBER_OF("at_most_ms", drain_ms));
    plx_upgrade_cancel(&control->upgrade);
    if (control->upgrade.state != PLX_UPGRADE_DONE)
        plx_manager_tell(PLX_MANAGER_STOPPING, "finishing what is under way");
    control->told_to_end = true;
    begin_drain(control);
    if (announce_ms)
        uv_timer_start(&control->announcing, on_announced, announce_ms, 0);
    else
        drain_workers(control, drain_ms);
}

/* ---- an upgrade ---- */

static void
try_upgrade(struct control *control)
{
    if (!control->upgrade_wanted || control->draining || awaits_store(control))
        return;
    control->upgrade_wanted = false;
    control->admin.upgrading = plx_upgrade_begin(&control->upgrade, &control->loop.uv, &control->sockets);
}

/* Who asks the admin side is answered by the new process from here on, which has the same socket. */
static void
on_upgrade_ended(void *owner, bool serves)
{
    struct control *control = owner;

    control->admin.upgrading = false;
    if (!serves || control->draining)
        return;
    plx_log(PLX_LOG_INFO, "upgraded", PLX_NUMBER_OF("pid", control->upgrade.process.pid),
            PLX_NUMBER_OF("at_most_ms", control->config.drain_ms),
            PLX_TEXT("what", "the new process serves; this one finishes what is under way"));
    plx_manager_tell_successor(control->upgrade.process.pid);
    plx_admin_server_leave(&control->server);
    begin_drain(control);
    drain_workers(control, control->config.drain_ms);
}

static void
on_usr2(uv_signal_t *signal, int number)
{
    struct control *control = signal->data;

    const char *reason = control->draining                            ? "this process ends"
                         : control->upgrade.state != PLX_UPGRADE_NONE ? "another one is under way"
                         : getpid() == 1
                             ? "this is process 1, with whose end its container ends: start another container"
                             : NULL;

    if (reason) {
        plx_log(PLX_LOG_WARN, "upgrade_refused", PLX_TEXT("reason", reason));
        return;
    }
    control->upgrade_wanted = true;
    if (awaits_store(control))
        plx_log(PLX_LOG_INFO, "upgrade_waits", PLX_NUMBER_OF("pid", control->sockets.inherited.from),
                PLX_TEXT("reason", "the process before this one still finishes, and has the store"));
    try_upgrade(control);
}

/* ---- beginning and end ---- */

static void
catch_signals(struct control *control)
{
    uv_loop_t *loop = &control->loop.uv;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that may grow no more is a failing write, as on a full disk */
    uv_timer_init(loop, &control->catch_up);
    uv_timer_init(loop, &control->look);
    uv_timer_init(loop, &control->store_look);
    uv_timer_init(loop, &control->next_at_most);
    uv_timer_init(loop, &control->announcing);
    control->catch_up.data = control->look.data = control->store_look.data = control->next_at_most.data = control;
    control->announcing.data = control->usr2.data = control->upgrade.owner = control;
    control->upgrade.ended = on_upgrade_ended;
    control->changed.data = control->hup.data = control->term.data = control->interrupt.data = control;
    PLX_ASSERT(uv_async_init(loop, &control->changed, on_changed) == 0);
    uv_signal_init(loop, &control->hup);
    uv_signal_init(loop, &control->term);
    uv_signal_init(loop, &control->interrupt);
    uv_signal_init(loop, &control->reopen);
    uv_signal_init(loop, &control->usr2);
    control->reopen.data = control;
    control->changed.data = control->hup.data = control->term.data = control->interrupt.data = control;
    uv_signal_start(&control->hup, on_hup, SIGHUP);
    uv_signal_start(&control->reopen, on_reopen, SIGUSR1);
    uv_signal_start(&control->usr2, on_usr2, SIGUSR2);
    uv_signal_start(&control->term, on_term, SIGTERM);
    uv_signal_start(&control->interrupt, on_term, SIGINT);
}

/* Of two processes that are to end the later one has the store last. */
static void
await_store(struct control *control)
{
    static const struct timespec step = {0, STORE_AWAITED_MS * PLX_NS_PER_MS};

    for (uint64_t waited_ms = 0; waited_ms < control->config.drain_ms && awaits_store(control);
         waited_ms += STORE_AWAITED_MS) {
        nanosleep(&step, NULL);
        uv_update_time(&control->loop.uv);
        plx_ledger_look_after_store(control->ledger);
    }
}

static void
finish(struct control *control)
{
    for (uint32_t i = 0; i < control->workers.count; i++) {
        struct plx_tally *last = plx_worker_join(control->workers.list[i]);
        fold_tallies(control);
        if (last)
            plx_ledger_fold(control->ledger, last);
    }
    await_store(control);
    plx_admin_asks_free(&control->admin);
    plx_comparisons_free(control->workers.comparisons);
    plx_names_free(control->names);
    plx_admin_server_stop(&control->server);
    plx_loop_fini(&control->loop);
    plx_rollout_fini(&control->rollout);
    plx_ledger_close(control->ledger);
    plx_config_fini(&control->config);
    plx_sockets_fini(&control->sockets);
    plx_reload_taken(&control->workers);
    plx_access_file_free(control->workers.access_file);
    plx_buffer_fini(&control->admin.reloaded.text);
    pthread_mutex_destroy(&control->mailbox);
    plx_log(PLX_LOG_INFO, "ended");
}

static void
ready_admin(struct control *control)
{
    const struct plx_config *config = &control->config;

    control->snapshot = control->rollout.present;
    control->admin = (struct plx_admin){
        .ledger = control->ledger,
        .snapshot = control->snapshot,
        .spies = config->spies,
        .rollout = &control->rollout,
        .changed = swap_present,
        .hand_over = want_hand_over,
        .reload = reload,
        .reloaded.success_ms = plx_wall_ms(),
        .ask = ask,
        .owner = control,
        .token = config->admin_token,
        .read_token = config->read_token,
        .secrets = config->secrets,
        .start_ms = (uint64_t)plx_wall_s() * 1000,
        .workers = config->workers,
        .names = control->names,
        .confidence = config->confidence,
        .detect = config->detect,
    };
}

/* They are looked up while the store is opened. */
static bool
look_names_up(struct control *control)
{
    control->names = plx_names_new(worker_changed, control);
    if (control->names && plx_role_names_want(control->names, &control->config, control->config.spies) == PLX_OK)
        return true;
    fputs("parallax: can't look names up: out of memory or threads\n", stderr);
    return false;
}

static bool
begin(struct control *control)
{
    catch_signals(control);
    if (!look_names_up(control))
        return false;
    const struct plx_start start = {.config = &control->config,
                                    .command = control->flags->spy ? "spy" : "run",
                                    .spies_only = control->flags->spy,
                                    .owner = {take_tally, worker_changed, control},
                                    .names = control->names,
                                    .sockets = &control->sockets};

    if (!plx_start_ledger(&start, &control->rollout))
        return false;
    control->ledger = control->rollout.ledger;
    plx_epochs_check(&control->rollout);
    ready_admin(control);
    plx_names_wait(control->names, PLX_NAMES_START_MS);
    plx_names_tell_waiting(control->names);
    if (!plx_start_listening(&start) || !plx_start_admin(&start, &control->admin, &control->loop, &control->server) ||
        !plx_start_workers(&start, control->snapshot, &control->workers))
        return false;
    plx_sockets_drop_unused(&control->sockets);
    control->admin.comparisons = control->workers.comparisons;
    control->admin.access_log = control->workers.access_file ? &control->workers.access_file->outlet : NULL;
    control->admin.ready = true;
    const uint64_t look_ms = awaits_store(control) ? STORE_AWAITED_MS : STORE_LOOK_MS;
    uv_timer_start(&control->store_look, on_store_look, look_ms, look_ms);
    plx_verdict_watch_look(&control->verdicts, control->ledger, control->snapshot);
    plx_log(PLX_LOG_INFO, "ready", PLX_NUMBER_OF("workers", control->workers.count),
            PLX_NUMBER_OF("services", control->snapshot->service_count),
            PLX_NUMBER_OF("spies", control->config.spies ? control->config.spies->count : 0));
    plx_manager_tell(PLX_MANAGER_READY, "serving");
    plx_inherited_tell_ready(&control->sockets.inherited);
    return true;
}

static bool
open_log(struct control *control)
{
    char error[512];

    if (control->config.log_file) {
        control->log_file = plx_access_file_new(true, control->config.log_file, error, sizeof(error));
        if (!control->log_file) {
            fprintf(stderr, "parallax: %s\n", error);
            return false;
        }
    }
    plx_log_never_wait(control->log_file ? control->log_file->descriptor : STDERR_FILENO);
    return true;
}

enum plx_process_end
plx_process_run(const struct plx_config_flags *flags)
{
    static struct control control;
    struct plx_config_errors errors = {0};

    control.flags = flags;
    if (!plx_inherited_init(&control.sockets.inherited)) {
        fputs("parallax: out of memory\n", stderr);
        return PLX_PROCESS_FAILED;
    }
    enum plx_status read = plx_config_read(flags, &control.config, &errors);
    plx_config_errors_print(&errors);
    plx_config_errors_fini(&errors);
    if (read != PLX_OK)
        return errors.usage ? PLX_PROCESS_USAGE : PLX_PROCESS_FAILED;
    plx_log_set_level(control.config.log_level);
    plx_log_set_format(control.config.log_format);
    if (!open_log(&control))
        return PLX_PROCESS_FAILED;
    pthread_mutex_init(&control.mailbox, NULL);
    if (plx_loop_init(&control.loop) != PLX_OK || !begin(&control))
        return PLX_PROCESS_FAILED;
    uv_run(&control.loop.uv, UV_RUN_DEFAULT);
    finish(&control);
    return PLX_PROCESS_DONE;
}

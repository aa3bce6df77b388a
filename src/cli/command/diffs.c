/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax diffs`: the recorded mismatches of a running proxy, newest first; with --follow the newest few, oldest
 * first, and then each as it comes.
 */
#include "base/assert.h"
#include "cli/client/api_differences.h"
#include "cli/command/command.h"
#include "cli/report/diffs_text.h"
#include "cli/terminal/output.h"
#include "evidence/count/cause_id.h"

#include <signal.h>
#include <time.h>

#define LIMIT_DEFAULT    50u
#define LIMIT_FOLLOWING  10u /* shown of what was there before */
#define POLL_MS          500u
#define RECORD_BYTES_MAX (16u << 20) /* of one as it is shown */

enum {
    OPTION_ENDPOINT = PLX_OPTION_OWN,
    OPTION_FIELD,
    OPTION_LIMIT,
    OPTION_FOLLOW,
    OPTION_CAUSE,
};

static const char help[] =
    "usage: parallax diffs [OPTION...]\n"
    "\n"
    "The recorded mismatches of a running proxy, newest first.\n"
    "\n"
    "      --service NAME   of this service alone; default: of all services, experiments and spies\n"
    "      --experiment NAME\n"
    "                       of this experiment alone\n"
    "      --spy NAME       of this spy alone\n"
    "      --endpoint E     of this endpoint, or candidate, alone, as the report names it: 'GET /payroll/{id}'\n"
    "      --field POINTER  those that differ in this field, as the report names it: /total, status, header:NAME; of\n"
    "                       each that field first\n"
    "      --cause ID       those of one cause, as the report names it\n"
    "      --limit N        so many at most, up to 1000; default: 50, with --follow 10\n"
    "      --follow         oldest first, and then each as it comes, until Ctrl-C\n"
    "      --json           as JSON: {\"differences\":[...]}; with --follow one object a line\n" PLX_OPTIONS_HELP;

static const struct option longs[] = {
    PLX_OPTIONS_COMMON,
    PLX_OPTIONS_SUBJECT,
    {"endpoint", required_argument, NULL, OPTION_ENDPOINT},
    {"field", required_argument, NULL, OPTION_FIELD},
    {"cause", required_argument, NULL, OPTION_CAUSE},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"follow", no_argument, NULL, OPTION_FOLLOW},
    {0},
};

struct diffs {
    struct plx_options options;
    uint32_t limit; /* 0: the default */
    bool follow;
    struct plx_differences asked;
    struct plx_terminal terminal;
    struct plx_buffer text; /* of the record under way */
};

static volatile sig_atomic_t stopped;

static void
stop(int signal_number)
{
    (void)signal_number;
    stopped = 1;
}

/* ---- showing ---- */

static void
write_json(struct plx_item record)
{
    struct plx_slice text = plx_json_text(record.document, record.node);

    fwrite(text.ptr, 1, text.len, stdout);
}

static int
show_one(struct diffs *d, const struct plx_found_difference *found)
{
    plx_buffer_clear(&d->text);
    if (plx_record_print(&d->terminal, found->record, d->asked.field) != PLX_OK)
        return plx_trouble("diffs", "out of memory");
    fwrite(d->text.ptr, 1, d->text.len, stdout);
    fputc('\n', stdout);
    return 0;
}

/* The newest of them, newest first. */
static int
show_list(struct diffs *d, uint32_t limit)
{
    size_t first = d->asked.found_count > limit ? d->asked.found_count - limit : 0;
    int status = 0;

    if (d->options.json)
        fputs("{\"differences\":[", stdout);
    for (size_t i = d->asked.found_count; i > first && status == 0; i--) {
        if (d->options.json) {
            fputs(i < d->asked.found_count ? "," : "", stdout);
            write_json(d->asked.found[i - 1].record);
        } else {
            status = show_one(d, &d->asked.found[i - 1]);
        }
    }
    if (d->options.json)
        fputs("]}\n", stdout);
    else if (d->asked.found_count == 0)
        puts(d->asked.endpoint || d->asked.field || d->asked.cause ? "No mismatches are recorded there."
                                                                   : "No mismatches are recorded.");
    return status ? status : plx_output_end("diffs");
}

static int
show_new(struct diffs *d, uint32_t limit)
{
    size_t first = d->asked.found_count > limit ? d->asked.found_count - limit : 0;
    int status = 0;

    for (size_t i = first; i < d->asked.found_count && status == 0; i++) {
        if (d->options.json) {
            write_json(d->asked.found[i].record);
            fputc('\n', stdout);
        } else {
            status = show_one(d, &d->asked.found[i]);
        }
    }
    return status ? status : plx_output_end("diffs");
}

/* ---- following ---- */

static void
wait_for_more(void)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

    nanosleep(&pause, NULL); /* a signal ends it early, as it should */
}

/* One question to all while following. A proxy that went away is waited for. */
static int
poll_once(struct diffs *d, bool *away)
{
    int status = plx_differences_ask(&d->asked, PLX_DIFFERENCES_MAX);

    if (status != 0 && d->asked.fetch.unreachable) {
        if (!*away)
            fprintf(stderr, "parallax diffs: the proxy does not answer any more; trying again until it does\n");
        *away = true;
        d->asked.full = false;
        return 0;
    }
    if (status == 0 && *away) {
        fprintf(stderr, "parallax diffs: the proxy answers again\n");
        *away = false;
    }
    return status ? status : show_new(d, UINT32_MAX);
}

static int
follow(struct diffs *d, uint32_t limit)
{
    const struct sigaction action = {.sa_handler = stop};
    int status = show_new(d, limit);
    bool away = false;

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    d->asked.fetch.quiet = true;
    while (status == 0 && !stopped) {
        if (!d->asked.full)
            wait_for_more();
        if (!stopped)
            status = poll_once(d, &away);
    }
    return status;
}

/* ---- the command ---- */

static int
run(struct diffs *d)
{
    uint32_t limit = d->limit ? d->limit : d->follow ? LIMIT_FOLLOWING : LIMIT_DEFAULT;
    int status = plx_differences_open(&d->asked, &d->options);

    plx_buffer_init(&d->text, RECORD_BYTES_MAX);
    plx_terminal_init(&d->terminal, &d->text, stdout);
    if (status == 0)
        status = plx_differences_ask(&d->asked, limit);
    if (status == 0)
        status = d->follow ? follow(d, limit) : show_list(d, limit);
    plx_buffer_fini(&d->text);
    plx_differences_close(&d->asked);
    return status;
}

static int
read_options(struct diffs *d, int argc, char **argv)
{
    uint64_t cause;
    int option;

    plx_options_init(&d->options, "diffs", help, longs);
    while ((option = plx_options_next(&d->options, argc, argv)) > 0) {
        switch (option) {
        case OPTION_ENDPOINT:
            d->asked.endpoint = optarg;
            break;
        case OPTION_FIELD:
            d->asked.field = optarg;
            break;
        case OPTION_CAUSE:
            if (!plx_cause_id_read(plx_slice_of(optarg), &cause) || cause == 0)
                return plx_trouble("diffs", "--cause '%s' is no id of a cause: 16 hex digits, as the report has them",
                                   optarg);
            d->asked.cause = optarg;
            break;
        case OPTION_FOLLOW:
            d->follow = true;
            break;
        case OPTION_LIMIT:
            d->limit = plx_number_of(optarg, PLX_DIFFERENCES_MAX);
            if (d->limit == 0)
                return plx_trouble("diffs", "--limit '%s' is not a number from 1 to %u", optarg, PLX_DIFFERENCES_MAX);
            break;
        }
    }
    return d->options.exit;
}

int
plx_command_diffs(int argc, char **argv)
{
    struct diffs d = {0};
    int status = read_options(&d, argc, argv);

    return status >= 0 ? status : run(&d);
}

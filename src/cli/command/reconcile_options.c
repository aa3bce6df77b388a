/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `parallax reconcile`. */
#include "cli/command/reconcile_options.h"

#include "batch/reconcile/row_moment.h"
#include "cli/command/rule_options.h"
#include "cli/terminal/exit_status.h"
#include "control/config/taken.h"
#include "control/config/values.h"

#include <stdlib.h>

#define NAME "reconcile"

enum {
    OPTION_LEFT = PLX_OPTION_OWN,
    OPTION_LEFT_QUERY,
    OPTION_LEFT_CONSUME,
    OPTION_RIGHT,
    OPTION_RIGHT_QUERY,
    OPTION_RIGHT_CONSUME,
    OPTION_LEFT_QUOTES,
    OPTION_RIGHT_QUOTES,
    OPTION_BY,
    OPTION_COMPARE,
    OPTION_JSON_COLUMN,
    OPTION_UUID_COLUMN,
    OPTION_TIME,
    OPTION_SINCE,
    OPTION_JOURNAL,
    OPTION_MEMORY,
    OPTION_RULES,
    OPTION_IGNORE,
    OPTION_TOLERANCE,
    OPTION_MODE,
    OPTION_SETTLE,
    OPTION_DRY_RUN,
    OPTION_LIMIT,
    OPTION_SERVE,
};

static const char help[] =
    "usage: parallax reconcile [OPTION...] -c FILE [NAME...]\n"
    "       parallax reconcile [OPTION...] --left STORE --right STORE --by COLUMN\n"
    "\n"
    "Compares two stores of results: pairs rows by their key one to one, prints true where every row has an equal\n"
    "partner, else false, and then why.\n"
    "\n"
    "  -c, --config FILE         the jobs under `reconcile:`, all of them or those named\n"
    "      --left STORE          sqlite:FILE, postgresql://USER@HOST/DATABASE, jsonl:FILE or csv:FILE\n"
    "      --left-query SQL      the rows of a database: a SELECT\n"
    "      --left-consume SQL    marks a row that has been paired; $1 is the row's first column\n"
    "      --left-quotes WHAT    of CSV: text (default: what is in quotes is text) or all (anything may be)\n"
    "      --right, --right-query, --right-consume, --right-quotes\n"
    "      --by COLUMN           what pairs a row with a row; may be repeated\n"
    "      --compare COLUMN      what has to agree then; may be repeated\n"
    "      --json-column COLUMN  its text is compared as JSON; may be repeated\n"
    "      --uuid-column COLUMN  its text or bytes are UUIDs; may be repeated\n"
    "      --rules FILE          for what is compared: what stands under `compare:` in a configuration, `redact:`, "
    "`secrets:`\n"
    "      --ignore PATTERN      a JSON Pointer that is left out, as in /total; may be repeated\n"
    "      --tolerance PATTERN=VALUE   numbers may differ by so much, as in /total=0.01 or /total=1%\n"
    "      --mode MODE           strict (default), subset or schema\n"
    "      --settle DURATION     rows younger than it wait for the next run\n"
    "      --time COLUMN         when a row was written; without it --settle reads a second time after that long\n"
    "      --since TIME          rows whose --time is before it are left out, as in 2026-01-31T12:00:00Z\n"
    "      --journal FILE        pairs that are being marked; default: beside a SQLite store, or in this folder\n"
    "      --memory SIZE         for sorting a side, default 32MiB; beyond it a temporary file in TMPDIR is used\n"
    "      --dry-run             marks nothing\n"
    "      --limit N             rows that are shown of each kind, default 10\n"
    "      --json                as JSON\n"
    "      --serve ADDRESS       goes on running: jobs as `every` says, and over HTTP when they are asked for\n"
    "      --admin URL           where a running `parallax run` takes the results; default: PARALLAX_ADMIN, or "
    "nowhere\n"
    "      --help                this text\n"
    "      --version             the version\n"
    "\n"
    "PARALLAX_TOKEN is the token, for --admin and for --serve. Exit status: 0 true, 1 false, 2 trouble.\n";

static const struct option longs[] = {
    {"config", required_argument, NULL, 'c'},
    {"left", required_argument, NULL, OPTION_LEFT},
    {"left-query", required_argument, NULL, OPTION_LEFT_QUERY},
    {"left-consume", required_argument, NULL, OPTION_LEFT_CONSUME},
    {"right", required_argument, NULL, OPTION_RIGHT},
    {"right-query", required_argument, NULL, OPTION_RIGHT_QUERY},
    {"right-consume", required_argument, NULL, OPTION_RIGHT_CONSUME},
    {"left-quotes", required_argument, NULL, OPTION_LEFT_QUOTES},
    {"right-quotes", required_argument, NULL, OPTION_RIGHT_QUOTES},
    {"by", required_argument, NULL, OPTION_BY},
    {"compare", required_argument, NULL, OPTION_COMPARE},
    {"json-column", required_argument, NULL, OPTION_JSON_COLUMN},
    {"uuid-column", required_argument, NULL, OPTION_UUID_COLUMN},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"time", required_argument, NULL, OPTION_TIME},
    {"journal", required_argument, NULL, OPTION_JOURNAL},
    {"memory", required_argument, NULL, OPTION_MEMORY},
    {"rules", required_argument, NULL, OPTION_RULES},
    {"ignore", required_argument, NULL, OPTION_IGNORE},
    {"tolerance", required_argument, NULL, OPTION_TOLERANCE},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"settle", required_argument, NULL, OPTION_SETTLE},
    {"dry-run", no_argument, NULL, OPTION_DRY_RUN},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"serve", required_argument, NULL, OPTION_SERVE},
    PLX_OPTIONS_COMMON,
    {0},
};

/* ---- values ---- */

static int
no_memory(void)
{
    return plx_trouble(NAME, "out of memory");
}

static int
take_text(char **into, const char *text)
{
    free(*into);
    *into = strdup(text);
    return *into ? -1 : no_memory();
}

static int
take_column(char **columns, size_t *count, const char *text)
{
    if (*count == PLX_RECONCILE_COLUMNS_MAX)
        return plx_trouble(NAME, "there are more than %u columns", PLX_RECONCILE_COLUMNS_MAX);
    return take_text(&columns[(*count)++], text);
}

static int
take_settle(struct plx_reconcile_command *command, const char *text)
{
    uint64_t ms;

    if (!plx_value_duration(plx_slice_of(text), &ms) || ms == 0 || ms > PLX_SETTLE_MAX_MS)
        return plx_trouble(NAME, "--settle '%s' is no duration from 1ms to 24h; write it as in 30s", text);
    command->settle_ms = (uint32_t)ms;
    return -1;
}

static int
take_memory(struct plx_reconcile_command *command, const char *text)
{
    if (!plx_value_size(plx_slice_of(text), &command->job.memory_bytes) ||
        command->job.memory_bytes < PLX_SORT_MEMORY_MIN)
        return plx_trouble(NAME, "--memory '%s' is no size from 1MiB on; write it as in 64MiB", text);
    return -1;
}

static int
take_quotes(struct plx_side *side, const char *text)
{
    return plx_reconcile_quotes_read(plx_slice_of(text), &side->quotes_all)
               ? -1
               : plx_trouble(NAME,
                             "'%s' says nothing of quotes; write `text`, or `all` where anything may stand in them",
                             text);
}

static int
take_since(struct plx_reconcile_job *job, const char *text)
{
    job->since = plx_moment_read(plx_slice_of(text), &job->since_ms);
    return job->since ? -1 : plx_trouble(NAME, "--since '%s' is no moment; write it as in 2026-01-31T12:00:00Z", text);
}

static int
take_serve(struct plx_reconcile_command *command, const char *text)
{
    const char *token = getenv("PARALLAX_TOKEN");

    command->serve = true;
    if (!plx_address_of(plx_slice_of(text), &command->serve_address))
        return plx_trouble(NAME, "--serve '%s' is no address; write HOST:PORT, as in 127.0.0.1:8083", text);
    if (!plx_address_is_loopback(&command->serve_address) && !(token && *token))
        return plx_trouble(NAME,
                           "--serve %s would be open to other machines without a token; set PARALLAX_TOKEN, or "
                           "let it listen on 127.0.0.1",
                           text);
    if (token && *token && strlen(token) < PLX_TOKEN_BYTES_MIN)
        return plx_trouble(NAME, "PARALLAX_TOKEN has fewer than %u characters; make one with `openssl rand -hex 32`",
                           PLX_TOKEN_BYTES_MIN);
    return -1;
}

/* -1: go on. */
static int
take_side(struct plx_reconcile_command *command, int option)
{
    struct plx_side *left = &command->job.sides[PLX_LEFT], *right = &command->job.sides[PLX_RIGHT];

    switch (option) {
    case OPTION_LEFT:
        return take_text(&left->store, optarg);
    case OPTION_LEFT_QUERY:
        return take_text(&left->query, optarg);
    case OPTION_LEFT_CONSUME:
        return take_text(&left->consume, optarg);
    case OPTION_RIGHT:
        return take_text(&right->store, optarg);
    case OPTION_RIGHT_QUERY:
        return take_text(&right->query, optarg);
    case OPTION_LEFT_QUOTES:
    case OPTION_RIGHT_QUOTES:
        return take_quotes(option == OPTION_LEFT_QUOTES ? left : right, optarg);
    default:
        return take_text(&right->consume, optarg);
    }
}

static int
take_job(struct plx_reconcile_command *command, int option)
{
    struct plx_reconcile_job *job = &command->job;

    command->job_given = true;
    switch (option) {
    case OPTION_BY:
        return take_column(job->by, &job->by_count, optarg);
    case OPTION_COMPARE:
        return take_column(job->compare, &job->compare_count, optarg);
    case OPTION_JSON_COLUMN:
        return take_column(job->json, &job->json_count, optarg);
    case OPTION_UUID_COLUMN:
        return take_column(job->uuid, &job->uuid_count, optarg);
    case OPTION_SINCE:
        return take_since(job, optarg);
    case OPTION_TIME:
        return take_text(&job->time, optarg);
    case OPTION_JOURNAL:
        return take_text(&job->journal, optarg);
    case OPTION_MEMORY:
        return take_memory(command, optarg);
    case OPTION_RULES:
        return plx_rule_option_file(job->rules, optarg);
    case OPTION_IGNORE:
        return plx_rule_option_add(NAME, job->rules, "--ignore", PLX_RULE_IGNORE, optarg);
    case OPTION_TOLERANCE:
        return plx_rule_option_add(NAME, job->rules, "--tolerance", PLX_RULE_TOLERANCE, optarg);
    case OPTION_MODE:
        return plx_rule_option_mode(NAME, job->rules, optarg);
    default:
        return take_side(command, option);
    }
}

static int
take_option(struct plx_reconcile_command *command, int option)
{
    switch (option) {
    case 'c':
        command->file = optarg;
        return -1;
    case OPTION_SETTLE:
        return take_settle(command, optarg);
    case OPTION_DRY_RUN:
        command->dry_run = true;
        return -1;
    case OPTION_LIMIT:
        command->limit = plx_number_of(optarg, PLX_SHOWN_MAX);
        return command->limit ? -1
                              : plx_trouble(NAME, "--limit '%s' is not a number from 1 to %u", optarg, PLX_SHOWN_MAX);
    case OPTION_SERVE:
        return take_serve(command, optarg);
    default:
        return take_job(command, option);
    }
}

/* ---- jobs ---- */

static int
read_file(struct plx_reconcile_command *command)
{
    const struct plx_config_flags flags = {
        .file = command->file, .jobs_alone = true, .token = getenv("PARALLAX_TOKEN")};
    struct plx_config_errors errors;
    enum plx_status status = plx_config_read(&flags, &command->config, &errors);

    plx_config_errors_print(&errors);
    plx_config_errors_fini(&errors);
    if (status != PLX_OK)
        return PLX_EXIT_USAGE;
    if (command->config.reconcile.count == 0)
        return plx_trouble(NAME, "%s has no jobs; add `reconcile:` and below it `- name: ...`, `left: ...`",
                           command->file);
    return -1;
}

static int
choose_job(struct plx_reconcile_command *command, const char *name)
{
    struct plx_reconcile_jobs *jobs = &command->config.reconcile;

    for (size_t i = 0; i < jobs->count; i++) {
        if (name && strcmp(jobs->at[i].name, name) != 0)
            continue;
        if (command->settle_ms)
            jobs->at[i].settle_ms = command->settle_ms;
        command->jobs[command->job_count++] = &jobs->at[i];
        if (name)
            return -1;
    }
    return name ? plx_trouble(NAME, "%s has no job '%s' under `reconcile`", command->file, name) : -1;
}

static int
choose_jobs(struct plx_reconcile_command *command, int argc, char **argv)
{
    int status = read_file(command);

    if (argc - optind > (int)PLX_RECONCILE_JOBS_MAX)
        return plx_trouble(NAME, "there are more than %u names", PLX_RECONCILE_JOBS_MAX);
    if (status < 0 && optind == argc)
        status = choose_job(command, NULL);
    for (int i = optind; i < argc && status < 0; i++)
        status = choose_job(command, argv[i]);
    return status;
}

static int
check_flags(struct plx_reconcile_command *command, int argc, char **argv)
{
    struct plx_reconcile_job *job = &command->job;

    if (optind < argc)
        return plx_trouble(NAME, "'%s' is no option; names of jobs go with -c FILE", argv[optind]);
    if (!command->job_given)
        return plx_trouble(NAME, "give -c FILE, or two stores, as in `parallax reconcile --left csv:old.csv --right "
                                 "csv:new.csv --by id`");
    job->name = strdup(NAME);
    if (!job->name)
        return no_memory();
    job->settle_ms = command->settle_ms;
    for (int i = 0; i < PLX_SIDES; i++) {
        bool database;
        const char *store = job->sides[i].store;
        if (store && !plx_reconcile_store_known(store, &database))
            return plx_trouble(NAME,
                               "--%s '%s' is no store; write sqlite:FILE, postgresql://USER@HOST/DATABASE, "
                               "jsonl:FILE or csv:FILE",
                               PLX_SIDE_TEXT(i), plx_reconcile_shown(store));
    }
    const char *wrong = plx_reconcile_job_check(job);
    command->jobs[command->job_count++] = job;
    return wrong ? plx_trouble(NAME, "%s", wrong) : -1;
}

int
plx_reconcile_command_read(struct plx_reconcile_command *command, int argc, char **argv)
{
    const char *admin = getenv("PARALLAX_ADMIN");
    int option, status = -1;

    *command = (struct plx_reconcile_command){.limit = PLX_SHOWN_DEFAULT};
    if (!plx_reconcile_job_init(&command->job))
        return no_memory();
    plx_options_init(&command->options, NAME, help, longs);
    command->options.shorts = ":hVc:";
    command->options.operands = true;
    while (status < 0 && (option = plx_options_next(&command->options, argc, argv)) > 0)
        status = take_option(command, option);
    if (status < 0)
        status = command->options.exit;
    if (status >= 0)
        return status;
    command->admin = command->options.admin_given || (admin && *admin);
    if (!command->file)
        return check_flags(command, argc, argv);
    if (command->job_given)
        return plx_trouble(NAME, "a job is given by -c FILE or by flags, not both; put what the flags say into the "
                                 "file");
    return choose_jobs(command, argc, argv);
}

void
plx_reconcile_command_fini(struct plx_reconcile_command *command)
{
    plx_reconcile_job_fini(&command->job);
    plx_config_fini(&command->config);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax diffs`: the recorded mismatches of a running proxy, newest first; with --follow the newest few, oldest
 * first, and then each as it comes.
 *
 * A service's records have sequence numbers that grow over all services; following asks each service for what comes
 * after the last one seen. A proxy that was started anew without a store counts from the beginning: its last number is
 * below ours then, and we begin with it.
 */
#include "base/assert.h"
#include "cli/client/fetch.h"
#include "cli/command/command.h"
#include "cli/report/diffs_text.h"
#include "evidence/count/cause_id.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define LIMIT_DEFAULT    50u
#define LIMIT_FOLLOWING  10u   /* shown of what was there before */
#define LIMIT_MAX        1000u /* what the admin API gives at once */
#define POLL_MS          500u
#define RECORD_BYTES_MAX (16u << 20) /* of one as it is shown */
#define TARGET_BYTES     (16u << 10)

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
    "      --field POINTER  those that differ in this field, as the report names it: /total, status, header:NAME\n"
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

/* A service or experiment and how far its records were seen: not at all (the newest are asked for), or up to a sequence
 * number. */
struct source {
    struct plx_asked_subject subject;
    bool begun;
    uint64_t after;
};

/* A record and its place in the order over all services. */
struct found {
    uint64_t sequence;
    struct plx_item record;
};

struct diffs {
    struct plx_options options;
    const char *endpoint, *field, *cause; /* NULL: all */
    uint32_t limit;                       /* 0: the default */
    bool follow;
    struct plx_fetch fetch;
    struct plx_arena *names; /* the sources' memory, while fetch.arena is emptied at each round */
    struct source *sources;
    size_t source_count;
    struct found *found; /* of the round under way, in fetch.arena */
    size_t found_count;
    bool full; /* a source had more than it gave at once */
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

/* ---- asking ---- */

static bool
write_target(const struct diffs *d, const struct source *source, uint32_t limit, struct plx_buffer *target)
{
    plx_fetch_path(target, &source->subject);
    plx_buffer_format(target, "/differences?limit=%u", limit);
    if (source->begun)
        plx_buffer_format(target, "&after=%llu", (unsigned long long)source->after);
    if (d->endpoint) {
        plx_buffer_text(target, "&endpoint=");
        plx_fetch_encode(target, plx_slice_of(d->endpoint));
    }
    if (d->field) {
        plx_buffer_text(target, "&field=");
        plx_fetch_encode(target, plx_slice_of(d->field));
    }
    if (d->cause) {
        plx_buffer_text(target, "&cause=");
        plx_fetch_encode(target, plx_slice_of(d->cause));
    }
    plx_buffer_byte(target, '\0');
    return !target->failed;
}

/* Adds the records of an answer to those found. */
static bool
take(struct diffs *d, struct plx_item list)
{
    size_t length = plx_item_length(list), size = sizeof(*d->found);
    struct found *found =
        plx_arena_resize(d->fetch.arena, d->found, d->found_count * size, (d->found_count + length) * size);

    if (!found)
        return false;
    d->found = found;
    for (struct plx_item r = plx_item_first(list); r.document; r = plx_item_next(list, r))
        d->found[d->found_count++] = (struct found){plx_item_uint(plx_item_member(r, "sequence")), r};
    return true;
}

/* The text of the answer goes with the next question, so the document is read from a copy. */
static int
ask(struct diffs *d, struct source *source, uint32_t limit)
{
    struct plx_document *document = plx_arena_alloc(d->fetch.arena, sizeof(*document));
    struct plx_buffer target;
    struct plx_slice text = {NULL, 0};
    struct plx_item root, list;
    uint64_t last;
    int status;

    plx_buffer_init(&target, TARGET_BYTES);
    if (!write_target(d, source, limit, &target))
        status = plx_trouble("diffs",
                             "--service (--experiment, --spy), --endpoint, --field and --cause are too long together");
    else
        status =
            document ? plx_fetch_get(&d->fetch, target.ptr, &text, document) : plx_trouble("diffs", "out of memory");
    plx_buffer_fini(&target);
    if (status != 0 || !document)
        return status;
    document->text = plx_arena_copy(d->fetch.arena, text);
    root = plx_item_root(document);
    list = plx_item_member(root, "differences");
    last = plx_item_uint(plx_item_member(root, "last"));
    if (!document->text.ptr || !take(d, list))
        return plx_trouble("diffs", "out of memory");
    d->full = d->full || (source->begun && plx_item_length(list) >= limit);
    source->after = last < source->after ? 0 : last;
    source->begun = true;
    return 0;
}

static int
oldest_first(const void *a, const void *b)
{
    uint64_t left = ((const struct found *)a)->sequence, right = ((const struct found *)b)->sequence;

    return (left > right) - (left < right);
}

/* What all sources have, oldest first. */
static int
ask_all(struct diffs *d, uint32_t limit)
{
    plx_arena_reset(d->fetch.arena);
    d->found = NULL;
    d->found_count = 0;
    d->full = false;
    for (size_t i = 0; i < d->source_count; i++) {
        int status = ask(d, &d->sources[i], limit);

        if (status != 0)
            return status;
    }
    if (d->found_count > 0)
        qsort(d->found, d->found_count, sizeof(*d->found), oldest_first);
    return 0;
}

/* ---- showing ---- */

static void
write_json(struct plx_item record)
{
    struct plx_slice text = plx_json_text(record.document, record.node);

    fwrite(text.ptr, 1, text.len, stdout);
}

static int
flush(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return plx_trouble("diffs", "standard output can't be written: %s", strerror(errno));
}

static int
show_one(struct diffs *d, const struct found *found)
{
    plx_buffer_clear(&d->text);
    if (plx_record_print(&d->terminal, found->record) != PLX_OK)
        return plx_trouble("diffs", "out of memory");
    fwrite(d->text.ptr, 1, d->text.len, stdout);
    fputc('\n', stdout);
    return 0;
}

/* The newest of them, newest first. */
static int
show_list(struct diffs *d, uint32_t limit)
{
    size_t first = d->found_count > limit ? d->found_count - limit : 0;
    int status = 0;

    if (d->options.json)
        fputs("{\"differences\":[", stdout);
    for (size_t i = d->found_count; i > first && status == 0; i--) {
        if (d->options.json) {
            fputs(i < d->found_count ? "," : "", stdout);
            write_json(d->found[i - 1].record);
        } else {
            status = show_one(d, &d->found[i - 1]);
        }
    }
    if (d->options.json)
        fputs("]}\n", stdout);
    else if (d->found_count == 0)
        puts(d->endpoint || d->field || d->cause ? "No mismatches are recorded there." : "No mismatches are recorded.");
    return status ? status : flush();
}

static int
show_new(struct diffs *d, uint32_t limit)
{
    size_t first = d->found_count > limit ? d->found_count - limit : 0;
    int status = 0;

    for (size_t i = first; i < d->found_count && status == 0; i++) {
        if (d->options.json) {
            write_json(d->found[i].record);
            fputc('\n', stdout);
        } else {
            status = show_one(d, &d->found[i]);
        }
    }
    return status ? status : flush();
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
    int status = ask_all(d, LIMIT_MAX);

    if (status != 0 && d->fetch.unreachable) {
        if (!*away)
            fprintf(stderr, "parallax diffs: the proxy does not answer any more; trying again until it does\n");
        *away = true;
        d->full = false;
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
    d->fetch.quiet = true;
    while (status == 0 && !stopped) {
        if (!d->full)
            wait_for_more();
        if (!stopped)
            status = poll_once(d, &away);
    }
    return status;
}

/* ---- the command ---- */

static int
find_sources(struct diffs *d)
{
    struct plx_asked_subject *subjects;
    int status = plx_fetch_subjects(&d->fetch, &subjects, &d->source_count);

    if (status != 0)
        return status;
    d->names = d->fetch.arena;
    d->fetch.arena = plx_arena_new(NULL);
    d->sources = plx_arena_alloc(d->names, d->source_count * sizeof(*d->sources));
    if (!d->fetch.arena || !d->sources)
        return plx_trouble("diffs", "out of memory");
    for (size_t i = 0; i < d->source_count; i++)
        d->sources[i] = (struct source){.subject = subjects[i]};
    return 0;
}

static int
run(struct diffs *d)
{
    uint32_t limit = d->limit ? d->limit : d->follow ? LIMIT_FOLLOWING : LIMIT_DEFAULT;
    int status = plx_fetch_open(&d->fetch, &d->options);

    plx_buffer_init(&d->text, RECORD_BYTES_MAX);
    plx_terminal_init(&d->terminal, &d->text, stdout);
    if (status == 0)
        status = find_sources(d);
    if (status == 0)
        status = ask_all(d, limit);
    if (status == 0)
        status = d->follow ? follow(d, limit) : show_list(d, limit);
    plx_buffer_fini(&d->text);
    plx_fetch_close(&d->fetch);
    plx_arena_free(d->names);
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
            d->endpoint = optarg;
            break;
        case OPTION_FIELD:
            d->field = optarg;
            break;
        case OPTION_CAUSE:
            if (!plx_cause_id_read(plx_slice_of(optarg), &cause) || cause == 0)
                return plx_trouble("diffs", "--cause '%s' is no id of a cause: 16 hex digits, as the report has them",
                                   optarg);
            d->cause = optarg;
            break;
        case OPTION_FOLLOW:
            d->follow = true;
            break;
        case OPTION_LIMIT:
            d->limit = plx_number_of(optarg, LIMIT_MAX);
            if (d->limit == 0)
                return plx_trouble("diffs", "--limit '%s' is not a number from 1 to %u", optarg, LIMIT_MAX);
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

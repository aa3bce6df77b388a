/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `parallax report`: asks a running proxy for the reports of services, experiments and spies, of one or all, and for
 * the results of reconciliations, and shows them to a person, to a machine or to continuous integration. The exit
 * status is the verdict.
 */
#include "base/clock.h"
#include "cli/client/api_documents.h"
#include "cli/command/command.h"
#include "cli/command/report_epochs.h"
#include "cli/command/report_wait.h"
#include "cli/report/report_html.h"
#include "cli/report/report_junit.h"
#include "cli/report/report_propose.h"
#include "cli/report/report_read.h"
#include "cli/report/report_text.h"
#include "cli/terminal/output.h"
#include "cli/terminal/terminal.h"

#include <errno.h>

#define REPORT_BYTES_MAX (512u << 20) /* all services together, in any format */

enum {
    OPTION_JUNIT = PLX_OPTION_OWN,
    OPTION_HTML,
    OPTION_PROPOSE,
    OPTION_WAIT,
    OPTION_WITHIN,
    OPTION_SUMMARY,
    OPTION_ONLY,
    OPTION_INCONCLUSIVE,
    OPTION_EPOCH,
    OPTION_SINCE,
    OPTION_COMPARE,
};

static const char help[] =
    "usage: parallax report [OPTION...]\n"
    "\n"
    "The verdict so far of a running proxy, per service, endpoint and field; of its experiments and spies as well.\n"
    "With them what each reconciliation came to last.\n"
    "\n"
    "      --service NAME   this service alone, or these where it is given more than once; default: all services,\n"
    "                       experiments, spies and reconciliations\n"
    "      --experiment NAME\n"
    "                       this experiment alone\n"
    "      --spy NAME       this spy alone\n"
    "      --summary        a line for each alone\n"
    "      --only regressions\n"
    "                       shows what is a regression alone; the exit status is that of all\n"
    "      --epoch E        services as they were in an epoch: the name of a mark, or when it began\n"
    "      --since E        the epochs that began with that mark or at that time, or since; newest first\n"
    "      --compare E1 E2  which causes of one epoch are gone in another, new, or still there\n"
    "      --wait DURATION  so long at most for exchanges that are answered but not counted yet; default: 1s\n"
    "      --within PERCENT\n"
    "                       waits, too, until the verdict can say that no larger share differs: --wait 30m --within "
    "0.5%\n"
    "      --json           as JSON: {\"services\":[...], \"experiments\":[...], \"spies\":[...],\n"
    "                       \"reconciliations\":[...]}\n"
    "      --junit          as JUnit XML: a test case for each service and endpoint, a failure where there is a "
    "regression\n"
    "      --inconclusive skip|fail\n"
    "                       with --junit: what too little evidence makes of a test case; default: skip\n"
    "      --html FILE      as one HTML file; - is standard output\n"
    "      --propose        rules for what looks like noise by its form, as YAML to paste\n" PLX_OPTIONS_HELP "\n"
    "exit status: 0 no regression, 1 regressions or a reconciliation that came to false, 3 not enough evidence yet, "
    "or\n"
    "exchanges that were answered before are not counted yet, 2 anything else\n";

static const struct option longs[] = {
    PLX_OPTIONS_COMMON,
    PLX_OPTIONS_SUBJECT,
    {"junit", no_argument, NULL, OPTION_JUNIT},
    {"html", required_argument, NULL, OPTION_HTML},
    {"propose", no_argument, NULL, OPTION_PROPOSE},
    {"wait", required_argument, NULL, OPTION_WAIT},
    {"inconclusive", required_argument, NULL, OPTION_INCONCLUSIVE},
    {"summary", no_argument, NULL, OPTION_SUMMARY},
    {"only", required_argument, NULL, OPTION_ONLY},
    {"within", required_argument, NULL, OPTION_WITHIN},
    {"epoch", required_argument, NULL, OPTION_EPOCH},
    {"since", required_argument, NULL, OPTION_SINCE},
    {"compare", required_argument, NULL, OPTION_COMPARE},
    {0},
};

struct asked {
    struct plx_options options;
    bool junit, propose;
    const char *html; /* NULL: no */
    struct plx_report_wait wait;
    bool wait_given;
    bool summary, regressions; /* alone */
    struct plx_junit_look junit_look;
    const char *epoch, *since, *compare[2]; /* NULL: not given */
};

/* Writes to FILE whole, or says why not. */
static int
write_file(const char *path, struct plx_slice text)
{
    bool to_stdout = strcmp(path, "-") == 0;
    FILE *file = to_stdout ? stdout : fopen(path, "we");
    bool ok;

    if (!file)
        return plx_trouble("report", "%s can't be written: %s; name another file after --html", path, strerror(errno));
    ok = fwrite(text.ptr, 1, text.len, file) == text.len;
    ok = (to_stdout ? fflush(file) : fclose(file)) == 0 && ok;
    if (!ok)
        return plx_trouble("report", "%s can't be written whole: %s; make room, or name another file", path,
                           strerror(errno));
    return 0;
}

static int
write_format(const struct asked *asked, const struct plx_report *report)
{
    struct plx_buffer out;
    int status;

    plx_buffer_init(&out, REPORT_BYTES_MAX);
    if (asked->propose)
        plx_report_write_proposals(&out, report);
    else if (asked->html)
        plx_report_write_html(&out, report);
    else
        plx_report_write_junit(&out, report, &asked->junit_look);
    if (out.failed)
        status = plx_trouble("report", "out of memory; ask for one with --service, --experiment or --spy NAME");
    else
        status = write_file(asked->html ? asked->html : "-", plx_buffer_slice(&out));
    plx_buffer_fini(&out);
    return status;
}

static int
show(const struct asked *asked, struct plx_slice text, const struct plx_report *report)
{
    struct plx_terminal terminal;
    struct plx_report_look look;

    if (asked->options.json) {
        fwrite(text.ptr, 1, text.len, stdout);
        putchar('\n');
    } else if (asked->html || asked->junit || asked->propose) {
        return write_format(asked, report);
    } else {
        plx_terminal_init(&terminal, NULL, stdout);
        look = (struct plx_report_look){.colour = terminal.colour,
                                        .summary = asked->summary,
                                        .width = terminal.width,
                                        .admin = asked->options.admin_given ? asked->options.admin : NULL};
        if (plx_report_print(stdout, report, &look) != PLX_OK)
            return plx_trouble("report", "out of memory");
    }
    return plx_output_end("report");
}

static int
read_inconclusive(struct asked *asked, const char *text)
{
    asked->junit_look.inconclusive_fails = strcmp(text, "fail") == 0;
    if (asked->junit_look.inconclusive_fails || strcmp(text, "skip") == 0)
        return 0;
    return plx_trouble("report", "--inconclusive '%s' is neither fail nor skip", text);
}

/* Asks once: *text is the answer, *read what it says. Both go with the next question. */
static int
ask(const struct asked *asked, struct plx_fetch *fetch, struct plx_buffer *text, struct plx_report *read)
{
    const struct plx_json_limits limits = {.bytes_max = REPORT_BYTES_MAX};
    struct plx_document document;
    int status;

    plx_arena_reset(fetch->arena);
    plx_buffer_clear(text);
    fetch->epoch = asked->epoch;
    status = asked->since ? plx_report_since(fetch, asked->since, text) : plx_fetch_reports(fetch, text);
    if (status != 0)
        return status;
    if (text->failed || plx_json_read(plx_buffer_slice(text), &limits, fetch->arena, &document, NULL) != PLX_OK ||
        plx_report_read(&document, fetch->arena, read) != PLX_OK)
        return plx_trouble("report",
                           "the reports are too large to be read; ask for one with --service or --experiment NAME");
    return 0;
}

static int
report(struct asked *asked)
{
    struct plx_fetch fetch;
    struct plx_buffer text;
    struct plx_report read;
    int status = plx_fetch_open(&fetch, &asked->options);

    if (status == 0 && asked->compare[0]) {
        status = plx_report_compare(&fetch, asked->compare[0], asked->compare[1]);
        plx_fetch_close(&fetch);
        return status;
    }
    plx_buffer_init(&text, REPORT_BYTES_MAX);
    do {
        status = status ? status : ask(asked, &fetch, &text, &read);
    } while (status == 0 && plx_report_wait_on(&asked->wait, &read));
    if (status == 0)
        plx_report_wait_tell(&asked->wait, &read);
    if (status == 0) {
        int verdict = plx_report_exit(&read);
        if (asked->regressions)
            plx_report_keep_regressions(&read);
        status = show(asked, plx_buffer_slice(&text), &read);
        status = status ? status : verdict;
    }
    plx_buffer_fini(&text);
    plx_fetch_close(&fetch);
    return status;
}

int
plx_command_report(int argc, char **argv)
{
    struct asked asked = {.junit_look = {.time_ms = plx_wall_ms()}, .wait = {.wait_ms = PLX_REPORT_WAIT_MS}};
    int option, wrong = 0;

    plx_options_init(&asked.options, "report", help, longs);
    while (wrong == 0 && (option = plx_options_next(&asked.options, argc, argv)) > 0) {
        if (option == OPTION_JUNIT)
            asked.junit = true;
        else if (option == OPTION_HTML)
            asked.html = optarg;
        else if (option == OPTION_PROPOSE)
            asked.propose = true;
        else if (option == OPTION_EPOCH)
            asked.epoch = optarg;
        else if (option == OPTION_SINCE)
            asked.since = optarg;
        else if (option == OPTION_COMPARE) {
            asked.compare[0] = optarg;
            asked.compare[1] = optind < argc && argv[optind][0] != '-' ? argv[optind++] : "";
        } else if (option == OPTION_SUMMARY)
            asked.summary = true;
        else if (option == OPTION_ONLY && strcmp(optarg, "regressions") == 0)
            asked.regressions = true;
        else if (option == OPTION_ONLY)
            wrong = plx_trouble("report", "--only '%s' is not known; it is --only regressions", optarg);
        else if (option == OPTION_INCONCLUSIVE)
            wrong = read_inconclusive(&asked, optarg);
        else if (option == OPTION_WITHIN)
            wrong = plx_report_within_read(&asked.wait, optarg);
        else if (option == OPTION_WAIT) {
            wrong = plx_report_wait_read(&asked.wait, optarg);
            asked.wait_given = true;
        }
    }
    if (wrong)
        return wrong;
    if (asked.options.exit >= 0)
        return asked.options.exit;
    if (asked.options.json + asked.junit + asked.propose + (asked.html != NULL) > 1)
        return plx_trouble("report", "--json, --junit, --html and --propose are one report each; give one of them");
    if ((asked.options.json || asked.propose) && asked.regressions)
        return plx_trouble("report", "--only chooses from what people read; --json and --propose have all of it");
    if (asked.summary && (asked.options.json || asked.junit || asked.propose || asked.html))
        return plx_trouble("report", "--summary is text; leave --json, --junit, --html and --propose out");
    if ((asked.epoch != NULL) + (asked.since != NULL) + (asked.compare[0] != NULL) > 1)
        return plx_trouble("report", "--epoch, --since and --compare are about other epochs each; give one of them");
    if (asked.compare[0] && (!*asked.compare[1] || asked.junit || asked.propose || asked.html))
        return plx_trouble("report", "--compare takes two epochs, and --json at most; write --compare E1 E2");
    if (asked.wait.within > 0 && !asked.wait_given)
        return plx_trouble(
            "report",
            "--within says what is waited for, and --wait how long; give both, as in --wait 30m --within 0.5%%");
    return report(&asked);
}

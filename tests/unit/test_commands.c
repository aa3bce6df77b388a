/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report, diffs and status against an admin API: what is asked, what is printed, the exit status; and one line on
 * standard error for all that can be wrong.
 *
 * The admin API is a thread that answers each path from a table; standard output and error are files meanwhile.
 */
#include "cli/command/command.h"
#include "reading_kit.h"
#include "report_documents.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROUTES_MAX 8

/* An answer to requests that begin with a method and path; once: to the first of them alone. */
struct route {
    const char *path;
    int status;
    const char *body;
    bool once;
    bool interrupts; /* SIGINT to ourselves after it: Ctrl-C */
    bool drops;      /* closes without an answer */
};

struct server {
    int listener, wake[2];
    char url[64];
    pthread_t thread;
    struct route routes[ROUTES_MAX];
    char requests[16384]; /* all heads, one after another */
    size_t len;
};

static struct server server;

/* ---- the admin API ---- */

static struct route *
route_of(const char *head)
{
    const char *path = strchr(head, ' ');

    for (struct route *r = server.routes; r < server.routes + ROUTES_MAX && r->path; r++)
        if (*r->path && path && strncmp(path + 1, r->path, strlen(r->path)) == 0)
            return r;
    return NULL;
}

static bool
answer(int fd, const char *head)
{
    struct route *route = route_of(head);
    bool none =
        !route && (strncmp(head, "GET /api/v1/experiments ", 24) == 0 || strncmp(head, "GET /api/v1/spies ", 18) == 0 ||
                   strncmp(head, "GET /api/v1/reconciliations ", 28) == 0);
    const char *body = route  ? route->body
                       : none ? "{\"experiments\":[],\"spies\":[],\"reconciliations\":[]}"
                              : "{\"error\":{\"message\":\"the test has no such path\"}}";
    char text[16384];
    int len = snprintf(text, sizeof(text), "HTTP/1.1 %d x\r\nContent-Length: %zu\r\n\r\n%s",
                       route  ? route->status
                       : none ? 200
                              : 500,
                       strlen(body), body);

    if (route && route->once)
        route->path = "";
    if (route && route->drops)
        return false;
    if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
        return false;
    if (route && route->interrupts)
        kill(getpid(), SIGINT);
    return true;
}

/* Reads and answers requests until the client goes. */
static void
serve(int fd)
{
    char head[4096];
    size_t len = 0, body = 0;

    while (len < sizeof(head) - 1 && recv(fd, head + len, 1, 0) == 1) {
        const char *length = NULL;
        head[++len] = '\0';
        if (body ? --body > 0 : len < 4 || strcmp(head + len - 4, "\r\n\r\n") != 0)
            continue;
        if (!strstr(head, "\r\n\r\n{") && (length = strstr(head, "Content-Length: ")) &&
            (body = strtoul(length + 16, NULL, 10)) > 0)
            continue;
        if (server.len + len < sizeof(server.requests)) {
            memcpy(server.requests + server.len, head, len + 1);
            server.len += len;
        }
        len = 0;
        if (!answer(fd, head))
            return;
    }
}

static void *
run_server(void *context)
{
    struct pollfd fds[2] = {{.fd = server.listener, .events = POLLIN}, {.fd = server.wake[0], .events = POLLIN}};

    while (poll(fds, 2, -1) > 0 && !fds[1].revents) {
        int fd = accept(server.listener, NULL, NULL);

        serve(fd);
        close(fd);
    }
    return NULL;
}

static int
begin(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    sigset_t mask;

    memset(&server, 0, sizeof(server));
    server.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server.listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server.listener, 8), 0);
    assert_int_equal(getsockname(server.listener, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(pipe(server.wake), 0);
    snprintf(server.url, sizeof(server.url), "http://127.0.0.1:%d", ntohs(address.sin_port));
    setenv("PARALLAX_ADMIN", server.url, 1);
    unsetenv("PARALLAX_TOKEN");
    setenv("COLUMNS", "80", 1);
    /* Signals are for the command's thread, as they are where it is alone. */
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    pthread_sigmask(SIG_BLOCK, &mask, NULL);
    assert_int_equal(pthread_create(&server.thread, NULL, run_server, NULL), 0);
    pthread_sigmask(SIG_UNBLOCK, &mask, NULL);
    return 0;
}

static int
end(void **state)
{
    assert_int_equal(write(server.wake[1], "x", 1), 1);
    pthread_join(server.thread, NULL);
    close(server.listener);
    close(server.wake[0]);
    close(server.wake[1]);
    return 0;
}

/* ---- running a command ---- */

struct result {
    int status;
    char out[32768], err[4096];
};

static void
read_file(FILE *file, char *text, size_t size)
{
    size_t len;

    rewind(file);
    len = fread(text, 1, size - 1, file);
    text[len] = '\0';
    fclose(file);
}

/* line: words with a space between; a \x01 in a word is a space. */
static struct result *
run(int (*command)(int, char **), const char *line)
{
    static struct result result;
    char words[512], *argv[16] = {NULL}, *rest;
    FILE *out = tmpfile(), *err = tmpfile();
    int argc = 0, old_out, old_err;

    snprintf(words, sizeof(words), "%s", line);
    for (char *word = strtok_r(words, " ", &rest); word && argc < 15; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = word;
    for (int i = 0; i < argc; i++)
        for (char *c = argv[i]; (c = strchr(c, '\x01'));)
            *c = ' ';
    fflush(stdout);
    old_out = dup(STDOUT_FILENO);
    old_err = dup(STDERR_FILENO);
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(err), STDERR_FILENO);
    result.status = command(argc, argv);
    fflush(stdout);
    dup2(old_out, STDOUT_FILENO);
    dup2(old_err, STDERR_FILENO);
    close(old_out);
    close(old_err);
    read_file(out, result.out, sizeof(result.out));
    read_file(err, result.err, sizeof(result.err));
    return &result;
}

/* Exit 2, nothing on standard output, one line on standard error that has the text. */
static void
expect_trouble(const struct result *result, const char *text)
{
    assert_int_equal(result->status, 2);
    assert_string_equal(result->out, "");
    kit_expect_harmless(result->err);
    if (!strstr(result->err, text))
        fail_msg("there is no '%s' in: %s", text, result->err);
    assert_ptr_equal(strchr(result->err, '\n'), result->err + strlen(result->err) - 1);
}

static void
expect_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("there is no '%s' in:\n%s", part, text);
}

#define SERVICES(names)                                                             \
    {                                                                               \
        "/api/v1/services ", 200, "{\"services\":[" names "]}", false, false, false \
    }
#define ANSWER(path, body)                       \
    {                                            \
        (path), 200, (body), false, false, false \
    }

/* ---- report ---- */

static void
test_report_shows_all_services_and_ends_with_the_worst_verdict(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)SERVICES("{\"name\":\"payment\"},{\"name\":\"a b/c\"}");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/payment/report ", REPORT_REGRESSION);
    server.routes[2] = (struct route)ANSWER("/api/v1/services/a%20b%2Fc/report ", REPORT_CLEAN);
    result = run(plx_command_report, "report");
    assert_int_equal(result->status, 1);
    assert_string_equal(result->err, "");
    expect_has(result->out, "payment: regression");
    expect_has(result->out, "mail: clean");
    result = run(plx_command_report, "report --json");
    assert_int_equal(result->status, 1);
    assert_string_equal(result->out, "{\"services\":[" REPORT_REGRESSION "," REPORT_CLEAN
                                     "],\"experiments\":[],\"spies\":[],\"reconciliations\":[]}\n");
    result = run(plx_command_report, "report --junit");
    assert_int_equal(result->status, 1);
    expect_has(result->out, "<testsuite name=\"mail\"");
}

/* Experiments come behind the services, in their own words, and count for the exit status. */
static void
test_report_shows_experiments_beside_services(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)SERVICES("{\"name\":\"mail\"}");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/mail/report ", REPORT_CLEAN);
    server.routes[2] = (struct route)ANSWER("/api/v1/experiments ", "{\"experiments\":[{\"name\":\"cart total\"}]}");
    server.routes[3] = (struct route)ANSWER("/api/v1/experiments/cart%20total/report ", REPORT_EXPERIMENT);
    result = run(plx_command_report, "report");
    assert_int_equal(result->status, 1);
    expect_has(result->out, "mail: clean   (stage shadow)");
    expect_has(result->out, "cart total: regression   (experiment, 60 runs, confidence 99 %)");
    expect_has(result->out, "results       120");
    expect_has(result->out, "control    ");
    expect_has(result->out, "60 results: 57 match, 3 mismatch");
    expect_has(result->out, "1 candidate in which no difference was seen:");
    expect_has(result->out, "parallax diffs --experiment 'cart total' --endpoint new --field value");
    assert_null(strstr(result->out, "a secondary"));
    result = run(plx_command_report, "report --json");
    assert_string_equal(result->out, "{\"services\":[" REPORT_CLEAN "],\"experiments\":[" REPORT_EXPERIMENT
                                     "],\"spies\":[],\"reconciliations\":[]}\n");
    result = run(plx_command_report, "report --junit");
    expect_has(result->out, "<testsuite name=\"experiment cart total\" tests=\"3\" failures=\"2\"");
    expect_has(result->out, "differs in 3 results\n");
    result = run(plx_command_report, "report --html -");
    expect_has(result->out, "(experiment, 60 runs");
    result = run(plx_command_report, "report --propose");
    expect_has(result->out, "# Nothing to propose");
    server.len = 0;
    result = run(plx_command_report, "report --experiment cart\x01total");
    assert_null(strstr(server.requests, "services"));
}

/* What a reconciliation came to last counts for the exit status, unless one service is asked about. */
static void
test_report_shows_reconciliations_behind_the_rest(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)SERVICES("{\"name\":\"mail\"}");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/mail/report ", REPORT_CLEAN);
    server.routes[2] =
        (struct route)ANSWER("/api/v1/reconciliations ", "{\"reconciliations\":[" REPORT_RECONCILIATION "]}");
    result = run(plx_command_report, "report");
    assert_int_equal(result->status, 1);
    expect_has(result->out, "mail: clean");
    expect_has(result->out, "\n\n\nnotifications: false   (reconciliation, 3 runs: 1 true, 1 false, 1 failed)\n");
    result = run(plx_command_report, "report --json");
    assert_string_equal(result->out,
                        "{\"services\":[" REPORT_CLEAN
                        "],\"experiments\":[],\"spies\":[],\"reconciliations\":[" REPORT_RECONCILIATION "]}\n");
    result = run(plx_command_report, "report --service mail");
    assert_int_equal(result->status, 0);
    assert_null(strstr(result->out, "notifications"));
}

#define UNDER_WAY(seconds)                                                                                             \
    "{\"name\":\"mail\",\"stage\":\"shadow\",\"verdict\":\"clean\",\"under_way\":2,\"under_way_seconds\":" seconds "," \
    "\"exchanges\":{\"total\":120,\"match\":120}}"

/* What was answered before is waited for, by default a second; what came meanwhile is not. */
static void
test_report_waits_for_what_was_answered_before(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)ANSWER("/api/v1/services/mail/report ", UNDER_WAY("0.5"));
    server.routes[0].once = true;
    server.routes[1] = (struct route)ANSWER("/api/v1/services/mail/report ", UNDER_WAY("0.001"));
    result = run(plx_command_report, "report --service mail");
    assert_int_equal(result->status, 0);
    assert_string_equal(result->err, "");
    expect_has(result->out, "  2 more exchanges are under way: answered, but not counted until their copies end; the "
                            "oldest came 1.00 ms ago\n");
    server.routes[0] = (struct route)ANSWER("/api/v1/services/mail/report ", UNDER_WAY("3600"));
    result = run(plx_command_report, "report --service mail --wait 1ms");
    assert_int_equal(result->status, 3);
    expect_has(result->err, "parallax report: mail: 2 exchanges are under way");
    result = run(plx_command_report, "report --service mail --wait 1ms --html -");
    expect_has(result->out, "<li class=\"open\">2 more exchanges are under way");
}

static void
test_report_waits_until_the_verdict_can_say_within(void **state)
{
    static const char unsaid[] = "{\"name\":\"mail\",\"stage\":\"shadow\",\"verdict\":\"clean\",\"exchanges\":{}}";
    static const char said[] =
        "{\"name\":\"mail\",\"stage\":\"shadow\",\"verdict\":\"clean\",\"within\":0.005,\"exchanges\":{}}";
    struct result *result;

    server.routes[0] = (struct route)ANSWER("/api/v1/services/mail/report ", unsaid);
    server.routes[0].once = true;
    server.routes[1] = (struct route)ANSWER("/api/v1/services/mail/report ", said);
    result = run(plx_command_report, "report --service mail --wait 1h --within 0.5%");
    assert_int_equal(result->status, 0);
    result = run(plx_command_report, "report --service mail --wait 1ms --within 0.4%");
    assert_int_equal(result->status, 3);
    expect_has(result->err, "0.4 %");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/mail/report ", REPORT_REGRESSION);
    result = run(plx_command_report, "report --service mail --wait 1h --within 0.4%");
    assert_int_equal(result->status, 1);
    expect_trouble(run(plx_command_report, "report --within 0.4%"), "give both");
    expect_trouble(run(plx_command_report, "report --inconclusive maybe"), "neither fail nor skip");
    expect_trouble(run(plx_command_report, "report --wait soon"), "no duration");
    expect_trouble(run(plx_command_report, "report --wait 1h --within 101%"), "no percentage");
}

static void
test_report_of_several_services_asks_for_each_once(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)ANSWER("/api/v1/services/mail/report ", REPORT_CLEAN);
    server.routes[1] = (struct route)ANSWER("/api/v1/services/payment/report ", REPORT_REGRESSION);
    result = run(plx_command_report, "report --service payment --service mail --service payment --json");
    assert_int_equal(result->status, 1);
    assert_string_equal(result->out,
                        "{\"services\":[" REPORT_REGRESSION "," REPORT_CLEAN "],\"experiments\":[],\"spies\":[]}\n");
    result = run(plx_command_report, "report --service mail --service payment --only regressions --summary");
    assert_int_equal(result->status, 1);
    expect_has(result->out, "payment  regression  1000 exchanges, 300 mismatch");
    assert_null(strstr(result->out, "mail"));
    expect_trouble(run(plx_command_report, "report --only clean"), "--only regressions");
    expect_trouble(run(plx_command_report, "report --summary --json"), "--summary is text");
}

static void
test_report_of_one_service_asks_for_that_alone(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)ANSWER("/api/v1/services/mail/report ", REPORT_THIN);
    result = run(plx_command_report, "report --service mail");
    assert_int_equal(result->status, 3);
    expect_has(result->out, "87 more compared exchanges are needed");
    assert_null(strstr(server.requests, "/services "));
}

static void
test_report_as_a_file(void **state)
{
    char path[] = "/tmp/parallax-test-report-XXXXXX", line[256], html[64];
    int fd = mkstemp(path);

    server.routes[0] = (struct route)SERVICES("{\"name\":\"mail\"}");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/mail/report ", REPORT_CLEAN);
    snprintf(line, sizeof(line), "report --html %s", path);
    assert_int_equal(run(plx_command_report, line)->status, 0);
    assert_true(pread(fd, html, 15, 0) == 15);
    assert_memory_equal(html, "<!DOCTYPE html>", 15);
    close(fd);
    unlink(path);
    expect_has(run(plx_command_report, "report --html -")->out, "</html>\n");
    expect_trouble(run(plx_command_report, "report --html /nowhere/report.html"),
                   "/nowhere/report.html can't be written");
    if (access("/dev/full", W_OK) == 0)
        expect_trouble(run(plx_command_report, "report --html /dev/full"), "make room");
}

/* ---- what can be wrong, whatever the command ---- */

static void
test_wrong_use_is_told_in_one_line(void **state)
{
    expect_trouble(run(plx_command_report, "report --jason"), "'--jason' is not known here");
    expect_trouble(run(plx_command_report, "report -x"), "`parallax report --help`");
    expect_trouble(run(plx_command_report, "report --service"), "--service needs a value");
    expect_trouble(run(plx_command_report, "report payment"), "'payment' is no option");
    expect_trouble(run(plx_command_report, "report --json --junit"), "give one of them");
    expect_trouble(run(plx_command_report, "report --json --propose"), "give one of them");
    expect_trouble(run(plx_command_diffs, "diffs --cause 12"), "16 hex digits");
    expect_trouble(run(plx_command_diffs, "diffs --cause 0000000000000000"), "16 hex digits");
    expect_trouble(run(plx_command_status, "status --service x"), "'--service' is not known here");
    expect_trouble(run(plx_command_diffs, "diffs --limit 0"), "--limit '0' is not a number from 1 to 1000");
    expect_trouble(run(plx_command_diffs, "diffs --limit 1001"), "1001");
    expect_trouble(run(plx_command_diffs, "diffs --limit 1x"), "1x");
    expect_trouble(run(plx_command_diffs, "diffs --limit \x1B[2J"), "\\x1B[2J");
}

static void
test_help_and_version(void **state)
{
    int (*const commands[])(int, char **) = {plx_command_report, plx_command_diffs,  plx_command_status,
                                             plx_command_stage,  plx_command_share,  plx_command_rollback,
                                             plx_command_pause,  plx_command_resume, plx_command_mark};

    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        assert_int_equal(run(commands[i], "x --help")->status, 0);
        expect_has(run(commands[i], "x --help")->out, "PARALLAX_TOKEN");
        assert_int_equal(run(commands[i], "x --version")->status, 0);
        assert_string_equal(run(commands[i], "x --version")->out, "parallax " PLX_VERSION "\n");
    }
}

static void
test_a_proxy_that_cannot_be_asked_is_told_in_one_line(void **state)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    char line[128];

    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0); /* bound, but nobody listens */
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    snprintf(line, sizeof(line), "status --admin http://127.0.0.1:%d", ntohs(address.sin_port));
    expect_trouble(run(plx_command_status, line), "start `parallax run`, or name its admin address with --admin URL");
    close(fd);
    expect_trouble(run(plx_command_status, "status --admin ftp://x"), "--admin 'ftp://x'");
    setenv("PARALLAX_ADMIN", "nonsense://", 1);
    expect_trouble(run(plx_command_status, "status"), "PARALLAX_ADMIN 'nonsense://'");
}

static void
test_a_token_is_asked_for_and_sent(void **state)
{
    server.routes[0] = (struct route){"/api/v1/services ", 401, "{}", false, false, false};
    expect_trouble(run(plx_command_status, "status"), "asks for a token; set PARALLAX_TOKEN");
    setenv("PARALLAX_TOKEN", "s3cret", 1);
    expect_trouble(run(plx_command_status, "status"), "asks for another token");
    expect_has(server.requests, "Authorization: Bearer s3cret\r\n");
    unsetenv("PARALLAX_TOKEN");
}

static void
test_what_the_proxy_says_is_wrong_is_passed_on(void **state)
{
    server.routes[0] = (struct route){"/api/v1/services/x/report ",
                                      404,
                                      "{\"error\":{\"code\":\"c\",\"message\":\"there is no service 'x'\\u001b[1m\"}}",
                                      false,
                                      false,
                                      false};
    expect_trouble(run(plx_command_report, "report --service x"), "there is no service 'x'\\x1B[1m");
    server.routes[0] = (struct route){"/api/v1/services ", 500, "<html>", false, false, false};
    expect_trouble(run(plx_command_report, "report"), "is that the admin address of `parallax run`?");
    server.routes[0] = (struct route)ANSWER("/api/v1/services ", "<html>");
    expect_trouble(run(plx_command_report, "report"), "not a proxy's admin API");
    server.routes[0] = (struct route)ANSWER("/api/v1/services ", "[]");
    expect_trouble(run(plx_command_status, "status"), "not a proxy's admin API");
}

/* ---- status ---- */

static void
test_status_is_a_table_or_json(void **state)
{
    static const char services[] =
        "{\"services\":[{\"name\":\"payment\",\"stage\":\"shadow\",\"share\":0,\"requests\":7,"
        "\"roles\":{\"primary\":{\"url\":\"http://p\",\"answered\":1,\"failed\":0}}}]}";
    struct result *result;

    server.routes[0] = (struct route)ANSWER("/api/v1/services ", services);
    result = run(plx_command_status, "status");
    assert_int_equal(result->status, 0);
    expect_has(result->out, "payment  shadow    0 %         7  primary  ok, 1 answered  http://p\n");
    static const char changed[] =
        "{\"services\":[{\"name\":\"payment\",\"stage\":\"canary\",\"share\":10,\"roles\":{},"
        "\"configured\":{\"stage\":\"canary\",\"share\":5},\"changed\":{\"time\":null,\"stored\":false}},"
        "{\"name\":\"mail\",\"stage\":\"shadow\",\"share\":0,\"roles\":{},\"changed\":null}]}";
    server.routes[0] = (struct route)ANSWER("/api/v1/services ", changed);
    result = run(plx_command_status, "status");
    expect_has(result->out, "payment  canary   10 %");
    expect_has(result->out, "payment: set by command just now; the configuration says canary, 5 %, and a restart goes "
                            "back to that: it is not in a store\n");
    assert_null(strstr(result->out, "mail:"));
    server.routes[0] = (struct route)ANSWER("/api/v1/services ", services);
    result = run(plx_command_status, "status --json");
    assert_int_equal(result->status, 0);
    assert_int_equal(strlen(result->out),
                     sizeof(services) + strlen(",\"store\":null,\"names\":null,\"experiments\":[],\"spies\":[]"));
    assert_memory_equal(result->out, services, sizeof(services) - 2);
    expect_has(result->out, "],\"store\":null,\"names\":null,\"experiments\":[],\"spies\":[]}\n");
    static const char troubled[] =
        "{\"services\":[],\"store\":{\"ok\":false,\"troubles\":[\"a.db: full\\u001b; make room\"]}}";
    server.routes[0] = (struct route)ANSWER("/api/v1/services ", troubled);
    result = run(plx_command_status, "status");
    expect_has(result->out, "store: a.db: full");
    assert_null(strchr(result->out, '\033'));
    result = run(plx_command_status, "status --json");
    expect_has(result->out, "\"store\":{\"ok\":false,");
    static const char named[] =
        "{\"services\":[],\"names\":["
        "{\"name\":\"new\\u001b\",\"of\":\"candidate of pay\",\"state\":\"unknown\",\"addresses\":0,\"left_out\":0,"
        "\"lookups\":5,\"failures\":4},"
        "{\"name\":\"old\",\"of\":\"primary of pay\",\"state\":\"known\",\"addresses\":3,\"left_out\":1,\"lookups\":1},"
        "{\"name\":\"well\",\"of\":\"primary of "
        "b\",\"state\":\"known\",\"addresses\":1,\"left_out\":0,\"lookups\":1}]}";
    server.routes[0] = (struct route)ANSWER("/api/v1/services ", named);
    result = run(plx_command_status, "status");
    expect_has(result->out, "(candidate of pay): unknown, 4 of 5 look-ups have failed; addresses: 0, 0 left out\n"
                            "name old (primary of pay): addresses: 3, 1 left out\n");
    assert_null(strstr(result->out, "well"));
    assert_null(strchr(result->out, '\033'));
    server.routes[0] = (struct route)ANSWER("/api/v1/services ", services);
    server.routes[1] = (struct route)ANSWER(
        "/api/v1/experiments ", "{\"experiments\":[{\"name\":\"cart\\u001b\",\"runs\":60,\"verdict\":\"clean\","
                                "\"endpoints\":[\"new\",\"same\"],\"last\":null}]}");
    result = run(plx_command_status, "status");
    assert_int_equal(result->status, 0);
    expect_has(result->out, "experiment  runs  verdict  candidates  last");
    expect_has(result->out, "clean    new, same");
    server.routes[2] = (struct route)ANSWER("/api/v1/spies ", "{\"spies\":[{\"name\":\"mail\",\"equal\":false,"
                                                              "\"exchanges\":{\"total\":7}}]}");
    result = run(plx_command_status, "status");
    expect_has(result->out, "spy   calls  verdict");
    expect_has(result->out, "mail      7  different");
    assert_null(strchr(result->out, '\033'));
}

/* ---- stage, share, rollback ---- */

#define WAS(stage, share) ",\"before\":{\"stage\":\"" stage "\",\"share\":" share ",\"holds\":[]}"
#define SHADOW            "{\"name\":\"a b\",\"stage\":\"shadow\",\"share\":0,\"changed\":null"
#define CANARY            "{\"name\":\"a b\",\"stage\":\"canary\",\"share\":12.5,\"changed\":{\"time\":\"x\",\"stored\":true}"

static void
test_stage_says_what_was_and_is(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)ANSWER("/api/v1/services/a%20b/stage ", CANARY WAS("shadow", "0") "}");
    server.routes[1] = (struct route)ANSWER(
        "/api/v1/services/a%20b/rollback ",
        "{\"stage\":\"primary\",\"share\":0,\"changed\":{\"stored\":false}" WAS("shadow", "0") "}");
    result = run(plx_command_stage, "stage a\x01"
                                    "b canary --share 12.5");
    assert_string_equal(result->err, "");
    assert_int_equal(result->status, 0);
    assert_string_equal(result->out, "a b: shadow -> canary, 12.5 % of the clients\n");
    expect_has(server.requests, "PUT /api/v1/services/a%20b/stage ");
    expect_has(server.requests, "{\"stage\":\"canary\",\"share\":12.5}");
    result = run(plx_command_share, "share a\x01"
                                    "b 12.5%");
    expect_has(server.requests, "{\"share\":12.5}");
    assert_string_equal(result->out, "a b: shadow -> canary, 12.5 % of the clients\n");
    result = run(plx_command_stage, "stage --json a\x01"
                                    "b shadow");
    expect_has(server.requests, "{\"stage\":\"shadow\"}");
    assert_string_equal(result->out, CANARY WAS("shadow", "0") "}\n");
    result = run(plx_command_rollback, "rollback a\x01"
                                       "b");
    assert_string_equal(result->out, "a b: shadow -> primary\n"
                                     "  it is not in a store: a restart goes back to what the configuration says\n");
    server.routes[0] = (struct route)ANSWER("/api/v1/services/a%20b/stage ", CANARY WAS("canary", "12.5") "}");
    assert_string_equal(run(plx_command_share, "share a\x01"
                                               "b 12.5")
                            ->out,
                        "a b: canary, 12.5 % of the clients, as before\n");
}

#define HELD(kind, stored)                                                              \
    "{\"hold\":\"" kind "\",\"since\":\"2026-01-02T03:04:05.678Z\",\"client\":\"::1\"," \
    "\"from\":{\"stage\":\"canary\",\"share\":2.5},\"stored\":" stored "}"
#define AT(stage, share, holds) \
    "{\"name\":\"payment\",\"stage\":\"" stage "\",\"share\":" share ",\"changed\":null,\"holds\":[" holds "]"

/* What was and is, and what that means and takes from here. */
static void
test_holds_say_what_they_mean(void **state)
{
    static const struct {
        int (*command)(int, char **);
        const char *line, *path, *before, *after, *says; /* before and after: without their ends */
    } cases[] = {
        {plx_command_pause, "pause payment", "/api/v1/services/payment/pause ", AT("canary", "12.5", ""),
         AT("canary", "12.5", HELD("paused", "true")),
         "payment: canary, 12.5 % of the clients -> canary, 12.5 % of the clients, paused\n"
         "  nothing is sent to the candidate until `parallax resume payment`\n"
         "  meanwhile the primary answers all clients\n"},
        {plx_command_pause, "pause payment", "/api/v1/services/payment/pause ", AT("candidate", "100", ""),
         AT("candidate", "100", HELD("paused", "false")),
         "payment: candidate -> candidate, paused\n"
         "  nothing is sent to the candidate until `parallax resume payment`\n"
         "  meanwhile the primary answers all clients: it has to run, and does not have what only the candidate was "
         "told\n"
         "  it is not in a store: a restart goes back to what the configuration says\n"},
        {plx_command_pause, "pause payment", "/api/v1/services/payment/pause ",
         AT("shadow", "0", HELD("paused", "true")), AT("shadow", "0", HELD("paused", "true")),
         "payment: shadow, paused, as before\n"},
        {plx_command_resume, "resume payment", "/api/v1/services/payment/resume ",
         AT("canary", "12.5", HELD("paused", "true")), AT("canary", "12.5", ""),
         "payment: canary, 12.5 % of the clients, paused -> canary, 12.5 % of the clients\n"},
        {plx_command_rollback, "rollback payment", "/api/v1/services/payment/rollback ", AT("canary", "12.5", ""),
         AT("shadow", "0", HELD("rolled_back", "true")),
         "payment: canary, 12.5 % of the clients -> shadow, rolled back\n"
         "  all clients get the primary's answer until `parallax resume payment`; stage and share stay as they are, "
         "whatever a file says\n"
         "  the candidate gets copies, and is compared\n"},
        {plx_command_resume, "resume payment", "/api/v1/services/payment/resume ",
         AT("shadow", "0", HELD("rolled_back", "true")), AT("shadow", "0", ""),
         "payment: shadow, rolled back -> shadow\n"
         "  no client is moved by this; before the rollback it was canary, 2.5 % of the clients\n"
         "  next: `parallax stage payment canary --share 2.5`\n"},
        {plx_command_resume, "resume payment", "/api/v1/services/payment/resume ",
         AT("shadow", "0", HELD("paused", "true") "," HELD("rolled_back", "true")),
         AT("shadow", "0", HELD("rolled_back", "true")),
         "payment: shadow, rolled back, paused -> shadow, rolled back\n"
         "  it is still rolled back; once more `parallax resume payment` ends that\n"},
        {plx_command_resume, "resume payment", "/api/v1/services/payment/resume ", AT("shadow", "0", ""),
         AT("shadow", "0", ""), "payment: shadow, as before\n"},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char answered[1024];

        snprintf(answered, sizeof(answered), "%s,\"before\":%s}}", cases[i].after, cases[i].before);
        server.routes[0] = (struct route)ANSWER(cases[i].path, answered);
        struct result *result = run(cases[i].command, cases[i].line);
        assert_string_equal(result->err, "");
        assert_string_equal(result->out, cases[i].says);
        assert_int_equal(result->status, 0);
    }
    assert_null(strstr(server.requests, "GET ")); /* a rollback waits for no other answer before */
}

/* A reason goes along with each change, as JSON. */
static void
test_reasons_are_sent(void **state)
{
    server.routes[0] = (struct route)ANSWER("/api/v1/services/payment/", AT("canary", "12.5", "") "}");
    assert_int_equal(run(plx_command_stage, "stage payment canary --share 5 --reason a\x01\"b\"")->status, 0);
    expect_has(server.requests, "{\"stage\":\"canary\",\"share\":5,\"reason\":\"a \\\"b\\\"\"}");
    assert_int_equal(run(plx_command_share, "share payment 5 --reason why")->status, 0);
    expect_has(server.requests, "{\"share\":5,\"reason\":\"why\"}");
    assert_int_equal(run(plx_command_rollback, "rollback payment --reason 500s")->status, 0);
    expect_has(server.requests, "{\"reason\":\"500s\"}");
    assert_int_equal(run(plx_command_pause, "pause --reason redeploying payment")->status, 0);
    expect_has(server.requests, "{\"reason\":\"redeploying\"}");
    assert_int_equal(run(plx_command_resume, "resume payment --reason done")->status, 0);
    expect_has(server.requests, "{\"reason\":\"done\"}");
    assert_int_equal(run(plx_command_mark, "mark payment 7 --reason mended")->status, 0);
    expect_has(server.requests, "{\"name\":\"7\",\"reason\":\"mended\"}");
    assert_int_equal(run(plx_command_mark, "mark payment --reason alone")->status, 0);
    expect_has(server.requests, "{\"reason\":\"alone\"}");
}

/* Who holds a service since when and why, on another day than today. */
static void
test_status_shows_holds(void **state)
{
    setenv("TZ", "UTC", 1);
    tzset();
    server.routes[0] = (struct route)SERVICES("{\"name\":\"payment\",\"stage\":\"shadow\",\"share\":0,\"holds\":["
                                              "{\"hold\":\"paused\",\"since\":\"2020-01-02T12:03:05.678Z\","
                                              "\"client\":\"127.0.0.1\",\"reason\":\"redeploying \\u001b[2J\"},"
                                              "{\"hold\":\"rolled_back\",\"since\":\"2020-01-02T11:03:05.678Z\","
                                              "\"client\":null,\"reason\":null}],"
                                              "\"changed\":{\"time\":\"x\",\"client\":\"::1\",\"reason\":\"500s\","
                                              "\"stored\":true},\"configured\":{\"stage\":\"canary\",\"share\":5}}");
    struct result *result = run(plx_command_status, "status");
    expect_has(result->out, "payment: paused since 2020-01-02 12:03 by 127.0.0.1: redeploying \\x1B[2J\n");
    expect_has(result->out, "payment: rolled back since 2020-01-02 11:03\n");
    expect_has(result->out, "payment: set by command just now by ::1: 500s; the configuration says canary, 5 %\n");
}

static void
test_changes_that_make_no_sense_are_told_in_one_line(void **state)
{
    expect_trouble(run(plx_command_stage, "stage payment"), "something is missing; write `parallax stage SERVICE");
    expect_trouble(run(plx_command_stage, "stage payment canary 10"), "that is too much");
    expect_trouble(run(plx_command_stage, "stage payment dusk"), "'dusk' is no stage");
    expect_trouble(run(plx_command_stage, "stage payment shadow --share 1"), "--share is for the stage canary");
    expect_trouble(run(plx_command_stage, "stage payment canary --share many"), "'many' is no percentage");
    expect_trouble(run(plx_command_share, "share payment 100.1"), "is no percentage");
    expect_trouble(run(plx_command_share, "share payment 0.0001"), "at most three decimals");
    expect_trouble(run(plx_command_share, "share payment 10%%"), "is no percentage");
    expect_trouble(run(plx_command_share, "share payment"), "write `parallax share SERVICE PERCENT`");
    expect_trouble(run(plx_command_rollback, "rollback"), "write `parallax rollback SERVICE`");
    expect_trouble(run(plx_command_rollback, "rollback a b"), "that is too much");
    server.routes[0] = (struct route)ANSWER("/api/v1/services/payment ", SHADOW);
    for (int length = 256; length <= 257; length++) { /* there is no such path, either */
        char line[300];

        snprintf(line, sizeof(line), "pause payment --reason %0*d", length, 1);
        struct result *result = run(plx_command_pause, line);
        assert_true((strstr(result->err, "--reason takes at most 256 bytes") != NULL) == (length > 256));
        assert_int_equal(result->status, 2);
    }
    expect_trouble(run(plx_command_mark, "mark payment --reason a\nb"),
                   "parallax mark: --reason takes at most 256 bytes");
    expect_trouble(run(plx_command_stage, "stage payment shadow --reason \xFF"), "without control characters");
    expect_trouble(run(plx_command_pause, "pause"), "write `parallax pause SERVICE`");
    expect_trouble(run(plx_command_resume, "resume a b"), "that is too much");
    server.routes[0] = (struct route){
        "/api/v1/services/payment/stage ", 409, "{\"error\":{\"message\":\"no candidate here\"}}", false, false, false};
    expect_trouble(run(plx_command_share, "share payment 10"), "parallax share: no candidate here");
}

/* ---- diffs ---- */

#define RECORD(sequence, service) "{\"sequence\":" sequence ",\"service\":\"" service "\",\"endpoint\":\"GET /\"}"
#define PAGE(records, last)       "{\"differences\":[" records "],\"last\":" last "}"

static void
test_diffs_of_several_services_are_newest_first(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)SERVICES("{\"name\":\"a\"},{\"name\":\"b\"}");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/a/differences?limit=3 ",
                                            PAGE(RECORD("7", "a") "," RECORD("3", "a") "," RECORD("1", "a"), "8"));
    server.routes[2] = (struct route)ANSWER("/api/v1/services/b/differences?limit=3 ",
                                            PAGE(RECORD("8", "b") "," RECORD("2", "b"), "8"));
    result = run(plx_command_diffs, "diffs --limit 3 --json");
    assert_int_equal(result->status, 0);
    assert_string_equal(result->out,
                        "{\"differences\":[" RECORD("8", "b") "," RECORD("7", "a") "," RECORD("3", "a") "]}\n");
    result = run(plx_command_diffs, "diffs --limit 3");
    assert_int_equal(result->status, 0);
    expect_has(result->out, "  b  GET /\n");
}

static void
test_diffs_ask_for_an_endpoint_and_a_field(void **state)
{
    server.routes[0] = (struct route)ANSWER(
        "/api/v1/services/a/differences?limit=50&endpoint=GET%20%2Fx%26y&field=%2Ftotal ", PAGE("", "0"));
    assert_int_equal(run(plx_command_diffs, "diffs --service a --endpoint GET\x01/x&y --field /total")->status, 0);
}

static void
test_diffs_ask_for_a_cause(void **state)
{
    server.routes[0] =
        (struct route)ANSWER("/api/v1/services/a/differences?limit=50&cause=00000000000000aF ", PAGE("", "0"));
    assert_int_equal(run(plx_command_diffs, "diffs --service a --cause 00000000000000aF")->status, 0);
}

/* The rules go to standard output and nothing else does; the exit status is the verdict's. */
static void
test_report_proposes(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)ANSWER(
        "/api/v1/services/a/report ",
        "{\"name\":\"a\",\"verdict\":\"regression\",\"endpoints\":[{\"endpoint\":\"GET /\",\"fields\":[{\"field\":"
        "\"/n\",\"kind\":\"value\",\"differences\":3,\"formed\":3,\"form\":\"unix_time\",\"proposal\":\"ignore\"}]}]}");
    result = run(plx_command_report, "report --propose --service a");
    assert_int_equal(result->status, 1);
    expect_has(result->out, "            - /n: {why: both sides are a Unix time}\n");
}

static void
test_diffs_without_any_say_so(void **state)
{
    server.routes[0] = (struct route)SERVICES("{\"name\":\"a\"}");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/a/differences?limit=50 ", PAGE("", "0"));
    assert_string_equal(run(plx_command_diffs, "diffs")->out, "No mismatches are recorded.\n");
    assert_string_equal(run(plx_command_diffs, "diffs --json")->out, "{\"differences\":[]}\n");
    server.routes[1].path = "/api/v1/services/a/differences?limit=50&field= ";
    assert_string_equal(run(plx_command_diffs, "diffs --field=")->out, "No mismatches are recorded there.\n");
}

/* What was there, oldest first; then each as it comes, over a proxy that goes away and one that counts anew; until
 * Ctrl-C. */
static void
test_following_goes_on_until_it_is_interrupted(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)SERVICES("{\"name\":\"a\"}");
    server.routes[1] = (struct route){"/api/v1/services/a/differences?limit=10 ",
                                      200,
                                      PAGE(RECORD("5", "a") "," RECORD("4", "a"), "6"),
                                      true,
                                      false,
                                      false};
    server.routes[2] = (struct route){"/api/v1/services/a/differences?limit=1000&after=6 ",
                                      200,
                                      PAGE(RECORD("7", "a") "," RECORD("8", "a"), "8"),
                                      true,
                                      false,
                                      false};
    server.routes[3] = (struct route){"/api/v1/services/a/differences?limit=1000&after=8 ", 200, "", true, false, true};
    server.routes[4] = (struct route){"/api/v1/services/a/differences?limit=1000&after=8 ", 200, "", true, false, true};
    server.routes[5] =
        (struct route){"/api/v1/services/a/differences?limit=1000&after=8 ", 200, PAGE("", "2"), true, false, false};
    server.routes[6] = (struct route){"/api/v1/services/a/differences?limit=1000&after=0 ",
                                      200,
                                      PAGE(RECORD("1", "a") "," RECORD("2", "a"), "2"),
                                      true,
                                      true,
                                      false};
    result = run(plx_command_diffs, "diffs --follow --json");
    assert_int_equal(result->status, 0);
    assert_string_equal(result->out, RECORD("4", "a") "\n" RECORD("5", "a") "\n" RECORD("7", "a") "\n" RECORD(
                                         "8", "a") "\n" RECORD("1", "a") "\n" RECORD("2", "a") "\n");
    expect_has(result->err, "does not answer any more");
    expect_has(result->err, "answers again");
}

/* Mismatches of services and experiments, by their order of coming; each in the words of its kind. */
static void
test_diffs_shows_experiments_too(void **state)
{
    struct result *result;

    server.routes[0] = (struct route)SERVICES("{\"name\":\"a\"}");
    server.routes[1] = (struct route)ANSWER("/api/v1/services/a/differences?limit=50 ", PAGE("", "7"));
    server.routes[2] = (struct route)ANSWER("/api/v1/experiments ", "{\"experiments\":[{\"name\":\"e\"}]}");
    server.routes[3] = (struct route)ANSWER("/api/v1/experiments/e/differences?limit=50 ",
                                            PAGE("{\"sequence\":7,\"id\":\"01J\",\"time\":\"2026-01-02T03:04:05.678Z\","
                                                 "\"experiment\":\"e\",\"endpoint\":\"new\","
                                                 "\"context\":{\"user\":\"ana\"},\"control\":{\"name\":\"c\",\"value\":"
                                                 "1,\"wall\":0.002},\"candidate\":{\"wall\":0.003},"
                                                 "\"differences\":[{\"field\":\"\",\"kind\":\"value\",\"primary\":"
                                                 "\"1\",\"candidate\":\"2\",\"noise\":false}],"
                                                 "\"differences_total\":1}",
                                                 "7"));
    result = run(plx_command_diffs, "diffs");
    assert_int_equal(result->status, 0);
    assert_string_equal(result->out, "2026-01-02T03:04:05.678Z  e  new\n"
                                     "  {\"user\":\"ana\"}\n"
                                     "  control in 2.00 ms, candidate in 3.00 ms, result 01J\n"
                                     "    (the whole value)  value\n"
                                     "      1 -> 2\n\n");
    server.len = 0;
    result = run(plx_command_diffs, "diffs --experiment e");
    assert_int_equal(result->status, 0);
    assert_null(strstr(server.requests, "services"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_report_shows_all_services_and_ends_with_the_worst_verdict, begin, end),
        cmocka_unit_test_setup_teardown(test_report_shows_experiments_beside_services, begin, end),
        cmocka_unit_test_setup_teardown(test_report_shows_reconciliations_behind_the_rest, begin, end),
        cmocka_unit_test_setup_teardown(test_report_waits_for_what_was_answered_before, begin, end),
        cmocka_unit_test_setup_teardown(test_report_waits_until_the_verdict_can_say_within, begin, end),
        cmocka_unit_test_setup_teardown(test_report_of_several_services_asks_for_each_once, begin, end),
        cmocka_unit_test_setup_teardown(test_report_of_one_service_asks_for_that_alone, begin, end),
        cmocka_unit_test_setup_teardown(test_report_as_a_file, begin, end),
        cmocka_unit_test_setup_teardown(test_wrong_use_is_told_in_one_line, begin, end),
        cmocka_unit_test_setup_teardown(test_help_and_version, begin, end),
        cmocka_unit_test_setup_teardown(test_a_proxy_that_cannot_be_asked_is_told_in_one_line, begin, end),
        cmocka_unit_test_setup_teardown(test_a_token_is_asked_for_and_sent, begin, end),
        cmocka_unit_test_setup_teardown(test_what_the_proxy_says_is_wrong_is_passed_on, begin, end),
        cmocka_unit_test_setup_teardown(test_status_is_a_table_or_json, begin, end),
        cmocka_unit_test_setup_teardown(test_diffs_shows_experiments_too, begin, end),
        cmocka_unit_test_setup_teardown(test_stage_says_what_was_and_is, begin, end),
        cmocka_unit_test_setup_teardown(test_holds_say_what_they_mean, begin, end),
        cmocka_unit_test_setup_teardown(test_reasons_are_sent, begin, end),
        cmocka_unit_test_setup_teardown(test_status_shows_holds, begin, end),
        cmocka_unit_test_setup_teardown(test_changes_that_make_no_sense_are_told_in_one_line, begin, end),
        cmocka_unit_test_setup_teardown(test_diffs_of_several_services_are_newest_first, begin, end),
        cmocka_unit_test_setup_teardown(test_diffs_ask_for_an_endpoint_and_a_field, begin, end),
        cmocka_unit_test_setup_teardown(test_diffs_ask_for_a_cause, begin, end),
        cmocka_unit_test_setup_teardown(test_report_proposes, begin, end),
        cmocka_unit_test_setup_teardown(test_diffs_without_any_say_so, begin, end),
        cmocka_unit_test_setup_teardown(test_following_goes_on_until_it_is_interrupted, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What is published is whole, in every form, and nobody who publishes waits for a disk or a server. */
#include "experiment_kit.h"

#include "experiment/publisher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define LONG_MS   60000
#define LINES     100
#define BYTES_MAX (4u << 20)

/* ---- an outcome in writing ---- */

static void
text_control(void *input, struct plx_result *result)
{
    plx_result_text(result, input, PLX_COPY);
}

static void
bytes_candidate(void *input, struct plx_result *result)
{
    plx_result_bytes(result, "\x00\xff\n", 3, PLX_COPY);
}

static void
error_candidate(void *input, struct plx_result *result)
{
    plx_result_error(result, 5, "say \"no\"");
}

static void
double_candidate(void *input, struct plx_result *result)
{
    plx_result_double(result, 0.5);
}

static void
long_candidate(void *input, struct plx_result *result)
{
    static char text[10000];

    memset(text, 'x', sizeof(text) - 1);
    plx_result_text(result, text, PLX_BORROW);
}

static void
json_candidate(void *input, struct plx_result *result)
{
    plx_result_json(result, "{\n\"a\": 1}", PLX_BORROW);
}

static void
bool_candidate(void *input, struct plx_result *result)
{
    plx_result_bool(result, true);
}

static struct plx_experiment *
with_all_kinds(struct seen *seen)
{
    struct plx_experiment *e = plx_experiment_new("a \"name\"", NULL);

    *seen = (struct seen){0};
    plx_experiment_use(e, text_control);
    plx_experiment_try(e, "bytes", bytes_candidate);
    plx_experiment_try(e, "error", error_candidate);
    plx_experiment_try(e, "double", double_candidate);
    plx_experiment_try(e, "json", json_candidate);
    plx_experiment_try(e, "bool", bool_candidate);
    plx_experiment_publish(e, see, seen);
    plx_experiment_context(e, "user", "7");
    for (const char *const *name = (const char *const[]){"control", "bytes", "error", "double", "json", "bool", NULL};
         *name; name++)
        plx_experiment_fabricate(e, *name, 1500000, 1000);
    return e;
}

static void
expect_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in: %s", part, text);
}

static void
test_an_outcome_is_one_line_of_json(void **state)
{
    char input[] = "line\nbreak";
    struct seen seen;
    struct plx_experiment *e = with_all_kinds(&seen);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    struct plx_result result = plx_experiment_run(e, input);

    plx_result_free(&result);
    assert_null(strchr(seen.json, '\n'));
    assert_int_equal(plx_json_read(plx_slice_of(seen.json), NULL, arena, &document, NULL), PLX_OK);
    expect_in(seen.json, "{\"experiment\":\"a \\\"name\\\"\",\"at\":");
    expect_in(seen.json, "\"place\":\"caller\",\"verdict\":\"mismatch\",\"context\":{\"user\":\"7\"},");
    expect_in(seen.json, "\"control\":{\"name\":\"control\",\"value\":\"line\\nbreak\",\"wall\":0.0015,\"cpu\":1e-06");
    expect_in(seen.json, "{\"name\":\"bytes\",\"verdict\":\"mismatch\",\"value\":\"00ff0a\"");
    expect_in(seen.json, "\"error\":{\"code\":5,\"text\":\"say \\\"no\\\"\"}");
    expect_in(seen.json, "\"value\":0.5");
    expect_in(seen.json, "\"value\":\"{\\n\\\"a\\\": 1}\"");
    expect_in(seen.json, "\"value\":true");
    plx_arena_free(arena);
    plx_experiment_free(e);
}

static void
test_an_outcome_is_text_for_people(void **state)
{
    char input[] = "old";
    struct seen seen;
    struct plx_experiment *e = with_all_kinds(&seen);
    struct plx_result result = plx_experiment_run(e, input);

    plx_result_free(&result);
    assert_string_equal(seen.text, "experiment a \"name\": mismatch\n"
                                   "  context: {\"user\":\"7\"}\n"
                                   "  control: \"old\"\n"
                                   "  bytes: 00ff0a (mismatch)\n"
                                   "  error: error 5: say \"no\" (mismatch)\n"
                                   "  double: 0.5 (mismatch)\n"
                                   "  json: {\n\"a\": 1} (mismatch)\n"
                                   "  bool: true (mismatch)");
    plx_experiment_free(e);
}

static int
measure(void *context, const struct plx_outcome *outcome)
{
    char small[16];
    size_t len = plx_outcome_json(outcome, NULL, 0);

    *(size_t *)context = len;
    assert_int_equal(plx_outcome_json(outcome, small, sizeof(small)), len);
    assert_int_equal(strlen(small), sizeof(small) - 1);
    return 0;
}

static void
test_long_values_are_cut_and_the_length_is_told(void **state)
{
    char input[] = "old";
    size_t len = 0;
    struct plx_experiment *e = plx_experiment_new("long", NULL);
    struct plx_result result;

    plx_experiment_use(e, text_control);
    plx_experiment_try(e, NULL, long_candidate);
    plx_experiment_publish(e, measure, &len);
    result = plx_experiment_run(e, input);
    plx_result_free(&result);
    assert_in_range(len, 4096, 4096 + 500);
    plx_experiment_free(e);
}

/* ---- Prometheus ---- */

static void
test_metrics_are_prometheus_text(void **state)
{
    char text[32768], input[] = "x";
    struct script script = {.control = 1, .candidate = 2};
    struct seen seen, seen2;
    struct plx_experiment *experiments[] = {experiment_with(&seen, NULL), with_all_kinds(&seen2)};
    size_t len;

    plx_experiment_fabricate(experiments[0], "control", 2000000, 0);
    run_int(experiments[0], &script);
    script.candidate_error = 1;
    run_int(experiments[0], &script);
    script = (struct script){0};
    run_int(experiments[0], &script);
    struct plx_result result = plx_experiment_run(experiments[1], input);
    plx_result_free(&result);
    len = plx_experiment_metrics(experiments, 2, text, sizeof(text));
    assert_int_equal(len, strlen(text));
    expect_in(text, "# TYPE parallax_experiment_total counter\nparallax_experiment_total{experiment=\"test\"} 3\n"
                    "parallax_experiment_total{experiment=\"a \\\"name\\\"\"} 1\n");
    expect_in(text, "parallax_experiment_match_total{experiment=\"test\",candidate=\"candidate\"} 1\n");
    expect_in(text, "parallax_experiment_mismatch_total{experiment=\"test\",candidate=\"candidate\"} 2\n");
    expect_in(text, "parallax_experiment_ignored_total{experiment=\"test\",candidate=\"candidate\"} 0\n");
    expect_in(text, "parallax_experiment_candidate_error_total{experiment=\"test\",candidate=\"candidate\"} 1\n");
    expect_in(text, "parallax_experiment_incomparable_total{experiment=\"test\",reason=\"timeout\"} 0\n");
    expect_in(text, "parallax_experiment_seconds_bucket{experiment=\"test\",behaviour=\"control\",le=\"0.001\"} 0\n");
    expect_in(text, "parallax_experiment_seconds_bucket{experiment=\"test\",behaviour=\"control\",le=\"0.0025\"} 3\n");
    expect_in(text, "parallax_experiment_seconds_bucket{experiment=\"test\",behaviour=\"control\",le=\"+Inf\"} 3\n");
    expect_in(text, "parallax_experiment_seconds_sum{experiment=\"test\",behaviour=\"control\"} 0.006000\n");
    expect_in(text, "parallax_experiment_seconds_count{experiment=\"test\",behaviour=\"control\"} 3\n");
    char *second = strstr(text, "# TYPE parallax_experiment_seconds ");
    assert_null(strstr(second + 1, "# TYPE parallax_experiment_seconds "));
    assert_int_equal(plx_experiment_metrics(experiments, 2, NULL, 0), len);
    plx_experiment_free(experiments[0]);
    plx_experiment_free(experiments[1]);
}

/* ---- a file ---- */

static void
publish_lines(struct plx_publisher *publisher, unsigned count)
{
    struct script script = {.control = 1, .candidate = 2};
    struct seen seen;
    struct plx_experiment *e = experiment_with(&seen, NULL);

    assert_int_equal(plx_experiment_publish(e, plx_publish, publisher), PLX_OK);
    for (unsigned i = 0; i < count; i++)
        run_int(e, &script);
    plx_experiment_free(e);
}

static unsigned
lines_of(const char *path)
{
    char line[16384];
    unsigned count = 0;
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        count++;
        assert_int_equal(strncmp(line, "{\"experiment\":\"test\"", 20), 0);
        assert_string_equal(line + strlen(line) - 2, "}\n");
    }
    fclose(file);
    return count;
}

static void
test_lines_are_appended_to_a_file(void **state)
{
    char path[] = "/tmp/parallax-XXXXXX";
    struct plx_publisher *publisher;
    int file = mkstemp(path);

    assert_true(file >= 0);
    close(file);
    for (unsigned i = 1; i <= 2; i++) {
        publisher = plx_publisher_file(path, NULL, NULL);
        assert_non_null(publisher);
        publish_lines(publisher, LINES);
        assert_int_equal(plx_publisher_flush(publisher, LONG_MS), PLX_OK);
        assert_int_equal(plx_publisher_counts(publisher).published, LINES);
        assert_int_equal(lines_of(path), i * LINES);
        plx_publisher_free(publisher);
    }
    publisher = plx_publisher_file(path, &(struct plx_publisher_limits){.file_bytes = 1}, NULL);
    publish_lines(publisher, 3);
    assert_int_equal(plx_publisher_flush(publisher, LONG_MS), PLX_OK);
    assert_int_equal(plx_publisher_counts(publisher).dropped, 3);
    plx_publisher_free(publisher);
    assert_int_equal(lines_of(path), 2 * LINES);
    unlink(path);
    assert_null(plx_publisher_file("/nowhere/at/all", NULL, NULL));
    assert_int_equal(errno, ENOENT);
}

static void
test_what_is_queued_when_it_is_freed_is_still_written(void **state)
{
    char path[] = "/tmp/parallax-XXXXXX";
    struct plx_publisher *publisher;

    close(mkstemp(path));
    publisher = plx_publisher_file(path, NULL, NULL);
    publish_lines(publisher, LINES);
    plx_publisher_free(publisher);
    assert_int_equal(lines_of(path), LINES);
    unlink(path);
}

/* ---- a server ---- */

struct server {
    int listener;
    unsigned requests, refused; /* the first so many are answered 503 */
    int status;
    const char *body;
    char url[64], *bytes;
    size_t len, longest; /* of all requests; of a body */
    pthread_t thread;
};

static void
serve_one(struct server *server, int connection)
{
    static const char end[] = "\r\n\r\n";
    size_t start = server->len, body = 0, length = 0;
    char *head_end = NULL, answer[512];

    while (!head_end || server->len < body + length) {
        ssize_t got = recv(connection, server->bytes + server->len, BYTES_MAX - server->len - 1, 0);
        assert_true(got > 0);
        server->len += (size_t)got;
        server->bytes[server->len] = '\0';
        head_end = strstr(server->bytes + start, end);
        if (head_end) {
            body = (size_t)(head_end - server->bytes) + strlen(end);
            length = strtoul(strstr(server->bytes + start, "Content-Length: ") + 16, NULL, 10);
        }
    }
    int status = server->requests++ < server->refused ? 503 : server->status;
    if (status == 503)
        server->len = start;
    server->longest = length > server->longest ? length : server->longest;
    int len = snprintf(answer, sizeof(answer), "HTTP/1.1 %d Fine\r\nContent-Length: %zu\r\n\r\n%s", status,
                       strlen(server->body), server->body);
    assert_int_equal(send(connection, answer, (size_t)len, MSG_NOSIGNAL), len);
}

static void *
serve(void *context)
{
    struct server *server = context;

    for (;;) {
        int connection = accept(server->listener, NULL, NULL);
        if (connection < 0)
            return NULL;
        serve_one(server, connection);
        close(connection);
    }
}

static void
start_server_saying(struct server *server, int status, unsigned refused, const char *body)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);

    *server = (struct server){.status = status, .refused = refused, .body = body, .bytes = malloc(BYTES_MAX)};
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &len);
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%u/", (unsigned)ntohs(address.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void
start_server(struct server *server, int status, unsigned refused)
{
    start_server_saying(server, status, refused, "");
}

static void
stop_server(struct server *server)
{
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    free(server->bytes);
}

static unsigned
lines_in(const char *text)
{
    unsigned count = 0;

    for (const char *at = text; (at = strstr(at, "{\"experiment\":\"test\"")) != NULL; at++)
        count++;
    return count;
}

static void
test_lines_are_posted_to_a_server(void **state)
{
    struct server server;
    struct plx_publisher *publisher;

    start_server(&server, 204, 0);
    publisher = plx_publisher_http(server.url, "secret", NULL, NULL);
    assert_non_null(publisher);
    publish_lines(publisher, LINES);
    assert_int_equal(plx_publisher_flush(publisher, LONG_MS), PLX_OK);
    assert_int_equal(plx_publisher_counts(publisher).published, LINES);
    plx_publisher_free(publisher);
    expect_in(server.bytes, "POST /api/v1/experiments HTTP/1.1\r\n");
    expect_in(server.bytes, "\r\nAuthorization: Bearer secret\r\n");
    expect_in(server.bytes, "\r\nContent-Type: application/x-ndjson\r\n");
    assert_int_equal(lines_in(server.bytes), LINES);
    stop_server(&server);
}

/* A server takes no more than so many bytes at once: what waited comes in several requests, whole lines each. */
static void
test_what_is_posted_at_once_is_bounded(void **state)
{
    const struct plx_publisher_limits limits = {.queue_bytes = 4u << 20};
    struct server server;
    struct plx_publisher *publisher;
    unsigned many = 3 * PLX_POST_BYTES_MAX / 200;

    start_server(&server, 200, 1); /* the first one is put off, so that the others gather */
    publisher = plx_publisher_http(server.url, NULL, &limits, NULL);
    publish_lines(publisher, many);
    assert_int_equal(plx_publisher_flush(publisher, LONG_MS), PLX_OK);
    assert_int_equal(plx_publisher_counts(publisher).published, many);
    assert_int_equal(plx_publisher_counts(publisher).dropped, 0);
    plx_publisher_free(publisher);
    assert_true(server.longest <= PLX_POST_BYTES_MAX);
    assert_int_equal(lines_in(server.bytes), many);
    stop_server(&server);
}

/* What the server refuses of a request is lost, and the others are not sent again. */
static void
test_lines_that_a_server_refuses_are_counted_as_dropped(void **state)
{
    struct server server;
    struct plx_publisher *publisher;

    start_server_saying(&server, 200, 0,
                        "{\"taken\":0,\"refused\":1,\"error\":{\"code\":\"bad_outcome\",\"message\":\"...\"}}");
    publisher = plx_publisher_http(server.url, NULL, NULL, NULL);
    publish_lines(publisher, 1);
    assert_int_equal(plx_publisher_flush(publisher, LONG_MS), PLX_OK);
    assert_int_equal(plx_publisher_counts(publisher).published, 0);
    assert_int_equal(plx_publisher_counts(publisher).dropped, 1);
    plx_publisher_free(publisher);
    stop_server(&server);
}

static void
test_a_server_that_is_busy_gets_them_later(void **state)
{
    struct server server;
    struct plx_publisher *publisher;

    start_server(&server, 200, 2);
    publisher = plx_publisher_http(server.url, NULL, NULL, NULL);
    publish_lines(publisher, 1);
    assert_int_equal(plx_publisher_flush(publisher, LONG_MS), PLX_OK);
    assert_int_equal(plx_publisher_counts(publisher).published, 1);
    assert_int_equal(plx_publisher_counts(publisher).failed, 2);
    assert_int_equal(lines_in(server.bytes), 1);
    plx_publisher_free(publisher);
    stop_server(&server);
}

static void
test_a_server_that_refuses_loses_them(void **state)
{
    struct server server;
    struct plx_publisher *publisher;

    start_server(&server, 401, 0);
    publisher = plx_publisher_http(server.url, NULL, NULL, NULL);
    publish_lines(publisher, 1);
    assert_int_equal(plx_publisher_flush(publisher, LONG_MS), PLX_OK);
    assert_int_equal(plx_publisher_counts(publisher).dropped, 1);
    plx_publisher_free(publisher);
    stop_server(&server);
}

static void
test_without_a_server_lines_wait_and_then_are_dropped(void **state)
{
    struct server server;
    struct plx_publisher *publisher;
    struct plx_line_counts counts;

    start_server(&server, 200, 0);
    stop_server(&server);
    publisher = plx_publisher_http(server.url, NULL, &(struct plx_publisher_limits){.queue_bytes = 2000}, NULL);
    publish_lines(publisher, LINES);
    counts = plx_publisher_counts(publisher);
    assert_true(counts.dropped > 0 && counts.dropped < LINES);
    assert_int_equal(counts.published, 0);
    assert_int_equal(plx_publisher_flush(publisher, 1), PLX_E_TIMEOUT);
    plx_publisher_free(publisher);
}

static void
test_urls_and_tokens_are_checked(void **state)
{
    static const char *const wrong[] = {"",
                                        "127.0.0.1:9900",
                                        "https://127.0.0.1:9900",
                                        "http://",
                                        "http://:9900",
                                        "http://a:",
                                        "http://a:x",
                                        "http://a/path",
                                        "http://[::1",
                                        "http://[::1]9900",
                                        "http://a:123456789"};
    static const char *const right[] = {"http://127.0.0.1:9900", "http://localhost", "http://[::1]:9900/"};
    struct plx_publisher *publisher;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_null(plx_publisher_http(wrong[i], NULL, NULL, NULL));
        assert_int_equal(errno, EINVAL);
    }
    assert_null(plx_publisher_http(NULL, NULL, NULL, NULL));
    assert_null(plx_publisher_http(right[0], "a\r\nX: y", NULL, NULL));
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
        publisher = plx_publisher_http(right[i], "token", NULL, NULL);
        assert_non_null(publisher);
        plx_publisher_free(publisher);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_outcome_is_one_line_of_json),
        cmocka_unit_test(test_an_outcome_is_text_for_people),
        cmocka_unit_test(test_long_values_are_cut_and_the_length_is_told),
        cmocka_unit_test(test_metrics_are_prometheus_text),
        cmocka_unit_test(test_lines_are_appended_to_a_file),
        cmocka_unit_test(test_what_is_queued_when_it_is_freed_is_still_written),
        cmocka_unit_test(test_lines_are_posted_to_a_server),
        cmocka_unit_test(test_what_is_posted_at_once_is_bounded),
        cmocka_unit_test(test_lines_that_a_server_refuses_are_counted_as_dropped),
        cmocka_unit_test(test_a_server_that_is_busy_gets_them_later),
        cmocka_unit_test(test_a_server_that_refuses_loses_them),
        cmocka_unit_test(test_without_a_server_lines_wait_and_then_are_dropped),
        cmocka_unit_test(test_urls_and_tokens_are_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

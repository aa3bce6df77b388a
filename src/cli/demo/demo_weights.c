/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo/demo_weights.h"

#include "cli/demo/demo_line.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define REQUESTS         200u
#define TIMEOUT_MS       5000u
#define ANSWER_BYTES_MAX 65536u
#define FILE_BYTES_MAX   65536u
#define BAR_COLUMNS      40u

/* ---- configurations ---- */

static bool
copy_file(const char *from, const char *to)
{
    char text[FILE_BYTES_MAX];
    FILE *in = fopen(from, "re"), *out = fopen(to, "we");
    size_t len = in ? fread(text, 1, sizeof(text), in) : 0;
    bool ok = in && out && !ferror(in) && len < sizeof(text) && fwrite(text, 1, len, out) == len;

    if (in)
        fclose(in);
    if (out)
        ok = fclose(out) == 0 && ok;
    return ok;
}

/* Puts the configuration whose candidate has so many percent where the proxy reads it: in tens. 0, or the exit status.
 */
static int
apply(struct plx_demo_run *run, unsigned percent)
{
    char from[PATH_MAX + 96], to[PATH_MAX + 32];

    snprintf(from, sizeof(from), "%s/canary/canary_%u_%u.yaml", run->paths.examples, percent, 100 - percent);
    snprintf(to, sizeof(to), "%s/parallax.yaml", run->folder);
    if (copy_file(from, to))
        return 0;
    plx_trouble("demo", "%s can't be copied to %s: %s", from, to, strerror(errno));
    return 1;
}

int
plx_demo_weights_prepare(struct plx_demo_run *run)
{
    return apply(run, 0);
}

static int
reload(struct plx_demo_run *run, unsigned percent)
{
    int status = apply(run, percent);

    if (status)
        return status;
    kill(run->processes[run->count - 1].pid, SIGHUP);
    return plx_demo_run_await(run, "event=reloaded");
}

/* ---- what clients get ---- */

/* So many requests; how many of them the second version answered. */
static int
count_answers(struct plx_demo_run *run, unsigned *second)
{
    char url[PLX_DEMO_URL_SIZE];
    struct plx_client_answer answer;
    const struct plx_slice none = {"", 0};
    unsigned failed = 0;

    struct plx_client *client = plx_client_new(plx_demo_ports_url(&run->ports, "proxy", url), TIMEOUT_MS, NULL, 0);
    *second = 0;
    if (!client || !plx_client_set_host(client, "payment.service"))
        failed = REQUESTS;
    for (unsigned i = 0; i < REQUESTS && !failed; i++) {
        if (plx_client_request(client, "GET", "/inventory", none, none, ANSWER_BYTES_MAX, &answer) != PLX_OK ||
            answer.status != 200)
            failed++;
        else if (answer.body.len && memmem(answer.body.ptr, answer.body.len, "\"v2\"", 4))
            ++*second;
    }
    plx_client_free(client);
    if (failed)
        plx_trouble("demo", "GET %s/inventory was not answered as it should be", url);
    return failed ? 1 : 0;
}

static int
show_count(struct plx_demo_run *run, const char *name)
{
    char bar[BAR_COLUMNS + 1], line[160];
    unsigned second;
    int status = count_answers(run, &second);

    if (status)
        return status;
    unsigned full = second * BAR_COLUMNS / REQUESTS;
    memset(bar, '#', full);
    memset(bar + full, '.', BAR_COLUMNS - full);
    bar[BAR_COLUMNS] = '\0';
    snprintf(line, sizeof(line), "%-20s %s  v1 %3u, v2 %3u of %u", name, bar, REQUESTS - second, second, REQUESTS);
    plx_demo_line("clients", PLX_GREEN, line);
    return plx_demo_run_watch(run, 0);
}

static int
command(struct plx_demo_run *run, const char *name)
{
    char url[PLX_DEMO_URL_SIZE];
    const char *const arguments[] = {name, "payment", "--admin", plx_demo_ports_url(&run->ports, "admin", url), NULL};

    return plx_demo_run_command(run, arguments);
}

/* It ends resumed: what the reader tries next is a canary again. */
static int
roll_back(struct plx_demo_run *run)
{
    int status = command(run, "rollback");

    if (!status)
        status = show_count(run, "after the rollback");
    return status ? status : command(run, "resume");
}

int
plx_demo_weights_show(struct plx_demo_run *run)
{
    char name[32];
    int status = 0;

    for (unsigned percent = 0; percent <= 100 && status == 0 && !plx_demo_interrupted; percent += 10) {
        if (percent)
            status = reload(run, percent);
        snprintf(name, sizeof(name), "canary_%u_%u.yaml", percent, 100 - percent);
        if (status == 0 && !plx_demo_interrupted)
            status = show_count(run, name);
    }
    return status || plx_demo_interrupted ? status : roll_back(run);
}

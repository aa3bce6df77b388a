/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/demo/demo_run.h"

#include "base/assert.h"
#include "base/clock.h"
#include "cli/demo/demo_line.h"
#include "cli/demo/demo_postgresql.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICK_MS      200
#define ARGUMENT_MAX (4u * PATH_MAX)

/* ---- what they say ---- */

static void
show_line(struct plx_demo_run *run, unsigned which, const char *line)
{
    static const enum plx_style styles[] = {PLX_CYAN, PLX_MAGENTA, PLX_BLUE, PLX_YELLOW, PLX_GREEN, PLX_BOLD};

    plx_demo_line(run->processes[which].name, styles[which % PLX_COUNT(styles)], line);
    if (run->awaited && which + 1 == run->count && strstr(line, run->awaited))
        run->awaited = NULL;
}

/* What has come of all. false: one has ended, which is told. */
static bool
show_lines(struct plx_demo_run *run)
{
    char line[PLX_DEMO_LINE_BYTES];
    bool alive = true;

    for (unsigned i = 0; i < run->count; i++) {
        bool lives = plx_process_drain(&run->processes[i]);
        while (plx_process_line(&run->processes[i], line, sizeof(line)))
            show_line(run, i, line);
        if (!lives && alive)
            plx_trouble("demo", "%s has ended, so all is stopped; its last lines say why", run->processes[i].name);
        alive &= lives;
    }
    if (run->database.pid && !plx_process_drain(&run->database)) {
        alive = false;
        plx_process_tell_failure(&run->database);
    }
    fflush(stdout);
    return alive;
}

/* Until one of them says something, or a moment has gone. */
static void
wait_a_moment(struct plx_demo_run *run, int ms)
{
    struct pollfd outputs[PLX_DEMO_PROCESSES_MAX];

    for (unsigned i = 0; i < run->count; i++)
        outputs[i] = (struct pollfd){run->processes[i].output, POLLIN, 0};
    poll(outputs, run->count, ms);
}

/* Shows lines until the awaited one has come (where there is one), Ctrl-C, or a time. */
static int
show_until(struct plx_demo_run *run, double until)
{
    bool awaits = run->awaited;

    for (;;) {
        if (!show_lines(run))
            return 1;
        double left = until - plx_monotonic_s();
        if (plx_demo_interrupted || ferror(stdout) || left <= 0 || (awaits && !run->awaited))
            return 0;
        wait_a_moment(run, left * 1000 < TICK_MS ? (int)(left * 1000) + 1 : TICK_MS);
    }
}

int
plx_demo_run_watch(struct plx_demo_run *run, double seconds)
{
    return show_until(run, seconds < 0 ? 1e18 : plx_monotonic_s() + seconds);
}

int
plx_demo_run_await(struct plx_demo_run *run, const char *text)
{
    run->awaited = text;
    int status = show_until(run, plx_monotonic_s() + PLX_PROCESS_READY_MS / 1000.0);
    if (status == 0 && run->awaited && !plx_demo_interrupted) {
        plx_trouble("demo", "%s has not said '%s' within %d s; is this machine very busy?",
                    run->processes[run->count - 1].name, text, PLX_PROCESS_READY_MS / 1000);
        status = 1;
    }
    run->awaited = NULL;
    return status;
}

/* ---- arguments ---- */

static void
add_key(struct plx_demo_run *run, struct plx_buffer *out, const char *key)
{
    bool postgresql = run->options->postgresql;

    if (strcmp(key, "services") == 0)
        plx_buffer_text(out, run->paths.services);
    else if (strcmp(key, "examples") == 0)
        plx_buffer_text(out, run->paths.examples);
    else if (strcmp(key, "reconcile") == 0)
        plx_buffer_format(out, "%s/spies/reconcile%s.yaml", run->paths.examples, postgresql ? "" : "_sqlite");
    else if (strcmp(key, "weights") == 0 && run->options->print)
        plx_buffer_format(out, "%s/canary/canary_0_100.yaml", run->paths.examples);
    else if (strcmp(key, "weights") == 0)
        plx_buffer_text(out, "parallax.yaml");
    else if (strncmp(key, "store ", 6) == 0 && postgresql)
        plx_buffer_format(out, "postgresql:///%s", key + 6);
    else if (strncmp(key, "store ", 6) == 0)
        plx_buffer_format(out, "sqlite:%s.db", key + 6);
    else
        plx_buffer_format(out, "%u", plx_demo_ports_find(&run->ports, key));
}

/* What stands before the next {KEY} of the text, and the key; false: there is no further one. {{ is no key's. */
static bool
next_key(const char **text, char *before, size_t before_size, char *key, size_t key_size)
{
    size_t len = strcspn(*text, "{");

    for (; (*text)[len] == '{' && (*text)[len + 1] == '{'; len += strcspn(*text + len, "{"))
        len += 2;
    snprintf(before, before_size, "%.*s", (int)len, *text);
    *text += len;
    if (**text != '{')
        return false;
    len = strcspn(*text, "}");
    PLX_ASSERT((*text)[len] == '}' && len < key_size);
    snprintf(key, key_size, "%.*s", (int)len - 1, *text + 1);
    *text += len + 1;
    return true;
}

const char *
plx_demo_run_expand(struct plx_demo_run *run, const char *argument)
{
    struct plx_buffer out;
    char before[128], key[32];
    char *copy = NULL;
    bool more;

    plx_buffer_init(&out, ARGUMENT_MAX);
    do {
        more = next_key(&argument, before, sizeof(before), key, sizeof(key));
        plx_buffer_text(&out, before);
        if (more)
            add_key(run, &out, key);
    } while (more);
    plx_buffer_byte(&out, '\0');
    if (!out.failed && (copy = plx_arena_alloc(run->arena, out.len)))
        memcpy(copy, out.ptr, out.len);
    plx_buffer_fini(&out);
    return copy;
}

/* The whole command line, NULL at its end. false: no memory. */
static bool
expand_row(struct plx_demo_run *run, const struct plx_demo_row *row, const char **arguments)
{
    char program[64];
    unsigned count = 1;

    snprintf(program, sizeof(program), "{services}/%s", row->arguments[0]);
    arguments[0] = strcmp(row->arguments[0], "parallax") == 0 ? run->paths.program : plx_demo_run_expand(run, program);
    for (; count < PLX_DEMO_ARGUMENTS_MAX && row->arguments[count]; count++)
        if (!(arguments[count] = plx_demo_run_expand(run, row->arguments[count])))
            return false;
    if (run->options->fault && strcmp(row->name, "microservice") == 0)
        arguments[count++] = "--fault";
    arguments[count] = NULL;
    return arguments[0];
}

/* ---- from beginning to end ---- */

static int
no_memory(void)
{
    plx_trouble("demo", "there is no memory; end other programs first");
    return 1;
}

/* The port that the key names, where it is one and has none yet. */
static int
take_port(struct plx_demo_run *run, const char *key)
{
    const struct plx_demo_options *options = run->options;
    uint16_t number = plx_demo_port_of(key);

    if (!number || plx_demo_ports_find(&run->ports, key))
        return 0;
    char *name = plx_arena_alloc(run->arena, strlen(key) + 1);
    if (!name)
        return no_memory();
    memcpy(name, key, strlen(key) + 1);
    if (options->port && strcmp(key, "proxy") == 0)
        number = options->port;
    else if (options->free_ports)
        number = 0;
    if (!options->print)
        return plx_demo_ports_take(&run->ports, name, number);
    plx_demo_ports_name(&run->ports, name, number);
    return 0;
}

static int
take_ports(struct plx_demo_run *run)
{
    char before[128], key[32];
    int status = 0;

    for (unsigned i = 0; i < PLX_DEMO_PROCESSES_MAX && run->step->rows[i]; i++)
        for (unsigned j = 1; j < PLX_DEMO_ARGUMENTS_MAX && run->step->rows[i]->arguments[j]; j++) {
            const char *text = run->step->rows[i]->arguments[j];
            while (status == 0 && next_key(&text, before, sizeof(before), key, sizeof(key)))
                status = take_port(run, key);
        }
    return status;
}

/* "monolith-v1  | build/examples/payment/payment-v1 --port 8081" */
static int
print_row(struct plx_demo_run *run, const struct plx_demo_row *row)
{
    const char *arguments[PLX_DEMO_ARGUMENTS_MAX + 2];
    struct plx_buffer out;

    if (!expand_row(run, row, arguments))
        return no_memory();
    plx_buffer_init(&out, PLX_DEMO_ARGUMENTS_MAX * ARGUMENT_MAX);
    plx_buffer_format(&out, "%-12s |", row->name);
    for (unsigned i = 0; arguments[i]; i++) {
        plx_buffer_byte(&out, ' ');
        plx_text_add_shell(&out, plx_slice_of(arguments[i]));
    }
    plx_buffer_byte(&out, '\n');
    fwrite(out.ptr, 1, out.len, stdout);
    plx_buffer_fini(&out);
    return 0;
}

/* Where a batch tells its results, for the proxy's report. */
static void
set_environment(const struct plx_demo_run *run)
{
    char url[64];

    snprintf(url, sizeof(url), "http://127.0.0.1:%u", plx_demo_ports_find(&run->ports, "admin"));
    setenv("PARALLAX_ADMIN", url, 1);
}

static int
start_row(struct plx_demo_run *run, const struct plx_demo_row *row)
{
    const char *arguments[PLX_DEMO_ARGUMENTS_MAX + 2];
    const struct plx_process_place place = {.folder = run->folder};

    if (!expand_row(run, row, arguments))
        return no_memory();
    if (!plx_process_start(&run->processes[run->count++], row->name, arguments, &place))
        return plx_process_tell_failure(&run->processes[run->count - 1]);
    return plx_demo_run_await(run, row->ready);
}

int
plx_demo_run_start(struct plx_demo_run *run)
{
    bool print = run->options->print;

    run->arena = plx_arena_new(NULL);
    if (!run->arena)
        return no_memory();
    int status = take_ports(run);
    set_environment(run);
    if (status == 0 && !print)
        status = plx_demo_folder_make(run->folder, sizeof(run->folder));
    if (status == 0 && !print && run->options->postgresql)
        status = plx_demo_postgresql_start(&run->database, run->folder);
    if (status == 0 && !print && run->prepare)
        status = run->prepare(run);
    for (unsigned i = 0; i < PLX_DEMO_PROCESSES_MAX && run->step->rows[i] && status == 0 && !plx_demo_interrupted; i++)
        status = print ? print_row(run, run->step->rows[i]) : start_row(run, run->step->rows[i]);
    return status;
}

void
plx_demo_run_stop(struct plx_demo_run *run)
{
    /* The proxy first: it would count the others' end as failures. */
    for (unsigned i = run->count; i > 0; i--)
        plx_process_stop(&run->processes[i - 1]);
    plx_process_stop(&run->database);
    plx_demo_ports_free(&run->ports);
    plx_demo_folder_remove(run->folder);
    plx_arena_free(run->arena);
}

int
plx_demo_run_command(struct plx_demo_run *run, const char *const *arguments)
{
    struct plx_process command;
    char line[PLX_DEMO_LINE_BYTES];
    const char *all[PLX_DEMO_ARGUMENTS_MAX + 1] = {run->paths.program};
    bool running;

    for (unsigned i = 0; arguments[i]; i++)
        all[i + 1] = arguments[i];
    if (!plx_process_start(&command, "parallax", all, NULL))
        return plx_process_tell_failure(&command);
    do {
        struct pollfd output = {command.output, POLLIN, 0};
        poll(&output, 1, TICK_MS);
        running = plx_process_drain(&command);
        while (plx_process_line(&command, line, sizeof(line)))
            plx_demo_line("parallax", PLX_BOLD, line);
    } while (running && !plx_demo_interrupted);
    return plx_process_wait(&command);
}

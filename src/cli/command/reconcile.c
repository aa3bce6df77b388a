/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax reconcile`: jobs one after the other, and what they came to. */
#include "cli/client/reconcile_post.h"
#include "cli/command/command.h"
#include "cli/command/reconcile_options.h"
#include "cli/report/reconcile_text.h"
#include "cli/terminal/output.h"
#include "control/process/reconcile_serve.h"

#include <signal.h>
#include <stdlib.h>

#define NAME             "reconcile"
#define OUTPUT_BYTES_MAX (1u << 30)

static atomic_bool stopped;

/* The second one ends it at once. */
static void
on_signal(int number)
{
    atomic_store(&stopped, true);
    signal(number, SIG_DFL);
}

/* ---- runs ---- */

struct output {
    struct plx_buffer out, text; /* text: of people's, behind the first line */
    struct plx_json_writer json;
    bool all_true, failed; /* failed: a run has not come to its end, so that nobody can say */
    int status;            /* PLX_EXIT_USAGE where there was trouble */
};

static void
tell_people(struct output *output, const struct plx_reconcile_command *command,
            const struct plx_reconcile_result *result)
{
    struct plx_terminal terminal;

    plx_terminal_init(&terminal, &output->text, stdout);
    if (command->job_count > 1) {
        bool same = plx_reconcile_result_is_true(result);
        plx_buffer_format(&output->text, "\n%s  ", result->name);
        plx_terminal_write(&terminal, same ? PLX_GREEN : PLX_RED, plx_slice_of(same ? "true\n" : "false\n"));
    }
    if (!plx_reconcile_tell(&terminal, result))
        output->text.failed = true;
}

static bool
post(const struct plx_reconcile_command *command, const struct plx_reconcile_result *result)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_reconciliation said;
    char error[1024] = "out of memory";
    bool sent = false;

    if (arena) {
        plx_reconcile_result_for_ledger(result, arena, &said);
        sent = plx_reconcile_post(command->options.admin, &said, error, sizeof(error));
    }
    if (!sent)
        plx_trouble(NAME, "%s", error);
    plx_arena_free(arena);
    return sent;
}

static void
run_job(const struct plx_reconcile_command *command, const struct plx_reconcile_job *job, struct output *output)
{
    struct plx_reconcile_bar bar;
    const struct plx_reconcile_options options = {command->dry_run, &stopped, plx_reconcile_bar_tell, &bar};
    struct plx_reconcile_result result;
    struct plx_reconcile_error error;

    plx_reconcile_bar_init(&bar);
    plx_reconcile_result_init(&result, job, command->limit);
    enum plx_status status = plx_reconcile_run(job, &options, &result, &error);
    plx_reconcile_bar_end(&bar);
    if (status != PLX_OK) {
        output->all_true = false;
        output->failed = true;
        output->status = plx_trouble(NAME, "%s%s%s", command->job_count > 1 ? job->name : "",
                                     command->job_count > 1 ? ": " : "", error.text);
        plx_reconcile_result_write(&output->json, &result);
    } else {
        output->all_true &= plx_reconcile_result_is_true(&result);
        plx_reconcile_result_write(&output->json, &result);
        if (!command->options.json)
            tell_people(output, command, &result);
    }
    if (command->admin && status != PLX_E_CANCELED && !post(command, &result))
        output->status = PLX_EXIT_USAGE;
    plx_reconcile_result_fini(&result);
}

/* Ended before this job: what was not run can't be said to be true. */
static void
leave_out(const struct plx_reconcile_command *command, size_t job, struct output *output)
{
    output->all_true = false;
    output->failed = true;
    if (output->status == 0)
        output->status = job == 0 ? plx_trouble(NAME, "stopped; nothing has been marked")
                                  : plx_trouble(NAME, "stopped before %s was run", command->jobs[job]->name);
}

/* The line that says it all goes first, though it is known last. */
static int
put_out(const struct plx_reconcile_command *command, struct output *output)
{
    const struct plx_buffer *text = command->options.json ? &output->out : &output->text;

    if (!command->options.json && !output->failed)
        fputs(output->all_true ? "true\n" : "false\n", stdout);
    if (text->failed)
        return plx_trouble(NAME, "the result takes too much memory; --limit shows fewer rows");
    if (text->len > 0)
        fwrite(text->ptr, 1, text->len, stdout);
    int ended = plx_output_end(NAME);
    if (ended)
        return ended;
    return output->status ? output->status : output->all_true ? 0 : PLX_EXIT_FAILED;
}

static int
run_jobs(const struct plx_reconcile_command *command)
{
    struct output output = {.all_true = true};

    plx_buffer_init(&output.out, OUTPUT_BYTES_MAX);
    plx_buffer_init(&output.text, OUTPUT_BYTES_MAX);
    plx_json_writer_init(&output.json, &output.out);
    plx_json_begin_object(&output.json);
    plx_json_key(&output.json, "reconciliations");
    plx_json_begin_array(&output.json);
    for (size_t i = 0; i < command->job_count; i++) {
        if (atomic_load(&stopped)) {
            leave_out(command, i, &output);
            break;
        }
        run_job(command, command->jobs[i], &output);
    }
    plx_json_end_array(&output.json);
    plx_json_key(&output.json, "result");
    plx_json_bool(&output.json, output.all_true);
    plx_json_end_object(&output.json);
    plx_buffer_byte(&output.out, '\n');
    int status = put_out(command, &output);
    plx_buffer_fini(&output.out);
    plx_buffer_fini(&output.text);
    return status;
}

/* ---- a service ---- */

static bool
post_served(void *command, const struct plx_reconciliation *result, char *error, size_t size)
{
    return plx_reconcile_post(((const struct plx_reconcile_command *)command)->options.admin, result, error, size);
}

static int
serve(struct plx_reconcile_command *command)
{
    const char *token = getenv("PARALLAX_TOKEN");
    const struct plx_reconcile_service service = {
        .jobs = command->jobs,
        .job_count = command->job_count,
        .address = command->serve_address,
        .token = token && *token ? token : command->config.admin_token,
        .dry_run = command->dry_run,
        .post = command->admin ? post_served : NULL,
        .context = command,
    };
    char error[512];

    return plx_reconcile_serve(&service, error, sizeof(error)) ? 0 : plx_trouble(NAME, "%s", error);
}

int
plx_command_reconcile(int argc, char **argv)
{
    static struct plx_reconcile_command command;
    struct sigaction action = {.sa_handler = on_signal};
    int status = plx_reconcile_command_read(&command, argc, argv);

    if (status < 0 && command.serve) {
        status = serve(&command);
    } else if (status < 0) {
        atomic_store(&stopped, false);
        sigaction(SIGINT, &action, NULL);
        sigaction(SIGTERM, &action, NULL);
        status = run_jobs(&command);
    }
    plx_reconcile_command_fini(&command);
    return status;
}

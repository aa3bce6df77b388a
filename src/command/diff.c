/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax diff A B`: two documents under the rules, as two answers would be compared. */
#include "command/command.h"
#include "command/options.h"
#include "command/terminal.h"
#include "json/writer.h"
#include <parallax/compare.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define DOCUMENT_BYTES_MAX ((size_t)PLX_JSON_BYTES_DEFAULT)
#define DIFFERENCES_MAX    1000u
#define VALUE_BYTES_MAX    4096u
#define OUTPUT_BYTES_MAX   (64u << 20)

enum {
    OPTION_TYPE = PLX_OPTION_OWN,
    OPTION_IGNORE,
};

static const char help[] =
    "usage: parallax diff [OPTION...] A B\n"
    "\n"
    "Compares two documents as the answers of primary (A) and candidate (B) are compared; - is standard input.\n"
    "\n"
    "      --type TYPE       json or text; default: by the names (.json), else by the content\n"
    "      --ignore PATTERN  a JSON Pointer that is left out, * for one step, ** for any; may be repeated\n"
    "      --json            as JSON\n"
    "      --help            this text\n"
    "      --version         the version\n"
    "\n"
    "Exit status: 0 the same, 1 different, 2 trouble.\n";

static const struct option longs[] = {
    {"type", required_argument, NULL, OPTION_TYPE},     {"ignore", required_argument, NULL, OPTION_IGNORE},
    {"json", no_argument, NULL, PLX_OPTION_JSON},       {"help", no_argument, NULL, PLX_OPTION_HELP},
    {"version", no_argument, NULL, PLX_OPTION_VERSION}, {0},
};

struct side {
    const char *name;
    struct plx_buffer text;
};

struct diff {
    struct plx_options options;
    const char *type; /* NULL: to be found out */
    struct plx_rules *rules;
    struct plx_arena *arena;
    struct side sides[2];
};

/* ---- reading ---- */

/* 0, or the exit status. */
static int
read_side(struct side *side)
{
    bool standard = strcmp(side->name, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(side->name, O_RDONLY | O_CLOEXEC);
    ssize_t count = 0;

    if (fd < 0)
        return plx_trouble("diff", "%s can't be opened: %s", side->name, strerror(errno));
    while (plx_buffer_reserve(&side->text, 65536) && (count = read(fd, side->text.ptr + side->text.len, 65536)) > 0)
        side->text.len += (size_t)count;
    int error = errno;
    if (!standard)
        close(fd);
    if (side->text.failed)
        return plx_trouble("diff", "%s is larger than %u MiB, or there is no memory for it", side->name,
                           (unsigned)(DOCUMENT_BYTES_MAX >> 20));
    if (count < 0)
        return plx_trouble("diff", "%s can't be read: %s", side->name, strerror(error));
    return 0;
}

static bool
is_named_json(const char *name)
{
    size_t len = strlen(name);

    return len > 5 && strcmp(name + len - 5, ".json") == 0;
}

/* A document that is said to be JSON must be; one of which nothing is said is JSON where it can be read as such. */
static int
find_type(struct diff *diff, bool *json)
{
    bool said = diff->type && strcmp(diff->type, "json") == 0;

    *json = true;
    for (int i = 0; i < 2; i++) {
        const struct side *side = &diff->sides[i];
        struct plx_json_error error;
        struct plx_document document;
        if (diff->type && !said)
            *json = false;
        if (!*json)
            continue;
        enum plx_status status = plx_json_read(plx_buffer_slice(&side->text), NULL, diff->arena, &document, &error);
        if (status == PLX_E_MEMORY)
            return plx_trouble("diff", "out of memory");
        if (status == PLX_OK)
            continue;
        if (said || is_named_json(side->name))
            return plx_trouble("diff",
                               "%s:%u:%u: this is not JSON: here was to be %s; --type text compares it as it is",
                               side->name, error.line, error.column, error.expected);
        *json = false;
    }
    return 0;
}

/* ---- telling ---- */

static void
add_value(struct plx_buffer *out, const struct plx_terminal *terminal, struct plx_slice value, bool cut,
          const char *mark, const char *style)
{
    plx_buffer_format(out, "  %s%s ", terminal->colour ? style : "", mark);
    plx_text_add(out, value, terminal->width > 8 ? terminal->width - 8 : 8);
    if (cut)
        plx_buffer_text(out, " ...");
    plx_buffer_text(out, terminal->colour ? "\033[0m\n" : "\n");
}

static void
add_difference(struct plx_buffer *out, const struct plx_terminal *terminal, const struct plx_difference *difference)
{
    bool colour = terminal->colour;

    plx_buffer_text(out, colour ? "\033[1m" : "");
    if (difference->field.len)
        plx_text_add(out, difference->field, terminal->width > 12 ? terminal->width - 12 : 12);
    else
        plx_buffer_text(out, "(the whole document)");
    plx_buffer_format(out, "%s  %s\n", colour ? "\033[0m" : "", plx_kind_text(difference->kind));
    if (difference->kind != PLX_KIND_EXTRA)
        add_value(out, terminal, difference->primary, difference->primary_cut, "-", "\033[31m");
    if (difference->kind != PLX_KIND_MISSING)
        add_value(out, terminal, difference->candidate, difference->candidate_cut, "+", "\033[32m");
}

static void
tell(struct plx_buffer *out, const struct plx_comparison *comparison)
{
    struct plx_terminal terminal;

    plx_terminal_init(&terminal, out, stdout);
    for (size_t i = 0; i < comparison->count; i++)
        add_difference(out, &terminal, &comparison->differences[i]);
    if (comparison->total > comparison->count)
        plx_buffer_format(out, "... and %" PRIu64 " more\n", comparison->total - comparison->count);
    if (comparison->total == 0)
        plx_buffer_text(out, "the same");
    else
        plx_buffer_format(out, "%" PRIu64 " difference%s", comparison->total, comparison->total == 1 ? "" : "s");
    if (comparison->ruled_out)
        plx_buffer_format(out, ", %" PRIu64 " ignored", comparison->ruled_out);
    plx_buffer_byte(out, '\n');
}

static void
write_value(struct plx_json_writer *json, const char *key, struct plx_slice value, bool cut, bool there)
{
    char cut_key[32];

    if (!there)
        return;
    plx_json_key(json, key);
    plx_json_string(json, value);
    snprintf(cut_key, sizeof(cut_key), "%s_cut", key);
    if (cut) {
        plx_json_key(json, cut_key);
        plx_json_bool(json, true);
    }
}

static void
tell_json(struct plx_buffer *out, const struct plx_comparison *comparison)
{
    struct plx_json_writer json;

    plx_json_writer_init(&json, out);
    plx_json_begin_object(&json);
    plx_json_key(&json, "same");
    plx_json_bool(&json, comparison->total == 0);
    plx_json_key(&json, "total");
    plx_json_uint(&json, comparison->total);
    plx_json_key(&json, "ignored");
    plx_json_uint(&json, comparison->ruled_out);
    plx_json_key(&json, "differences");
    plx_json_begin_array(&json);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct plx_difference *difference = &comparison->differences[i];
        plx_json_begin_object(&json);
        plx_json_key(&json, "field");
        plx_json_string(&json, difference->field);
        plx_json_key(&json, "kind");
        plx_json_text_value(&json, plx_kind_text(difference->kind));
        write_value(&json, "primary", difference->primary, difference->primary_cut, difference->kind != PLX_KIND_EXTRA);
        write_value(&json, "candidate", difference->candidate, difference->candidate_cut,
                    difference->kind != PLX_KIND_MISSING);
        plx_json_end_object(&json);
    }
    plx_json_end_array(&json);
    plx_json_end_object(&json);
    plx_buffer_byte(out, '\n');
}

/* ---- the command ---- */

static int
compare(struct diff *diff)
{
    const struct plx_compare_limits limits = {.differences_max = DIFFERENCES_MAX, .value_bytes_max = VALUE_BYTES_MAX};
    struct plx_answer answers[2] = {{0}};
    struct plx_comparison comparison;
    struct plx_buffer out;
    bool json;

    for (int i = 0; i < 2; i++) {
        int status = read_side(&diff->sides[i]);
        if (status)
            return status;
    }
    int status = find_type(diff, &json);
    if (status)
        return status;
    for (int i = 0; i < 2; i++) {
        answers[i].body = plx_buffer_slice(&diff->sides[i].text);
        answers[i].body_length = answers[i].body.len;
        answers[i].json = json;
    }
    if (plx_compare(diff->rules, &answers[0], &answers[1], &limits, diff->arena, &comparison) != PLX_OK)
        return plx_trouble("diff", "out of memory");
    plx_buffer_init(&out, OUTPUT_BYTES_MAX);
    if (diff->options.json)
        tell_json(&out, &comparison);
    else
        tell(&out, &comparison);
    bool failed = out.failed || fwrite(out.ptr, 1, out.len, stdout) != out.len || fflush(stdout) != 0;
    plx_buffer_fini(&out);
    if (failed)
        return plx_trouble("diff", "the differences can't be written: %s", strerror(errno));
    return comparison.total ? 1 : 0;
}

/* -1: go on. */
static int
take_option(struct diff *diff, int option)
{
    struct plx_rule_error error;

    if (option == OPTION_TYPE) {
        diff->type = optarg;
        if (strcmp(optarg, "json") == 0 || strcmp(optarg, "text") == 0)
            return -1;
        return plx_trouble("diff", "--type is json or text, not '%s'", optarg);
    }
    enum plx_status status = plx_rules_ignore(diff->rules, plx_slice_of(optarg), &error);
    if (status == PLX_E_MEMORY)
        return plx_trouble("diff", "out of memory");
    return status == PLX_OK ? -1 : plx_trouble("diff", "--ignore %s: %s", optarg, error.text);
}

static int
run(struct diff *diff, int argc, char **argv)
{
    int option;

    plx_options_init(&diff->options, "diff", help, longs);
    diff->options.operands = true;
    while ((option = plx_options_next(&diff->options, argc, argv)) > 0) {
        int status = take_option(diff, option);
        if (status >= 0)
            return status;
    }
    if (diff->options.exit >= 0)
        return diff->options.exit;
    if (argc - optind != 2)
        return plx_trouble("diff", "give two documents, as in `parallax diff old.json new.json`");
    diff->sides[0].name = argv[optind];
    diff->sides[1].name = argv[optind + 1];
    if (strcmp(diff->sides[0].name, "-") == 0 && strcmp(diff->sides[1].name, "-") == 0)
        return plx_trouble("diff", "only one of the two can be standard input");
    return compare(diff);
}

int
plx_command_diff(int argc, char **argv)
{
    struct diff diff = {.rules = plx_rules_new(NULL), .arena = plx_arena_new(NULL)};
    int status = PLX_EXIT_USAGE;

    plx_buffer_init(&diff.sides[0].text, DOCUMENT_BYTES_MAX + 65536);
    plx_buffer_init(&diff.sides[1].text, DOCUMENT_BYTES_MAX + 65536);
    if (diff.rules && diff.arena)
        status = run(&diff, argc, argv);
    else
        plx_trouble("diff", "out of memory");
    plx_buffer_fini(&diff.sides[0].text);
    plx_buffer_fini(&diff.sides[1].text);
    plx_arena_free(diff.arena);
    plx_rules_free(diff.rules);
    return status;
}

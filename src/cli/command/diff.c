/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax diff A B`: two documents under the rules, as two answers would be compared. */
#include "body/body.h"
#include "body/media.h"
#include "cli/command/command.h"
#include "cli/report/diff_text.h"
#include "cli/terminal/options.h"
#include "compare/patch.h"
#include "control/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define DOCUMENT_BYTES_MAX ((size_t)PLX_JSON_BYTES_DEFAULT)
#define DIFFERENCES_MAX    100000u /* that --limit takes */
#define VALUE_BYTES_MAX    4096u
#define OUTPUT_BYTES_MAX   (256u << 20)

enum {
    OPTION_TYPE = PLX_OPTION_OWN,
    OPTION_IGNORE,
    OPTION_RULES,
    OPTION_MODE,
    OPTION_PATCH,
    OPTION_QUIET,
    OPTION_LIMIT,
};

static const char help[] =
    "usage: parallax diff [OPTION...] A B\n"
    "\n"
    "Compares two documents as the answers of primary (A) and candidate (B) are compared; - is standard input.\n"
    "\n"
    "      --rules FILE      YAML: what stands under `compare:` in a configuration, and `redact:`\n"
    "      --ignore PATTERN  a JSON Pointer that is left out, * for one step, ** for any; may be repeated\n"
    "      --mode MODE       strict (default), subset (B may have more members) or schema (shape and types)\n"
    "      --type TYPE       json, ndjson, form, xml, html, text, bytes, or a media type such as\n"
    "                        'multipart/mixed; boundary=x'; default: by the names (.json), else by the content\n"
    "      --limit N         differences that are shown, the others are counted; default 1000\n"
    "      --json            as JSON\n"
    "      --patch           as a JSON Patch (RFC 6902) that makes B of A; rules do not apply to it\n"
    "      --quiet           nothing but the exit status\n"
    "      --help            this text\n"
    "      --version         the version\n"
    "\n"
    "Exit status: 0 the same, 1 different, 2 trouble.\n";

static const struct option longs[] = {
    {"type", required_argument, NULL, OPTION_TYPE},
    {"ignore", required_argument, NULL, OPTION_IGNORE},
    {"rules", required_argument, NULL, OPTION_RULES},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"patch", no_argument, NULL, OPTION_PATCH},
    {"quiet", no_argument, NULL, OPTION_QUIET},
    {"limit", required_argument, NULL, OPTION_LIMIT},
    {"json", no_argument, NULL, PLX_OPTION_JSON},
    {"help", no_argument, NULL, PLX_OPTION_HELP},
    {"version", no_argument, NULL, PLX_OPTION_VERSION},
    {0},
};

struct side {
    const char *name;
    struct plx_buffer text;
    struct plx_answer answer;
    struct plx_body body;
};

struct diff {
    struct plx_options options;
    struct plx_slice media_type; /* of both; empty: to be found out */
    bool patch, quiet;
    uint32_t limit;
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

/* ---- types ---- */

static const struct type {
    const char *name, *media_type, *endings;
} types[] = {
    {"json", "application/json", ".json"},
    {"ndjson", "application/x-ndjson", ".ndjson.jsonl"},
    {"form", "application/x-www-form-urlencoded", ".form"},
    {"xml", "application/xml", ".xml"},
    {"html", "text/html", ".html.htm"},
    {"text", "text/x-plain", ".txt.csv.md.log"},
    {"bytes", "application/x-bytes", ""},
};

/* By the ending of its name; empty: by the content. */
static struct plx_slice
type_by_name(const char *name)
{
    const char *ending = strrchr(name, '.');
    size_t len = ending ? strlen(ending) : 0;

    for (size_t i = 0; len > 1 && i < sizeof(types) / sizeof(types[0]); i++)
        for (const char *at = types[i].endings; (at = strstr(at, ending)); at++)
            if (at[len] == '\0' || at[len] == '.')
                return plx_slice_of(types[i].media_type);
    return plx_slice_of("");
}

/* What is said to be JSON and is not is trouble, as is any other document that is not what it is said to be. */
static int
read_body(struct diff *diff, struct side *side, const struct plx_compare_limits *limits)
{
    const char *mend = "--type text compares it as it is";
    struct plx_json_error error;
    struct plx_document document;

    if (!diff->media_type.len)
        side->answer.media_type = type_by_name(side->name);
    side->answer.body = plx_buffer_slice(&side->text);
    side->answer.body_length = side->answer.body.len;
    if (plx_body_read(&side->answer, limits, diff->arena, &side->body) != PLX_OK)
        return plx_trouble("diff", "out of memory");
    if (!side->body.declared || plx_body_is_tree(side->body.type) || (side->body.text.len == 0 && !diff->patch))
        return 0;
    struct plx_media media = plx_media_read(side->answer.media_type);
    enum plx_body_type type;
    if (!plx_media_body_type(&media, &type) || type != PLX_BODY_JSON)
        return plx_trouble("diff", "%s is not well-formed %.*s; %s", side->name, (int)media.type.len, media.type.ptr,
                           mend);
    if (plx_json_read(side->body.text, &limits->json, diff->arena, &document, &error) == PLX_E_MEMORY)
        return plx_trouble("diff", "out of memory");
    return plx_trouble("diff", "%s:%u:%u: this is not JSON: here was to be %s; %s", side->name, error.line,
                       error.column, error.expected, mend);
}

/* ---- the command ---- */

static int
put_out(struct plx_buffer *out)
{
    if (!out->failed && (out->len == 0 || fwrite(out->ptr, 1, out->len, stdout) == out->len) && fflush(stdout) == 0)
        return 0;
    return plx_trouble("diff",
                       out->failed ? "the differences take too much memory" : "the differences can't be written: %s",
                       strerror(errno));
}

static int
write_patch(struct diff *diff, struct plx_buffer *out)
{
    for (int i = 0; i < 2; i++)
        if (diff->sides[i].body.type != PLX_BODY_JSON)
            return plx_trouble("diff", "--patch is for JSON, which %s is not", diff->sides[i].name);
    enum plx_status status = plx_patch_write(&diff->sides[0].body.tree, &diff->sides[1].body.tree, diff->arena, out);
    if (status == PLX_E_UNSUPPORTED)
        return plx_trouble("diff", "an object that differs has a key twice: a JSON Patch can't tell which is meant");
    return status == PLX_OK ? 0 : plx_trouble("diff", "out of memory");
}

static int
tell(struct diff *diff, const struct plx_comparison *comparison)
{
    bool same = comparison->total == 0;
    struct plx_buffer out;
    int status = 0;

    plx_buffer_init(&out, OUTPUT_BYTES_MAX);
    if (diff->patch)
        status = write_patch(diff, &out);
    else if (diff->options.json)
        plx_diff_tell_json(&out, comparison);
    else if (!diff->quiet)
        plx_diff_tell(&out, comparison);
    if (status == 0)
        status = put_out(&out);
    if (diff->patch)
        same = out.len <= sizeof("[]\n") - 1;
    plx_buffer_fini(&out);
    return status ? status : !same;
}

static int
compare(struct diff *diff)
{
    const struct plx_compare_limits limits = {
        .differences_max = diff->limit, .value_bytes_max = VALUE_BYTES_MAX, .now_s = (int64_t)time(NULL)};
    struct plx_comparison comparison;

    for (int i = 0; i < 2; i++) {
        int status = read_side(&diff->sides[i]);
        diff->sides[i].answer.media_type = diff->media_type;
        if (status == 0)
            status = read_body(diff, &diff->sides[i], &limits);
        if (status)
            return status;
    }
    if (plx_compare(diff->rules, &diff->sides[0].answer, &diff->sides[1].answer, &limits, diff->arena, &comparison) !=
        PLX_OK)
        return plx_trouble("diff", "out of memory");
    return tell(diff, &comparison);
}

/* ---- options ---- */

static int
read_rules(struct diff *diff, const char *file)
{
    struct plx_config_errors errors;
    enum plx_status status = plx_config_read_rules(file, diff->rules, &errors);

    plx_config_errors_print(&errors);
    plx_config_errors_fini(&errors);
    return status == PLX_OK ? -1 : PLX_EXIT_USAGE;
}

static int
take_ignore(struct diff *diff, const char *pattern)
{
    struct plx_rule_error error;
    enum plx_status status = plx_rules_ignore(diff->rules, plx_slice_of(pattern), &error);

    if (status == PLX_E_MEMORY)
        return plx_trouble("diff", "out of memory");
    return status == PLX_OK ? -1 : plx_trouble("diff", "--ignore %s: %s", pattern, error.text);
}

static int
take_mode(struct diff *diff, const char *name)
{
    for (int mode = PLX_MODE_STRICT; mode <= PLX_MODE_SCHEMA; mode++)
        if (strcmp(name, plx_mode_text((enum plx_mode)mode)) == 0) {
            plx_rules_set_mode(diff->rules, (enum plx_mode)mode);
            return -1;
        }
    return plx_trouble("diff", "--mode is strict, subset or schema, not '%s'", name);
}

static int
take_type(struct diff *diff, const char *type)
{
    if (strchr(type, '/'))
        diff->media_type = plx_slice_of(type);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (strcmp(type, types[i].name) == 0)
            diff->media_type = plx_slice_of(types[i].media_type);
    return diff->media_type.len
               ? -1
               : plx_trouble("diff", "--type is json, ndjson, form, xml, html, text, bytes or a media type, not '%s'",
                             type);
}

/* -1: go on. */
static int
take_option(struct diff *diff, int option)
{
    switch (option) {
    case OPTION_RULES:
        return read_rules(diff, optarg);
    case OPTION_MODE:
        return take_mode(diff, optarg);
    case OPTION_TYPE:
        return take_type(diff, optarg);
    case OPTION_IGNORE:
        return take_ignore(diff, optarg);
    case OPTION_LIMIT:
        diff->limit = plx_number_of(optarg, DIFFERENCES_MAX);
        return diff->limit ? -1
                           : plx_trouble("diff", "--limit '%s' is not a number from 1 to %u", optarg, DIFFERENCES_MAX);
    default:
        diff->patch |= option == OPTION_PATCH;
        diff->quiet |= option == OPTION_QUIET;
        return -1;
    }
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
    if (diff->patch + diff->quiet + diff->options.json > 1)
        return plx_trouble("diff", "choose one of --json, --patch and --quiet");
    diff->sides[0].name = argv[optind];
    diff->sides[1].name = argv[optind + 1];
    if (strcmp(diff->sides[0].name, "-") == 0 && strcmp(diff->sides[1].name, "-") == 0)
        return plx_trouble("diff", "only one of the two can be standard input");
    return compare(diff);
}

int
plx_command_diff(int argc, char **argv)
{
    struct diff diff = {.rules = plx_rules_new(NULL), .arena = plx_arena_new(NULL), .limit = 1000};
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

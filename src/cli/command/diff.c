/* SPDX-License-Identifier: Apache-2.0 */
/* `parallax diff A B`: two documents under the rules, as two answers would be compared. */
#include "base/clock.h"
#include "cli/command/command.h"
#include "cli/command/diff_document.h"
#include "cli/command/rule_options.h"
#include "cli/report/diff_text.h"
#include "cli/terminal/options.h"
#include "compare/patch.h"

#include <errno.h>
#include <stdio.h>

#define DIFFERENCES_MAX  100000u /* that --limit takes */
#define VALUE_BYTES_MAX  4096u
#define OUTPUT_BYTES_MAX (256u << 20)

enum {
    OPTION_TYPE = PLX_OPTION_OWN,
    OPTION_IGNORE,
    OPTION_RULES,
    OPTION_MODE,
    OPTION_PATCH,
    OPTION_QUIET,
    OPTION_LIMIT,
    OPTION_BY,
};

static const char help[] =
    "usage: parallax diff [OPTION...] A B\n"
    "\n"
    "Compares two documents as the answers of primary (A) and candidate (B) are compared; - is standard input.\n"
    "\n"
    "      --rules FILE      YAML: what stands under `compare:` in a configuration, `redact:`, `secrets:`\n"
    "      --ignore PATTERN  a JSON Pointer that is left out, * for one step, ** for any; may be repeated\n"
    "      --mode MODE       strict (default), subset (B may have more members) or schema (shape and types)\n"
    "      --by KEY,...      of a list: elements of equal keys are compared, in any order; a member's name, or a\n"
    "                        column's of CSV, or a JSON Pointer into an element\n"
    "      --type TYPE       json, ndjson, form, xml, html, yaml, csv (its rows), multipart, text, bytes, or a media\n"
    "                        type such as 'multipart/mixed; boundary=x'; a second one is B's; default: by the names\n"
    "                        (.json, .json.gz), else by the content\n"
    "      --limit N         differences that are shown, the others are counted; default 1000\n"
    "      --json            as JSON\n"
    "      --patch           as a JSON Patch (RFC 6902) that makes B of A; rules do not apply to it\n"
    "      --quiet           nothing but the exit status\n"
    "      --help            this text\n"
    "      --version         the version\n"
    "\n"
    "Exit status: 0 the same, 1 different, 2 trouble.\n";

static const struct option longs[] = {
    {"type", required_argument, NULL, OPTION_TYPE},     {"ignore", required_argument, NULL, OPTION_IGNORE},
    {"rules", required_argument, NULL, OPTION_RULES},   {"mode", required_argument, NULL, OPTION_MODE},
    {"patch", no_argument, NULL, OPTION_PATCH},         {"quiet", no_argument, NULL, OPTION_QUIET},
    {"limit", required_argument, NULL, OPTION_LIMIT},   {"by", required_argument, NULL, OPTION_BY},
    {"json", no_argument, NULL, PLX_OPTION_JSON},       {"help", no_argument, NULL, PLX_OPTION_HELP},
    {"version", no_argument, NULL, PLX_OPTION_VERSION}, {0},
};

struct diff {
    struct plx_options options;
    unsigned types; /* that were given */
    bool patch, quiet, table;
    uint32_t limit;
    struct plx_rules *rules;
    struct plx_arena *arena;
    struct plx_diff_document sides[2];
};

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
        .differences_max = diff->limit, .value_bytes_max = VALUE_BYTES_MAX, .now_s = plx_wall_s()};
    struct plx_comparison comparison;

    for (int i = 0; i < 2; i++) {
        int status = plx_diff_document_read(&diff->sides[i], diff->patch, diff->table, &limits, diff->arena);
        if (status)
            return status;
    }
    enum plx_status status =
        plx_compare(diff->rules, &diff->sides[0].answer, &diff->sides[1].answer, &limits, diff->arena, &comparison);
    if (status == PLX_E_TIMEOUT)
        return plx_trouble("diff", "nobody can say whether they are the same: an unordered array has too many elements "
                                   "to pair, or a text is too long for `similar`; pair by keys with `by`");
    if (status != PLX_OK)
        return plx_trouble("diff", "out of memory");
    return tell(diff, &comparison);
}

/* ---- options ---- */

static int
take_type(struct diff *diff, const char *type)
{
    struct plx_slice media_type = plx_diff_media_type(type);

    if (!media_type.len)
        return plx_trouble("diff",
                           "--type is json, ndjson, form, xml, html, yaml, csv, multipart, text, bytes or a "
                           "media type, not '%s'",
                           type);
    if (diff->types == 2)
        return plx_trouble("diff", "give --type once, or once for each of the two documents");
    diff->sides[1].media_type = media_type; /* of both, as long as there is no second one */
    if (diff->types++ == 0)
        diff->sides[0].media_type = media_type;
    diff->table |= strcmp(type, "csv") == 0;
    return -1;
}

/* A member's name as a JSON Pointer. */
static void
put_pointer(struct plx_buffer *out, const char *name, size_t len)
{
    if (len && *name == '/') {
        plx_buffer_append(out, name, len);
        return;
    }
    plx_buffer_byte(out, '/');
    for (size_t i = 0; i < len; i++)
        if (name[i] == '~' || name[i] == '/')
            plx_buffer_text(out, name[i] == '~' ? "~0" : "~1");
        else
            plx_buffer_byte(out, name[i]);
}

static int
take_by(struct diff *diff, const char *keys)
{
    struct plx_rule rule = {.kind = PLX_RULE_UNORDERED, .field = {"", 0}};
    struct plx_rule_error error = {""};
    struct plx_buffer pointers;
    size_t ends[PLX_RULE_BY_MAX];

    plx_buffer_init(&pointers, 65536);
    for (const char *at = keys;; at++) {
        size_t len = strcspn(at, ",");
        if (len == 0 || rule.by_count == PLX_RULE_BY_MAX) {
            plx_buffer_fini(&pointers);
            return plx_trouble("diff", "--by takes one to %u names with commas between them, not '%s'", PLX_RULE_BY_MAX,
                               keys);
        }
        put_pointer(&pointers, at, len);
        ends[rule.by_count++] = pointers.len;
        at += len;
        if (!*at)
            break;
    }
    for (size_t i = 0; i < rule.by_count; i++) {
        size_t from = i ? ends[i - 1] : 0;
        rule.by[i] = plx_slice_make(pointers.ptr + from, ends[i] - from);
    }
    enum plx_status status = pointers.failed ? PLX_E_MEMORY : plx_rules_add(diff->rules, &rule, &error);
    plx_buffer_fini(&pointers);
    diff->table = true;
    if (status == PLX_E_MEMORY)
        return plx_trouble("diff", "out of memory");
    return status == PLX_OK ? -1 : plx_trouble("diff", "--by %s: %s", keys, error.text);
}

/* -1: go on. */
static int
take_option(struct diff *diff, int option)
{
    switch (option) {
    case OPTION_RULES:
        return plx_rule_option_file(diff->rules, optarg);
    case OPTION_MODE:
        return plx_rule_option_mode("diff", diff->rules, optarg);
    case OPTION_TYPE:
        return take_type(diff, optarg);
    case OPTION_BY:
        return take_by(diff, optarg);
    case OPTION_IGNORE:
        return plx_rule_option_add("diff", diff->rules, "--ignore", PLX_RULE_IGNORE, optarg);
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

    plx_diff_document_init(&diff.sides[0]);
    plx_diff_document_init(&diff.sides[1]);
    if (diff.rules && diff.arena)
        status = run(&diff, argc, argv);
    else
        plx_trouble("diff", "out of memory");
    plx_diff_document_fini(&diff.sides[0]);
    plx_diff_document_fini(&diff.sides[1]);
    plx_arena_free(diff.arena);
    plx_rules_free(diff.rules);
    return status;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No reading of a report leaves a fact out: each member of a whole report (whole_report.json) is changed, and text,
 * HTML and JUnit XML have to change with it, unless unsaid.json says why one of them need not. A fact is shown where it
 * is in one of the services. The dashboard is held to the same by tests/scenario/test_facts.py, and every report of a
 * real proxy that a scenario asks for to the members that are here.
 */
#include "cli/report/report_html.h"
#include "cli/report/report_junit.h"

#include "report_kit.h"

#define PATHS_MAX 400u
#define PATH_MAX  200u
#define TEXT_MAX  (1u << 20)

enum { TEXT, HTML, JUNIT, READINGS };

static const char *const readings[READINGS] = {"text", "html", "junit"};

struct path {
    char name[PATH_MAX];
    bool shown[READINGS];
};

static struct path paths[PATHS_MAX];
static size_t path_count;
static char *whole, *as_it_is[READINGS];
static struct kit_reading document, unsaid;

static char *
read_file(const char *name)
{
    char path[1000];
    FILE *file;
    char *text = calloc(1, TEXT_MAX);

    snprintf(path, sizeof(path), "%s/%s", PLX_UNIT_TESTS, name);
    file = fopen(path, "re");
    if (!file || !text)
        fail_msg("%s can't be read", path);
    assert_true(fread(text, 1, TEXT_MAX - 1, file) > 0);
    fclose(file);
    return text;
}

/* The caller frees it. */
static char *
render(const char *json, int reading)
{
    struct kit_reading kit;
    struct plx_report report;
    struct plx_buffer out;
    char *text;

    kit_read(&kit, json);
    assert_int_equal(plx_report_read(&kit.document, kit.arena, &report), PLX_OK);
    plx_buffer_init(&out, TEXT_MAX);
    if (reading == TEXT)
        assert_int_equal(plx_report_print(kit.out, &report, &(struct plx_report_look){.width = 200}), PLX_OK);
    else if (reading == HTML)
        plx_report_write_html(&out, &report);
    else
        plx_report_write_junit(&out, &report, &(struct plx_junit_look){.time_ms = 1767323045678});
    plx_buffer_byte(&out, '\0');
    assert_false(out.failed);
    text = strdup(reading == TEXT ? kit_printed(&kit) : out.ptr);
    assert_non_null(text);
    plx_buffer_fini(&out);
    kit_end(&kit);
    return text;
}

static struct path *
path_of(const char *name)
{
    for (size_t i = 0; i < path_count; i++)
        if (strcmp(paths[i].name, name) == 0)
            return &paths[i];
    assert_true(path_count < PATHS_MAX);
    snprintf(paths[path_count].name, PATH_MAX, "%s", name);
    return &paths[path_count++];
}

/* Another value of the same kind: of what has few values another of them, of a time another year. */
static void
another(struct plx_slice value, char *out, size_t size)
{
    static const char *const words[][2] = {
        {"\"regression\"", "\"clean\""},
        {"\"clean\"", "\"regression\""},
        {"\"noise\"", "\"regression\""},
        {"\"inconclusive\"", "\"clean\""},
        {"\"counts\"", "\"secondary\""},
        {"\"counter\"", "\"uuid\""},
        {"\"in part\"", "\"compared\""},
        {"\"not compared\"", "\"in part\""},
        {"true", "false"},
        {"false", "true"},
    };
    bool is_text = value.ptr[0] == '"';

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (plx_slice_equal(value, plx_slice_of(words[i][0]))) {
            snprintf(out, size, "%s", words[i][1]);
            return;
        }
    if (!is_text)
        snprintf(out, size, memchr(value.ptr, '.', value.len) ? "%g" : "%.0f", 1.5 * strtod(value.ptr, NULL) + 1);
    else if (value.len > 20 && value.ptr[value.len - 2] == 'Z' && value.ptr[11] == 'T')
        snprintf(out, size, "\"2019%.*s", (int)value.len - 5, value.ptr + 5);
    else
        snprintf(out, size, "\"Q%.*s", (int)value.len - 1, value.ptr + 1);
}

static void
change(const char *name, struct plx_slice value)
{
    struct path *path = path_of(name);
    char *changed = calloc(1, TEXT_MAX), other[1000];
    size_t before = (size_t)(value.ptr - whole);

    assert_non_null(changed);
    another(value, other, sizeof(other));
    snprintf(changed, TEXT_MAX, "%.*s%s%s", (int)before, whole, other, value.ptr + value.len);
    for (int i = 0; i < READINGS; i++) {
        char *text = path->shown[i] ? NULL : render(changed, i);

        path->shown[i] = path->shown[i] || strcmp(text, as_it_is[i]) != 0;
        free(text);
    }
    free(changed);
}

static void
visit(struct plx_item item, const char *name)
{
    char below[PATH_MAX];

    if (plx_item_is(item, PLX_OBJECT)) {
        for (struct plx_item key = plx_item_first_key(item); key.document; key = plx_item_next_key(item, key)) {
            struct plx_slice text = plx_item_text(key, document.arena);

            snprintf(below, sizeof(below), "%s/%.*s", name, (int)text.len, text.ptr);
            visit(plx_item_value(key), below);
        }
    } else if (plx_item_is(item, PLX_ARRAY)) {
        snprintf(below, sizeof(below), *name ? "%s/*" : "%s", name);
        for (struct plx_item e = plx_item_first(item); e.document; e = plx_item_next(item, e))
            visit(e, below);
    } else if (!plx_item_is(item, PLX_NULL)) {
        change(name, plx_json_text(item.document, item.node));
    }
}

/* Whether unsaid.json names the reading for the path, or for one that it lies below. */
static bool
need_not(const char *name, const char *reading)
{
    struct plx_item rows = plx_item_root(&unsaid.document);

    for (struct plx_item row = plx_item_first(rows); row.document; row = plx_item_next(rows, row)) {
        struct plx_slice path = plx_item_text(plx_item_member(row, "path"), unsaid.arena);
        struct plx_slice by = plx_item_text(plx_item_member(row, "readings"), unsaid.arena);

        if (strncmp(name, path.ptr, path.len) == 0 && (name[path.len] == '\0' || name[path.len] == '/') &&
            memmem(by.ptr, by.len, reading, strlen(reading)))
            return true;
    }
    return false;
}

static void
test_no_reading_leaves_a_fact_out(void **state)
{
    size_t wrong = 0;

    for (size_t i = 0; i < PLX_WORDS_COUNT; i++)
        visit(plx_item_member(plx_item_root(&document.document), plx_subject_plural(plx_words[i].kind)), "");
    visit(plx_item_member(plx_item_root(&document.document), "reconciliations"), "/reconciliations");
    assert_true(path_count > 150);
    for (size_t i = 0; i < path_count; i++)
        for (int k = 0; k < READINGS; k++)
            if (paths[i].shown[k] == need_not(paths[i].name, readings[k])) {
                fprintf(stderr, "%s: %s %s\n", paths[i].name, readings[k],
                        paths[i].shown[k] ? "shows it, though unsaid.json says that it need not" : "does not show it");
                wrong++;
            }
    assert_int_equal(wrong, 0);
}

static void
test_what_is_unsaid_is_there(void **state)
{
    struct plx_item rows = plx_item_root(&unsaid.document);

    for (struct plx_item row = plx_item_first(rows); row.document; row = plx_item_next(rows, row)) {
        struct plx_slice path = plx_item_text(plx_item_member(row, "path"), unsaid.arena);
        size_t i = 0;

        while (i < path_count && strncmp(paths[i].name, path.ptr, path.len) != 0)
            i++;
        if (i == path_count)
            fail_msg("whole_report.json has no %.*s", (int)path.len, path.ptr);
        assert_true(plx_item_text(plx_item_member(row, "because"), unsaid.arena).len > 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_reading_leaves_a_fact_out),
        cmocka_unit_test(test_what_is_unsaid_is_there),
    };
    char *excuses = read_file("unsaid.json");
    int failed;

    whole = read_file("whole_report.json");
    kit_read(&document, whole);
    kit_read(&unsaid, excuses);
    for (int i = 0; i < READINGS; i++)
        as_it_is[i] = render(whole, i);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    kit_end(&document);
    kit_end(&unsaid);
    for (int i = 0; i < READINGS; i++)
        free(as_it_is[i]);
    free(whole);
    free(excuses);
    return failed;
}

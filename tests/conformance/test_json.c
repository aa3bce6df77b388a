/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published JSON suites: what must be read is read, what must be refused is refused, odd values stay as they were written, and the same document in
 * two writings compares as equal. Exits with 77 where the suites are not there.
 */
#include "base/arena.h"
#include "unit/json_valid.h"
#include <parallax/parallax.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static unsigned passed, failed;

static void
expect(bool ok, const char *name, const char *what)
{
    passed += ok;
    failed += !ok;
    if (!ok)
        printf("FAILED %s: %s\n", name, what);
}

/* All of a file, from malloc, exactly as long as it is, so that a reader that goes on too far is caught; NULL: it can't be read. */
static char *
load(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;

    if (!file)
        return NULL;
    if (fseek(file, 0, SEEK_END) == 0) {
        *len = (size_t)ftell(file);
        rewind(file);
        text = malloc(*len ? *len : 1);
        if (text && fread(text, 1, *len, file) != *len) {
            free(text);
            text = NULL;
        }
    }
    fclose(file);
    return text;
}

static void
check_parsing(const char *name, struct plx_slice text)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    struct plx_json_error error;
    enum plx_status status = plx_json_read(text, NULL, arena, &document, &error);

    if (name[0] == 'y')
        expect(status == PLX_OK, name, "must be read");
    else if (name[0] == 'n')
        expect(status != PLX_OK, name, "must be refused");
    else
        expect(true, name, "either");
    if (status == PLX_OK)
        expect(plx_document_valid(&document), name, "the tape is not as it should be");
    else
        expect(error.offset <= text.len && error.line >= 1 && error.column >= 1 && error.expected, name, "the error has no place");
    plx_arena_free(arena);
}

static int
for_each(const char *folder, void (*check)(const char *name, struct plx_slice text))
{
    DIR *files = opendir(folder);
    int count = 0;

    if (!files)
        return 0;
    for (struct dirent *file; (file = readdir(files));) {
        char path[4096];
        size_t len, name_len = strlen(file->d_name);
        if (name_len < 6 || strcmp(file->d_name + name_len - 5, ".json") != 0)
            continue;
        snprintf(path, sizeof(path), "%s/%s", folder, file->d_name);
        char *text = load(path, &len);
        expect(text != NULL, file->d_name, "can't be loaded");
        if (text)
            check(file->d_name, plx_slice_make(text, len));
        free(text);
        count++;
    }
    closedir(files);
    return count;
}

/* What exact reading makes of the suite's odd values: as written, nothing folded, nothing dropped. */
static const struct transform {
    const char *name, *want; /* the values' texts, in order; NULL: refused */
} transforms[] = {
    {"number_1.0.json", "1.0"},
    {"number_1.000000000000000005.json", "1.000000000000000005"},
    {"number_1000000000000000.json", "1000000000000000"},
    {"number_10000000000000000999.json", "10000000000000000999"},
    {"number_1e-999.json", "1E-999"},
    {"number_1e6.json", "1E6"},
    {"number_9223372036854775807.json", "9223372036854775807"},
    {"number_9223372036854775808.json", "9223372036854775808"},
    {"number_-9223372036854775808.json", "-9223372036854775808"},
    {"number_-9223372036854775809.json", "-9223372036854775809"},
    {"object_same_key_different_values.json", "a 1 a 2"},
    {"object_same_key_same_value.json", "a 1 a 1"},
    {"object_same_key_unclear_values.json", "a 0 a -0"},
    {"string_with_escaped_NULL.json", "A\\u0000B"},
    {"string_1_escaped_invalid_codepoint.json", "\\uD800"},
    {"string_2_escaped_invalid_codepoints.json", "\\uD800\\uD800"},
    {"string_3_escaped_invalid_codepoints.json", "\\uD800\\uD800\\uD800"},
    {"string_1_invalid_codepoint.json", NULL},
    {"string_2_invalid_codepoints.json", NULL},
    {"string_3_invalid_codepoints.json", NULL},
};

static void
check_transform(const char *name, struct plx_slice text)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    enum plx_status status = plx_json_read(text, NULL, arena, &document, NULL);
    char values[256] = "";

    for (uint32_t i = 0; status == PLX_OK && i < document.count; i++) {
        struct plx_slice value = plx_json_text(&document, i);
        if (document.nodes[i].type < PLX_ARRAY)
            snprintf(values + strlen(values), sizeof(values) - strlen(values), "%s%.*s", *values ? " " : "",
                     (int)value.len, value.ptr);
    }
    for (size_t i = 0; i < sizeof(transforms) / sizeof(transforms[0]); i++)
        if (strcmp(transforms[i].name, name) == 0) {
            if (transforms[i].want)
                expect(status == PLX_OK && strcmp(values, transforms[i].want) == 0, name, values);
            else
                expect(status == PLX_E_ENCODING, name, "is not UTF-8");
        }
    plx_arena_free(arena);
}

static uint64_t
differences(struct plx_slice a, struct plx_slice b)
{
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_answer x = {.body = a, .body_length = a.len, .json = true}, y = {.body = b, .body_length = b.len, .json = true};
    struct plx_comparison comparison = {.total = UINT64_MAX};

    if (plx_compare(rules, &x, &y, NULL, arena, &comparison) != PLX_OK)
        comparison.total = UINT64_MAX;
    plx_rules_free(rules);
    plx_arena_free(arena);
    return comparison.total;
}

static const char *canonical_folder;

static void
check_canonical(const char *name, struct plx_slice input)
{
    char path[4096];
    size_t len;

    snprintf(path, sizeof(path), "%s/output/%s", canonical_folder, name);
    char *output = load(path, &len);
    expect(output != NULL, name, "has no output");
    if (!output)
        return;
    /* The suite takes numbers for doubles: 333333333.33333329 becomes 333333333.3333333, which by its decimal value is another number. */
    uint64_t want = strcmp(name, "values.json") == 0 ? 1 : 0;
    expect(differences(input, plx_slice_make(output, len)) == want, name, "input and output are the same document");
    expect(differences(plx_slice_make(output, len), input) == want, name, "output and input are the same document");
    free(output);
}

int
main(int argc, char **argv)
{
    const char *suites = getenv("PLX_SUITES");
    char folder[4096], canonical[4000];
    int count;

    if (!suites)
        suites = argc > 1 ? argv[1] : "../shared/suites";
    snprintf(folder, sizeof(folder), "%s/json-parsing/test_parsing", suites);
    count = for_each(folder, check_parsing);
    if (count == 0) {
        printf("the suites are not at %s: nothing was tested\n", suites);
        return 77;
    }
    snprintf(folder, sizeof(folder), "%s/json-parsing/test_transform", suites);
    count += for_each(folder, check_transform);
    snprintf(canonical, sizeof(canonical), "%s/json-canonical/testdata", suites);
    canonical_folder = canonical;
    snprintf(folder, sizeof(folder), "%s/input", canonical);
    count += for_each(folder, check_canonical);
    printf("%d files: %u expectations met, %u not\n", count, passed, failed);
    return failed ? 1 : 0;
}

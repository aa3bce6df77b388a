/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published suites for JSON: what must be read is read, what must be refused is refused, a document's two writings
 * mean the same; and where exact reading tells apart what readers into doubles do not, each case is named here.
 *
 * usage: conformance_json [SUITES]        exit 77: the suites are not there
 */
#include "../unit/json_kit.h"
#include "base/buffer.h"
#include <parallax/compare.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_SKIPPED 77
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int passed, failed;

static void
expect(bool good, const char *name, const char *what)
{
    passed += good;
    failed += !good;
    if (!good)
        printf("FAILED %s: %s\n", name, what);
}

/* In memory of exactly its size. */
static struct plx_slice
read_file(const char *folder, const char *name)
{
    char path[4096];
    long size;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) || (size = ftell(file)) < 0 || fseek(file, 0, SEEK_SET)) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    char *bytes = malloc(size ? (size_t)size : 1);
    if (!bytes || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    return plx_slice_make(bytes, (size_t)size);
}

static int
is_json(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

/* How many files there were. */
static int
each_file(const char *suites, const char *folder, void (*look)(const char *folder, const char *name))
{
    char path[2048];
    struct dirent **entries = NULL;

    snprintf(path, sizeof(path), "%s/%s", suites, folder);
    int count = scandir(path, &entries, is_json, alphasort);
    for (int i = 0; i < count; i++) {
        look(path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return count;
}

/* ---- what is read and what is refused ---- */

static void
look_at_parsing(const char *folder, const char *name)
{
    struct plx_slice text = read_file(folder, name);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    struct plx_json_error error = {0};
    enum plx_status status = plx_json_read(text, NULL, arena, &document, &error);

    if (name[0] == 'y')
        expect(status == PLX_OK, name, "must be read");
    else if (name[0] == 'n')
        expect(status < PLX_OK && status != PLX_E_MEMORY, name, "must be refused");
    else
        expect(status == PLX_OK || status < PLX_OK, name, "must be read or refused");
    if (status == PLX_OK) {
        const char *fault = json_fault(&document);
        expect(!fault, name, fault ? fault : "");
    } else {
        expect(error.offset <= text.len && error.line > 0 && error.column > 0 && error.expected, name,
               "an error without its place");
    }
    plx_arena_free(arena);
    free((char *)text.ptr);
}

/* ---- what is read as what ---- */

static const struct {
    const char *name;
    const char *pointer;
    const char *characters;   /* of a string, or a number as written; NULL: refused as no UTF-8 */
    const char *same, *other; /* documents of the same and of another meaning, as exact reading has it; may be NULL */
} transforms[] = {
    {"number_-9223372036854775808.json", "/0", "-9223372036854775808", "[-9223372036854775808.0]",
     "[-9223372036854775807]"},
    {"number_-9223372036854775809.json", "/0", "-9223372036854775809", "[-9.223372036854775809e18]",
     "[-9223372036854775808]"},
    {"number_1.0.json", "/0", "1.0", "[1]", "[\"1.0\"]"},
    {"number_1.000000000000000005.json", "/0", "1.000000000000000005", "[1000000000000000005e-18]", "[1.0]"},
    {"number_1000000000000000.json", "/0", "1000000000000000", "[1e15]", "[1000000000000001]"},
    {"number_10000000000000000999.json", "/0", "10000000000000000999", "[10000000000000000999.0]",
     "[10000000000000002048]"},
    {"number_1e-999.json", "/0", "1E-999", "[0.1e-998]", "[0]"},
    {"number_1e6.json", "/0", "1E6", "[1000000]", "[\"1E6\"]"},
    {"number_9223372036854775807.json", "/0", "9223372036854775807", "[9223372036854775807.00]",
     "[9223372036854775808]"},
    {"number_9223372036854775808.json", "/0", "9223372036854775808", "[9223372036854775808]", "[9223372036854775807]"},
    /* Characters are compared, not what they look like. */
    {"object_key_nfc_nfd.json", "/\xC3\xA9", "NFC", "{\"e\xCC\x81\":\"NFD\",\"\xC3\xA9\":\"NFC\"}",
     "{\"\xC3\xA9\":\"NFC\"}"},
    {"object_key_nfd_nfc.json", "/e\xCC\x81", "NFD", "{\"\\u00e9\":\"NFC\",\"e\\u0301\":\"NFD\"}",
     "{\"\xC3\xA9\":\"NFD\",\"e\xCC\x81\":\"NFC\"}"},
    /* Repeated keys stay, and are no single one. */
    {"object_same_key_different_values.json", "/a", "2", "{\"a\":1,\"a\":2}", "{\"a\":2}"},
    {"object_same_key_same_value.json", "/a", "1", "{\"a\":1,\"a\":1}", "{\"a\":1}"},
    {"object_same_key_unclear_values.json", "/a", "-0", "{\"a\":0,\"a\":0}", "{\"a\":0}"},
    /* Lone surrogates stay what they are, none becomes U+FFFD. */
    {"string_1_escaped_invalid_codepoint.json", "/0", "\xED\xA0\x80", "[\"\\ud800\"]", "[\"\\ufffd\"]"},
    {"string_2_escaped_invalid_codepoints.json", "/0", "\xED\xA0\x80\xED\xA0\x80", "[\"\\ud800\\uD800\"]",
     "[\"\\ud800\"]"},
    {"string_3_escaped_invalid_codepoints.json", "/0", "\xED\xA0\x80\xED\xA0\x80\xED\xA0\x80",
     "[\"\\ud800\\ud800\\ud800\"]", "[\"\\ud800\\ud800\"]"},
    {"string_1_invalid_codepoint.json", NULL, NULL, NULL, NULL},
    {"string_2_invalid_codepoints.json", NULL, NULL, NULL, NULL},
    {"string_3_invalid_codepoints.json", NULL, NULL, NULL, NULL},
    {"string_with_escaped_NULL.json", "/0", "A", "[\"A\\u0000B\"]", "[\"A\"]"},
};

static bool transform_seen[COUNT(transforms)];

static uint64_t
differences_between(struct plx_slice a, struct plx_slice b)
{
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_answer x = {.body = a, .body_length = a.len, .media_type = {"application/json", 16}},
                      y = {.body = b, .body_length = b.len, .media_type = {"application/json", 16}};
    struct plx_comparison comparison = {0};
    enum plx_status status = plx_compare(rules, &x, &y, NULL, arena, &comparison);

    plx_arena_free(arena);
    plx_rules_free(rules);
    return status == PLX_OK ? comparison.total : UINT64_MAX;
}

static void
check_transform(size_t i, struct plx_slice text, const struct plx_document *document, struct plx_arena *arena)
{
    const char *name = transforms[i].name;
    struct plx_slice want = plx_slice_of(transforms[i].characters), got;
    uint32_t node = 0;

    if (strstr(name, "NULL"))
        want = plx_slice_make("A\0B", 3);
    expect(plx_json_resolve(document, plx_slice_of(transforms[i].pointer), &node) == PLX_OK, name,
           "there is nothing at its pointer");
    got = plx_json_text(document, node);
    if (document->nodes[node].type == PLX_STRING)
        expect(plx_json_unescape(document, node, arena, &got) == PLX_OK, name, "its characters");
    expect(plx_slice_equal(got, want), name, "another value than exact reading has");
    expect(differences_between(text, plx_slice_of(transforms[i].same)) == 0, name, transforms[i].same);
    expect(differences_between(text, plx_slice_of(transforms[i].other)) > 0, name, transforms[i].other);
}

static void
look_at_transform(const char *folder, const char *name)
{
    struct plx_slice text = read_file(folder, name);
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_document document;
    enum plx_status status = plx_json_read(text, NULL, arena, &document, NULL);
    size_t i = 0;

    while (i < COUNT(transforms) && strcmp(transforms[i].name, name) != 0)
        i++;
    expect(i < COUNT(transforms), name, "it is not said here what exact reading makes of it");
    if (i < COUNT(transforms)) {
        transform_seen[i] = true;
        expect(status == (transforms[i].pointer ? PLX_OK : PLX_E_ENCODING), name,
               "read or refused otherwise than said here");
        if (status == PLX_OK && transforms[i].pointer)
            check_transform(i, text, &document, arena);
    }
    plx_arena_free(arena);
    free((char *)text.ptr);
}

/* ---- two writings ---- */

/* Canonical writing rounds numbers to doubles: so many of a document's numbers are then others. */
static const struct {
    const char *name;
    uint64_t rounded;
} roundings[] = {
    {"values.json", 1}, /* 333333333.33333329 becomes 333333333.3333333 */
};

static void
look_at_writings(const char *folder, const char *name)
{
    char other[4096];
    uint64_t want = 0;

    snprintf(other, sizeof(other), "%.*soutput", (int)(strlen(folder) - strlen("input")), folder);
    for (size_t i = 0; i < COUNT(roundings); i++)
        if (strcmp(roundings[i].name, name) == 0)
            want = roundings[i].rounded;
    struct plx_slice a = read_file(folder, name), b = read_file(other, name);
    expect(differences_between(a, b) == want, name, "its two writings do not mean the same");
    expect(differences_between(b, a) == want, name, "its two writings do not mean the same the other way round");
    expect(differences_between(a, a) == 0 && differences_between(b, b) == 0, name, "it is not equal to itself");
    free((char *)a.ptr);
    free((char *)b.ptr);
}

int
main(int argc, char **argv)
{
    const char *suites = getenv("PLX_SUITES") ? getenv("PLX_SUITES") : argc > 1 ? argv[1] : "../shared/suites";
    int parsing = each_file(suites, "json-parsing/test_parsing", look_at_parsing);
    int transform = each_file(suites, "json-parsing/test_transform", look_at_transform);
    int writings = each_file(suites, "json-canonical/testdata/input", look_at_writings);

    if (parsing <= 0 || transform <= 0 || writings <= 0) {
        printf("skipped: there are no suites at %s; set PLX_SUITES to the folder that holds json-parsing and "
               "json-canonical\n",
               suites);
        return failed ? EXIT_FAILURE : EXIT_SKIPPED;
    }
    for (size_t i = 0; i < COUNT(transforms); i++)
        expect(transform_seen[i], transforms[i].name, "the suite does not have it");
    printf("%d files to read or refuse, %d transformed, %d in two writings: %d checks passed, %d failed\n", parsing,
           transform, writings, passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

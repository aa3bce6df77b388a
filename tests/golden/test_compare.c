/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The golden files of the comparison: Markdown whose blocks are one case a heading - rules, primary, candidate, perhaps
 * a secondary - and the differences that must come of it, with the verdict as their last line.
 *
 *   ```rules       lines as tests/unit/compare_kit.h has them; may be left out
 *   ```primary     a JSON body; or an answer, where it begins with "HTTP STATUS": header lines, an empty line, the
 * body
 *   ```candidate
 *   ```secondary   may be left out
 *   ```differences
 *
 * usage: golden_compare FOLDER        every .md file of it; what fails is printed as it would have to be
 */
#include "../unit/compare_kit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define HEADERS_MAX 32u
#define TEXT_MAX    (1u << 20)

enum block { RULES, PRIMARY, CANDIDATE, SECONDARY, DIFFERENCES, BLOCKS };

static const char *const block_names[BLOCKS] = {"rules", "primary", "candidate", "secondary", "differences"};

struct golden {
    const char *file;
    struct plx_slice title, blocks[BLOCKS];
    bool has[BLOCKS];
};

static int passed, failed;

static void
fail(const struct golden *golden, const char *what)
{
    failed++;
    printf("FAILED %s: %.*s: %s\n", golden->file, (int)golden->title.len, golden->title.ptr, what);
}

/* ---- text ---- */

/* The next line without its end; false: there is none. */
static bool
take_line(struct plx_slice *rest, struct plx_slice *line)
{
    if (rest->len == 0)
        return false;
    const char *newline = memchr(rest->ptr, '\n', rest->len);
    size_t len = newline ? (size_t)(newline - rest->ptr) : rest->len, used = len + (newline != NULL);
    *line = plx_slice_make(rest->ptr, len);
    *rest = plx_slice_make(rest->ptr + used, rest->len - used);
    return true;
}

static bool
begins(struct plx_slice text, const char *with)
{
    size_t len = strlen(with);

    return text.len >= len && memcmp(text.ptr, with, len) == 0;
}

static struct plx_slice
behind(struct plx_slice text, size_t len)
{
    return plx_slice_make(text.ptr + len, text.len - len);
}

/* ---- answers ---- */

static void
take_header(struct plx_slice line, struct plx_answer *answer, struct plx_header *headers)
{
    const char *colon = memchr(line.ptr, ':', line.len);

    if (!colon || answer->header_count == HEADERS_MAX)
        return;
    struct plx_header *header = &headers[answer->header_count++];
    header->name = plx_slice_make(line.ptr, (size_t)(colon - line.ptr));
    header->value = behind(line, header->name.len + 1);
    while (header->value.len && *header->value.ptr == ' ')
        header->value = behind(header->value, 1);
}

static struct plx_answer
answer_of(struct plx_slice text, struct plx_header *headers)
{
    struct plx_answer answer = {.headers = headers, .media_type = {"application/json", 16}};
    struct plx_slice line;

    if (begins(text, "HTTP ") && take_line(&text, &line)) {
        answer.media_type.len = 0;
        for (size_t i = 5; i < line.len; i++)
            answer.status = answer.status * 10 + (line.ptr[i] - '0');
        while (take_line(&text, &line) && line.len)
            take_header(line, &answer, headers);
    }
    if (text.len && text.ptr[text.len - 1] == '\n') /* the block's, not the body's */
        text.len--;
    answer.body = text;
    answer.body_length = text.len;
    return answer;
}

/* ---- a case ---- */

static void
judge(const struct golden *golden, const struct plx_rules *rules, struct plx_arena *arena, struct plx_buffer *out)
{
    struct plx_header headers[3][HEADERS_MAX];
    struct plx_answer answers[3];
    struct plx_judgement judgement;

    for (int i = 0; i < 3; i++)
        answers[i] = answer_of(golden->blocks[PRIMARY + i], headers[i]);
    enum plx_status status = plx_judge(rules, &answers[0], &answers[1], golden->has[SECONDARY] ? &answers[2] : NULL,
                                       NULL, arena, &judgement);
    if (status != PLX_OK) {
        plx_buffer_format(out, "%s\n", plx_status_text(status));
        return;
    }
    write_comparison(out, &judgement.comparison);
    plx_buffer_format(out, "verdict: %s\n", plx_verdict_text(judgement.verdict));
}

static void
run_case(const struct golden *golden)
{
    struct plx_rule_error error = {"is not known"};
    struct plx_arena *arena = plx_arena_new(NULL);
    struct plx_rules *rules = plx_rules_new(NULL);
    struct plx_buffer out;

    plx_buffer_init(&out, TEXT_MAX);
    if (!golden->has[PRIMARY] || !golden->has[CANDIDATE] || !golden->has[DIFFERENCES]) {
        fail(golden, "it lacks a block: primary, candidate or differences");
    } else if (rules_add_lines(rules, golden->blocks[RULES], &error) != PLX_OK) {
        fail(golden, error.text);
    } else {
        judge(golden, rules, arena, &out);
        if (plx_slice_equal(plx_buffer_slice(&out), golden->blocks[DIFFERENCES])) {
            passed++;
        } else {
            fail(golden, "the differences are:");
            printf("%.*s", (int)out.len, out.ptr);
        }
    }
    plx_buffer_fini(&out);
    plx_rules_free(rules);
    plx_arena_free(arena);
}

/* ---- files ---- */

/* Behind the line that opens a block. */
static void
take_block(struct golden *golden, struct plx_slice name, struct plx_slice *rest)
{
    const char *begin = rest->ptr;
    struct plx_slice line = {NULL, 0};

    while (take_line(rest, &line) && !begins(line, "```"))
        ;
    for (int i = 0; i < BLOCKS; i++)
        if (plx_slice_equal(name, plx_slice_of(block_names[i]))) {
            if (golden->has[i])
                fail(golden, "a block comes twice");
            golden->has[i] = true;
            golden->blocks[i] = plx_slice_make(begin, (size_t)(line.ptr - begin));
            return;
        }
    fail(golden, "a block that is not known");
}

static void
run_document(const char *file, struct plx_slice text)
{
    struct golden golden = {.file = file};
    struct plx_slice line;
    bool any = false;

    while (take_line(&text, &line)) {
        if (begins(line, "## ")) {
            if (any)
                run_case(&golden);
            golden = (struct golden){.file = file, .title = behind(line, 3)};
            any = true;
        } else if (begins(line, "```")) {
            take_block(&golden, behind(line, 3), &text);
        }
    }
    if (any)
        run_case(&golden);
    else
        fail(&golden, "it has no case");
}

static void
run_file(const char *folder, const char *name)
{
    char path[4096];
    struct plx_buffer text;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *stream = fopen(path, "r");
    if (!stream) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    plx_buffer_init(&text, TEXT_MAX);
    for (int c; (c = getc(stream)) != EOF;)
        plx_buffer_byte(&text, (char)c);
    fclose(stream);
    if (text.failed) {
        printf("FAILED %s: it is too large\n", path);
        failed++;
    } else {
        run_document(name, plx_buffer_slice(&text));
    }
    plx_buffer_fini(&text);
}

static int
is_markdown(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return len > 3 && strcmp(entry->d_name + len - 3, ".md") == 0;
}

int
main(int argc, char **argv)
{
    const char *folder = argc > 1 ? argv[1] : "tests/golden/compare";
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_markdown, alphasort);

    for (int i = 0; i < count; i++) {
        run_file(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (count <= 0) {
        printf("FAILED there is no .md file in %s\n", folder);
        return EXIT_FAILURE;
    }
    printf("%d files, %d cases as they should be, %d failed\n", count, passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
